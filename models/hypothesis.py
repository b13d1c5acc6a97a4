"""What goes into the recogniser and what comes out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from contracts.event import Language
from models.mel import Features

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word within its window."""

    text: str
    start_s: float
    end_s: float
    probability: float
    """0-1, of its least probable token: one misheard syllable makes a word wrong."""


Likelihoods = Callable[[Sequence[str]], Sequence[float]]
"""Log probabilities of whole texts for one window's audio; costs a pass of the decoder each."""

Review = Callable[[Sequence[TimedWord], Likelihoods], Sequence[str]]
"""Takes a window's words and gives as many, some of them replaced."""


@dataclass(frozen=True, slots=True)
class Window:
    """Audio to transcribe, at most 30 s."""

    audio: Float32 | Features
    """float32 mono at 16 kHz, shape (samples,), -1..1; or the features of an utterance that grows."""
    language: Language = "ko"
    short: bool = False
    """Allow short buckets: cheaper and a little worse; for partials, which come again."""
    tight: bool = False
    """Allow a bucket of 10 s for a final. Costs a quarter less: on telephone speech the error is the same (.157,
    .156), on wide-band speech a little higher (.088, .078)."""
    prompt: str = ""
    """Text that stands before this speech: names to expect, or what was said last."""
    words: bool = False
    """Times and probabilities of the words are wanted."""
    review: Review | None = None
    """Asked about the words, if they are wanted."""
    detect: bool = False
    """The probabilities of languages are wanted."""
    samples: int | None = None
    """Of `Features`: only its first so many samples."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the model made of a window."""

    text: str
    mean_logprob: float
    """Mean log probability a token, 0 at best."""
    no_speech: float
    """0-1, probability that there is no speech at all."""
    looped: bool
    """The text repeats itself, in the longest bucket too."""
    words: tuple[TimedWord, ...] = ()
    """Joined by spaces they are `text`; empty unless they were asked for."""
    languages: Mapping[Language, float] = field(default_factory=dict)
    """Probability by language among those served, sum 1; empty unless it was asked for."""

    @property
    def confidence(self) -> float:
        """0-1: geometric mean of the token probabilities."""
        return min(1.0, math.exp(self.mean_logprob))

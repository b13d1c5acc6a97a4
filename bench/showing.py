"""Policies that decide what of a partial text is shown and what stands firm; see bench/stabilizers.py."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from asr.stabilizer import HeardWord, Partial, Stabilizer, StabilizerSettings


@dataclass(frozen=True, slots=True)
class Heard:
    """A partial hypothesis."""

    now_s: float
    """Length of its window, from the beginning of the utterance."""
    text: str
    confidence: float
    words: Sequence[HeardWord]


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance with all that was heard of it."""

    partials: Sequence[Heard]
    final: str
    words: Sequence[HeardWord]
    closed_s: float
    voiced_s: float


Policy = Callable[[], "Showing"]
"""Makes what shows one utterance."""


class Showing(Protocol):
    def update(self, heard: Heard) -> Partial | None: ...


def common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the common beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


Firm = Callable[[Sequence[Heard]], int]
"""How many words of the newest hypothesis are firm."""


class Words:
    """The plain way: so many words are firm, whatever comes later; the rest of the newest text follows them."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._heard: list[Heard] = []
        self._stable: list[str] = []
        self._shown = Partial("", 0)

    def update(self, heard: Heard) -> Partial | None:
        self._heard.append(heard)
        words = heard.text.split()
        self._stable += words[len(self._stable) : self._firm(self._heard)]
        text = " ".join([*self._stable, *words[len(self._stable) :]])
        partial = Partial(text, len(" ".join(self._stable)))
        if partial == self._shown or not text:
            return None
        self._shown = partial
        return partial


class Ours:
    """`Stabilizer` with all, or with a part of what it takes."""

    def __init__(
        self,
        settings: StabilizerSettings | None = None,
        *,
        words: bool = True,
        confidence: bool = True,
    ) -> None:
        self._target = Stabilizer(settings)
        self._words, self._confidence = words, confidence

    def update(self, heard: Heard) -> Partial | None:
        return self._target.update(
            heard.text,
            confidence=heard.confidence if self._confidence else 1.0,
            words=heard.words if self._words else (),
            window_s=heard.now_s,
        )


def agreement(count: int, *, exact: bool = True) -> Policy:
    """LocalAgreement-n; not exact: punctuation does not count."""

    def firm(heard: Sequence[Heard]) -> int:
        if len(heard) < count:
            return 0
        texts = [one.text if exact else re.sub(r"[^\w\s]", "", one.text) for one in heard[-count:]]
        *before, newest = [text.split() for text in texts]
        return min(common(newest, words) for words in before)

    return lambda: Words(firm)


def hold(count: int) -> Policy:
    """All but the last words."""
    return lambda: Words(lambda heard: max(0, len(heard[-1].text.split()) - count))


def attention(frames: int, probability: float = 0.0) -> Policy:
    """As AlignAtt: words that end so many frames of 20 ms before the window does, and are so probable."""
    settings = StabilizerSettings(
        doubted=math.inf, sure=probability, clear_s=frames * 0.02, believed=0.0, edge_s=-math.inf
    )
    return lambda: Ours(settings)


POLICIES: dict[str, Policy] = {
    "LocalAgreement-2": agreement(2),
    "LocalAgreement-2, no punctuation": agreement(2, exact=False),
    "LocalAgreement-3": agreement(3),
    **{f"all but {count} words": hold(count) for count in (1, 2, 3)},
    **{f"AlignAtt {frames} frames": attention(frames) for frames in (10, 15, 20, 30, 40)},
    **{f"AlignAtt 15 frames, p {least}": attention(15, least) for least in (0.3, 0.4, 0.5)},
    "Stabilizer, texts only": lambda: Ours(words=False, confidence=False),
    "Stabilizer, texts and confidence": lambda: Ours(words=False),
    "Stabilizer, nothing hidden": lambda: Ours(StabilizerSettings(believed=0.0, edge_s=-math.inf)),
    "Stabilizer": Ours,
}

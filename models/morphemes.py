"""Korean morphemes by Kiwi: what a text is about, without particles and endings.

Measured on 905,000 characters of guides: 95,000 characters a second text by text, 130,000 on one core and
270,000 on two when texts are handed over together. It takes 520 MB, and 2-5 s to start.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kiwipiepy import Kiwi, Token

from contracts.errors import ModelCorrupt


@dataclass(frozen=True, slots=True)
class Morpheme:
    """A morpheme in its dictionary form, where it stands in the text (characters)."""

    form: str
    tag: str
    """Sejong tag set, as Kiwi gives it without its marks for irregular verbs: NNG, VV, JKS, …"""
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length


_CONTENT: Final = frozenset({"NNG", "NNP", "NR", "XR", "VV", "VA", "SL", "SH", "SN", "W_SERIAL"})
"""Nouns, roots, verb and adjective stems, foreign words, Chinese characters, numbers, telephone numbers."""

_EMPTY: Final = frozenset({("하", "VV"), ("되", "VV"), ("있", "VV"), ("있", "VA")})
"""하다, 되다, 있다 stand in any sentence and tell nothing about it."""

_JOINED: Final = frozenset({"NNG", "NNP", "XPN", "XSN", "NNB", "SN", "SL", "XR"})
"""What forms one word when written together: 재+발급, 신청+자, 2+호선."""


_MOST_THREADS: Final = 4
"""Threads for many texts at once. More would leave nothing to recognition while guides are indexed."""


class Morphemes:
    """Kiwi, loaded at first use. Thread-safe; every call blocks, a sentence for about a millisecond.

    Calls do not wait for each other: beside an indexing of thousands of texts a sentence took 0.8 ms at the
    95th percentile, and gave the same morphemes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kiwi: Kiwi | None = None

    def warm_up(self) -> None:
        """Load the model now: 2-5 s.

        Raises:
            ModelCorrupt: the installed model cannot be read.
        """
        self.analyze("안녕하세요")

    def analyze(self, text: str) -> list[Morpheme]:
        """All morphemes of the text, in order."""
        return _morphemes(self._loaded().tokenize(text))

    def _loaded(self) -> Kiwi:
        with self._lock:
            if self._kiwi is None:
                self._kiwi = _load()
            return self._kiwi

    def nouns_and_terms(self, text: str) -> list[str]:
        """What the text is about, for an index: content morphemes in order, then joined words.

        Particles, endings, adverbs and punctuation are dropped. A word of several nouns is given by its parts
        and whole (대형, 폐기물, 대형폐기물), so that it is found whichever way it was spaced.
        Measured on 2,645 entries of a city's guide, titles against bodies, n = 300: recall at 5 .867 with the
        whole words, .840 without, at 1 .677 and .683. Foreign words are in lower case. Repetitions
        stay, for the index to count.
        """
        return _terms(self.analyze(text))

    def nouns_and_terms_of(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """The same of many texts, in their order, on several cores."""
        for tokens in self._loaded().tokenize(list(texts)):
            yield _terms(_morphemes(tokens))


def _morphemes(tokens: Sequence[Token]) -> list[Morpheme]:
    return [Morpheme(token.form, token.tag.partition("-")[0], token.start, token.len) for token in tokens]


def _terms(morphemes: list[Morpheme]) -> list[str]:
    return content(morphemes) + joined_words(morphemes)


def content(morphemes: list[Morpheme]) -> list[str]:
    """The forms of the content morphemes, in order."""
    return [
        morpheme.form.lower()
        for morpheme in morphemes
        if morpheme.tag in _CONTENT and (morpheme.form, morpheme.tag) not in _EMPTY
    ]


def joined_words(morphemes: list[Morpheme]) -> list[str]:
    """Words that several nouns, prefixes, suffixes or numbers form without a space between them."""
    words: list[str] = []
    run: list[Morpheme] = []
    for morpheme in morphemes:
        touches = bool(run) and run[-1].end == morpheme.start
        if morpheme.tag in _JOINED and (touches or not run):
            run.append(morpheme)
            continue
        words += _whole(run)
        run = [morpheme] if morpheme.tag in _JOINED else []
    return words + _whole(run)


def _whole(run: list[Morpheme]) -> list[str]:
    if len(run) < 2:
        return []
    return ["".join(morpheme.form for morpheme in run).lower()]


def _load() -> Kiwi:
    try:
        return Kiwi(num_workers=min(_MOST_THREADS, os.cpu_count() or 1))
    except Exception as error:
        raise ModelCorrupt(
            f"한국어 형태소 분석기(Kiwi)의 모델을 읽을 수 없습니다({error}). 'pip install --force-reinstall kiwipiepy-model'로 다시 설치하십시오.",
            f"the Korean morpheme model (Kiwi) cannot be read ({error}). Reinstall it with "
            "'pip install --force-reinstall kiwipiepy-model'.",
        ) from error

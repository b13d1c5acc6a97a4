"""Which district a text names, and which place. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from contracts.districts import District
from contracts.transcript import Word
from voc.reading import about_words as words

_NUMBERED: Final = r"\s?(?:제?\d{1,2}|[일이삼사오육칠팔구십])?\s?동"
"""상계1동, 상계 일동, 신림 3동: numbered parts of a neighbourhood."""

_MISHEARD: Final = re.compile(rf"(?<![가-힣])([가-힣]{{2,3}}구){words.AFTER_PLACE}")
_MISHEARD_WEIGHT: Final = 0.6
_SUSPECT_WEIGHT: Final = 0.5
_CACHED_LINES: Final = 8192
"""Lines that were read lately: a contact is read anew whenever something is added to it."""
_DISTRICT_WORD: Final = 3
"""Syllables; 중구 is too short to be recognised in what only sounds like it (친구, 가구)."""

_ONSETS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_TENSE: Final = str.maketrans("ㄲㅋㄸㅌㅃㅍㅆㅉㅊ", "ㄱㄱㄷㄷㅂㅂㅅㅈㅈ")


@dataclass(frozen=True, slots=True)
class Mention:
    """A district or place that was named."""

    districts: tuple[str, ...]
    """One; several where the name alone does not tell."""
    place: str
    """As it was said; empty for a district itself."""
    weight: float


class Places:
    """The names of a site's districts and places, compiled once."""

    def __init__(self, districts: Sequence[District]) -> None:
        self._names = frozenset(district.name for district in districts)
        self._of: dict[str, tuple[str, ...]] = {}
        for district in districts:
            for name in dict.fromkeys((*district.places, *district.landmarks)):
                self._of[name] = (*self._of.get(name, ()), district.name)
        shorts = {name[:-1]: name for name in self._names if name.endswith("구") and len(name) > 2}
        self._of_short = shorts
        self._sounds = {name: _sounds(name) for name in self._names if len(name) >= _DISTRICT_WORD}
        vague = words.VAGUE & shorts.keys()
        begin = r"(?<![가-힣])(?:서울(?:특별)?시?\s?)?"
        self._district = re.compile(f"{begin}({_any(self._names)})")
        self._short = re.compile(
            f"{begin}(?:({_any(shorts.keys() - vague)}){words.SHORT_AFTER}|({_any(vague)}){words.LIVES_AFTER})"
        )
        self._place = re.compile(
            f"(?:(?<![가-힣])|(?<=구)|(?<=서울)|(?<=서울시))({_any(self._of, numbered=True)}){words.AFTER_PLACE}"
        )
        self._in_text = lru_cache(_CACHED_LINES)(self._read)

    def named(self, text: str, heard: Iterable[Word] = ()) -> tuple[Mention, ...]:
        """What a line names, in order of mention.

        Args:
            text: the line.
            heard: its words, where a recogniser wrote it: for a suspect one, what it probably was.
        """
        return (*self._in_text(text), *self._suspected(heard))

    def _read(self, text: str) -> tuple[Mention, ...]:
        found = [*self._exactly(text), *self._nearly(text)]
        found.sort(key=lambda entry: entry[0])
        return tuple(mention for _, mention in found)

    def _exactly(self, text: str) -> Iterable[tuple[int, Mention]]:
        for match in self._district.finditer(text):
            if not words.OTHER_CITY.search(text, 0, match.start()):
                yield match.start(), Mention((match[1],), "", _weight(text, match.end()))
        for match in self._short.finditer(text):
            if not words.OTHER_CITY.search(text, 0, match.start()):
                name = self._of_short[match[1] or match[2]]
                yield match.start(), Mention((name,), "", _weight(text, match.end()))
        for match in self._place.finditer(text):
            if not words.OTHER_CITY.search(text, 0, match.start()):
                said = "".join(match[1].split())
                known = self._of.get(said) or self._of.get(
                    re.sub(r"(?:제?\d+|[일이삼사오육칠팔구십])동$", "동", said)
                )
                if known:
                    yield match.start(), Mention(known, said, _weight(text, match.end()))

    def _nearly(self, text: str) -> Iterable[tuple[int, Mention]]:
        """A word in -구 that is one sound away from one district alone, and no word of its own."""
        for match in _MISHEARD.finditer(text):
            word = match[1]
            if word in self._names or word in words.NO_DISTRICTS:
                continue
            said = _sounds(word)
            near = [name for name, sounds in self._sounds.items() if Levenshtein.distance(said, sounds) <= 1]
            if len(near) == 1 and not words.OTHER_CITY.search(text, 0, match.start()):
                yield match.start(), Mention((near[0],), "", _MISHEARD_WEIGHT)

    def _suspected(self, heard: Iterable[Word]) -> Iterable[Mention]:
        """Words that the recogniser doubts, where the nearest name is a place of the same kind."""
        for word in heard:
            if not (word.suspect and word.nearest):
                continue
            name = word.nearest[0]
            if name[-1] not in "구동로역" or name[-1] not in word.text:
                continue
            if name in self._names:
                yield Mention((name,), "", _SUSPECT_WEIGHT)
            elif name in self._of:
                yield Mention(self._of[name], name, _SUSPECT_WEIGHT)


def located(mentions: Sequence[Mention]) -> tuple[str, str]:
    """The district and the place of a contact from all its mentions in order; empty where none is told.

    The heaviest district wins, of equal ones the one named last: people correct themselves. A name that several
    districts bear supports those that were named otherwise, and tells none by itself.
    """
    scores: dict[str, float] = {}
    last: dict[str, int] = {}
    for index, mention in enumerate(mentions):
        if len(mention.districts) == 1:
            name = mention.districts[0]
            scores[name] = scores.get(name, 0.0) + mention.weight
            last[name] = index
    for mention in mentions:
        if len(mention.districts) > 1:
            for name in mention.districts:
                if name in scores:
                    scores[name] += mention.weight
    district = max(scores, key=lambda name: (round(scores[name], 6), last[name]), default="")
    return district, _place(mentions, district)


def _place(mentions: Sequence[Mention], district: str) -> str:
    """The place of that district that was named most, of equal ones the last."""
    weights: dict[str, tuple[float, int]] = {}
    for index, mention in enumerate(mentions):
        if mention.place and (not district or district in mention.districts):
            weights[mention.place] = (weights.get(mention.place, (0.0, 0))[0] + mention.weight, index)
    return max(weights, key=lambda name: weights[name], default="")


def _weight(text: str, end: int) -> float:
    return words.LIVES_WEIGHT if words.LIVES.search(text[end:]) else 1.0


def _any(names: Iterable[str], *, numbered: bool = False) -> str:
    """One pattern of all names, the longest first. Never empty: an empty one would match everywhere."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    patterns = [
        re.escape(name[:-1]) + _NUMBERED
        if numbered and name.endswith("동") and len(name) > 1
        else re.escape(name)
        for name in ordered
    ]
    return "|".join(patterns) or r"(?!)"


def _sounds(word: str) -> str:
    """Letters of a Hangul word; tense and aspirated ones as their plain kin, which a telephone hardly keeps apart."""
    letters: list[str] = []
    for character in word:
        syllable = ord(character) - 0xAC00
        onset = _ONSETS[syllable // 588].translate(_TENSE)
        letters += [onset, chr(0x2000 + syllable % 588 // 28), chr(0x3000 + syllable % 28)]
    return "".join(letters)

"""A text as it is meant, with the way back to how it is written: letters put together, widths and cases alike.

`ㅅㅏㄹㄹㅕ` is 살려, `１１９` is 119. Each character of what is meant knows where it stands in what was written.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LEAD: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWEL: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAIL: Final = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_LAUGHS: Final = "ㅋㅎㅇ"
"""After a whole syllable these are laughter (`네ㅋㅋ`), no final consonant."""
_FIRST: Final = ord("가")
_LAST: Final = ord("힣")

_PLAIN: Final = re.compile(r"[가-힣\x20-\x40\x5b-\x7e]*")
"""Nothing of this is ever changed: most messages end here."""
_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_MARKS: Final = frozenset({"Zs", "Cf", "Cc", "Mn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Meant:
    """`text[i]` was written at `begin[i]` up to `end[i]` (code points)."""

    text: str
    begin: Sequence[int]
    end: Sequence[int]

    def written(self, span: tuple[int, int]) -> tuple[int, int]:
        """Where a span of what is meant (not empty) stands in what was written."""
        return self.begin[span[0]], self.end[span[1] - 1]


def meant(text: str) -> Meant:
    """Letters composed, full width to half, lower case."""
    if _PLAIN.fullmatch(text):
        return Meant(text, range(len(text)), range(1, len(text) + 1))
    return _composed(*_folded(text))


def close(text: str) -> str:
    """Letters and digits alone: the text of `squeezed`."""
    return _NOT_LETTERS.sub("", text)


def squeezed(text: Meant) -> tuple[Meant, frozenset[int]]:
    """Letters and digits alone, and the positions there at which a word begins."""
    kept: list[int] = []
    begins: set[int] = set()
    inside = False
    for index, character in enumerate(text.text):
        is_letter = not _NOT_LETTERS.match(character)
        if is_letter:
            if not inside:
                begins.add(len(kept))
            kept.append(index)
        inside = is_letter
    chosen = Meant(
        "".join(text.text[index] for index in kept),
        tuple(text.begin[index] for index in kept),
        tuple(text.end[index] for index in kept),
    )
    return chosen, frozenset(begins)


def _folded(text: str) -> tuple[list[str], list[int], list[int]]:
    characters: list[str] = []
    begin: list[int] = []
    end: list[int] = []
    for at, written in enumerate(text):
        if "\u1100" <= written <= "\u11ff":  # letters of a text in NFD
            folded = _compatible(written)
        else:
            folded = written if "ㄱ" <= written <= "ㅣ" else unicodedata.normalize("NFKC", written).lower()
        for one in folded:
            characters.append(" " if unicodedata.category(one) in _MARKS and one != "\n" else one)
            begin.append(at)
            end.append(at + 1)
    return characters, begin, end


def _composed(characters: list[str], begin: list[int], end: list[int]) -> Meant:
    out: list[str] = []
    out_begin: list[int] = []
    out_end: list[int] = []
    at = 0
    while at < len(characters):
        syllable, used = _syllable(characters, at)
        out.append(syllable)
        out_begin.append(begin[at])
        out_end.append(end[at + used - 1])
        at += used
    return Meant("".join(out), tuple(out_begin), tuple(out_end))


def _syllable(characters: list[str], at: int) -> tuple[str, int]:
    """What stands at `at`, and of how many characters it was put together."""
    one = characters[at]
    if one in _LEAD and _is(characters, at + 1, _VOWEL):
        code = _FIRST + (_LEAD.index(one) * 21 + _VOWEL.index(characters[at + 1])) * 28
        used = 2
    elif _FIRST <= ord(one) <= _LAST and (ord(one) - _FIRST) % 28 == 0:
        code, used = ord(one), 1
    else:
        return one, 1
    tail = at + used
    if (
        _is(characters, tail, _TAIL[1:])
        and not _is(characters, tail + 1, _VOWEL)
        and not (used == 1 and (characters[tail] in _LAUGHS or _is(characters, tail + 1, characters[tail])))
    ):
        return chr(code + _TAIL.index(characters[tail])), used + 1
    return chr(code), used


def _is(characters: list[str], at: int, among: str) -> bool:
    return at < len(characters) and characters[at] in among


def _compatible(letter: str) -> str:
    """A conjoining letter (NFD) as the one of the keyboard."""
    code = ord(letter)
    if 0x1100 <= code < 0x1100 + len(_LEAD):
        return _LEAD[code - 0x1100]
    if 0x1161 <= code < 0x1161 + len(_VOWEL):
        return _VOWEL[code - 0x1161]
    if 0x11A8 <= code < 0x11A8 + len(_TAIL) - 1:
        return _TAIL[code - 0x11A7]
    return letter

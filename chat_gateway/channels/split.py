"""Long texts in parts that a provider takes: at ends of sentences where that can be, never inside a character as
people see it.

Where a text may be cut: the rules GB3-GB13 of Unicode Standard Annex #29 as far as Unicode properties in Python's
standard library tell them. Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final, Literal

Unit = Literal["characters", "bytes"]
"""What a provider counts: UTF-16 is nobody's unit here; `characters` are code points, `bytes` those of UTF-8."""

_SHORTEST: Final = 0.4
"""A part ends at a better place rather than a fuller one, unless it would be shorter than this share."""

_JOINER: Final = "\u200d"
_PLACES: Final = (
    re.compile(r"(?P<gap>\s*\n\s*)"),
    re.compile(r"[.!?。…？！][\"'”’)\]]*(?P<gap>\s+)"),
    re.compile(r"(?P<gap>\s+)"),
)
"""Ends of paragraphs, of sentences, of words: the better ones first. The text is cut where the gap begins."""


def split(text: str, limit: int, unit: Unit = "characters") -> tuple[str, ...]:
    """The text in parts of at most `limit`; none is empty, and only white space at the cuts is left out.

    A single character, as people see it, that is longer than the limit is cut between code points.
    """
    size = _sizes(unit)
    parts: list[str] = []
    rest = text.strip()
    while rest:
        if size(rest) <= limit:
            parts.append(rest)
            break
        cut = _cut(rest, _fitting(rest, limit, size))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return tuple(part for part in parts if part)


def _sizes(unit: Unit) -> Callable[[str], int]:
    return len if unit == "characters" else lambda text: len(text.encode())


def _fitting(text: str, limit: int, size: Callable[[str], int]) -> int:
    """How many code points of the text fit; at least one."""
    count = used = 0
    for sign in text:
        used += size(sign)
        if used > limit:
            break
        count += 1
    return max(1, count)


def _cut(text: str, most: int) -> int:
    """The best place at `most` or before it."""
    least = max(1, int(most * _SHORTEST))
    for place in _PLACES:
        gaps = (found.start("gap") for found in place.finditer(text, 0, most + 1))
        if ends := [gap for gap in gaps if least <= gap <= most]:
            return ends[-1]
    return next((cut for cut in range(most, 0, -1) if is_boundary(text, cut)), most)


def is_boundary(text: str, at: int) -> bool:
    """Whether a character, as people see it, ends before code point `at`."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return False
    if _extends(after) or after == _JOINER:
        return False
    if before == _JOINER and unicodedata.category(after) == "So":
        return False
    if _is_regional(before) and _is_regional(after):
        return sum(1 for _ in _regional_run(text, at)) % 2 == 0
    return not _jamo_go_on(before, after)


def _extends(sign: str) -> bool:
    """Marks, variation selectors, skin tones and tags belong to what stands before them."""
    if unicodedata.category(sign) in ("Mn", "Me", "Mc"):
        return True
    return "\U0001f3fb" <= sign <= "\U0001f3ff" or "\U000e0020" <= sign <= "\U000e007f"


def _is_regional(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _regional_run(text: str, at: int) -> Iterator[str]:
    """Letters of flags that stand immediately before `at`, backwards."""
    while at > 0 and _is_regional(text[at - 1]):
        at -= 1
        yield text[at]


def _jamo_go_on(before: str, after: str) -> bool:
    """Conjoining jamo of one syllable: L+L, L+V, L+syllable, V+V, V+T, T+T, and syllables that take more."""
    first, second = _hangul(before), _hangul(after)
    return second in {
        "L": ("L", "V", "LV", "LVT"),
        "LV": ("V", "T"),
        "V": ("V", "T"),
        "LVT": ("T",),
        "T": ("T",),
    }.get(first, ())


def _hangul(sign: str) -> str:
    code = ord(sign)
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return "L"
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return "V"
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return "T"
    if 0xAC00 <= code <= 0xD7A3:
        return "LV" if (code - 0xAC00) % 28 == 0 else "LVT"
    return ""

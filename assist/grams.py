"""Texts as numbers to look up: pairs of letters, and runs of four sounds. Pure numpy, many texts at once.

Both stay within words, with each word's edges marked. Pairs of letters find '여권' in '여권을'. Runs of sounds
(initial, vowel and final of a syllable apart: ㅇㅕㄱㅝㄴ) still find most of '여권' in a misheard '여꿘', where
both pairs are broken: with one in five syllables misheard they raise recall@1 on 1,596 FAQ titles from .62 to
.64, and cost nothing on clean ones.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from assist.words import words

Keys = npt.NDArray[np.int64]
"""What stands for terms in an index; shape (terms,), below 2**32."""

Owners = npt.NDArray[np.int64]
"""For each key the number of the text that it comes from; shape (terms,)."""

SOUNDS: Final = 4
"""Sounds in a run. 3 and 5 found less, clean and misheard."""

_START: Final = "^"
_END: Final = "$"
_FIRST_SYLLABLE: Final = 0xAC00
_SYLLABLES: Final = 11_172
_FINALS: Final = 28
_VOWELS_AND_FINALS: Final = 588


def _sound_table() -> npt.NDArray[np.int64]:
    """For each letter that may stand in a word its up to three sounds, 1-127; 0 where there is none."""
    table = np.zeros((0x10000, 3), dtype=np.int64)
    syllable = np.arange(_SYLLABLES)
    here = table[_FIRST_SYLLABLE : _FIRST_SYLLABLE + _SYLLABLES]
    here[:, 0] = 1 + syllable // _VOWELS_AND_FINALS
    here[:, 1] = 20 + syllable // _FINALS % 21
    final = syllable % _FINALS
    here[:, 2] = np.where(final > 0, 40 + final, 0)
    for number, letter in enumerate("0123456789abcdefghijklmnopqrstuvwxyz^$", start=70):
        table[ord(letter), 0] = number
    return table


_SOUND_OF: Final = _sound_table()
_END_SOUND: Final = int(_SOUND_OF[ord(_END), 0])


def pair_keys(texts: Sequence[str]) -> tuple[Keys, Owners]:
    """Pairs of letters of every text, in order, repetitions included; '여권' gives ^여, 여권, 권$."""
    letters, owners = _letters(texts)
    if letters.size < 2:
        return _nothing()
    inside = letters[:-1] != ord(_END)
    return ((letters[:-1] << 16) | letters[1:])[inside], owners[:-1][inside]


def pair_key(pair: str) -> int:
    """The key of one pair, as `assist.words.bigrams` writes it."""
    return (ord(pair[0]) << 16) | ord(pair[1])


def sound_keys(texts: Sequence[str]) -> tuple[Keys, Owners]:
    """Runs of `SOUNDS` sounds of every text, in order, repetitions included."""
    letters, letter_owners = _letters(texts)
    each = _SOUND_OF[letters]
    heard = each > 0
    sounds, owners = each[heard], np.repeat(letter_owners, heard.sum(axis=1))
    if sounds.size < SOUNDS:
        return _nothing()
    last = sounds.size - SOUNDS + 1
    keys = np.zeros(last, dtype=np.int64)
    inside = np.ones(last, dtype=np.bool_)
    for at in range(SOUNDS):
        here = sounds[at : at + last]
        keys = (keys << 7) | here
        if at < SOUNDS - 1:
            inside &= here != _END_SOUND
    return keys[inside], owners[:last][inside]


def _letters(texts: Sequence[str]) -> tuple[Keys, Owners]:
    """Code points of '^word$^word$…' of all texts in a row, and whose they are."""
    marked = [_marked(text) for text in texts]
    lengths = np.fromiter(map(len, marked), dtype=np.int64, count=len(marked))
    joined = "".join(marked).encode("utf-16-le")
    return np.frombuffer(joined, dtype="<u2").astype(np.int64), np.repeat(np.arange(len(marked)), lengths)


def _marked(text: str) -> str:
    found = words(text)
    return f"{_START}{f'{_END}{_START}'.join(found)}{_END}" if found else ""


def _nothing() -> tuple[Keys, Owners]:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)

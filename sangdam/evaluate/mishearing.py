"""Text as a recogniser might get it on a bad line. Pure."""

import random
from typing import Final

SUBSTITUTED: Final = 0.6
DROPPED: Final = 0.2
"""Of the syllables that go wrong so many have one of their sounds changed or vanish; after the others a syllable
that nobody said is inserted."""

_FIRST_SYLLABLE: Final = 0xAC00
_SOUNDS: Final = (19, 21, 28)
"""How many initials, vowels and finals there are; Unicode lays syllables out as 19 x 21 x 28."""

_SYLLABLES: Final = 19 * 21 * 28


def misheard(text: str, rate: float, rng: random.Random) -> str:
    """The text with mistakes: of each hundred syllables `rate` * 100 go wrong; other letters stay."""
    heard: list[str] = []
    for letter in text:
        if not "가" <= letter <= "힣" or rng.random() >= rate:
            heard.append(letter)
            continue
        kind = rng.random()
        if kind < SUBSTITUTED:
            heard.append(_other_sound(letter, rng))
        elif kind >= SUBSTITUTED + DROPPED:
            heard += [letter, chr(_FIRST_SYLLABLE + rng.randrange(_SYLLABLES))]
    return "".join(heard)


def _other_sound(syllable: str, rng: random.Random) -> str:
    """One of initial, vowel and final replaced by another."""
    code = ord(syllable) - _FIRST_SYLLABLE
    sounds = [code // 588, code // 28 % 21, code % 28]
    which = rng.randrange(3)
    sounds[which] = (sounds[which] + 1 + rng.randrange(_SOUNDS[which] - 1)) % _SOUNDS[which]
    return chr(_FIRST_SYLLABLE + sounds[0] * 588 + sounds[1] * 28 + sounds[2])

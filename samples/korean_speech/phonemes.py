"""Pronounced Korean syllables → IPA in Kokoro's vocabulary.

The symbols were chosen by ear and by what a speech recogniser understands from Kokoro's Japanese voices:
ㅓ as ɔ (ʌ comes out as a different vowel), tense consonants as plain voiceless ones (Japanese has no third
series), a coda left out where the same closure begins the next syllable.
"""

from __future__ import annotations

import re

from samples.korean_speech.pronunciation import Syllable, decompose, pronounce_text

PLAIN = {"ㄱ": "k", "ㄷ": "t", "ㅂ": "p", "ㅈ": "ʨ"}
VOICED = {"ㄱ": "ɡ", "ㄷ": "d", "ㅂ": "b", "ㅈ": "ʥ"}
"""Plain stops between voiced sounds."""
# fmt: off
OTHER_ONSETS = {
    "ㄲ": "k", "ㄸ": "t", "ㅃ": "p", "ㅉ": "ʨ",
    "ㅋ": "kʰ", "ㅌ": "tʰ", "ㅍ": "pʰ", "ㅊ": "ʨʰ",
    "ㄴ": "n", "ㅁ": "m", "ㅎ": "h", "ㅇ": "",
}
CODAS = {"": "", "ㄱ": "k", "ㄷ": "t", "ㅂ": "p", "ㄴ": "n", "ㅁ": "m", "ㅇ": "ŋ", "ㄹ": "l"}
VOWELS = {
    "ㅏ": "a", "ㅐ": "ɛ", "ㅓ": "ɔ", "ㅔ": "e", "ㅗ": "o", "ㅜ": "u", "ㅡ": "ɯ", "ㅣ": "i",
    "ㅑ": "ja", "ㅒ": "jɛ", "ㅕ": "jɔ", "ㅖ": "je", "ㅛ": "jo", "ㅠ": "ju",
    "ㅘ": "wa", "ㅙ": "wɛ", "ㅝ": "wɔ", "ㅞ": "we", "ㅚ": "we", "ㅟ": "wi", "ㅢ": "ɯi",
}
# fmt: on
SAME_CLOSURE = {("ㄷ", "ㄸ"), ("ㄷ", "ㅆ"), ("ㄷ", "ㅉ"), ("ㄱ", "ㄲ"), ("ㅂ", "ㅃ"), ("ㄹ", "ㄹ")}
"""Coda and next onset that are one sound: the coda is not written."""


def phonemes(text: str) -> str:
    """``text`` as IPA, words apart, with the punctuation that carries melody (``,.?!``).

    Only Hangul and that punctuation are read; everything else is silent.
    """
    spoken: list[str] = []
    for part in re.findall(r"[가-힣]+(?: +[가-힣]+)*|[,.?!]", text):
        if part in ",.?!":
            if spoken:
                spoken[-1] += part
        else:
            spoken += [_word(decompose(word)) for word in pronounce_text(part).split()]
    return " ".join(spoken)


def _word(syllables: list[Syllable]) -> str:
    symbols = ""
    before = ""
    for index, syllable in enumerate(syllables):
        following = syllables[index + 1].onset if index + 1 < len(syllables) else ""
        voiced = index > 0 and before in ("", *"ㄴㅁㅇㄹ")
        coda = "" if (syllable.coda, following) in SAME_CLOSURE else CODAS[syllable.coda]
        symbols += _onset(syllable, before, voiced=voiced) + _vowel(syllable) + coda
        before = syllable.coda
    return symbols


def _onset(syllable: Syllable, before: str, *, voiced: bool) -> str:
    onset = syllable.onset
    if onset in PLAIN:
        return VOICED[onset] if voiced else PLAIN[onset]
    if onset in "ㅅㅆ":
        return "ɕ" if syllable.vowel in "ㅣㅑㅕㅛㅠㅒㅖㅟ" else "s"
    if onset == "ㄹ":
        return "l" if before == "ㄹ" else "ɾ"
    return OTHER_ONSETS[onset]


def _vowel(syllable: Syllable) -> str:
    vowel = VOWELS[syllable.vowel]
    return vowel.removeprefix("j") if syllable.onset in "ㅈㅉㅊ" else vowel

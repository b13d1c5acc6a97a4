"""Korean spelling → pronounced syllables → IPA that Kokoro can say.

Kokoro has no Korean voice and no Korean front end, but its vocabulary is IPA. Spelling is therefore first
turned into what is said, by the sound-change rules of the Standard Pronunciation of Korean (표준 발음법,
National Institute of Korean Language), and that into IPA symbols of Kokoro's vocabulary.

Numbers are not read: whoever writes a dialogue writes ``오천 원``, never ``5,000원``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

CLUSTERS = {
    "ㄳ": ("ㄱ", "ㅅ"),
    "ㄵ": ("ㄴ", "ㅈ"),
    "ㄶ": ("ㄴ", "ㅎ"),
    "ㄺ": ("ㄹ", "ㄱ"),
    "ㄻ": ("ㄹ", "ㅁ"),
    "ㄼ": ("ㄹ", "ㅂ"),
    "ㄽ": ("ㄹ", "ㅅ"),
    "ㄾ": ("ㄹ", "ㅌ"),
    "ㄿ": ("ㄹ", "ㅍ"),
    "ㅀ": ("ㄹ", "ㅎ"),
    "ㅄ": ("ㅂ", "ㅅ"),
}
"""A written double coda and the two consonants it stands for."""

NEUTRAL = {
    **dict.fromkeys("ㄲㅋㄳㄺ", "ㄱ"),
    **dict.fromkeys("ㅅㅆㅈㅊㅌㅎ", "ㄷ"),
    **dict.fromkeys("ㅍㅄㄿ", "ㅂ"),
    **dict.fromkeys("ㄵㄶ", "ㄴ"),
    **dict.fromkeys("ㄼㄽㄾㅀ", "ㄹ"),
    "ㄻ": "ㅁ",
}
"""Written coda → the one of seven sounds it has before a consonant (표준 발음법 8-11항)."""

ASPIRATED = dict(zip("ㄱㄷㅂㅈ", "ㅋㅌㅍㅊ", strict=True))
TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))
NASAL = dict(zip("ㄱㄷㅂ", "ㅇㄴㅁ", strict=True))
PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}

RESPELLINGS = {
    "여권": "여꿘",
    "문자": "문짜",
    "신분증": "신분쯩",
    "등록증": "등록쯩",
    "면허증": "면허쯩",
    "결제": "결쩨",
    "발생": "발쌩",
    "일정": "일쩡",
    "십육": "심뉵",
    "백육": "뱅뉵",
}
"""Words whose sound no rule tells from the spelling, mostly Sino-Korean compounds (표준 발음법 26, 28, 29항)."""

ADNOMINAL_NOUNS = frozenset({"수", "수가", "수는", "수도", "것", "거", "게", "줄", "데"})
"""Dependent nouns whose onset is tense after a verb form in -(으)ㄹ, as in 할 수 [할쑤] (27항)."""


class Syllable(NamedTuple):
    """One syllable as onset, vowel and coda; ``ㅇ`` is the silent onset, ``""`` the absent coda."""

    onset: str
    vowel: str
    coda: str


def decompose(word: str) -> list[Syllable]:
    """Split precomposed Hangul into syllables by Unicode's arithmetic; every other character is dropped."""
    indexes = [ord(char) - 0xAC00 for char in word if "가" <= char <= "힣"]
    return [Syllable(ONSETS[n // 588], VOWELS[n % 588 // 28], CODAS[n % 28]) for n in indexes]


def compose(syllables: list[Syllable]) -> str:
    """Join syllables back to precomposed Hangul."""
    return "".join(
        chr(0xAC00 + ONSETS.index(onset) * 588 + VOWELS.index(vowel) * 28 + CODAS.index(coda))
        for onset, vowel, coda in syllables
    )


def pronounce(word: str) -> list[Syllable]:
    """Syllables of one written word (no spaces) as they are said.

    Every boundary is decided by the spelling on both of its sides alone, so the order does not matter.
    """
    for written, said in RESPELLINGS.items():
        word = word.replace(written, said)
    spelled = decompose(word)
    codas = [NEUTRAL.get(syllable.coda, syllable.coda) for syllable in spelled]
    onsets = [syllable.onset for syllable in spelled]
    for index, following in enumerate(spelled[1:]):
        codas[index], onsets[index + 1] = _meet(spelled[index].coda, following)
    if len(spelled) > 2 and spelled[-3].coda == "ㄹ" and word.endswith("게요"):  # 알려 드릴게요 [드릴께요]
        onsets[-2] = "ㄲ"
    return [
        Syllable(onset, _vowel(onset, written.vowel, initial=index == 0), coda)
        for index, (onset, written, coda) in enumerate(zip(onsets, spelled, codas, strict=True))
    ]


def pronounce_text(text: str) -> str:
    """``text`` in Hangul as it is said, words apart, punctuation dropped: ``국물이 맑다`` → ``궁무리 막따``."""
    words: list[list[Syllable]] = []
    previous = ""
    for word in re.findall(r"[가-힣]+", text):
        said = pronounce(word)
        if word in ADNOMINAL_NOUNS and previous and decompose(previous)[-1].coda == "ㄹ":
            said[0] = said[0]._replace(onset=TENSE.get(said[0].onset, said[0].onset))
        words.append(said)
        previous = word
    return " ".join(compose(said) for said in words)


def _meet(coda: str, following: Syllable) -> tuple[str, str]:
    """What a written coda and the syllable after it become: the coda and the onset that are said."""
    if not coda:
        return "", following.onset
    onset = following.onset
    first, last = CLUSTERS.get(coda, ("", coda))
    if last == "ㅎ":
        if onset in ASPIRATED:  # 격음화: 좋다 [조타], 않고 [안코]
            return first, ASPIRATED[onset]
        if onset == "ㅅ":  # 닿소 [다쏘]
            return first, "ㅆ"
        if onset == "ㅇ":  # 좋아 [조아], 싫어 [시러]
            return "", first or "ㅇ"
        return _assimilate(first or "ㄷ", onset)
    if onset == "ㅎ":
        return _meet_h(coda, following)
    if onset == "ㅇ" and coda != "ㅇ":  # 연음: 물이 [무리], 값이 [갑씨]
        if following.vowel in "ㅣㅕ":  # 구개음화: 굳이 [구지], 붙여 [부처]
            last = PALATAL.get(last, last)
        if first and last == "ㅅ":
            last = "ㅆ"
        return first, last
    if coda in "ㄵㄼㄾㄻ" and onset in "ㄱㄷㅅㅈ":  # 경음화 of verb stems: 앉다 [안따], 넓다 [널따]
        onset = TENSE[onset]
    if coda == "ㄺ" and onset == "ㄱ":  # 읽고 [일꼬]
        return "ㄹ", "ㄲ"
    return _assimilate(NEUTRAL.get(coda, coda), onset)


def _meet_h(coda: str, following: Syllable) -> tuple[str, str]:
    """격음화 before ㅎ: 입학 [이팍], 못해 [모태], 앉히다 [안치다], 밝혀 [발켜], 닫혀 [다처]."""
    first, last = CLUSTERS.get(coda, ("", coda))
    suffix = following.vowel == "ㅣ" or (following.vowel == "ㅕ" and following.coda in ("", "ㅆ"))
    if last == "ㅈ" or (last in PALATAL and suffix):
        return first, "ㅊ"
    if coda in ("ㄺ", "ㄼ"):
        return "ㄹ", ASPIRATED[last]
    neutral = NEUTRAL.get(coda, coda)
    if neutral in ASPIRATED:
        return "", ASPIRATED[neutral]
    return neutral, "ㅎ"


def _assimilate(coda: str, onset: str) -> tuple[str, str]:
    """What a neutral coda and a consonant do to each other: 경음화, 비음화, 유음화."""
    if coda in NASAL:
        if onset == "ㄹ":  # 협력 [혐녁]
            onset = "ㄴ"
        if onset in "ㄴㅁ":  # 국물 [궁물]
            return NASAL[coda], onset
        return coda, TENSE.get(onset, onset)  # 국밥 [국빱]
    if coda in "ㅁㅇ" and onset == "ㄹ":  # 종로 [종노]
        return coda, "ㄴ"
    if (coda, onset) in {("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")}:  # 신림 [실림], 설날 [설랄]
        return "ㄹ", "ㄹ"
    return coda, onset


def _vowel(onset: str, vowel: str, *, initial: bool) -> str:
    """The vowel that is said: 희망 [히망], 문의 [무니], 폐기물 [페기물], 가져 [가저] (표준 발음법 5항)."""
    if vowel == "ㅢ" and (not initial or onset != "ㅇ"):
        return "ㅣ"
    if vowel == "ㅖ" and onset not in "ㅇㄹ":
        return "ㅔ"
    if vowel == "ㅕ" and onset in "ㅈㅉㅊ":
        return "ㅓ"
    return vowel

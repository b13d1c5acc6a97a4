"""Small facts about written Korean that the assistant's parts share: words, particles, districts."""

import re
from typing import Final

DISTRICTS: Final = (
    "종로구", "중구", "용산구", "성동구", "광진구", "동대문구", "중랑구", "성북구", "강북구",
    "도봉구", "노원구", "은평구", "서대문구", "마포구", "양천구", "강서구", "구로구", "금천구",
    "영등포구", "동작구", "관악구", "서초구", "강남구", "송파구", "강동구",
)  # fmt: skip
"""The 25 autonomous districts of Seoul."""

_WORD: Final = re.compile(r"[0-9a-z가-힣]+")
_DISTRICT: Final = re.compile(
    "(?<![가-힣])(?:서울(?:특별)?시?)?(?:"
    + "|".join(DISTRICTS)
    + "|(?:"
    + "|".join(name[:-1] for name in DISTRICTS if name != "중구")
    + r")(?=(?:에서?|쪽)?\s*(?:살|사는|거주)|이에요|예요|인데|입니다|이요|요\b))"
)
_ENDS_IN_CONSONANT: Final = frozenset("013678lmnr")
"""Digits and letters whose Korean reading ends in a consonant: 영, 일, 삼, 육, 칠, 팔, 엘, 엠, 엔, 알."""


def words(text: str) -> list[str]:
    """Runs of Hangul, Latin letters (lowered) and digits; what stands between them separates."""
    return _WORD.findall(text.lower())


def bigrams(text: str) -> list[str]:
    """Pairs of characters within words, with each word's edges marked.

    '여권을' → '^여', '여권', '권을', '을$'. Pairs survive recognition errors that break morphemes, and the
    edges tell '구청' from '청구'.
    """
    pairs: list[str] = []
    for word in words(text):
        marked = f"^{word}$"
        pairs += [marked[i : i + 2] for i in range(len(marked) - 1)]
    return pairs


def districts_in(text: str) -> list[str]:
    """The districts named in a text, full names ('마포구'), in order of mention, each once.

    A bare stem ('마포') is often something else (강서, 강동, 관악산): it counts only where somebody says that
    they live or are there.
    """
    found: dict[str, None] = {}
    for match in _DISTRICT.finditer(text):
        name = match.group().removeprefix("서울").removeprefix("특별").removeprefix("시")
        found[name if name in DISTRICTS else f"{name}구"] = None
    return list(found)


def object_particle(word: str) -> str:
    """을 or 를, as the word's last letter is read aloud."""
    last = next((letter for letter in reversed(word.lower()) if letter.isalnum()), "")
    if "가" <= last <= "힣":
        return "을" if (ord(last) - 0xAC00) % 28 else "를"
    return "을" if last in _ENDS_IN_CONSONANT else "를"

"""Guards against text that nobody said. Pure: evidence in, text out.

Whisper fills weak audio with what its training subtitles said there. The phrases below are such; but
"감사합니다" is also what callers say, so a phrase falls only when the evidence for speech is weak.
"""

import re
from dataclasses import dataclass
from typing import Final

INVENTED: Final = (
    re.compile(r"(?:MBC|KBS|SBS|YTN)\s*뉴스\s*\S{2,4}(?:입니다|이었습니다)[.!]?"),
    re.compile(r"(?:시청|구독|들어)\s*해?\s*주셔서\s*(?:대단히\s*)?감사합니다[.!]?"),
    re.compile(r"구독(?:과|,)?\s*좋아요\S*(?:\s+\S+){0,3}?\s*(?:부탁|눌러)\S*"),
    re.compile(r"(?:한글|한국어)?\s*자막\s*(?:제공|제작|by|:)[^.]{0,30}[.!]?"),
    re.compile(r"다음\s*(?:영상|시간|주)에서?\s*(?:또\s*)?(?:만나요|뵙겠습니다|만나겠습니다)[.!]?"),
    re.compile(r"수고하셨습니다[.!]?"),
    re.compile(r"감사합니다[.!]?"),
)
"""Inventions of Korean Whisper on weak audio, as a whole text or as its end."""

STRONG_LOGPROB: Final = -0.45
"""Above this mean log probability a short text is believed (real '감사합니다' has about -0.2)."""
HOPELESS_LOGPROB: Final = -1.6
NO_SPEECH: Final = 0.6
MAX_CHARS_PER_S: Final = 14.0
"""Fast Korean speech has 8-9 syllables a second; more text than this was not in the audio."""

_REPEAT: Final = re.compile(r"(.{2,40}?)(?:[\s,.]*\1){3,}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a text."""

    mean_logprob: float
    no_speech: float
    looped: bool
    voiced_ms: int


def guard(text: str, evidence: Evidence) -> str:
    """The text without what nobody said; empty when nothing is left.

    A text said twice ("네", "네") stays: each utterance is judged alone.
    """
    text = text.strip()
    if evidence.looped:
        text = _REPEAT.sub(r"\1", text).strip()
    if not _letters(text):
        return ""
    if evidence.mean_logprob < HOPELESS_LOGPROB and evidence.no_speech > NO_SPEECH:
        return ""
    if not _weak(text, evidence):
        return text
    for phrase in INVENTED:
        for found in phrase.finditer(text):
            if not _letters(text[found.end() :]):
                return guard(text[: found.start()], evidence)
    return text


def _weak(text: str, evidence: Evidence) -> bool:
    too_much = _letters(text) > MAX_CHARS_PER_S * (evidence.voiced_ms / 1000 + 0.3)
    return too_much or evidence.no_speech > NO_SPEECH or evidence.mean_logprob < STRONG_LOGPROB


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)

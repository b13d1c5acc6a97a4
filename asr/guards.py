"""Guards against text that nobody said. Pure: evidence in, text out.

Whisper fills weak audio with what its training subtitles said there: "MBC 뉴스 …입니다", "감사합니다", or the same
words over and over; after a prompt it repeats the prompt. All of this is also said by people, so nothing falls for
its words alone: the evidence for speech must be weak too. Each utterance is judged alone: "네" said twice is said
twice.

Precision and recall of each guard: `sangdam eval guards`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

BROADCAST: Final = (
    re.compile(r"(?:MBC|KBS|SBS|YTN)\s*뉴스\s*\S{2,4}(?:입니다|이었습니다)[.!]?"),
    re.compile(r"(?:시청|구독)\s*해?\s*주셔서\s*(?:대단히\s*)?(?:감사합|고맙습)니다[.!]?"),
    re.compile(r"구독(?:과|,)?\s*좋아요\S*(?:\s+\S+){0,3}?\s*(?:부탁|눌러)\S*"),
    re.compile(r"(?:한글|한국어)?\s*자막\s*(?:제공|제작|by|:)[^.]{0,30}[.!]?"),
    re.compile(r"다음\s*(?:영상|시간|주)에서?\s*(?:또\s*)?(?:만나요|뵙겠습니다|만나겠습니다)[.!]?"),
    re.compile(r"(?:이\s*영상은\s*)?(?:또\s*)?(?:다른\s*)?영상에서\s*만나요[.!]?"),
)
"""What subtitles end with, and callers hardly ever."""
POLITE: Final = (
    re.compile(r"(?:들어\s*주셔서\s*)?(?:대단히\s*)?(?:감사합니다|고맙습니다|고마워요)[.!]?"),
    re.compile(r"수고하셨습니다[.!]?"),
)
"""What subtitles end with, and calls too."""

# Limits below: whisper-base with five beams, on the cases of `sangdam eval guards`.
MIN_VOICED_MS: Final = 96
"""Less voice is a click, as for `EndpointSettings.min_speech_ms`."""
UNLIKELY_LOGPROB: Final = -1.4
"""What has less shares a third of its letters with what was said, as any two sentences do; with one beam, -1.8."""
SHORT_LETTERS: Final = 2
SHORT_UNLIKELY_LOGPROB: Final = -2.2
"""A real '네' goes down to -1.8: it is one token, without a context that speaks for it."""
NO_SPEECH: Final = 0.5
"""Nearly all speech stays below: sentences under 0.3, a bare '네' under 0.5. Noise has 0.35 to 0.95."""
DOUBTFUL_LOGPROB: Final = -0.7
"""Together with `NO_SPEECH` too little to be believed; inventions on noise that do not loop have -0.8 to -7."""
POLITE_NO_SPEECH: Final = 0.3
POLITE_LOGPROB: Final = -1.2
"""A real, bare '감사합니다' has a log probability down to -1.1, and no_speech up to 0.13."""
BROADCAST_LOGPROB: Final = -0.45
LOOP_NO_SPEECH: Final = 0.4
"""A loop above this is noise; below, speech that the recogniser could not leave."""
MAX_CHARS_PER_S: Final = 14.0
"""Fast Korean speech has 8-9 syllables a second; more text than this was not in the audio."""
ECHO_SHARE: Final = 0.7
"""So much of an echo stands in the prompt word for word …"""
ECHO_RUN: Final = 3
"""… in runs of at least so many letters: shorter ones are endings that all sentences share."""
ECHO_NO_SPEECH: Final = 0.3
ECHO_SPARSE_NO_SPEECH: Final = 0.1
"""Enough for a text that is short for so much voice; whoever says a prompt again is below."""
MIN_CHARS_PER_S: Final = 2.0
"""The slowest speakers have three syllables a second of voice."""

_REPEAT: Final = re.compile(r"(.{2,40}?)(?:[\s,.]*\1){3,}|(.{8,60}?)(?:[\s,.]*\2){2,}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a text."""

    mean_logprob: float
    no_speech: float
    looped: bool
    voiced_ms: int
    prompt: str = ""
    """What the recogniser was given before the audio."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is left of a text, and the names of the guards that took the rest."""

    text: str
    fired: tuple[str, ...] = ()


Guard = Callable[[str, Evidence], str]


def examine(text: str, evidence: Evidence) -> Guarded:
    """The text without what nobody said, empty when nothing is left; and which guards took something."""
    text = text.strip()
    fired = []
    for name, check in GUARDS.items():
        kept = check(text, evidence)
        if kept != text:
            fired.append(name)
            text = kept if letters(kept) else ""
        if not text:
            break
    return Guarded(text if letters(text) else "", tuple(fired))


def unvoiced(text: str, evidence: Evidence) -> str:
    """Voice activity heard nobody."""
    return "" if evidence.voiced_ms < MIN_VOICED_MS else text


def noise(text: str, evidence: Evidence) -> str:
    """The recogniser itself hardly believes its text; a loop it always believes, so only its ear counts there."""
    if evidence.looped and evidence.no_speech > LOOP_NO_SPEECH:
        return ""
    least = SHORT_UNLIKELY_LOGPROB if letters(text) <= SHORT_LETTERS else UNLIKELY_LOGPROB
    if evidence.no_speech > NO_SPEECH:
        least = DOUBTFUL_LOGPROB
    return "" if evidence.mean_logprob < least else text


def loop(text: str, evidence: Evidence) -> str:
    """The same words four times and more, or a long phrase three times: once is left."""
    doubtful = evidence.looped or evidence.no_speech > LOOP_NO_SPEECH
    return _REPEAT.sub(r"\1\2", text).strip() if doubtful else text


def echo(text: str, evidence: Evidence) -> str:
    """The prompt over again."""
    too_little = letters(text) < MIN_CHARS_PER_S * evidence.voiced_ms / 1000
    weak = evidence.no_speech > (ECHO_SPARSE_NO_SPEECH if too_little else ECHO_NO_SPEECH)
    echoed = evidence.prompt and overlap(text, evidence.prompt) >= ECHO_SHARE
    return "" if weak and echoed else text


def broadcast(text: str, evidence: Evidence) -> str:
    """Credits and farewells of broadcasts, as the whole text or its end."""
    weak = (
        _too_much(text, evidence)
        or evidence.no_speech > NO_SPEECH
        or evidence.mean_logprob < BROADCAST_LOGPROB
    )
    return _without_end(text, BROADCAST) if weak else text


def polite(text: str, evidence: Evidence) -> str:
    """Thanks that nobody gave, as the whole text or its end."""
    weak = (
        _too_much(text, evidence)
        or evidence.no_speech > POLITE_NO_SPEECH
        or evidence.mean_logprob < POLITE_LOGPROB
    )
    return _without_end(text, (*BROADCAST, *POLITE)) if weak else text


GUARDS: Final[dict[str, Guard]] = {
    "unvoiced": unvoiced,
    "noise": noise,
    "loop": loop,
    "echo": echo,
    "broadcast": broadcast,
    "polite": polite,
}
"""By name, in the order in which they look at a text."""


def overlap(text: str, prompt: str) -> float:
    """Share of a text's letters that stand in the prompt in runs, 0-1."""
    said, before = _only_letters(text), _only_letters(prompt)
    blocks = SequenceMatcher(None, said, before, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= ECHO_RUN) / max(1, len(said))


def letters(text: str) -> int:
    """How many characters of a text are not spaces or marks."""
    return len(_only_letters(text))


def _only_letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _too_much(text: str, evidence: Evidence) -> bool:
    return letters(text) > MAX_CHARS_PER_S * (evidence.voiced_ms / 1000 + 0.3)


def _without_end(text: str, phrases: tuple[re.Pattern[str], ...]) -> str:
    for pattern in phrases:
        for found in pattern.finditer(text):
            if not letters(text[found.end() :]):
                return _without_end(text[: found.start()].strip(), phrases)
    return text

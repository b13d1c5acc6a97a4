"""What was said, and what else was heard. Topic `transcript`."""

from typing import Literal

from contracts.event import Event, Language, Model, Role

Sound = Literal["music", "ringing", "busy", "dtmf"]
"""Hold music, the tone of a called line, the tone of a busy line, a key."""

RecognitionMode = Literal["full", "finals", "refused"]
"""All; finals without partials, because the recogniser is near its capacity; nothing, because it is past it."""


class Word(Model):
    """A word of a final, on the channel's time."""

    text: str
    start_ms: int
    end_ms: int
    probability: float
    """0-1, the recogniser's own belief."""
    suspect: bool = False
    """Probably misheard: the panel underlines it."""
    nearest: tuple[str, ...] = ()
    """For a suspect word: names of places, departments or guides that sound like it, the nearest first."""


class Utterance(Event):
    """Speech between two endpoints of one channel: partial while it is spoken, then final.

    `utterance_id` is `contact/channel/start_sample` and `revision` rises, so that consumers upsert by it
    and a record heard twice changes nothing. Personal data is masked already (`[전화번호]`, …).
    """

    type: Literal["utterance"] = "utterance"
    utterance_id: str
    revision: int
    status: Literal["partial", "final"]
    channel: int
    role: Role
    start_ms: int
    end_ms: int
    """Channel time: milliseconds from the channel's first sample."""
    text: str
    """A final with empty text withdraws its partials: there was no speech after all."""
    stable_chars: int = 0
    """The first `stable_chars` characters of a partial are unlikely to change; a final is all stable."""
    language: Language = "ko"
    confidence: float = 1.0
    """0-1: exp of the mean token log probability."""
    words: tuple[Word, ...] = ()
    """Of a final: joined by spaces they are `text`. A partial has none."""
    masked: tuple[str, ...] = ()
    """Kinds of personal data that were masked in `text`, e.g. `phone`."""
    heard_ms: int
    """Wall time at which the sample at `end_ms` was heard: `at_ms - heard_ms` is the recogniser's latency."""


class TranscriptEnded(Event):
    """Everything that was said on a channel is published: no more utterances of it will come."""

    type: Literal["transcript.ended"] = "transcript.ended"
    channel: int
    end_ms: int
    """Length of the channel."""


class SoundHeard(Event):
    """What is heard on a channel is no speech. One record when it is recognised, one more when it ended.

    Digits of keys are not published: callers type card and resident numbers.
    """

    type: Literal["sound"] = "sound"
    sound_id: str
    """`contact/channel/start_sample/sound`; the record with an `end_ms` replaces the one without."""
    sound: Sound
    channel: int
    start_ms: int
    end_ms: int | None = None


class RecognitionChanged(Event):
    """How much of a contact is transcribed from now on; without any such record, all of it."""

    type: Literal["recognition"] = "recognition"
    mode: RecognitionMode
    revision: int
    """Wall time of the decision in ms, so that it rises from worker to worker."""


class LanguageDetected(Event):
    """The language of the first seconds of speech; what an agent chose (`LanguageChosen`) stands above it."""

    type: Literal["language.detected"] = "language.detected"
    language: Language
    probability: float
    """0-1, among the languages that are served."""


def utterance_id(contact_id: str, channel: int, start_sample: int) -> str:
    """The same speech has the same id, whoever transcribes it and however often."""
    return f"{contact_id}/{channel}/{start_sample}"

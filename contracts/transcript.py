"""What was said. Topic `transcript`."""

from typing import Literal

from contracts.event import Event, Model, Role


class Word(Model):
    """A word of a final, on the channel's time."""

    text: str
    start_ms: int
    end_ms: int
    probability: float
    """0-1, the recogniser's own belief."""


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
    language: str = "ko"
    confidence: float = 1.0
    """0-1: exp of the mean token log probability."""
    words: tuple[Word, ...] = ()
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


def utterance_id(contact_id: str, channel: int, start_sample: int) -> str:
    """The same speech has the same id, whoever transcribes it and however often."""
    return f"{contact_id}/{channel}/{start_sample}"

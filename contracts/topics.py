"""Topics of the bus: name, what travels on it, partitions and retention."""

from dataclasses import dataclass
from typing import Final

_HOUR_MS: Final = 3_600_000

PARTITIONS: Final = 12
"""Of every topic, so that a contact has the same partition number in all of them and one worker sees all of it:
as many workers can share a topic. A broker's topics may have more, all the same number."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A named log. Records of one key keep their order within its partition."""

    name: str
    partitions: int
    retention_ms: int
    """Records older than this may go; what must live longer is in the store."""
    retention_bytes: int
    """Per partition, the oldest go first."""


CALL_AUDIO: Final = Topic("call.audio", PARTITIONS, _HOUR_MS // 2, 2 << 30)
"""800 channels at 8 kHz PCM, 12.8 MB/s, fill 22 GiB of the 24 in that time."""
CONTACT_EVENTS: Final = Topic("contact.events", PARTITIONS, 72 * _HOUR_MS, 64 << 20)
TRANSCRIPT: Final = Topic("transcript", PARTITIONS, 72 * _HOUR_MS, 256 << 20)
SUGGESTIONS: Final = Topic("suggestions", PARTITIONS, 72 * _HOUR_MS, 64 << 20)
SUGGESTION_OUTCOMES: Final = Topic("suggestion.outcomes", PARTITIONS, 72 * _HOUR_MS, 64 << 20)
SEARCH_REQUESTS: Final = Topic("search.requests", PARTITIONS, _HOUR_MS, 16 << 20)
SEARCH_RESULTS: Final = Topic("search.results", PARTITIONS, _HOUR_MS, 64 << 20)
SUMMARIES: Final = Topic("summaries", PARTITIONS, 72 * _HOUR_MS, 64 << 20)
CHAT: Final = Topic("chat", PARTITIONS, _HOUR_MS, 64 << 20)
"""For those who are connected now; the log itself is in the store."""
CHAT_TYPING: Final = Topic("chat.typing", PARTITIONS, _HOUR_MS // 6, 16 << 20)
VOC_ALERTS: Final = Topic("voc.alerts", PARTITIONS, 72 * _HOUR_MS, 16 << 20)
"""Says to look: the alerts themselves are in the store."""

TOPICS: Final[dict[str, Topic]] = {
    topic.name: topic
    for topic in (
        CALL_AUDIO,
        CONTACT_EVENTS,
        TRANSCRIPT,
        SUGGESTIONS,
        SUGGESTION_OUTCOMES,
        SEARCH_REQUESTS,
        SEARCH_RESULTS,
        SUMMARIES,
        CHAT,
        CHAT_TYPING,
        VOC_ALERTS,
    )
}

"""Topics of the bus: name, what travels on it, partitions and retention."""

from dataclasses import dataclass
from typing import Final

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A named log. Records of one key keep their order within its partition."""

    name: str
    partitions: int
    retention_ms: int
    """Records older than this may go; what must live longer is in the store."""
    retention_bytes: int
    """Per partition, the oldest go first."""


CALL_AUDIO: Final = Topic("call.audio", 8, 2 * _HOUR_MS, 256 << 20)
CONTACT_EVENTS: Final = Topic("contact.events", 8, 72 * _HOUR_MS, 64 << 20)
TRANSCRIPT: Final = Topic("transcript", 8, 72 * _HOUR_MS, 256 << 20)
SUGGESTIONS: Final = Topic("suggestions", 8, 72 * _HOUR_MS, 64 << 20)
SUGGESTION_OUTCOMES: Final = Topic("suggestion.outcomes", 8, 72 * _HOUR_MS, 64 << 20)
SEARCH_REQUESTS: Final = Topic("search.requests", 8, _HOUR_MS, 16 << 20)
SEARCH_RESULTS: Final = Topic("search.results", 8, _HOUR_MS, 64 << 20)
SUMMARIES: Final = Topic("summaries", 8, 72 * _HOUR_MS, 64 << 20)

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
    )
}

"""What is to be published, in order, until it is. No I/O.

Between an event and its publication the partition may go to another worker: then it is that one's to say.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from asr.scheduler import ChannelKey, Job
from contracts.event import Event


@dataclass(eq=False, slots=True)
class News:
    """An event, and what hangs on its publication."""

    event: Event
    key: ChannelKey
    answers: Job | None = None
    """A final that is out of work with it."""
    ends: bool = False
    """Nothing of the channel is needed after it."""


class Outbox:
    """First in, first out: finals of a channel are published in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[News] = []

    def add(self, news: News) -> None:
        self._waiting.append(news)

    def waiting(self) -> Sequence[News]:
        """What to publish next, together."""
        return tuple(self._waiting)

    def published(self, news: Sequence[News]) -> list[News]:
        """They are on the bus; gives those of them that are still this worker's."""
        ours = [one for one in self._waiting if one in news]
        self._waiting = [one for one in self._waiting if one not in news]
        return ours

    def drop(self, contacts: Collection[str]) -> None:
        """These contacts are another worker's now."""
        self._waiting = [one for one in self._waiting if one.key[0] not in contacts]

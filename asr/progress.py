"""Up to where the audio topic may be committed. Pure.

A worker that dies is followed by another that reads from the committed offset. So that it hears again every
utterance that was not published, the commit stops before the oldest sample still needed.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from asr.scheduler import ChannelKey
from bus.base import TopicPartition


@dataclass(slots=True)
class _Track:
    partition: TopicPartition
    records: deque[tuple[int, int]] = field(default_factory=deque)
    """(end_sample, offset) of records that may be needed again."""


class Progress:
    """Notes which records hold which samples."""

    def __init__(self) -> None:
        self._tracks: dict[ChannelKey, _Track] = {}
        self._next: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}

    def read(self, partition: TopicPartition, offset: int) -> None:
        """A record was read, whatever was in it."""
        self._next[partition] = offset + 1

    def hold(self, partition: TopicPartition, offset: int, key: ChannelKey, end_sample: int) -> None:
        """A record holds samples of a channel up to `end_sample`."""
        self._tracks.setdefault(key, _Track(partition)).records.append((end_sample, offset))

    def release(self, key: ChannelKey, needed_from: int) -> None:
        """Samples of a channel before `needed_from` are no longer needed."""
        track = self._tracks.get(key)
        while track and track.records and track.records[0][0] <= needed_from:
            track.records.popleft()

    def finish(self, key: ChannelKey) -> None:
        """Nothing of the channel is needed any more."""
        self._tracks.pop(key, None)

    def drop(self, partition: TopicPartition) -> list[ChannelKey]:
        """The partition belongs to somebody else now; gives the channels that went with it."""
        gone = [key for key, track in self._tracks.items() if track.partition == partition]
        for key in gone:
            del self._tracks[key]
        self._next.pop(partition, None)
        self._committed.pop(partition, None)
        return gone

    def to_commit(self) -> dict[TopicPartition, int]:
        """Offsets that may be committed and were not yet."""
        safe = dict(self._next)
        for track in self._tracks.values():
            if track.records:
                safe[track.partition] = min(safe[track.partition], track.records[0][1])
        fresh = {tp: offset for tp, offset in safe.items() if offset > self._committed.get(tp, -1)}
        self._committed.update(fresh)
        return fresh

    def not_committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """The bus did not take them: they are to be committed again."""
        for partition in offsets:
            self._committed.pop(partition, None)

"""Records of the bus to the board: partitions that come and go, frames, events of calls. No I/O."""

import logging
from collections import deque
from typing import Final

from asr.board import WHOLE_CALL, Board
from asr.channel import Channel
from asr.scheduler import ChannelKey
from bus.base import Batch, Record, TopicPartition
from contracts.audio import decode_frame
from contracts.clock import Clock
from contracts.codec import decode
from contracts.contact import ContactStateChanged, LanguageChosen
from contracts.errors import BadEvent, BadFrame
from contracts.topics import CONTACT_EVENTS

log = logging.getLogger(__name__)

_CATCH_UP_MS: Final = 60_000
"""So long after it got a partition, what had waited there does not count as load."""


class Intake:
    """`wall` is what records are stamped with, `monotonic` is for durations, both in milliseconds."""

    def __init__(self, board: Board, wall: Clock, monotonic: Clock) -> None:
        self._board = board
        self._wall = wall
        self._monotonic = monotonic
        self.assigned: dict[TopicPartition, tuple[int, int]] = {}
        """Wall and monotonic time at which partitions came."""

    def reassign(self, batch: Batch) -> None:
        """Let go of what went to another worker; what comes, or comes back, begins afresh."""
        for partition in batch.revoked:
            self.assigned.pop(partition, None)
            self._board.drop(partition)
        for partition in batch.assigned:
            self.assigned[partition] = (self._wall(), self._monotonic())

    def accept(self, records: deque[Record]) -> list[Channel]:
        """Take records up to one that comes after a long gap: what is before the gap is listened to first.

        Returns:
            The channels that have more to listen to now.
        """
        touched: dict[ChannelKey, Channel] = {}
        while records:
            record = records[0]
            try:
                if record.topic == CONTACT_EVENTS.name:
                    self._take_event(record)
                elif not self._take_frame(record, touched):
                    break
            except (BadFrame, BadEvent) as error:
                self._board.counts.bad_frames += isinstance(error, BadFrame)
                log.warning("%s@%d: %s", record.topic, record.offset, error)
            self._board.progress.read(record.topic_partition, record.offset)
            records.popleft()
        return list(touched.values())

    def _take_frame(self, record: Record, touched: dict[ChannelKey, Channel]) -> bool:
        """False when the channel has to be listened to before it can take this frame."""
        frame, board = decode_frame(record.value), self._board
        if board.is_past(frame):
            return True
        channel = board.find(frame)
        key = (frame.contact_id, frame.channel)
        if channel is not None and key in touched and channel.is_far(frame):
            return False
        board.progress.hold(record.topic_partition, record.offset, key, frame.end_sample)
        if channel is None:
            board.refuse(frame)
        else:
            touched[key] = channel
            board.take(channel, frame, late=self._is_late(record))
        return True

    def _is_late(self, record: Record) -> bool:
        """It waited on the bus before this worker came, which was not long ago."""
        wall_ms, monotonic_ms = self.assigned.get(record.topic_partition, (0, 0))
        return record.timestamp_ms < wall_ms and self._monotonic() - monotonic_ms < _CATCH_UP_MS

    def _take_event(self, record: Record) -> None:
        event, board = decode(record.value), self._board
        key = (event.contact_id, WHOLE_CALL)
        if isinstance(event, LanguageChosen):
            board.calls[event.contact_id].chosen = event.language
            # Whoever takes over has to know it too, as long as the call goes on.
            board.progress.hold(record.topic_partition, record.offset, key, 0)
        elif isinstance(event, ContactStateChanged) and event.state == "ended":
            board.progress.hold(record.topic_partition, record.offset, key, 0)
            board.hang_up(event.contact_id)

"""The thread that polls: it owns a consumer of kafka-python and fills an inbox, as far as there is room.

Polling also keeps the membership alive and carries every rebalance, so it goes on while the inbox is full, with all
partitions paused. Nothing that a broker says ends it but what waiting cannot mend.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kafka import errors
from kafka.structs import TopicPartition as KafkaPartition

from bus.base import Record, TopicPartition
from bus.kafka_inbox import Inbox
from contracts.errors import SangdamError

log = logging.getLogger(__name__)

FETCH: Final[Mapping[str, Any]] = {
    "fetch_max_bytes": 4 << 20,
    "max_partition_fetch_bytes": (1 << 20) + (64 << 10),
    "fetch_max_wait_ms": 250,
    "auto_offset_reset": "none",  # where to start, and what was lost, is said here
    "enable_auto_commit": False,
    "allow_auto_create_topics": False,
    "metadata_max_age_ms": 60_000,
    "metrics_enabled": False,
}
_POLL_MS: Final = 200
"""How long one look lasts at most; closing waits for it. Shorter ones cost more, and make a join start again."""
_MAX_RECORDS: Final = 1_000
_AGAIN_S: Final = 0.2
_ASK_S: Final = 5.0
"""How long questions for offsets may take."""
_LAG_S: Final = 5.0
"""How often to ask where paused partitions end."""
_CLOSE_MS: Final = 2_000
_JOIN_S: Final = 8.0

Starts = Callable[[Sequence[TopicPartition]], Mapping[TopicPartition, int]]


class Poller:
    """Runs from `start` to `close`."""

    def __init__(
        self,
        consumer: Any,
        inbox: Inbox,
        *,
        name: str,
        starts: Starts,
        fatal: Callable[[errors.KafkaError], SangdamError | None],
        each: Callable[[], None] = lambda: None,
        last: Callable[[], None] = lambda: None,
    ) -> None:
        """Start nothing yet.

        Args:
            consumer: subscribed or assigned.
            inbox: to fill.
            name: for the log.
            starts: offsets to start at where nothing is committed.
            fatal: what an error means that waiting cannot mend; None: try again.
            each: called after every look.
            last: called before the consumer closes.
        """
        self._consumer = consumer
        self._inbox = inbox
        self._name = name
        self._starts = starts
        self._fatal = fatal
        self._each = each
        self._last = last
        self._paused: set[Any] = set()
        self._ended_at = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"bus-{name}", daemon=True)
        self.positions: dict[TopicPartition, int] = {}
        """Where reading began, by partition."""
        self.ends: dict[TopicPartition, int] = {}
        """Where partitions ended when the broker last said so."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end."""
        self._closing.set()

    @property
    def stopping(self) -> bool:
        return self._closing.is_set()

    def join(self) -> None:
        """Wait for its end, for some seconds: it is a daemon that the process does not wait for. Blocks."""
        self._thread.join(_JOIN_S)
        if self._thread.is_alive():
            log.warning(
                "%s: 읽기 스레드가 제때 끝나지 않았습니다 / the reading thread did not end in time",
                self._name,
            )

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._look()
                self._each()
            except errors.KafkaError as error:
                self._mend(error)
            except Exception as error:
                log.exception("%s", self._name)
                self._mend(errors.KafkaError(str(error)))
        try:
            self._last()
            self._consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)
        except Exception as error:  # noqa: BLE001  closed is closed; the group finds out by the session time
            log.debug("%s: %s", self._name, error)

    def _look(self) -> None:
        self._make_room()
        found = self._consumer.poll(timeout_ms=_POLL_MS, max_records=_MAX_RECORDS)
        for tp, part in found.items():
            records = [_record(one) for one in part]
            self.positions.setdefault(TopicPartition(*tp), records[0].offset)
            self._inbox.put(
                TopicPartition(*tp), records, sum(len(one.value) + len(one.key) for one in records)
            )
        self._note_ends()

    def _make_room(self) -> None:
        """Pause what is assigned while the inbox is full; go on when half of it is empty."""
        if self._inbox.full:
            new = self._consumer.assignment() - self._paused
            self._consumer.pause(*new)
            self._paused |= new
        elif self._paused and self._inbox.has_room:
            self._consumer.resume(*(self._paused & self._consumer.assignment()))
            self._paused.clear()

    def _note_ends(self) -> None:
        assigned = self._consumer.assignment()
        if self._paused and time.monotonic() - self._ended_at > _LAG_S:
            self._ended_at = time.monotonic()
            ends = self._consumer.end_offsets(list(assigned), timeout_ms=_ASK_S * 1000)
        else:
            ends = {tp: end for tp in assigned if (end := self._consumer.highwater(tp)) is not None}
        self.ends.update({TopicPartition(*tp): end for tp, end in ends.items()})

    def _mend(self, error: errors.KafkaError) -> None:
        """Set right what polling stumbled over, or wait a moment."""
        try:
            if isinstance(error, errors.NoOffsetForPartitionError):
                self._begin([TopicPartition(*tp) for tp in error.args[0]])
            elif isinstance(error, errors.OffsetOutOfRangeError):
                self._skip({TopicPartition(*tp): offset for tp, offset in error.args[0].items()})
            elif isinstance(error, errors.LogTruncationError):
                self._seek({TopicPartition(*tp): to.offset for tp, to in error.divergent_offsets.items()})
            elif (meaning := self._fatal(error)) is not None:
                self._inbox.fail(meaning)
                self._closing.set()
            else:
                log.debug("%s: %s", self._name, error)
                self._closing.wait(_AGAIN_S)
        except (errors.KafkaError, ValueError) as again:  # ValueError: not ours any more
            log.debug("%s: %s", self._name, again)
            self._closing.wait(_AGAIN_S)

    def _begin(self, tps: Sequence[TopicPartition]) -> None:
        """Nothing is committed for these."""
        self._seek(self._starts(tps))

    def _seek(self, offsets: Mapping[TopicPartition, int]) -> None:
        for tp, offset in offsets.items():
            self._consumer.seek(KafkaPartition(*tp), offset)
            self.positions[tp] = offset

    def _skip(self, offsets: Mapping[TopicPartition, int]) -> None:
        """These offsets do not exist any more: go to the oldest that does, and say what is lost."""
        oldest = self.oldest(list(offsets))
        for tp, offset in offsets.items():
            lost = oldest[tp] - offset
            if lost > 0:
                log.error(
                    "%s: %s-%d에서 기록 %d건이 읽기 전에 보존 기간이 지나 지워졌습니다. 토픽의 retention.ms와 "
                    "retention.bytes를 늘리거나 처리 속도를 높이십시오 / %d records were deleted before they were read: "
                    "raise retention.ms and retention.bytes of the topic, or add workers",
                    *(self._name, *tp, lost, lost),
                )
            else:
                log.error(
                    "%s: %s-%d의 오프셋 %d이(가) 로그 끝을 넘습니다. 토픽이 다시 만들어졌으면 처음부터 읽습니다 / offset "
                    "%d is past the end of the log: it was made anew, and is read from its beginning",
                    *(self._name, *tp, offset, offset),
                )
        self._seek(oldest)

    def oldest(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets of the oldest records that are there. In this thread alone; may raise a KafkaError."""
        found = self._consumer.beginning_offsets(
            [KafkaPartition(*tp) for tp in tps], timeout_ms=_ASK_S * 1000
        )
        return {TopicPartition(*tp): offset for tp, offset in found.items()}


def _record(one: Any) -> Record:
    key = one.key.decode("utf-8", "replace") if one.key else ""
    return Record(one.topic, one.partition, one.offset, key, one.value or b"", one.timestamp)

"""Offsets on their way to the broker: the newest of each partition, one request at a time, tried until it takes them.

Nothing here waits or raises. While the broker is away the newest offsets stay, and go when it is back; a crash until
then brings their records again.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from kafka.structs import OffsetAndMetadata
from kafka.structs import TopicPartition as KafkaPartition

from bus.base import TopicPartition

log = logging.getLogger(__name__)

Send = Callable[[Mapping[Any, Any]], Any]
"""`KafkaConsumer.commit_async`: gives a future that is called back in the library's thread."""

_AGAIN_S: Final = 0.2
_TELL_S: Final = 5.0
"""A rebalance keeps commits waiting for a moment; longer than this is worth a line in the log."""


class Commits:
    """Any thread may call it; it belongs to the event loop that made it."""

    def __init__(self, send: Send, group: str) -> None:
        self._send = send
        self._group = group
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._pending: dict[TopicPartition, int] = {}
        self._busy = False
        self._sending: dict[TopicPartition, int] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._asked: list[asyncio.Future[None]] = []
        self._again_at = 0.0
        self._failing_since: float | None = None
        self._told = False
        self.committed: dict[TopicPartition, int] = {}
        """What the broker has, as far as we know."""

    def put(self, offsets: Mapping[TopicPartition, int], waiter: asyncio.Future[None] | None = None) -> None:
        """Commit these; `waiter` hears when the broker has answered, whatever it said."""
        with self._lock:
            self._pending.update(offsets)
            if waiter is not None:
                self._waiting.append(waiter)
        self._go()

    def again(self) -> None:
        """Try what did not get through; call it now and then."""
        if self._pending and time.monotonic() >= self._again_at:
            self._go()

    def drop(self, tps: Iterable[TopicPartition]) -> None:
        """These are not ours any more."""
        with self._lock:
            for tp in tps:
                self._pending.pop(tp, None)
                self._sending.pop(tp, None)
                self.committed.pop(tp, None)

    def busy(self, tps: Iterable[TopicPartition]) -> bool:
        """Whether offsets of these are on their way."""
        with self._lock:
            return any(tp in self._pending or tp in self._sending for tp in tps)

    def _go(self) -> None:
        with self._lock:
            if self._busy or not self._pending:
                return
            self._busy = True
            self._sending, self._pending = self._pending, {}
            self._asked, self._waiting = self._waiting, []
            offsets = {
                KafkaPartition(*tp): OffsetAndMetadata(offset, "", -1) for tp, offset in self._sending.items()
            }
        try:
            asked = self._send(offsets)
        except Exception as error:  # noqa: BLE001  the offsets must not be lost, whatever it is
            self._failed(error)
        else:
            asked.add_callback(self._answered)
            asked.add_errback(self._failed)

    def _answered(self, coordinator: object) -> None:
        """In the library's thread. Anything but None: it only found the group's broker, and may have sent nothing."""
        with self._lock:
            if coordinator is not None:
                self._pending = self._sending | self._pending
            else:
                self.committed.update(self._sending)
                self._failing_since = None
            self._sending, self._busy = {}, False
            asked, self._asked = self._asked, []
            if coordinator is not None:
                self._waiting, asked = asked + self._waiting, []
        if self._told and coordinator is None:
            self._told = False
            log.warning(
                "그룹 %s의 커밋이 다시 됩니다 / commits of group %s work again", self._group, self._group
            )
        self._release(asked)
        self._go()

    def _failed(self, error: BaseException) -> None:
        now = time.monotonic()
        with self._lock:
            self._pending = self._sending | self._pending
            self._sending, self._busy = {}, False
            asked, self._asked = self._asked, []
            self._again_at = now + _AGAIN_S
            self._failing_since = self._failing_since or now
            tell = not self._told and now - self._failing_since > _TELL_S
            self._told = self._told or tell
        if tell:
            log.warning(
                "그룹 %s의 커밋이 밀립니다(%s). 브로커가 돌아오면 이어집니다 / commits of group %s wait (%s), and go "
                "on when the broker is back",
                *(self._group, error) * 2,
            )
        self._release(asked)

    def _release(self, waiters: list[asyncio.Future[None]]) -> None:
        if waiters:
            with contextlib.suppress(RuntimeError):  # the loop is gone, nobody waits any more
                self._loop.call_soon_threadsafe(_resolve, waiters)


def _resolve(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)

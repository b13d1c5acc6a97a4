"""What publishers may leave with a bus: a bounded line between them and the thread that writes."""

import asyncio
import contextlib
from collections import deque
from typing import Final

from contracts.errors import Overloaded

MAX_RECORDS: Final = 10_000
MAX_BYTES: Final = 32 << 20
"""Accepted and not yet written. 32 MiB are about 10 minutes of 64 kbit/s audio on 6 lines."""
_ADMISSION_S: Final = 5.0


class Admission:
    """Counts what was accepted and not yet written; whoever finds no room waits in line, for a while.

    Lives on the event loop.
    """

    def __init__(self, max_records: int = MAX_RECORDS, max_bytes: int = MAX_BYTES) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._records = 0
        self._bytes = 0
        self._line: deque[tuple[asyncio.Future[None], int, int]] = deque()

    async def enter(self, records: int, size: int, *, limit_s: float = _ADMISSION_S) -> None:
        """Wait for room.

        Raises:
            Overloaded: there was none for `limit_s` seconds.
        """
        if not self._line and self._fits(records, size):
            self._count(records, size)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (turn, records, size)
        self._line.append(place)
        try:
            async with asyncio.timeout(limit_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave(records, size)
            else:
                with contextlib.suppress(ValueError):
                    self._line.remove(place)
            if isinstance(error, TimeoutError):
                raise Overloaded(
                    "버스가 밀려 기록을 받지 못했습니다. 잠시 뒤 다시 시도하거나 디스크와 브로커의 속도를 확인하십시오.",
                    "The bus is behind and took no record. Try again, or check the speed of the disk and the broker.",
                ) from None
            raise

    @property
    def bytes(self) -> int:
        """Accepted and not yet written."""
        return self._bytes

    def leave(self, records: int, size: int) -> None:
        self._count(-records, -size)
        while self._line and self._fits(*self._line[0][1:]):
            turn, next_records, next_size = self._line.popleft()
            if not turn.done():
                self._count(next_records, next_size)
                turn.set_result(None)

    def _fits(self, records: int, size: int) -> bool:
        """What is larger than the whole queue goes in alone."""
        return self._records == 0 or (
            self._records + records <= self._max_records and self._bytes + size <= self._max_bytes
        )

    def _count(self, records: int, size: int) -> None:
        self._records += records
        self._bytes += size

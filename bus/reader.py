"""One thread that reads: it waits for news in the file and hands out records to those who wait for them."""

import asyncio
import contextlib
import logging
import math
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bus.base import Record
from bus.failures import explain
from bus.log import Ends, Layout, ends, read

log = logging.getLogger(__name__)

MAX_BYTES: Final = 4 << 20
"""Of values in one fetch."""
_POLLS: Final = ((2.0, 0.01), (60.0, 0.02))
_LONELY_POLL_S: Final = 0.05
"""How often to look for writes of other processes: every 10 ms when the last one was within 2 s, every 20 ms
within a minute (the heartbeats of others are writes too), else every 50 ms. A look costs 0.1 ms of CPU."""
_RETRY_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """What a wait brought: records in order within each partition, or word that the assignment changed."""

    records: Sequence[Record] = ()
    next_offsets: Mapping[int, int] = field(default_factory=dict)
    """By partition id: where to go on, for those partitions that records came from."""
    reassigned: bool = False


@dataclass(eq=False, slots=True)
class Wait:
    """A member waiting for records after its positions, or for its group to leave `generation`."""

    group: str
    """Empty: a follower, which no group reassigns."""
    generation: int
    positions: Mapping[int, int]
    """By partition id; the order in which partitions are served."""
    max_records: int
    limit: float
    """On the monotonic clock; the file is looked at once even when it has passed."""
    future: "asyncio.Future[Found]"


class Reader:
    """Owns the reading connection of a process."""

    def __init__(self, connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
        self._connection = connection
        self._path = path
        self._layout = layout
        self._loop = asyncio.get_running_loop()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._waiting: list[Wait] = []
        self._new: list[Wait] = []
        self._closing = False
        self.next_offsets: Mapping[int, int] = {}
        """Where each partition ended when this thread last looked, by partition id."""
        self._thread = threading.Thread(target=self._run, name="bus-reader", daemon=True)
        self._thread.start()

    def ask(
        self, group: str, generation: int, positions: Mapping[int, int], *, max_records: int, timeout_s: float
    ) -> "asyncio.Future[Found]":
        """Wait for news; after `timeout_s` an empty answer comes. Cancel the future to stop waiting."""
        limit = time.monotonic() + timeout_s
        wait = Wait(group, generation, positions, max_records, limit, self._loop.create_future())
        with self._lock:
            self._new.append(wait)
        self._news.set()
        return wait.future

    def wake(self) -> None:
        """Look at the file now: this process has written."""
        self._news.set()

    async def close(self) -> None:
        """Stop; whoever still waits must be cancelled by its owner."""
        self._closing = True
        self._news.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        version = -1
        others_wrote_at = -math.inf
        while not self._closing:
            told = self._news.wait(self._patience_s(others_wrote_at))
            self._news.clear()
            with self._lock:
                new, self._new = self._new, []
            self._waiting = [wait for wait in self._waiting if not wait.future.done()]
            try:
                (now,) = self._connection.execute("PRAGMA data_version").fetchone()
                if now != version:
                    version = now
                    others_wrote_at = others_wrote_at if told else time.monotonic()
                    new, self._waiting = self._waiting + new, []
                answers = self._serve(new) if new else []
            except sqlite3.Error as error:
                log.warning("%s", explain(error, self._path))
                answers, version = [], -1
                time.sleep(_RETRY_S)
            self._hand_out(answers, self._waiting + new)
        self._connection.close()

    def _patience_s(self, others_wrote_at: float) -> float | None:
        """Seconds until the next look; None while nobody waits."""
        if not self._waiting:
            return None
        now = time.monotonic()
        quiet_s = now - others_wrote_at
        poll_s = next((poll_s for within_s, poll_s in _POLLS if quiet_s < within_s), _LONELY_POLL_S)
        return max(0.0, min(poll_s, min(wait.limit for wait in self._waiting) - now))

    def _serve(self, waits: Sequence[Wait]) -> list[tuple[Wait, Found]]:
        """What the file has for them; nothing for those who are not in the answer."""
        self._connection.execute("BEGIN")
        try:
            now = ends(self._connection)
            self.next_offsets = now.next_offsets
            looks = [(wait, self._look(wait, now)) for wait in waits]
        finally:
            self._connection.rollback()
        return [(wait, found) for wait, found in looks if found is not None]

    def _hand_out(self, answers: list[tuple[Wait, Found]], waits: Sequence[Wait]) -> None:
        """Give the answers, and empty ones to those whose time is over; the others wait on."""
        answered = {wait for wait, _ in answers}
        now = time.monotonic()
        self._waiting = []
        for wait in waits:
            if wait in answered:
                continue
            if wait.limit <= now:
                answers.append((wait, Found()))
            else:
                self._waiting.append(wait)
        if answers:
            with contextlib.suppress(RuntimeError):  # the loop is gone, nobody waits any more
                self._loop.call_soon_threadsafe(_answer, answers)

    def _look(self, wait: Wait, now: Ends) -> Found | None:
        if wait.group and now.generations.get(wait.group) != wait.generation:
            return Found(reassigned=True)
        records: list[Record] = []
        next_offsets: dict[int, int] = {}
        room = MAX_BYTES
        for tp, position in wait.positions.items():
            if position >= now.next_offsets[tp]:
                continue
            part, size = read(
                self._connection,
                tp,
                self._layout.names[tp],
                position,
                max_records=wait.max_records - len(records),
                max_bytes=room,
            )
            if part:
                next_offsets[tp] = part[-1].offset + 1
                records += part
                room -= size
            if len(records) >= wait.max_records or room <= 0:
                break
        return Found(records, next_offsets) if records else None


def _answer(answers: Sequence[tuple[Wait, Found]]) -> None:
    for wait, found in answers:
        if not wait.future.done():
            wait.future.set_result(found)

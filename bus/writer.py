"""One thread that writes: everything that waits goes into one transaction, then its callers hear of it."""

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from bus.admission import Admission
from bus.failures import closed, explain
from bus.log import Entry, append, transaction
from contracts.clock import wall_ms

log = logging.getLogger(__name__)

T = TypeVar("T")

Work = Callable[[sqlite3.Connection], object]
"""Runs in the writer's transaction; run again in one of its own if a neighbour fails."""

Chore = Callable[[sqlite3.Connection], float]
"""Runs in a transaction of its own now and then; returns the seconds until it wants to run again."""


@dataclass(eq=False, slots=True)
class _Job:
    future: asyncio.Future[object]
    entries: Sequence[Entry] = ()
    size: int = 0
    work: Work | None = None


class Writer:
    """Owns the writing connection of a process."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        *,
        committed: Callable[[], None],
        chores: Sequence[Chore] = (),
        admission: Admission | None = None,
    ) -> None:
        """Start the thread. `committed` is called in it after each transaction."""
        self._connection = connection
        self._path = path
        self._committed = committed
        self._due = dict.fromkeys(chores, 0.0)
        self._admission = admission or Admission()
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="bus-writer", daemon=True)
        self._thread.start()

    @property
    def waiting_bytes(self) -> int:
        """Accepted and not yet written."""
        return self._admission.bytes

    async def append(self, entries: Sequence[Entry]) -> None:
        """Append in order, all or nothing; committed on return.

        Raises:
            StorageFull: nothing was appended.
            Overloaded: the queue stayed full.
            BusClosed: after `close`.
        """
        if not entries:
            return
        size = sum(len(key) + len(value) for _, key, value in entries)
        await self._admission.enter(len(entries), size)
        await self._put(_Job(self._loop.create_future(), entries, size))

    async def call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction and bring its result, committed."""
        return cast("T", await self._put(_Job(self._loop.create_future(), work=work)))

    async def _put(self, job: _Job) -> object:
        if self._closing:
            self._admission.leave(len(job.entries), job.size)
            raise closed()
        self._jobs.put(job)
        return await job.future

    async def close(self) -> None:
        """Write what was accepted, then stop."""
        if not self._closing:
            self._closing = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        going = True
        while going:
            jobs, going = self._take()
            if jobs:
                outcomes = self._write(jobs)
                self._committed()
                with contextlib.suppress(RuntimeError):  # the loop is gone, nobody waits any more
                    self._loop.call_soon_threadsafe(self._resolve, outcomes)
            if going:
                self._do_chores()
        self._connection.close()

    def _take(self) -> tuple[list[_Job], bool]:
        """Everything that waits, or nothing when a chore is due first; and whether to go on."""
        jobs: list[_Job] = []
        wait_s = max(0.0, min(self._due.values(), default=60.0) - time.monotonic())
        try:
            job = self._jobs.get(timeout=wait_s)
            while job is not None:
                jobs.append(job)
                job = self._jobs.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _write(self, jobs: Sequence[_Job]) -> list[tuple[_Job, object]]:
        """Results or exceptions, by job. If one fails, each is tried alone: the others must not suffer."""
        try:
            return list(zip(jobs, self._transact(jobs), strict=True))
        except Exception as error:  # noqa: BLE001  whatever it is belongs to the caller
            if len(jobs) == 1:
                return [(jobs[0], explain(error, self._path))]
        return [outcome for job in jobs for outcome in self._write([job])]

    def _transact(self, jobs: Sequence[_Job]) -> list[object]:
        with transaction(self._connection):
            results = [job.work(self._connection) if job.work else None for job in jobs]
            append(self._connection, [entry for job in jobs for entry in job.entries], wall_ms())
        return results

    def _resolve(self, outcomes: Sequence[tuple[_Job, object]]) -> None:
        for job, outcome in outcomes:
            if job.entries:
                self._admission.leave(len(job.entries), job.size)
            if job.future.done():
                continue
            if isinstance(outcome, Exception):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)

    def _do_chores(self) -> None:
        now = time.monotonic()
        for chore, due in self._due.items():
            if due > now:
                continue
            try:
                with transaction(self._connection):
                    again_s = chore(self._connection)
                self._committed()
            except Exception as error:  # noqa: BLE001  the writer must live on
                log.warning("%s", explain(error, self._path))
                again_s = 1.0
            self._due[chore] = time.monotonic() + again_s

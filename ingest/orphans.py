"""Calls whose process died are ended by those that live: nobody else would.

Each ingest process raises its beat in the database and watches the others' (`watch.py`). Of a dead one, and of
one that nobody knows (any more), the calls that have not ended are ended. Two that do so at once publish the
same revision, which counts once.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import finish, publish_events
from bus.outage import AWAY
from contracts.clock import Clock, monotonic_ms, wall_ms
from contracts.contact import ContactStateChanged
from ingest.counts import IngestCounts
from ingest.watch import Watch
from store import contacts, instances
from store.database import Database

log = logging.getLogger(__name__)

BEAT_S: Final = 3.0
REASON: Final = "서버가 멈추어 끝남 / ended: the server that had it stopped"

_SINCE_MS: Final = 24 * 3_600_000
"""Calls that began earlier are not looked for."""
_AT_ONCE: Final = 5_000
"""Calls looked at in one go, the longest running."""
_LOOK_EVERY: Final = 3
"""Calls are looked at with every third beat: processes are few, calls are many."""
_ROUND_S: Final = 1.0
_LEAVE_S: Final = 2.0
"""At a stop, for what is in hand, twice, and for taking our row out."""
_UNKNOWN: Final = -1
"""Stands for the beat of a process that has none: it never rises."""


class Orphans:
    """One process's part in it."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        instance: str,
        counts: IngestCounts,
        *,
        beat_s: float = BEAT_S,
        clock: Clock = wall_ms,
        monotonic: Clock = monotonic_ms,
    ) -> None:
        """Args:
        instance: our own name, that of no other process, also not of one before us.
        counts: the process's, see `LiveCalls.counts`.
        clock: stamps events, and bounds how far back calls are looked for.
        monotonic: judges the others, in ms.
        """
        self._bus = bus
        self._database = database
        self._instance = instance
        self._counts = counts
        self._beat_s = beat_s
        self._clock = clock
        self._monotonic = monotonic
        self._watch = Watch()
        self._beats = 0
        self._unended: list[ContactStateChanged] = []
        self._published: dict[str, int] = {}
        """Contact → the revision that we ended it with, until the store knows."""
        self._away = False
        self._burying: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()
        """Set when the others can see us."""

    async def run(self) -> None:
        """Beat and watch until cancelled; then take our own row out. Outlives any outage of the database."""
        try:
            while True:
                # To its end also at a stop: a transaction that is broken off may hold up the one that follows.
                await finish(self._round(), _ROUND_S)
                await asyncio.sleep(self._beat_s)
        finally:
            await self._leave()

    async def _round(self) -> None:
        try:
            dead = await self._look()
        except AWAY as error:
            self._watch.lose_sight()
            if not self._away:
                log.error("ingest: no sign of life written: %s", error)  # noqa: TRY400  the operator needs the sentence, not the stack
            self._away = True
        except Exception:
            self._watch.lose_sight()
            log.exception("ingest: could not look for dead processes")
        else:
            if self._away:
                log.warning("ingest: the database is back")
            self._away = False
            self.ready.set()
            # Beside the beat: a bus that does not answer must not make us look dead.
            if dead and (self._burying is None or self._burying.done()):
                self._burying = asyncio.create_task(self._bury(dead))

    async def _look(self) -> Mapping[str, int]:
        """Give a sign of life and look at the others': those that are dead, with their last beat."""
        async with self._database.session() as session:
            beat = await instances.beat(session, self._instance)
            beats = await instances.all(session)
            if self._beats % _LOOK_EVERY == 0:
                self._unended = await self._calls(session)
        if self._beats and beat == instances.FIRST_BEAT:
            log.error("ingest: this process was taken for dead, and its calls were ended by another one")
        self._beats += 1
        del beats[self._instance]
        unknown = dict.fromkeys((call.instance for call in self._unended), _UNKNOWN)
        unknown.pop(self._instance, None)
        everybody = unknown | beats
        return {name: everybody[name] for name in self._watch.look(everybody, self._monotonic())}

    async def _calls(self, session: AsyncSession) -> list[ContactStateChanged]:
        found = await contacts.unended(session, self._clock() - _SINCE_MS, _AT_ONCE)
        return [contact for contact in found if contact.kind == "call"]

    async def _bury(self, dead: Mapping[str, int]) -> None:
        """End the calls of dead processes, then forget these: if we die in between, another one goes on."""
        try:
            async with self._database.session() as session:
                calls = await self._calls(session)
            ids = {call.contact_id for call in calls}
            self._published = {key: revision for key, revision in self._published.items() if key in ids}
            for instance, beat in dead.items():
                ended = await self._end_all([call for call in calls if call.instance == instance])
                if beat != _UNKNOWN:
                    async with self._database.session() as session:
                        await instances.remove(session, instance, beat)
                if ended or beat != _UNKNOWN:
                    log.warning("ingest: '%s' is dead; calls of it that were ended: %d", instance, ended)
        except AWAY as error:
            log.warning("ingest: calls of dead processes could not be ended yet: %s", error)
        except Exception:
            log.exception("ingest: calls of dead processes could not be ended")

    async def _end_all(self, calls: Iterable[ContactStateChanged]) -> int:
        """Publish the ends that are not on their way already; the store tells of them with a delay."""
        ends = [
            self._end_of(call) for call in calls if self._published.get(call.contact_id, 0) <= call.revision
        ]
        await publish_events(self._bus, ends)
        self._published.update({end.contact_id: end.revision for end in ends})
        self._counts.orphans += len(ends)
        return len(ends)

    def _end_of(self, contact: ContactStateChanged) -> ContactStateChanged:
        return contact.model_copy(
            update={
                "state": "ended",
                "revision": contact.revision + 1,
                "at_ms": self._clock(),
                "reason": REASON,
                "trace": None,
            }
        )

    async def _leave(self) -> None:
        """Calls that were not ended are then taken for orphans by the others, as after a crash."""
        if self._burying is not None:
            await asyncio.wait([self._burying], timeout=_ROUND_S)
            self._burying.cancel()
        with suppress(*AWAY):
            async with asyncio.timeout(_LEAVE_S), self._database.session() as session:
                await instances.remove(session, self._instance)

"""Drafts that the language model is writing: a task each, so that a slow one holds up no other contact.

While it writes, the lines that stand firm go out as `SummaryWriting`; then the draft as `SummaryDrafted`. When nothing
comes of it the extractive draft goes out again and says why. Until then the contact's records are not committed:
whoever takes over after a crash asks the model again.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bus.base import Bus
from bus.events import publish_events, publish_patiently
from bus.outage import AWAY
from contracts.clock import Clock
from contracts.context import about
from contracts.errors import ModelAway, ModelUnusable
from contracts.event import Role
from contracts.summary import SummaryDrafted, SummaryLine, SummaryWriting
from contracts.transcript import Utterance
from summarize.draft import Draft, event_of
from summarize.written import Show, Writer

log = logging.getLogger(__name__)

LIMIT_S: Final = 11.0
"""From the moment that a draft is due, a wait for the model's turn included. That moment is 3.5 s after the contact's end
at the latest: the agent has a draft within 15 s."""

AT_ONCE: Final = 4
"""Drafts that are written side by side; the others wait in order."""


@dataclass(slots=True)
class SummarizeCounts:
    """What operators want to know; read by the application for its metrics."""

    drafts: int = 0
    revised: int = 0
    """Drafts published again because something came in late."""
    failed: int = 0
    """Contacts without a draft because of a fault, see the log."""
    llm_drafts: int = 0
    """Drafts of the language model."""
    llm_failed: Counter[str] = field(default_factory=Counter)
    """Drafts that it was to write and did not, by why: away, late, unusable."""
    llm_seconds: float = 0.0
    """From due to published, of all `llm_drafts` together."""
    withheld: int = 0
    """Lines of it that nothing of what was said supports."""
    doubts: int = 0
    """Numbers, names and places in its lines that nobody said."""


@dataclass(frozen=True, slots=True)
class Job:
    """A contact as it stood when its draft was due."""

    contact_id: str
    said: Sequence[Utterance]
    roles: Mapping[int, Role]
    base: Draft
    """The extractive draft of the same words."""
    basis: str
    revision: int
    """That the draft will have, above that of `base`."""
    ended_at_ms: int | None


Done = Callable[[Job, SummaryDrafted | None], None]
"""Told of what was published; None: of nothing, because of a fault."""


class Drafting:
    """The tasks. One a contact; a newer job takes the place of the older one."""

    def __init__(
        self,
        bus: Bus,
        writer: Writer,
        counts: SummarizeCounts,
        clock: Clock,
        done: Done,
        *,
        group: str,
        limit_s: float = LIMIT_S,
        at_once: int = AT_ONCE,
    ) -> None:
        """`clock` stamps what is published; `group` is named in logs and traces."""
        self._bus = bus
        self._writer = writer
        self._counts = counts
        self._clock = clock
        self._done = done
        self._group = group
        self._limit_s = limit_s
        self._turns = asyncio.Semaphore(at_once)
        self._tasks: dict[str, tuple[Job, asyncio.Task[None]]] = {}

    def __contains__(self, contact_id: str) -> bool:
        return contact_id in self._tasks

    def __len__(self) -> int:
        return len(self._tasks)

    def basis(self, contact_id: str) -> str:
        """What the draft that is being written rests on; empty: none is."""
        return self._tasks[contact_id][0].basis if contact_id in self._tasks else ""

    def begin(self, job: Job) -> None:
        self.drop(job.contact_id)
        task = asyncio.create_task(self._work(job))
        self._tasks[job.contact_id] = (job, task)

    def drop(self, contact_id: str) -> None:
        """Stop writing; nothing more of it is published."""
        _, task = self._tasks.pop(contact_id, (None, None))
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        tasks = [task for _, task in self._tasks.values()]
        for contact_id in list(self._tasks):
            self.drop(contact_id)
        if tasks:
            await asyncio.wait(tasks)

    async def _work(self, job: Job) -> None:
        event: SummaryDrafted | None = None
        began_s = time.monotonic()
        draft = await self._draft(job)
        try:
            event = event_of(
                draft,
                job.contact_id,
                revision=job.revision,
                ended_at_ms=job.ended_at_ms,
                at_ms=self._clock(),
                basis=job.basis,
            )
            with about(event, self._group):
                await publish_patiently(self._bus, [event], self._group)
            self._count(draft, time.monotonic() - began_s)
        except Exception:
            log.exception("%s: no draft by the model for %s", self._group, job.contact_id)
            self._counts.failed += 1
            event = None
        del self._tasks[job.contact_id]
        self._done(job, event)

    async def _draft(self, job: Job) -> Draft:
        """The model's draft, or the extractive one with the reason."""
        try:
            async with asyncio.timeout(self._limit_s), self._turns:
                return await self._writer.write(job.said, job.roles, job.base, self._showing(job))
        except TimeoutError:
            why = "late"
        except ModelAway as error:
            why = "away"
            log.warning("%s: %s", self._group, error)
        except ModelUnusable as error:
            why = "unusable"
            log.warning("%s: %s", self._group, error)
        except Exception:
            why = "unusable"
            log.exception("%s: a fault while the model wrote about %s", self._group, job.contact_id)
        return replace(job.base, fallback=why)

    def _showing(self, job: Job) -> Show:
        seq = 0

        async def show(lines: tuple[SummaryLine, ...]) -> None:
            nonlocal seq
            seq += 1
            event = SummaryWriting(
                contact_id=job.contact_id,
                at_ms=self._clock(),
                revision=job.revision,
                engine=self._writer.name,
                seq=seq,
                lines=lines,
            )
            try:
                with about(event, self._group):
                    await publish_events(self._bus, [event])
            except AWAY as error:
                # A look ahead, no more: the draft itself waits for the bus.
                log.info("%s: not shown while it is written: %s", self._group, error)

        return show

    def _count(self, draft: Draft, seconds: float) -> None:
        if draft.fallback:
            self._counts.llm_failed[draft.fallback] += 1
            return
        self._counts.llm_drafts += 1
        self._counts.llm_seconds += seconds
        self._counts.withheld += draft.withheld
        self._counts.doubts += sum(len(line.doubts) for line in draft.lines)

"""Looks every few minutes whether there are more contacts than usual, and writes what it finds.

Any process of the site may look: one takes the look by a note in the store (`voc_notes.claim`), reads the contacts of
the last day, has `steps.py` find what rises in a thread, and writes alerts in one transaction, only as long as the
look is still its own. Then it tells the bus; what could not be told is told after the next look.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import publish_events
from bus.outage import AWAY, Outage
from contracts.categories import Category
from contracts.clock import Clock, wall_ms
from contracts.districts import District
from contracts.errors import Conflict
from contracts.voc import About, AlertChanged, AlertClosed, AlertCommand, AlertHead
from contracts.voc_http import VocRules
from contracts.voc_track import Held, KeptAlert
from store import voc_alerts, voc_contacts, voc_counts, voc_deliveries, voc_notes, voc_usual
from store.database import Database
from store.voc_notes import Note
from voc import steps
from voc.alerting import departments
from voc.alerting.alerts import Change, Decisions
from voc.alerting.allowance import noted
from voc.alerting.effect import goes_on
from voc.alerting.findings import first_seen
from voc.alerting.notices import Notices
from voc.alerting.quoting import Quoting
from voc.baseline.calendar import Calendar
from voc.learning import Learner, Learnt
from voc.rules import Rules
from voc.series import HOUR_MS
from voc.steps import RECENT_MS, Chart, Seen, Site, Written

log = logging.getLogger(__name__)

STAFF: Final = "voc"
"""Who closes an alert that grew together with another."""
_CALIBRATE_LOOK_S: Final = 60.0
_DANGER_MS: Final = 3 * HOUR_MS
_PART_MS: Final = HOUR_MS // 2
"""Of the last day, read at once: a thousand contacts of a busy centre, some 20 ms."""
_MOST_CHARTS: Final = 200
"""Of alerts that did not change; the newest."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one look found."""

    taken: bool = False
    """False: another process looked, or it was too early."""
    signals: int = 0
    raised: tuple[str, ...] = ()
    """Ids of new alerts."""
    changed: tuple[str, ...] = ()
    """Ids of alerts that go on."""
    held: int = 0
    """Events that the week's budget held back."""
    absorbed: int = 0
    """Events of alerts that were closed or muted."""
    seconds: float = 0.0
    """How long it took."""


@dataclass(slots=True)
class DetectorCounts:
    """What operators want to know; all only rise."""

    steps: int = 0
    step_seconds: float = 0.0
    late_steps: int = 0
    """Looks that came more than twice as late as they should."""
    failed: int = 0
    """Looks that a fault ended, see the log."""
    signals: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    """Alerts by lane."""
    held_back: Counter[str] = field(default_factory=Counter)
    """Events that the week's budget held back, by lane."""
    absorbed: int = 0
    untold: int = 0
    """Times that the bus could not be told of alerts; it is told later."""


class Detector:
    """See above.

    Args:
        database: contacts are read from, and alerts written to.
        bus: told of alerts.
        rules: the site's.
        calendar: the site's.
        districts: with their neighbours.
        categories: names of topics.
        clock: wall time.
        tell: what is mailed and called; None: nothing.
    """

    def __init__(  # noqa: PLR0917  what a site is made of
        self,
        database: Database,
        bus: Bus,
        rules: Rules,
        calendar: Calendar,
        districts: Sequence[District],
        categories: Sequence[Category],
        *,
        clock: Clock = wall_ms,
        tell: Notices | None = None,
    ) -> None:
        self._database = database
        self._bus = bus
        self._rules = rules
        self._site = Site.of(districts, categories)
        self._clock = clock
        self._tell = tell
        self._who = uuid4().hex
        self._learner = Learner(database, rules, calendar, who=self._who)
        self._quoting = Quoting(database, rules.quotes_from)
        self._outage = Outage("voc.detector")
        self._dangers = 0
        self._unfinished: Note | None = None
        self.counts = DetectorCounts()

    @property
    def learner(self) -> Learner:
        return self._learner

    async def run(self) -> None:
        """Look again and again until cancelled. No fault ends it."""
        await self._patiently(self._introduce)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_on())
            group.create_task(self._calibrate_on())

    async def step(self, now_ms: int, *, every_s: float | None = None) -> StepResult:
        """Look once, unless somebody did within `every_s` (the rules' `step_s`).

        Args:
            now_ms: windows end here.
            every_s: least time since the last look that anybody began.

        Raises:
            Unavailable: the store is away. What of the look was written stays; the next one does the rest.
        """
        began = time.monotonic()
        every_ms = int(1000 * (self._rules.step_s if every_s is None else every_s))
        async with self._database.session() as session:
            last = await voc_notes.get(session, voc_notes.STEP)
            if last is not None and last == self._unfinished:
                every_ms = 0  # this process's own look, which a fault ended: it is made up for at once
            if not await voc_notes.claim(session, voc_notes.STEP, self._who, now_ms, every_ms):
                return StepResult()
        if last is not None and now_ms - last.at_ms > 2 * 1000 * self._rules.step_s:
            self.counts.late_steps += 1
        self._unfinished = Note(now_ms, self._who)
        result = await self._look(now_ms)
        self._unfinished = None
        await self._publish(now_ms)
        seconds = time.monotonic() - began
        self.counts.steps += 1
        self.counts.step_seconds += seconds
        return StepResult(
            taken=True,
            signals=result.signals,
            raised=result.raised,
            changed=result.changed,
            held=result.held,
            absorbed=result.absorbed,
            seconds=seconds,
        )

    async def _look(self, now_ms: int) -> StepResult:
        learnt = await self._learner.learnt(now_ms)
        if learnt is None:
            async with self._database.session() as session:
                await voc_notes.put(session, voc_notes.STEPPED, "", now_ms)
            return StepResult()
        async with self._database.session() as session:
            alerts = await voc_alerts.followed(session, now_ms)
        abouts = await self._abouts(now_ms - RECENT_MS, now_ms)
        seen = await asyncio.to_thread(steps.seen, abouts)
        names = await asyncio.to_thread(steps.candidates, seen, learnt, now_ms)
        async with self._database.session() as session:
            known = await voc_counts.known_phrases(session, names)
        found = await asyncio.to_thread(steps.signals, seen, learnt, known, self._site, now_ms)
        decided = await asyncio.to_thread(
            steps.decisions, found, seen, learnt, self._site, alerts=alerts, now_ms=now_ms
        )
        ready, charts = await self._ready(decided, alerts, seen, learnt, now_ms=now_ms)
        if not await self._write(decided, ready, charts, now_ms):
            return StepResult()
        self._count(decided, ready, len(found))
        return StepResult(
            signals=len(found),
            raised=tuple(one.finding.alert_id for one in ready if one.before is None),
            changed=tuple(one.finding.alert_id for one in ready if one.before is not None),
            held=len(decided.held),
            absorbed=decided.absorbed,
        )

    async def _abouts(self, since_ms: int, until_ms: int) -> list[About]:
        """Contacts by time, read in parts: rows become values on the event loop, which others need, too."""
        found: list[About] = []
        for start_ms in range(since_ms, until_ms, _PART_MS):
            async with self._database.session() as session:
                found += await voc_contacts.since(session, start_ms, min(start_ms + _PART_MS, until_ms))
        return found

    async def _ready(
        self, decided: Decisions, alerts: Sequence[KeptAlert], seen: Seen, learnt: Learnt, *, now_ms: int
    ) -> tuple[list[Written], dict[str, Chart]]:
        """What is to be written: alerts that changed, and the charts of the others."""
        changing = {one.known.finding.alert_id for one in decided.changes if one.known}
        still = [
            kept
            for kept in alerts
            if kept.finding.alert_id not in changing and goes_on(kept.finding.first_ms, now_ms)
        ][-_MOST_CHARTS:]
        if not decided.changes and not still:
            return [], {}
        firsts = [kept.finding.first_ms for kept in still]
        firsts += [first_seen(change, now_ms) for change in decided.changes]
        earliest = max(min(firsts), learnt.counts.first_hour * HOUR_MS)
        shown = await asyncio.to_thread(steps.hours, learnt, seen, earliest, now_ms)
        ready = []
        for change in decided.changes:
            own = await self._own(change, seen, now_ms)
            async with self._database.session() as session:
                known = await voc_counts.known_phrases(session, steps.to_look_up(own, seen))
            quotes = await self._quoting.quotes(
                own, seen.contacts, change.known.finding.quotes if change.known else ()
            )
            ready.append(
                await asyncio.to_thread(
                    steps.written,
                    change,
                    own,
                    seen,
                    learnt,
                    self._site,
                    known=known,
                    quotes=quotes,
                    shown=shown,
                    new_id=str(uuid4()),
                    now_ms=now_ms,
                )
            )
        charts = await asyncio.to_thread(
            lambda: {kept.finding.alert_id: steps.chart(kept, shown, now_ms) for kept in still}
        )
        return ready, charts

    async def _own(self, change: Change, seen: Seen, now_ms: int) -> dict[str, About]:
        first_ms, horizon_ms = first_seen(change, now_ms), now_ms - RECENT_MS
        older: list[About] = []
        if first_ms < horizon_ms:
            async with self._database.session() as session:
                older = await voc_usual.older(session, change.track.strands, first_ms, horizon_ms)
        return await asyncio.to_thread(steps.own_contacts, change, seen, older, now_ms)

    async def _write(
        self, decided: Decisions, ready: Sequence[Written], charts: Mapping[str, Chart], now_ms: int
    ) -> bool:
        """All of a look or nothing; whether the look was still this process's own."""
        async with self._database.session() as session:
            if not await voc_notes.holds(session, voc_notes.STEP, self._who, now_ms):
                log.warning("voc.detector: a look took so long that another began; nothing of it is kept")
                return False
            for one in ready:
                await self._put(session, one, now_ms)
            for change in decided.changes:
                for twin in change.duplicates:
                    await _close(session, twin, change, now_ms)
            for alert_id, (points, after) in charts.items():
                await voc_alerts.put_series(session, alert_id, points, after)
            await self._hold_back(session, decided.held, now_ms)
            await voc_notes.put(session, voc_notes.STEPPED, self._who, now_ms)
        return True

    async def _put(self, session: AsyncSession, one: Written, now_ms: int) -> None:
        if not await voc_alerts.put_finding(session, one.finding, one.series, one.effect, one.track):
            return
        if self._tell is not None:
            before = one.before.finding if one.before else None
            head = await voc_alerts.head(session, one.finding.alert_id) or AlertHead()
            await voc_deliveries.put(session, self._tell.due(one.finding, before, head, now_ms))

    async def _hold_back(self, session: AsyncSession, fresh: Sequence[Held], now_ms: int) -> None:
        held = await voc_notes.held(session)
        after = noted(held, fresh, now_ms, self._rules.cool_down_ms)
        keys = {(one.key, one.at_ms) for one in held}
        for one in after:
            if (one.key, one.at_ms) not in keys:
                self.counts.held_back[one.lane] += 1
                log.warning("voc.detector: held back by the week's budget: %s", one.title)
        if after != held:
            await voc_notes.put_held(session, after, now_ms)

    async def _publish(self, now_ms: int) -> None:
        """Tell the bus of every alert whose newest revision it does not know."""
        async with self._database.session() as session:
            untold = await voc_alerts.untold(session)
        events = [
            AlertChanged(
                contact_id=kept.finding.alert_id,
                at_ms=now_ms,
                lane=kept.finding.lane,
                severity=kept.finding.severity,
                state=kept.head.state,
                is_new=kept.told_revision == 0,
            )
            for kept in untold
        ]
        if not events:
            return
        try:
            await publish_events(self._bus, events)
        except AWAY as error:
            self.counts.untold += 1
            log.warning("voc.detector: alerts are told later: %s", error)
            return
        async with self._database.session() as session:
            for kept in untold:
                await voc_alerts.told(session, kept.finding.alert_id, kept.finding.revision)

    def _count(self, decided: Decisions, ready: Sequence[Written], signals: int) -> None:
        self.counts.signals += signals
        self.counts.absorbed += decided.absorbed
        for one in ready:
            if one.before is None:
                self.counts.raised[one.finding.lane] += 1

    async def _introduce(self) -> None:
        """What the pages show of the site's file."""
        names, rules = departments.names(self._rules.departments), self._rules
        budgets = VocRules(budget=rules.budget, safety_budget=rules.safety_budget)
        async with self._database.session() as session:
            await voc_alerts.set_departments(session, names, self._clock())
            await voc_alerts.set_site_rules(session, budgets, self._clock())

    async def _look_on(self) -> None:
        while True:
            await self._patiently(self._look_when_due)
            await asyncio.sleep(min(self._rules.safety_step_s, self._rules.step_s))

    async def _look_when_due(self) -> None:
        """At the usual time, or when somebody spoke of a danger since the last look."""
        now_ms = self._clock()
        async with self._database.session() as session:
            dangers = await voc_usual.dangers_since(session, now_ms - _DANGER_MS)
        hastened = dangers > self._dangers
        every_s = self._rules.safety_step_s if hastened else self._rules.step_s
        # A look that is a little early is no look too many; one that waits for the next round is late.
        await self.step(now_ms, every_s=0.9 * every_s)
        self._dangers = dangers

    async def _calibrate_on(self) -> None:
        while True:
            await self._patiently(self._calibrate)
            await asyncio.sleep(_CALIBRATE_LOOK_S)

    async def _calibrate(self) -> None:
        if self._learner.latest is not None:
            await self._learner.calibrate(self._clock())

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it; a store that is away is waited for, any other fault is written down and left."""
        while True:
            try:
                await work()
            except AWAY as error:
                await self._outage.wait(error)
            except Exception:
                log.exception("voc.detector: a look failed")
                self.counts.failed += 1
                return
            else:
                self._outage.over()
                return


async def _close(session: AsyncSession, twin: KeptAlert, change: Change, now_ms: int) -> None:
    """Another alert of the same event, which nobody has dealt with."""
    assert change.known is not None
    note = f"'{change.known.finding.title}' 경보와 같은 일입니다. / The same event as another alert."
    command = AlertCommand(
        client_id=f"grown-{change.known.finding.alert_id}", deed=AlertClosed(reason="duplicate", note=note)
    )
    try:
        await voc_alerts.act(session, twin.finding.alert_id, command, STAFF, now_ms)
    except Conflict as error:
        log.info("voc.detector: %s", error)

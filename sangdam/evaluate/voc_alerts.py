"""`sangdam eval voc --design alerts`: the whole detector, look by look, on a simulated city.

Contacts go into a database of their own by time, `voc.detector.Detector` looks at them as in service, and somebody
closes each alert the next day. What was raised without a planted incident or a happening behind it is a false alarm:
how many there are a week is held against the budgets that a site sets.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final, Protocol

from rich.table import Table

from bus.open import open_bus
from contracts.categories import load_categories
from contracts.districts import load_districts
from contracts.voc import About, AlertClosed, AlertCommand, Finding, Lane
from contracts.voc_track import KeptAlert
from sangdam.evaluate.voc_alerts_world import KINDS, SIZES, Incident, World, world
from sangdam.terminal import out, print_table
from store import voc_alerts, voc_contacts
from store.database import Database
from voc.alerting.alerts import strands_of
from voc.baseline.calendar import Calendar
from voc.detector import Detector
from voc.rules import Rules, load_rules
from voc.series import HOUR_MS

Figures = dict[str, object]

LANES: Final[tuple[Lane, ...]] = ("usual", "safety")
MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * HOUR_MS
CLOSED_AFTER_MS: Final = DAY_MS
SEEN_WITHIN_MS: Final = DAY_MS
"""An alert that comes later after an incident's last contact is none of its."""
_BATCH: Final = 2_000


class Moves(Protocol):
    """A progress bar."""

    def move(self, done: float, total: float) -> None:
        """`done` of `total`."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a run."""

    seeds: tuple[int, ...] = (31, 32)
    per_day: float = 2_000
    """Contacts of a city."""
    learn_weeks: int = 8
    run_days: int = 28
    learn_every_h: float = 4
    """Every hour in service."""
    look_min: int = 15
    """Between two looks; a minute after a contact that speaks of a danger there is one more, as in service."""


QUICK: Final = Size(seeds=(1,), per_day=500, learn_weeks=3, run_days=4, look_min=60, learn_every_h=12)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert, and what it told of."""

    finding: Finding
    told: tuple[int, ...]
    """Incidents, by their number; none: a false alarm."""


@dataclass(frozen=True, slots=True)
class Run:
    world: World
    raised: tuple[Raised, ...]
    held_back: int
    """Events that the week's budget held back."""


def evaluate(progress: Moves, *, quick: bool = False, size: Size | None = None) -> Figures:
    """One run a seed. `quick`: so little that the figures say nothing."""
    size = size or (QUICK if quick else Size())
    runs = [
        asyncio.run(_run(seed, size, _Part(progress, index, len(size.seeds))))
        for index, seed in enumerate(size.seeds)
    ]
    weeks = len(runs) * size.run_days / 7
    rules = load_rules()
    false = [one.finding for run in runs for one in run.raised if not one.told]
    lanes = Counter(one.lane for one in false)
    per_week = {lane: round(lanes[lane] / weeks, 2) for lane in LANES}
    return {
        "design": "alerts",
        **asdict(size),
        "budget_per_week": {lane: rules.budget_of(lane) for lane in LANES},
        "false_alarms_per_week": per_week,
        "false_alarms_by_kind": dict(Counter(f"{one.lane}/{one.kind}" for one in false)),
        "alerts_per_week": round(sum(len(run.raised) for run in runs) / weeks, 2),
        "held_back_per_week": round(sum(run.held_back for run in runs) / weeks, 2),
        "twice": sum(_twice(run) for run in runs),
        "planted": _planted(runs),
        "happenings": _happenings(runs),
        "is_met": all(per_week[lane] <= rules.budget_of(lane) for lane in LANES),
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """One run's part of the bar."""

    progress: Moves
    index: int
    runs: int

    def move(self, done: float, total: float) -> None:
        self.progress.move(self.index * total + done, self.runs * total)


async def _run(seed: int, size: Size, progress: Moves) -> Run:
    made = world(seed, per_day=size.per_day, learn_weeks=size.learn_weeks, run_days=size.run_days)
    async with _desk(made, replace(load_rules(), learn_every_s=size.learn_every_h * 3_600)) as desk:
        for now_ms in _looks(made, size.look_min * MINUTE_MS):
            await desk.look(now_ms)
            progress.move(now_ms - made.first_ms, made.until_ms - made.first_ms)
        return Run(made, await desk.raised(), sum(desk.detector.counts.held_back.values()))


def _looks(made: World, every_ms: int) -> Iterator[int]:
    """Moments of looks; those that come while weeks are learnt from only put contacts in."""
    hastened = [
        at + MINUTE_MS for one in made.incidents if one.danger for at in one.at_ms if at >= made.run_ms
    ]
    yield from sorted({*range(made.run_ms, made.until_ms, every_ms), *hastened})


class _Desk:
    """A detector, its database, and somebody who closes alerts."""

    def __init__(self, database: Database, detector: Detector, made: World, rules: Rules) -> None:
        self.detector = detector
        self._database = database
        self._made = made
        self._zone = rules.zone
        self._coming = made.contacts()
        self._next: About | None = next(self._coming, None)
        self._calibrated_ms = 0

    async def look(self, now_ms: int) -> None:
        await self._put(now_ms)
        if now_ms - self._calibrated_ms >= DAY_MS:
            await self.detector.learner.calibrate(now_ms)
            self._calibrated_ms = now_ms
        await self.detector.step(now_ms, every_s=0)
        await self._close(now_ms)

    async def raised(self) -> tuple[Raised, ...]:
        async with self._database.session() as session:
            kept = await voc_alerts.followed(session, self._made.until_ms, closed_within_ms=1 << 62)
        grown = {twin for one in kept for twin in one.track.was}
        return tuple(
            Raised(one.finding, _told(one, self._made.incidents))
            for one in kept
            if one.finding.alert_id not in grown
        )

    async def _put(self, now_ms: int) -> None:
        batch: list[About] = []
        while self._next is not None and self._next.at_ms < now_ms:
            batch.append(self._next)
            self._next = next(self._coming, None)
            if len(batch) == _BATCH:
                await self._put_batch(batch)
                batch = []
        await self._put_batch(batch)

    async def _put_batch(self, batch: Sequence[About]) -> None:
        if batch:
            async with self._database.session() as session:
                await voc_contacts.put(session, batch, zone=self._zone)

    async def _close(self, now_ms: int) -> None:
        async with self._database.session() as session:
            for one in await voc_alerts.followed(session, now_ms):
                if one.head.state == "closed" or one.finding.raised_at_ms > now_ms - CLOSED_AFTER_MS:
                    continue
                reason = "real" if _told(one, self._made.incidents) else "false_alarm"
                command = AlertCommand(
                    client_id=f"close-{one.finding.alert_id}", deed=AlertClosed(reason=reason)
                )
                await voc_alerts.act(session, one.finding.alert_id, command, "evaluation", now_ms)


@asynccontextmanager
async def _desk(made: World, rules: Rules) -> AsyncIterator[_Desk]:
    with tempfile.TemporaryDirectory() as folder:
        bus = await open_bus(f"embedded:///{folder}/bus.db")
        database = await Database.open(f"sqlite+aiosqlite:///{Path(folder) / 'voc.db'}")
        try:
            detector = Detector(
                database, bus, rules, Calendar(rules.zone), load_districts(), load_categories()
            )
            yield _Desk(database, detector, made, rules)
        finally:
            await database.close()
            await bus.close()


def _told(kept: KeptAlert, incidents: Sequence[Incident]) -> tuple[int, ...]:
    """Incidents that an alert tells of."""
    finding = kept.finding
    return tuple(
        number
        for number, one in enumerate(incidents)
        if one.at_ms[0] <= finding.raised_at_ms <= one.at_ms[-1] + SEEN_WITHIN_MS
        and any(one.is_told_by(strand) for strand in strands_of(kept))
    )


def _first(run: Run) -> dict[int, Finding]:
    """Incident → the first alert that tells of it."""
    found: dict[int, Finding] = {}
    for one in sorted(run.raised, key=lambda one: one.finding.raised_at_ms):
        for number in one.told:
            found.setdefault(number, one.finding)
    return found


def _twice(run: Run) -> int:
    """Planted incidents with more than one alert."""
    alerts = Counter(number for one in run.raised for number in one.told)
    return sum(many > 1 and run.world.incidents[number].size is not None for number, many in alerts.items())


def _planted(runs: Iterable[Run]) -> dict[str, dict[str, object]]:
    """Kind → contacts → how many there were, and which part was found, when."""
    rows: dict[tuple[str, int], list[tuple[Incident, Finding | None]]] = {}
    for run in runs:
        first = _first(run)
        for number, one in enumerate(run.world.incidents):
            if one.size is not None:
                rows.setdefault((one.kind, one.size), []).append((one, first.get(number)))
    return {
        kind: {str(many): _found(rows.get((kind, size), [])) for size, many in enumerate(SIZES[kind])}
        for kind in KINDS
    }


def _found(rows: Sequence[tuple[Incident, Finding | None]]) -> Mapping[str, object]:
    found = [(one, alert) for one, alert in rows if alert is not None]
    return {
        "incidents": len(rows),
        "found": len(found),
        "median_min": round(
            median((alert.raised_at_ms - one.at_ms[0]) / MINUTE_MS for one, alert in found), 1
        )
        if found
        else None,
        "median_contacts": median(sum(at < alert.raised_at_ms for at in one.at_ms) for one, alert in found)
        if found
        else None,
    }


def _happenings(runs: Iterable[Run]) -> dict[str, int]:
    """Small things of every day that an alert may tell of, and how many have one."""
    there = found = 0
    for run in runs:
        first = _first(run)
        small = [
            number
            for number, one in enumerate(run.world.incidents)
            if one.size is None and one.at_ms[0] >= run.world.run_ms
        ]
        there += len(small)
        found += sum(number in first for number in small)
    return {"there": there, "found": found}


def show(result: Figures) -> None:
    """The figures as tables, for people."""
    table = Table("경보 / alerts", "예산 / budget a week", "주당 헛경보 / false a week")
    budgets, false = result["budget_per_week"], result["false_alarms_per_week"]
    assert isinstance(budgets, dict)
    assert isinstance(false, dict)
    for lane in LANES:
        table.add_row(
            {"usual": "일반 / usual", "safety": "안전 / safety"}[lane],
            f"{budgets[lane]:g}",
            f"{false[lane]:.1f}",
        )
    print_table(table)
    planted = result["planted"]
    assert isinstance(planted, dict)
    table = Table(
        "심은 일 / planted", "상담 / contacts", "찾음 / found", "중앙 분 / median min", "그때까지 / by then"
    )
    for kind, sizes in planted.items():
        for many, one in sizes.items():
            told = (
                ("–", "–")
                if one["median_min"] is None
                else (f"{one['median_min']:.0f}", f"{one['median_contacts']:g}")
            )
            table.add_row(kind, many, f"{one['found']} / {one['incidents']}", *told)
    print_table(table)
    met = "충족 / met" if result["is_met"] else "미달 / not met"
    out.print(f"예산 / budgets — {met}")

"""Learns every hour what is usual, and every night which limits keep the budget of false alarms."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from contracts.voc import Danger
from contracts.voc_http import Learning
from store import voc_alerts, voc_notes, voc_usual
from store.database import Database
from store.voc_notes import Note
from voc.baseline.calendar import Calendar
from voc.baseline.past import Past
from voc.baseline.usual import Usual, learn
from voc.baseline.weeks import weeks
from voc.detectors import safety
from voc.detectors.budget import calibrate
from voc.detectors.slow_rises import slow_rises
from voc.detectors.thresholds import Thresholds
from voc.rules import Rules
from voc.series import HOUR_MS, WEEK_H, Counts, Signal

log = logging.getLogger(__name__)

CALIBRATE_EVERY_H: Final = 24
_CHANGED_MS: Final = 60_000
_AFRESH_H: Final = 24
_MOST_REAL: Final = 500
_CELL_WEEK: Final = 5.0
"""Contacts a week that a topic has in a district before its usual is written down for the pages."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the detectors compare with."""

    usual: Usual
    dangers: safety.Dangers
    thresholds: Thresholds
    counts: Counts
    rules: Rules
    """With the budgets that a supervisor set."""
    at_ms: int
    contacts_ever: int
    slow: tuple[Signal, ...] = ()
    """Rises over weeks, which change no faster than the usual does."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Limits as the notes hold them, and the budgets that they were made for."""

    budget: float
    safety_budget: float
    thresholds: Thresholds


_KEPT: Final = TypeAdapter(Kept)


@dataclass(slots=True)
class LearnCounts:
    learnt: int = 0
    calibrated: int = 0
    seconds: float = 0.0
    """Of learning and calibrating."""


class Learner:
    """Keeps what is usual in memory.

    Args:
        database: counts are read from, and shared limits kept in.
        rules: the site's.
        calendar: the site's.
        who: this process, among those that learn for the pages.
    """

    def __init__(self, database: Database, rules: Rules, calendar: Calendar, *, who: str) -> None:
        self._database = database
        self._rules = rules
        self._calendar = calendar
        self._who = who
        self._past = Past(database)
        self._afresh_ms = 0
        self._learnt: Learnt | None = None
        self._turn = asyncio.Lock()
        self.counts = LearnCounts()

    @property
    def latest(self) -> Learnt | None:
        return self._learnt

    async def learnt(self, now_ms: int) -> Learnt | None:
        """What is usual now: learnt anew when it is due; None: nothing was ever counted.

        Raises:
            Unavailable: the database is away.
        """
        async with self._turn:
            return await self._learnt_now(now_ms)

    async def _learnt_now(self, now_ms: int) -> Learnt | None:
        every_ms = int(self._rules.learn_every_s * 1000)
        if self._learnt is None or not 0 <= now_ms - self._learnt.at_ms < every_ms:
            await self._learn(now_ms)
        elif self._learnt is not None:
            rules = await self._rules_now()
            thresholds = await self._limits(rules, self._learnt.counts)
            self._learnt = replace(self._learnt, rules=rules, thresholds=thresholds)
        return self._learnt

    async def calibrate(self, now_ms: int) -> bool:
        """Make limits anew when they are a day old, or for other budgets; whether they were made here and now.

        Takes seconds to a minute in a thread. One process of the site does it.
        """
        learnt = await self.learnt(now_ms)
        if learnt is None or learnt.usual.weeks < self._rules.weeks_needed:
            return False
        async with self._database.session() as session:
            note = await voc_notes.get(session, voc_notes.THRESHOLDS)
            kept = _read(note)
            is_fresh = note is not None and abs(now_ms - note.at_ms) < CALIBRATE_EVERY_H * HOUR_MS
            if is_fresh and kept is not None and _fits(kept, learnt.rules):
                return False
            # Whoever takes it has an hour, or a minute where a supervisor waits for new budgets.
            limit_ms = _CHANGED_MS if is_fresh else HOUR_MS
            if not await voc_notes.claim(session, voc_notes.CALIBRATE, self._who, now_ms, limit_ms):
                return False
            real = await self._real(now_ms)
        began = time.monotonic()
        thresholds = await asyncio.to_thread(
            calibrate, learnt.usual, learnt.counts, learnt.rules, exclude=real
        )
        made = Kept(learnt.rules.budget, learnt.rules.safety_budget, thresholds)
        async with self._database.session() as session:
            await voc_notes.put(session, voc_notes.THRESHOLDS, _KEPT.dump_json(made).decode(), now_ms)
        if self._learnt is not None:
            self._learnt = replace(self._learnt, thresholds=thresholds)
        self.counts.calibrated += 1
        self.counts.seconds += time.monotonic() - began
        log.info("voc: limits calibrated on %.1f weeks", thresholds.weeks)
        return True

    async def _learn(self, now_ms: int) -> None:
        began = time.monotonic()
        afresh = not 0 <= now_ms - self._afresh_ms < _AFRESH_H * HOUR_MS
        counts = await self._past.read(now_ms, afresh=afresh)
        if counts is None:
            self._learnt = None
            return
        self._afresh_ms = now_ms if afresh else self._afresh_ms
        real = await self._real(now_ms)
        async with self._database.session() as session:
            dangers = await voc_usual.danger_times(session, counts.first_hour * HOUR_MS, now_ms)
            ever = await voc_usual.contacts_ever(session)
        rules = await self._rules_now()
        thresholds = await self._limits(rules, counts)
        usual, known = await asyncio.to_thread(_learn_all, counts, self._calendar, real, dangers)
        slow = await asyncio.to_thread(
            slow_rises, weeks(counts, now_ms), thresholds.slow_rise, now_ms, min_contacts=rules.min_contacts
        )
        self._learnt = Learnt(usual, known, thresholds, counts, rules, now_ms, ever, tuple(slow))
        self.counts.learnt += 1
        self.counts.seconds += time.monotonic() - began
        await self._write(now_ms, usual)

    async def _real(self, now_ms: int) -> list[tuple[int, int]]:
        """Spans of alerts that people closed as real: not what is usual."""
        async with self._database.session() as session:
            closed = await voc_alerts.lines(
                session, state="closed", since_ms=now_ms - 200 * 24 * HOUR_MS, limit=_MOST_REAL
            )
        return [
            (line.finding.first_ms, line.finding.last_ms)
            for line in closed
            if line.head.reason == "real" and line.finding.kind != "slow_rise"
        ]

    async def _rules_now(self) -> Rules:
        """With the budgets that a supervisor set."""
        async with self._database.session() as session:
            given = await voc_alerts.given_rules(session)
        if given is None:
            return self._rules
        return replace(self._rules, budget=given.budget, safety_budget=given.safety_budget)

    async def _limits(self, rules: Rules, counts: Counts) -> Thresholds:
        """Those of the notes; cautious ones until there are some that fit the site's windows."""
        async with self._database.session() as session:
            kept = _read(await voc_notes.get(session, voc_notes.THRESHOLDS))
        if kept is not None and _fits_windows(kept.thresholds, rules):
            return kept.thresholds
        return Thresholds.cautious(rules, topics=len(counts.topics), districts=len(counts.districts))

    async def _write(self, now_ms: int, usual: Usual) -> None:
        """For the pages, by one process."""
        scopes = await asyncio.to_thread(_weeks, usual)
        learning = Learning(
            weeks=round(usual.weeks, 2),
            weeks_needed=self._rules.weeks_needed,
            since_ms=usual.first_hour * HOUR_MS,
        )
        every_ms = int(self._rules.learn_every_s * 900)
        async with self._database.session() as session:
            if await voc_notes.claim(session, voc_notes.LEARN, self._who, now_ms, every_ms):
                await voc_usual.put(session, scopes, of_weeks=usual.weeks, now_ms=now_ms)
                await voc_notes.put_learning(session, learning, now_ms)


def _learn_all(
    counts: Counts,
    calendar: Calendar,
    exclude: Sequence[tuple[int, int]],
    dangers: Sequence[tuple[int, Danger]],
) -> tuple[Usual, safety.Dangers]:
    usual = learn(counts, calendar, exclude=exclude)
    per_hour = counts.contacts.sum(axis=(1, 2), dtype=np.int64)
    by_day: dict[int, int] = {}
    for day, contacts in zip((counts.hours // 24).tolist(), per_hour.tolist(), strict=True):
        by_day[day] = by_day.get(day, 0) + contacts
    return usual, safety.Dangers.learn(dangers, by_day)


def _weeks(usual: Usual) -> dict[str, tuple[float, ...]]:
    """Scope → the 168 hours of its week."""
    found = {"all": usual.week(None, None)}
    for topic in usual.topics:
        found[f"topic:{topic}"] = usual.week(topic, None)
    for district in usual.districts:
        found[f"district:{district}"] = usual.week(None, district)
    cells = usual.cell.now().reshape(WEEK_H, len(usual.topics), len(usual.districts))
    for row, topic in enumerate(usual.topics):
        for column, district in enumerate(usual.districts):
            if cells[:, row, column].sum() >= _CELL_WEEK:
                found[f"topic:{topic}/district:{district}"] = cells[:, row, column]
    return {scope: tuple(np.round(week, 4).tolist()) for scope, week in found.items()}


def _read(note: Note | None) -> Kept | None:
    """None: there is none, or it is of another version."""
    if note is None:
        return None
    try:
        return _KEPT.validate_json(note.value)
    except ValidationError:
        return None


def _fits(kept: Kept, rules: Rules) -> bool:
    same = (kept.budget, kept.safety_budget) == (rules.budget, rules.safety_budget)
    return same and _fits_windows(kept.thresholds, rules)


def _fits_windows(thresholds: Thresholds, rules: Rules) -> bool:
    """The limits are for the windows and least contacts of the site's rules."""
    return (
        thresholds.windows_h == rules.windows_h
        and thresholds.safety_windows_min == rules.safety_windows_min
        and thresholds.min_contacts == rules.min_contacts
        and thresholds.safety_min_contacts == rules.safety_min_contacts
    )

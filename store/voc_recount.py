"""The sums anew from `voc_contacts`, a day at a time: what differs is told, and put right where that is wanted."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Table, case, cast, delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.database import Database
from store.tables import ContactRow
from store.upsert import write_all
from store.voc_counts import cell_row, take_turn
from store.voc_deltas import HOUR_MS, Cell, Sums, day_of, day_starts_ms
from store.voc_tables import VocContactRow, VocDayRow, VocHourRow, VocPhraseRow

DAY_MS: Final = 24 * HOUR_MS

K = TypeVar("K")
V = TypeVar("V")

Told = Callable[[int, int], None]
"""Called with how many of how many days are done."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Rows that were otherwise than the contacts say."""

    hours: int = 0
    days: int = 0
    phrases: int = 0

    def __bool__(self) -> bool:
        return bool(self.hours or self.days or self.phrases)


async def recount(
    database: Database,
    zone: ZoneInfo,
    *,
    mend: bool,
    since_ms: int | None = None,
    until_ms: int | None = None,
    told: Told = lambda _done, _all: None,
) -> Differences:
    """Compare the sums with the contacts, and with `mend` put them right. Others may go on writing.

    Each day is a transaction of its own. Phrases, which have no days, are compared only where no time is given, and
    put right in one transaction: who writes contacts waits for it.

    Args:
        database: open.
        zone: whose calendar tells the days.
        mend: put right what differs.
        since_ms: whole days from the one of this time; None: the first.
        until_ms: to the one before which this time is; None: the last.
        told: of the progress.

    Returns:
        What differs, or differed.
    """
    async with database.session() as session:
        found = await _bounds(session, zone)
    if found is None:
        return Differences()
    first, last = found
    first = first if since_ms is None else max(first, since_ms)
    last = last if until_ms is None else min(last, until_ms - 1)
    first_day, last_day = day_of(first, zone), day_of(last, zone)
    hours = days = 0
    for day in range(first_day, last_day + 1):
        async with database.session() as session:
            days += await _day(session, day, zone, mend=mend)
            hours += await _hours(session, day, zone, mend=mend)
        told(day - first_day + 1, last_day - first_day + 1)
        await asyncio.sleep(0)
    phrases = 0
    if since_ms is None and until_ms is None:
        phrases = await _phrases(database, (first, last), mend=mend)
    return Differences(hours, days, phrases)


async def contacts_between(session: AsyncSession, since_ms: int, until_ms: int) -> int:
    """How many contacts, counted or not, began within this time."""
    own = (ContactRow.started_at_ms >= since_ms, ContactRow.started_at_ms < until_ms)
    return await session.scalar(select(func.count()).select_from(ContactRow).where(*own)) or 0


async def _bounds(session: AsyncSession, zone: ZoneInfo) -> tuple[int, int] | None:
    """The first and the last moment that contacts or sums are about."""
    found: list[int] = []
    for column, moment in (
        (_CONTACTS.c.at_ms, int),
        (_HOURS.c.hour, lambda hour: hour * HOUR_MS),
        (_DAYS.c.day, lambda day: day_starts_ms(day, zone)),
    ):
        ends = [await session.scalar(select(end(column))) for end in (func.min, func.max)]
        found += [moment(each) for each in ends if each is not None]
    return (min(found), max(found)) if found else None


async def _day(session: AsyncSession, day: int, zone: ZoneInfo, *, mend: bool) -> int:
    since, until = day_starts_ms(day, zone), day_starts_ms(day + 1, zone)
    return await _compare(
        session, _DAYS, literal(day, BigInteger), (since, until), _DAYS.c.day == day, mend=mend
    )


async def _hours(session: AsyncSession, day: int, zone: ZoneInfo, *, mend: bool) -> int:
    """The hours that begin within the day; contacts of the last one may be of the next day."""
    first, after = (-(-day_starts_ms(each, zone) // HOUR_MS) for each in (day, day + 1))
    own = (_HOURS.c.hour >= first) & (_HOURS.c.hour < after)
    unit = _CONTACTS.c.at_ms // HOUR_MS
    return await _compare(session, _HOURS, unit, (first * HOUR_MS, after * HOUR_MS), own, mend=mend)


async def _compare(
    session: AsyncSession,
    table: Table,
    unit: ColumnElement[int],
    within: tuple[int, int],
    own: ColumnElement[bool],
    *,
    mend: bool,
) -> int:
    if mend:
        await take_turn(session)
    right = await _counted(session, unit, within)
    kept = {
        (row[0], row[1], row[2]): Sums(*row[3:]) for row in await session.execute(select(table).where(own))
    }
    differing = _differing(right, kept)
    if differing and mend:
        await session.execute(delete(table).where(own))
        name = table.columns.keys()[0]
        if right:
            rows = [cell_row(name, cell, sums) for cell, sums in sorted(right.items())]
            await write_all(session, insert(table), rows)
    return differing


async def _counted(
    session: AsyncSession, unit: ColumnElement[int], within: tuple[int, int]
) -> dict[Cell, Sums]:
    labelled = unit.label("unit")
    query = (
        select(
            labelled,
            _CONTACTS.c.topic,
            _CONTACTS.c.district,
            func.count(),
            _sum(_CONTACTS.c.complaint != ()),
            _sum(_CONTACTS.c.simulated),
        )
        .where(_CONTACTS.c.at_ms >= within[0], _CONTACTS.c.at_ms < within[1])
        .group_by(labelled, _CONTACTS.c.topic, _CONTACTS.c.district)
    )
    return {(row[0], row[1], row[2]): Sums(*row[3:]) for row in await session.execute(query)}


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.sum(case((condition, 1), else_=0)), BigInteger)


async def _phrases(database: Database, within: tuple[int, int], *, mend: bool) -> int:
    # At first without holding anybody up: mostly nothing differs.
    async with database.session() as session:
        differing = _differing(await _said(session, within), await _kept(session))
    if not (differing and mend):
        return differing
    async with database.session() as session:
        await take_turn(session)
        right = await _said(session, within)
        differing = _differing(right, await _kept(session))
        await session.execute(delete(_PHRASES))
        rows = [
            {"phrase": phrase, "contacts": contacts, "first_ms": first}
            for phrase, (contacts, first) in sorted(right.items())
        ]
        if rows:
            await write_all(session, insert(_PHRASES), rows)
    return differing


async def _said(session: AsyncSession, within: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Phrase → contacts and first time, read by days so that a statement stays short."""
    found: dict[str, tuple[int, int]] = {}
    for start in range(within[0], within[1] + DAY_MS, DAY_MS):
        query = select(_CONTACTS.c.at_ms, _CONTACTS.c.phrases).where(
            _CONTACTS.c.at_ms >= start, _CONTACTS.c.at_ms < start + DAY_MS
        )
        for at_ms, phrases in await session.execute(query):
            for phrase in phrases:
                contacts, first = found.get(phrase, (0, at_ms))
                found[phrase] = (contacts + 1, min(first, at_ms))
    return found


async def _kept(session: AsyncSession) -> dict[str, tuple[int, int]]:
    return {row[0]: (row[1], row[2]) for row in await session.execute(select(_PHRASES))}


def _differing(right: Mapping[K, V], kept: Mapping[K, V]) -> int:
    return sum(right.get(key) != kept.get(key) for key in right.keys() | kept.keys())


_CONTACTS, _HOURS, _DAYS, _PHRASES = (
    rows.metadata.tables[rows.__tablename__] for rows in (VocContactRow, VocHourRow, VocDayRow, VocPhraseRow)
)

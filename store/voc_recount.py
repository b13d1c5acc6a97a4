"""The sums anew from `voc_contacts`, a day at a time: what differs is told, and put right where that is wanted."""

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

PIECE: Final = 10_000
"""Contacts that are read at a time."""

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
        some = await _days_of_all(session, zone)
    if since_ms is not None:
        some = [day for day in some if day >= day_of(since_ms, zone)]
    if until_ms is not None:
        some = [day for day in some if day <= day_of(until_ms - 1, zone)]
    hours = days = 0
    for done, day in enumerate(some, 1):
        async with database.session() as session:
            days += await _day(session, day, zone, mend=mend)
            hours += await _hours(session, day, zone, mend=mend)
        told(done, len(some))
    phrases = 0
    if since_ms is None and until_ms is None:
        phrases = await _phrases(database, mend=mend)
    return Differences(hours, days, phrases)


async def contacts_between(session: AsyncSession, since_ms: int, until_ms: int) -> int:
    """How many contacts, counted or not, began within this time."""
    own = (ContactRow.started_at_ms >= since_ms, ContactRow.started_at_ms < until_ms)
    return await session.scalar(select(func.count()).select_from(ContactRow).where(*own)) or 0


async def _days_of_all(session: AsyncSession, zone: ZoneInfo) -> list[int]:
    """Days that contacts or sums are about, in order: mostly all, but a stray sum may lie decades away."""
    found = set(await session.scalars(select(_DAYS.c.day).distinct()))
    hours = set(await session.scalars(select(_HOURS.c.hour).distinct()))
    hours |= set(await session.scalars(select(_CONTACTS.c.at_ms // HOUR_MS).distinct()))
    for hour in hours:
        found |= {day_of(hour * HOUR_MS, zone), day_of((hour + 1) * HOUR_MS - 1, zone)}
    return sorted(found)


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


async def _phrases(database: Database, *, mend: bool) -> int:
    # At first without holding anybody up: mostly nothing differs.
    async with database.session() as session:
        differing = _differing(await _said(session), await _kept(session))
    if not (differing and mend):
        return differing
    async with database.session() as session:
        await take_turn(session)
        right = await _said(session)
        differing = _differing(right, await _kept(session))
        await session.execute(delete(_PHRASES))
        rows = [
            {"phrase": phrase, "contacts": contacts, "first_ms": first}
            for phrase, (contacts, first) in sorted(right.items())
        ]
        if rows:
            await write_all(session, insert(_PHRASES), rows)
    return differing


async def _said(session: AsyncSession) -> dict[str, tuple[int, int]]:
    """Phrase → contacts and first time, read piece by piece so that a statement stays short."""
    found: dict[str, tuple[int, int]] = {}
    after = (-1, "")
    while True:
        at, key = _CONTACTS.c.at_ms, _CONTACTS.c.contact_id
        query = select(at, key, _CONTACTS.c.phrases).where(
            (at >= after[0]) & ((at > after[0]) | (key > after[1]))
        )
        rows = (await session.execute(query.order_by(at, key).limit(PIECE))).all()
        for at_ms, _, phrases in rows:
            for phrase in phrases:
                contacts, first = found.get(phrase, (0, at_ms))
                found[phrase] = (contacts + 1, min(first, at_ms))
        if len(rows) < PIECE:
            return found
        after = (rows[-1][0], rows[-1][1])


async def _kept(session: AsyncSession) -> dict[str, tuple[int, int]]:
    return {row[0]: (row[1], row[2]) for row in await session.execute(select(_PHRASES))}


def _differing(right: Mapping[K, V], kept: Mapping[K, V]) -> int:
    return sum(right.get(key) != kept.get(key) for key in right.keys() | kept.keys())


_CONTACTS, _HOURS, _DAYS, _PHRASES = (
    rows.metadata.tables[rows.__tablename__] for rows in (VocContactRow, VocHourRow, VocDayRow, VocPhraseRow)
)

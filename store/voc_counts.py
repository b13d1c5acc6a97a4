"""Contacts by hour, by day and by phrase: sums over `voc_contacts`, kept in the transaction that writes those."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Text, bindparam, delete, func, select, text, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import Base
from store.upsert import insert_into, write_all
from store.voc_deltas import Cell, Deltas, Sums
from store.voc_tables import VocContactRow, VocDayRow, VocHourRow, VocPhraseRow

ASK_AT_ONCE: Final = 1_000
"""Keys in one query."""

_TURN: Final = 0x73616E6764766F63
"""Number of the lock on PostgreSQL, this program's own: `sangdvoc`."""


@dataclass(frozen=True, slots=True)
class HourCount:
    hour: int
    """Hours since 1970, UTC."""
    topic: str
    district: str
    contacts: int
    complaints: int
    simulated: int


@dataclass(frozen=True, slots=True)
class DayCount:
    day: int
    """Days since 1970-01-01, by the site's calendar."""
    topic: str
    district: str
    contacts: int
    complaints: int
    simulated: int


async def hours(session: AsyncSession, since_hour: int, until_hour: int) -> list[HourCount]:
    """Of the hours from the first one to before the second, in their order; only those that have contacts."""
    own = (_HOURS.c.hour >= since_hour, _HOURS.c.hour < until_hour)
    query = select(_HOURS).where(*own).order_by(_HOURS.c.hour, _HOURS.c.topic, _HOURS.c.district)
    return [HourCount(*row) for row in await session.execute(query)]


async def days(
    session: AsyncSession,
    since_day: int,
    until_day: int,
    topic: str | None = None,
    district: str | None = None,
) -> list[DayCount]:
    """The same by day, of all topics and districts or of one."""
    query = select(_DAYS).where(_DAYS.c.day >= since_day, _DAYS.c.day < until_day)
    if topic is not None:
        query = query.where(_DAYS.c.topic == topic)
    if district is not None:
        query = query.where(_DAYS.c.district == district)
    query = query.order_by(_DAYS.c.day, _DAYS.c.topic, _DAYS.c.district)
    return [DayCount(*row) for row in await session.execute(query)]


async def known_phrases(session: AsyncSession, phrases: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Phrase → how many contacts said it ever, and when the first of them began; those never said are left out."""
    found: dict[str, tuple[int, int]] = {}
    for some in parts(sorted(set(phrases))):
        query = select(_PHRASES).where(_PHRASES.c.phrase.in_(some))
        found |= {phrase: (contacts, first) for phrase, contacts, first in await session.execute(query)}
    return found


async def bounds(session: AsyncSession) -> tuple[int, int] | None:
    """The first and the last hour with contacts; None: there are none."""
    # Two queries: each reads one end of the index.
    first = await session.scalar(select(func.min(_HOURS.c.hour)))
    last = await session.scalar(select(func.max(_HOURS.c.hour)))
    return None if first is None or last is None else (first, last)


async def take_turn(session: AsyncSession) -> None:
    """Wait until nobody else writes contacts or sums, which holds until the end of this transaction.

    One writer at a time, as SQLite has it anyway: the sums of the present hour are the same few rows for all, and
    what was known of a contact must not change between looking and writing. There is one lock, so no deadlock.
    """
    if session.get_bind().dialect.name == "sqlite":
        # Nothing is deleted; but it begins to write, or goes on where this transaction has begun already.
        await session.execute(text("DELETE FROM voc_contacts WHERE contact_id IS NULL"))
    else:
        await session.execute(select(func.pg_advisory_xact_lock(_TURN)))


async def add(session: AsyncSession, deltas: Deltas) -> None:
    """Change the sums; the turn is taken, and the contacts are written."""
    await _add_cells(session, VocHourRow, "hour", deltas.hours)
    await _add_cells(session, VocDayRow, "day", deltas.days)
    rows = [
        {"phrase": phrase, "contacts": change, "first_ms": deltas.first_ms.get(phrase, _NEVER)}
        for phrase, change in sorted(deltas.phrases.items())
    ]
    if rows:
        insert = insert_into(session, VocPhraseRow)
        old, new = insert.table.c, insert.excluded
        earlier = func.min if session.get_bind().dialect.name == "sqlite" else func.least
        changes = {
            "contacts": old.contacts + new.contacts,
            "first_ms": earlier(old.first_ms, new.first_ms),
        }
        await write_all(session, insert.on_conflict_do_update(index_elements=["phrase"], set_=changes), rows)
    if deltas.left_ms:
        await _leave(session, deltas.left_ms)


async def _add_cells(session: AsyncSession, rows: type[Base], unit: str, cells: Mapping[Cell, Sums]) -> None:
    changed = sorted((cell, sums) for cell, sums in cells.items() if any(sums))
    if not changed:
        return
    insert = insert_into(session, rows)
    changes = {name: insert.table.c[name] + insert.excluded[name] for name in Sums._fields}
    upsert = insert.on_conflict_do_update(index_elements=[unit, "topic", "district"], set_=changes)
    await write_all(session, upsert, [cell_row(unit, cell, sums) for cell, sums in changed])
    gone = [
        {"of_unit": cell[0], "of_topic": cell[1], "of_district": cell[2]}
        for cell, sums in changed
        if sums.contacts < 0
    ]
    if gone:
        table = insert.table
        one = (
            table.c[unit] == bindparam("of_unit"),
            table.c.topic == bindparam("of_topic"),
            table.c.district == bindparam("of_district"),
        )
        await write_all(session, delete(table).where(*one, table.c.contacts == 0), gone)


async def _leave(session: AsyncSession, left_ms: Mapping[str, int]) -> None:
    """Phrases that somebody no longer says: forgotten when nobody does, else maybe first said later."""
    for some in parts(sorted(left_ms)):
        nobody = (_PHRASES.c.phrase.in_(some), _PHRASES.c.contacts == 0)
        await session.execute(delete(_PHRASES).where(*nobody))
    for phrase, (_, first_ms) in (await known_phrases(session, left_ms)).items():
        if first_ms < left_ms[phrase]:
            continue
        # The sums tell that somebody says it, and nobody before: the search ends early.
        found = await session.scalar(
            select(VocContactRow.at_ms)
            .where(VocContactRow.at_ms >= min(first_ms, left_ms[phrase]), _says(session, phrase))
            .order_by(VocContactRow.at_ms)
            .limit(1)
        )
        if found is not None:
            one = _PHRASES.c.phrase == phrase
            await session.execute(update(_PHRASES).where(one).values(first_ms=found))


def _says(session: AsyncSession, phrase: str) -> ColumnElement[bool]:
    # In JSON a string ends at the first quote, so this text stands for the whole phrase alone.
    quoted = _JSON.dump_json(phrase).decode()
    place = func.instr if session.get_bind().dialect.name == "sqlite" else func.strpos
    return place(type_coerce(VocContactRow.phrases, Text), quoted) > 0


def parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    """Of a size that fits into a query."""
    return (keys[start : start + ASK_AT_ONCE] for start in range(0, len(keys), ASK_AT_ONCE))


def cell_row(unit: str, cell: Cell, sums: Sums) -> dict[str, object]:
    """A row of `voc_hours` or `voc_days`."""
    return {unit: cell[0], "topic": cell[1], "district": cell[2], **sums._asdict()}


_HOURS, _DAYS, _PHRASES = (
    rows.metadata.tables[rows.__tablename__] for rows in (VocHourRow, VocDayRow, VocPhraseRow)
)
_JSON: Final = TypeAdapter(str)
_NEVER: Final = 1 << 60
"""A time for rows that have one of their own already."""

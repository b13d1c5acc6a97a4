"""What agents made of our drafts: one row a contact, and the sums of many."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from store.tables import MeasureRow
from store.upsert import insert_into

DAY_MS: Final = 86_400_000
MAX_WAIT_S: Final = 3_600
"""Work after the call that took longer counts as this long."""

_KEPT: Final = frozenset({"contact_id", "saved_at_ms", "after_call_ms"})
"""Of the first save: a contact stays on its day, and what is mended later is no after-call work."""


@dataclass(frozen=True, slots=True)
class Measure:
    """See `store.tables.MeasureRow`."""

    contact_id: str
    saved_at_ms: int
    staff_id: str
    engine: str
    fallback: str
    drafted: int | None
    draft_chars: int
    saved_chars: int
    distance: int
    unedited: bool
    edited_fields: tuple[str, ...]
    drafted_fields: tuple[str, ...]
    withheld: int
    doubts: int
    after_call_ms: int | None


@dataclass(slots=True)
class Sum:
    """Of the contacts of one day and one engine, or of several such."""

    saved: int = 0
    drafted: int = 0
    unedited: int = 0
    kept_chars: int = 0
    """At least so many characters of the drafts stand in the texts: the longer of the two less what was changed."""
    withheld: int = 0
    doubts: int = 0
    fallbacks: int = 0
    shares: Counter[int] = field(default_factory=Counter)
    """Contacts begun from a draft, by hundredths that were changed, 0-100."""
    waits: Counter[int] = field(default_factory=Counter)
    """Contacts by whole seconds from their end to the first save, at most MAX_WAIT_S."""


@dataclass(slots=True)
class Figures:
    parts: dict[tuple[int, str], Sum] = field(default_factory=dict)
    """By day, counted from 1970 in the zone asked for, and engine (empty: begun from no draft)."""
    fields: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=Counter)
    """Contacts by (fields drafted, fields edited)."""


async def record(session: AsyncSession, measure: Measure) -> None:
    """Keep a measure. Of a summary that is saved again all is measured anew but when it was first saved."""
    row = {name: getattr(measure, name) for name in Measure.__slots__}
    insert = insert_into(session, MeasureRow).values(row)
    changes = {name: insert.excluded[name] for name in row if name not in _KEPT}
    await session.execute(insert.on_conflict_do_update(index_elements=["contact_id"], set_=changes))


async def figures(session: AsyncSession, since_ms: int, until_ms: int, *, offset_ms: int = 0) -> Figures:
    """Sums over what was first saved from `since_ms` on and before `until_ms`; the database does the counting.

    Args:
        session: a transaction.
        since_ms: wall time.
        until_ms: wall time.
        offset_ms: what local time is ahead of UTC; it says where days begin.
    """
    day = ((MeasureRow.saved_at_ms + offset_ms) // DAY_MS).label("day")
    within = and_(MeasureRow.saved_at_ms >= since_ms, MeasureRow.saved_at_ms < until_ms)
    found = Figures()
    for row in await session.execute(_sums(day).where(within)):
        found.parts[row.day, row.engine] = Sum(*row[2:])
    shares = select(day, MeasureRow.engine, _share().label("at"), func.count()).where(
        within, MeasureRow.drafted.is_not(None)
    )
    for at_day, engine, share, count in await session.execute(shares.group_by("day", "engine", "at")):
        found.parts[at_day, engine].shares[share] = count
    waits = select(day, MeasureRow.engine, _wait().label("at"), func.count()).where(
        within, MeasureRow.after_call_ms.is_not(None)
    )
    for at_day, engine, wait, count in await session.execute(waits.group_by("day", "engine", "at")):
        found.parts[at_day, engine].waits[wait] = count
    pairs = (MeasureRow.drafted_fields, MeasureRow.edited_fields)
    fields = select(*pairs, func.count()).where(within, MeasureRow.drafted.is_not(None)).group_by(*pairs)
    for drafted, edited, count in await session.execute(fields):
        found.fields[drafted, edited] = count
    return found


def _sums(day: ColumnElement[int]) -> Select[int, str, int, int, int, int, int, int, int]:
    drafted = MeasureRow.drafted.is_not(None)
    kept = case((and_(drafted, _longer() > MeasureRow.distance), _longer() - MeasureRow.distance), else_=0)
    return select(
        day,
        MeasureRow.engine,
        func.count(),
        func.count(MeasureRow.drafted),
        _sum(case((MeasureRow.unedited, 1), else_=0)),
        _sum(kept),
        _sum(MeasureRow.withheld),
        _sum(MeasureRow.doubts),
        _sum(case((MeasureRow.fallback != "", 1), else_=0)),
    ).group_by("day", "engine")


def _sum(what: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    """A whole number on PostgreSQL, too, whose sums of big integers are decimals."""
    return cast(func.sum(what), BigInteger)


def _longer() -> ColumnElement[int]:
    draft, text = MeasureRow.draft_chars, MeasureRow.saved_chars
    return case((draft > text, draft), else_=text)


def _share() -> ColumnElement[int]:
    """Hundredths that were changed, rounded."""
    longer = _longer()
    return case((longer == 0, 0), else_=(200 * MeasureRow.distance + longer) // (2 * longer))


def _wait() -> ColumnElement[int]:
    wait_s = MeasureRow.after_call_ms // 1000
    return case((wait_s < MAX_WAIT_S, wait_s), else_=MAX_WAIT_S)

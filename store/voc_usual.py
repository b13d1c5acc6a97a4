"""What is usual, for the pages, and the rest of the past that it is learnt from."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc import About, Danger
from contracts.voc_track import Strand
from store.upsert import insert_into, write_all
from store.voc_tables import VocContactRow, VocDayRow, VocUsualRow

_PART: Final = 200

_CONTACTS: Final = VocContactRow.metadata.tables[VocContactRow.__tablename__]


async def put(
    session: AsyncSession, weeks: Mapping[str, Sequence[float]], *, of_weeks: float, now_ms: int
) -> None:
    """Replace what is usual.

    Args:
        session: one transaction: a page sees the old or the new.
        weeks: scope → 168 numbers; see `VocUsualRow`.
        of_weeks: of data that it was learnt from.
        now_ms: wall time.
    """
    insert = insert_into(session, VocUsualRow)
    changes = {name: insert.excluded[name] for name in ("made_at_ms", "weeks", "week")}
    upsert = insert.on_conflict_do_update(index_elements=["scope"], set_=changes)
    rows: list[dict[str, object]] = [
        {"scope": scope, "made_at_ms": now_ms, "weeks": of_weeks, "week": tuple(week)}
        for scope, week in sorted(weeks.items())
    ]
    for start in range(0, len(rows), _PART):
        await write_all(session, upsert, rows[start : start + _PART])
    await session.execute(delete(VocUsualRow).where(VocUsualRow.made_at_ms < now_ms))


async def week(session: AsyncSession, scope: str) -> tuple[float, ...] | None:
    """The 168 hours of a scope; None: nothing is known of it."""
    return (await session.scalars(select(VocUsualRow.week).where(VocUsualRow.scope == scope))).one_or_none()


async def contacts_ever(session: AsyncSession) -> int:
    """All that were ever counted."""
    return int(await session.scalar(select(func.sum(VocDayRow.contacts))) or 0)


async def danger_times(session: AsyncSession, since_ms: int, until_ms: int) -> list[tuple[int, Danger]]:
    """When contacts began that spoke of a danger, and which."""
    query = (
        select(VocContactRow.at_ms, VocContactRow.danger)
        .where(
            VocContactRow.danger.is_not(None), VocContactRow.at_ms >= since_ms, VocContactRow.at_ms < until_ms
        )
        .order_by(VocContactRow.at_ms)
    )
    return [(row.at_ms, row.danger) for row in await session.execute(query) if row.danger is not None]


async def dangers_since(session: AsyncSession, since_ms: int) -> int:
    """How many contacts that began since then speak of a danger."""
    query = select(func.count()).where(VocContactRow.danger.is_not(None), VocContactRow.at_ms >= since_ms)
    return int(await session.scalar(query) or 0)


async def older(
    session: AsyncSession, strands: Collection[Strand], since_ms: int, until_ms: int, limit: int = 5_000
) -> list[About]:
    """Contacts that may belong to series of an alert, the newest first. Series of a phrase alone are left out: their
    contacts are found by no index.
    """
    topics = sorted({strand.topic for strand in strands if strand.topic})
    dangers = sorted({strand.danger for strand in strands if strand.danger})
    places = sorted({district for strand in strands if not strand.topic for district in strand.districts})
    found: dict[str, About] = {}
    for column, names in (("topic", topics), ("danger", dangers), ("district", places)):
        if not names or len(found) >= limit:
            continue
        query = (
            select(_CONTACTS)
            .where(
                _CONTACTS.c[column].in_(names), _CONTACTS.c.at_ms >= since_ms, _CONTACTS.c.at_ms < until_ms
            )
            .order_by(_CONTACTS.c.at_ms.desc())
            .limit(limit)
        )
        for row in await session.execute(query):
            about = About.model_construct(**row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it
            found[about.contact_id] = about
    return list(found.values())

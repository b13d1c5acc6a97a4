"""What contacts are about: one row a contact, and with each row its part in the sums (`voc_counts.py`)."""

from collections.abc import Collection, Iterable, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc import About
from store import voc_counts
from store.upsert import insert_into, write_all
from store.voc_deltas import deltas
from store.voc_tables import VocContactRow


async def put(session: AsyncSession, abouts: Sequence[About], *, zone: ZoneInfo) -> int:
    """Keep contacts as they are now, and add what changed to the sums of hours, days and phrases.

    The same again changes nothing; of two of one contact the last one holds. Any number of processes may put at the
    same time: they do it one after the other.

    Args:
        session: one transaction; the sums are right when it is committed.
        abouts: thousands at once are fastest.
        zone: whose calendar tells the days.

    Returns:
        How many contacts are new or changed.
    """
    wanted = {about.contact_id: plain(about) for about in abouts}
    if not wanted:
        return 0
    await voc_counts.take_turn(session)
    known = {about.contact_id: about for about in await of(session, wanted)}
    wanted = {key: themed(about, known.get(key)) for key, about in wanted.items()}
    pairs = [(known.get(key), wanted[key]) for key in sorted(wanted) if known.get(key) != wanted[key]]
    if not pairs:
        return 0
    insert = insert_into(session, VocContactRow)
    changes = {name: insert.excluded[name] for name in _NAMES if name != "contact_id"}
    upsert = insert.on_conflict_do_update(index_elements=["contact_id"], set_=changes)
    await write_all(session, upsert, [row(about) for _, about in pairs])
    await voc_counts.add(session, deltas(pairs, zone))
    return len(pairs)


def themed(about: About, known: About | None) -> About:
    """Whoever reads a contact anew knows nothing of its theme, which is found later (`voc/reading/theming.py`): it stays."""
    if about.theme_id or known is None or not known.theme_id:
        return about
    return about.model_copy(update={"theme_id": known.theme_id})


async def since(session: AsyncSession, at_ms: int, until_ms: int | None = None) -> list[About]:
    """Contacts that began at `at_ms` or later, and before `until_ms`, by time."""
    query = _ABOUTS.where(*_within(at_ms, until_ms)).order_by(_TABLE.c.at_ms, _TABLE.c.contact_id)
    return _abouts(await session.execute(query))


async def of(session: AsyncSession, contact_ids: Collection[str]) -> list[About]:
    """Those of them that are known, in no order."""
    found: list[About] = []
    for some in voc_counts.parts(sorted(contact_ids)):
        found += _abouts(await session.execute(_ABOUTS.where(_TABLE.c.contact_id.in_(some))))
    return found


async def page(
    session: AsyncSession,
    *,
    topic: str | None,
    district: str | None,
    danger: str | None,
    since_ms: int,
    until_ms: int,
    limit: int,
) -> tuple[list[About], int]:
    """Contacts that began within this time, the newest first; None: any.

    Returns:
        `limit` of them at most, and how many there are.
    """
    own = list(_within(since_ms, until_ms))
    for column, value in ((_TABLE.c.topic, topic), (_TABLE.c.district, district), (_TABLE.c.danger, danger)):
        if value is not None:
            own.append(column == value)
    if danger is not None:
        own.append(_TABLE.c.danger.is_not(None))  # as the index says it
    total = await session.scalar(select(func.count()).select_from(_TABLE).where(*own))
    query = _ABOUTS.where(*own).order_by(_TABLE.c.at_ms.desc(), _TABLE.c.contact_id).limit(limit)
    return _abouts(await session.execute(query)), total or 0


def plain(about: About) -> About:
    """As it is kept: a phrase stands in it once."""
    phrases = tuple(dict.fromkeys(about.phrases))
    return about if phrases == about.phrases else about.model_copy(update={"phrases": phrases})


def row(about: About) -> dict[str, object]:
    """A row of `voc_contacts`."""
    return {name: getattr(about, name) for name in _NAMES}


def _within(since_ms: int, until_ms: int | None) -> Iterable[ColumnElement[bool]]:
    yield _TABLE.c.at_ms >= since_ms
    if until_ms is not None:
        yield _TABLE.c.at_ms < until_ms


def _abouts(rows: Iterable[Sequence[object]]) -> list[About]:
    # What is kept was checked when it was made.
    made = (dict(zip(_NAMES, values, strict=True)) for values in rows)
    return [About.model_construct(**fields) for fields in made]  # type: ignore[arg-type]  # the table's columns


_TABLE = VocContactRow.metadata.tables[VocContactRow.__tablename__]
_NAMES = tuple(column.name for column in _TABLE.columns)
_ABOUTS = select(_TABLE)

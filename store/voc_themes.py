"""Themes of contacts, and which contact belongs to which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc import About
from store.upsert import insert_into, write_all
from store.voc_tables import VocContactRow, VocThemeRow


@dataclass(frozen=True, slots=True)
class StoredTheme:
    theme_id: str
    name: str
    phrases: tuple[str, ...]
    contacts: int
    first_ms: int
    last_ms: int
    centroid: bytes
    """float32, little endian; empty where no encoder made it."""


async def since(session: AsyncSession, last_ms: int, limit: int) -> list[StoredTheme]:
    """Those that had a contact since, the one that grew last at the end."""
    query = (
        select(VocThemeRow)
        .where(VocThemeRow.last_ms >= last_ms)
        .order_by(VocThemeRow.last_ms.desc(), VocThemeRow.theme_id)
        .limit(limit)
    )
    rows = [
        StoredTheme(
            row.theme_id, row.name, tuple(row.phrases), row.contacts, row.first_ms, row.last_ms, row.centroid
        )
        for row in await session.scalars(query)
    ]
    return rows[::-1]


async def without(session: AsyncSession, since_ms: int, limit: int) -> list[About]:
    """Contacts since then that belong to none: what is needed of them to find one. The newest, by time."""
    query = (
        select(VocContactRow.contact_id, VocContactRow.at_ms, VocContactRow.phrases)
        .where(VocContactRow.at_ms >= since_ms, VocContactRow.theme_id == "")
        .order_by(VocContactRow.at_ms.desc(), VocContactRow.contact_id)
        .limit(limit)
    )
    rows = await session.execute(query)
    return [About(contact_id=key, at_ms=at_ms, phrases=tuple(said)) for key, at_ms, said in rows][::-1]


async def put(session: AsyncSession, themes: Sequence[StoredTheme]) -> None:
    """Keep themes as they are now."""
    if not themes:
        return
    insert = insert_into(session, VocThemeRow)
    names = ("name", "phrases", "contacts", "first_ms", "last_ms", "centroid")
    upsert = insert.on_conflict_do_update(
        index_elements=["theme_id"], set_={name: insert.excluded[name] for name in names}
    )
    rows = [
        {"theme_id": theme.theme_id, **{name: getattr(theme, name) for name in names}} for theme in themes
    ]
    await write_all(session, upsert, rows)


async def give(session: AsyncSession, theme_of: Mapping[str, str]) -> None:
    """Write down the theme of contacts. Counts are not touched: themes are not counted by hour."""
    if not theme_of:
        return
    table = VocContactRow.metadata.tables[VocContactRow.__tablename__]
    change = update(table).where(table.c.contact_id == bindparam("of_contact"))
    given = [{"of_contact": key, "to_theme": theme_of[key]} for key in sorted(theme_of)]
    await session.execute(change.values(theme_id=bindparam("to_theme")), given)

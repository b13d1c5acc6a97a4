"""What the supervisor's page asks each few seconds: sums by hour, topic and district, the usual, who is live.

Hours are counted in the database over `voc_hours`, 24 of them or so, so a page costs the same after a year.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from contracts.contact import ContactStateChanged
from contracts.voc import About, AlertLine
from contracts.voc_http import Learning
from store import voc_alerts, voc_contacts, voc_notes
from store.chat_tables import ChatRow
from store.tables import ContactRow
from store.voc_tables import VocContactRow, VocDayRow, VocHourRow, VocUsualRow

HOUR_MS: Final = 3_600_000
LIVE_MS: Final = 24 * HOUR_MS
"""A contact that began longer ago and has no end is none of now."""

MAX_LIVE: Final = 2_000
"""Live contacts that are read: a centre of 800 channels has fewer."""

MAX_SHOWN: Final = 100
"""Live contacts whose figures are looked up."""

MAX_ALERTS: Final = 50
_KOREA_H: Final = 9


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a series; see `VocUsualRow`."""

    weeks: float
    week: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LiveContact:
    contact: ContactStateChanged
    about: About | None
    """None: nothing is known of it yet, or it is not among the newest `MAX_SHOWN`."""


@dataclass(frozen=True, slots=True)
class BoardRows:
    """All that the page's figures are made of, from one transaction."""

    first_hour: int
    """Of the heat map, counted from 1970; the last one is the hour of `now_ms`."""
    heat: Sequence[tuple[int, str, int]]
    """(hour, topic, contacts), of the district asked for."""
    simulated: int
    """Of the contacts in `heat`."""
    districts: Sequence[tuple[str, str, int]]
    """(district, topic, contacts), of the topic asked for, over the same hours."""
    today: int
    """Contacts of the day, whatever their topic and district."""
    last_hour: tuple[int, int]
    """Contacts of the last 60 minutes, and those with 불만 표현."""
    usual: Mapping[str, Usual] = field(default_factory=dict)
    """By scope: all, and what `heat` and `districts` name, narrowed as they are."""
    began_hour: int | None = None
    """The first hour that has contacts; None: there are none."""
    learning: Learning | None = None
    """What the usual was learnt from; None: nothing was learnt yet."""
    live: Sequence[LiveContact] = ()
    """The newest first; neither ended nor gone elsewhere."""
    queued_since_ms: int | None = None
    """Of the chat that waits longest; None: none waits."""
    alerts: Sequence[AlertLine] = ()
    detector_at_ms: int | None = None


async def board_rows(
    session: AsyncSession,
    now_ms: int,
    hours: int,
    topic: str | None,
    district: str | None,
    *,
    day: int | None = None,
) -> BoardRows:
    """Everything on the page, in some ten short queries.

    Args:
        session: a transaction.
        now_ms: wall time.
        hours: of the heat map, the one that is not over among them.
        topic: narrows the sums by district; None: all topics.
        district: narrows the heat map; None: the whole city.
        day: today by the site's calendar, counted from 1970; None: Korea's.
    """
    last_hour = now_ms // HOUR_MS
    first_hour = last_hour - hours + 1
    heat, simulated = await _heat(session, first_hour, last_hour, district)
    districts = await _districts(session, first_hour, last_hour, topic)
    return BoardRows(
        first_hour=first_hour,
        heat=heat,
        simulated=simulated,
        districts=districts,
        today=await _today(session, (last_hour + _KOREA_H) // 24 if day is None else day),
        last_hour=await _last_hour(session, now_ms),
        usual=await usual(session, _scopes(heat, districts, topic, district)),
        began_hour=await session.scalar(select(func.min(VocHourRow.hour))),
        live=await _live(session, now_ms),
        queued_since_ms=await _queued_since(session, now_ms),
        alerts=await voc_alerts.open_lines(session, MAX_ALERTS),
        learning=await voc_notes.learning(session),
        detector_at_ms=await voc_notes.stepped_at(session),
    )


async def usual(session: AsyncSession, scopes: Collection[str]) -> dict[str, Usual]:
    """What is usual, of those of the scopes for which it is known."""
    query = select(VocUsualRow.scope, VocUsualRow.weeks, VocUsualRow.week)
    found = await session.execute(query.where(VocUsualRow.scope.in_(sorted(scopes))))
    return {scope: Usual(weeks, week) for scope, weeks, week in found}


def scope(topic: str | None, district: str | None) -> str:
    """Name of a series in `voc_usual`."""
    parts = (f"topic:{topic}" if topic is not None else "", f"district:{district}" if district else "")
    return "/".join(part for part in parts if part) or "all"


async def _heat(
    session: AsyncSession, first: int, last: int, district: str | None
) -> tuple[list[tuple[int, str, int]], int]:
    contacts, simulated = _sum(VocHourRow.contacts), _sum(VocHourRow.simulated)
    query = select(VocHourRow.hour, VocHourRow.topic, contacts, simulated).where(
        VocHourRow.hour.between(first, last)
    )
    if district is not None:
        query = query.where(VocHourRow.district == district)
    found = (await session.execute(query.group_by(VocHourRow.hour, VocHourRow.topic))).all()
    return [(hour, topic, seen) for hour, topic, seen, _ in found], sum(row[3] for row in found)


async def _districts(
    session: AsyncSession, first: int, last: int, topic: str | None
) -> list[tuple[str, str, int]]:
    contacts = _sum(VocHourRow.contacts)
    query = select(VocHourRow.district, VocHourRow.topic, contacts).where(
        VocHourRow.hour.between(first, last)
    )
    if topic is not None:
        query = query.where(VocHourRow.topic == topic)
    found = await session.execute(query.group_by(VocHourRow.district, VocHourRow.topic))
    return [(district, of_topic, seen) for district, of_topic, seen in found]


async def _today(session: AsyncSession, day: int) -> int:
    return await session.scalar(select(_sum(VocDayRow.contacts)).where(VocDayRow.day == day)) or 0


async def _last_hour(session: AsyncSession, now_ms: int) -> tuple[int, int]:
    complains = case((VocContactRow.complaint != (), 1), else_=0)
    query = select(func.count(), func.coalesce(_sum(complains), 0)).where(
        VocContactRow.at_ms > now_ms - HOUR_MS, VocContactRow.at_ms <= now_ms
    )
    contacts, complaints = (await session.execute(query)).one()
    return contacts, complaints


async def _live(session: AsyncSession, now_ms: int) -> list[LiveContact]:
    """Chats that rest, and calls that were passed on, are with nobody now."""
    query = (
        select(ContactRow.event)
        .where(
            ContactRow.ended_at_ms.is_(None),
            ContactRow.started_at_ms >= now_ms - LIVE_MS,
            ContactRow.state.in_(("ringing", "talking", "held")),
        )
        .order_by(ContactRow.started_at_ms.desc(), ContactRow.contact_id)
        .limit(MAX_LIVE)
    )
    live = [one for one in await session.scalars(query) if not (one.kind == "chat" and one.state == "held")]
    ids = [one.contact_id for one in live[:MAX_SHOWN]]
    known = {about.contact_id: about for about in await voc_contacts.of(session, ids)}
    return [LiveContact(one, known.get(one.contact_id)) for one in live]


async def _queued_since(session: AsyncSession, now_ms: int) -> int | None:
    query = select(func.min(ChatRow.queued_at_ms)).where(
        ChatRow.state == "waiting", ChatRow.queued_at_ms >= now_ms - LIVE_MS
    )
    return await session.scalar(query)


def _scopes(
    heat: Sequence[tuple[int, str, int]],
    districts: Sequence[tuple[str, str, int]],
    topic: str | None,
    district: str | None,
) -> set[str]:
    of_heat = {scope(of_topic, district) for _, of_topic, _ in heat}
    of_map = {scope(topic, name) for name, _, _ in districts if name}
    return {"all", *of_heat, *of_map}


def _sum(column: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    """A whole number on PostgreSQL, too, whose sums of big integers are decimals."""
    return cast(func.sum(column), BigInteger)

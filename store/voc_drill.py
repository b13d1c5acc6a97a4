"""What stands behind a figure of the supervisor's page: its contacts, and its past by hour or day."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, cast, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contact import ContactStateChanged
from contracts.voc import About, Danger, Finding
from store import voc_contacts
from store.tables import ContactRow
from store.voc_tables import VocContactRow, VocDayRow, VocHourRow

MAX_TOTAL: Final = 10_000
"""More contacts than these are not counted one by one: the page says `10,000 or more`."""

_KEYS: Final = 500
"""Values of an IN list."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which contacts; what is None is not asked for."""

    since_ms: int
    until_ms: int
    """Contacts that began before."""
    topic: str | None = None
    district: str | None = None
    danger: Danger | None = None
    finding: Finding | None = None
    """Those of an alert: its topics in its districts, its danger, its new phrases."""


@dataclass(frozen=True, slots=True)
class Found:
    about: About
    contact: ContactStateChanged | None
    """None: only its figures are known."""


async def contacts(session: AsyncSession, wanted: Wanted, limit: int) -> tuple[list[Found], int]:
    """The newest of them, and how many there are: `MAX_TOTAL` at most."""
    conditions = _conditions(wanted)
    newest = (
        select(VocContactRow.contact_id)
        .where(*conditions)
        .order_by(VocContactRow.at_ms.desc(), VocContactRow.contact_id)
        .limit(limit)
    )
    ids = list(await session.scalars(newest))
    some = select(VocContactRow.contact_id).where(*conditions).limit(MAX_TOTAL).subquery()
    total = await session.scalar(select(func.count()).select_from(some)) or 0
    abouts = {about.contact_id: about for about in await voc_contacts.of(session, ids)}
    known = {
        contact.contact_id: contact
        for contact in await session.scalars(select(ContactRow.event).where(ContactRow.contact_id.in_(ids)))
    }
    return [Found(abouts[one], known.get(one)) for one in ids], total


async def by_hour(
    session: AsyncSession, hours: Sequence[int], topic: str | None, district: str | None
) -> dict[int, int]:
    """Contacts by hour, of those hours that have any. With a topic each hour is looked up, not walked through."""
    counted = select(VocHourRow.hour, cast(func.sum(VocHourRow.contacts), BigInteger)).group_by(
        VocHourRow.hour
    )
    if district is not None:
        counted = counted.where(VocHourRow.district == district)
    if topic is None:
        return await _counted(session, counted.where(VocHourRow.hour.between(hours[0], hours[-1])))
    found: dict[int, int] = {}
    for first in range(0, len(hours), _KEYS):
        some = hours[first : first + _KEYS]
        found |= await _counted(session, counted.where(VocHourRow.hour.in_(some), VocHourRow.topic == topic))
    return found


async def by_day(
    session: AsyncSession, days: Sequence[int], topic: str | None, district: str | None
) -> dict[int, int]:
    """The same by day of the site's calendar."""
    counted = select(VocDayRow.day, cast(func.sum(VocDayRow.contacts), BigInteger)).group_by(VocDayRow.day)
    counted = counted.where(VocDayRow.day.between(days[0], days[-1]))
    if topic is not None:
        counted = counted.where(VocDayRow.topic == topic)
    if district is not None:
        counted = counted.where(VocDayRow.district == district)
    return await _counted(session, counted)


async def _counted(session: AsyncSession, query: Select[int, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in await session.execute(query)}


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        VocContactRow.at_ms >= wanted.since_ms,
        VocContactRow.at_ms < wanted.until_ms,
    ]
    if wanted.topic is not None:
        found += [VocContactRow.topic == wanted.topic]
    if wanted.district is not None:
        found.append(VocContactRow.district == wanted.district)
    if wanted.danger is not None:
        # The second says it as the partial index does.
        found += [VocContactRow.danger == wanted.danger, VocContactRow.danger.is_not(None)]
    if wanted.finding is not None:
        found.append(_of(wanted.finding))
    return found


def _of(finding: Finding) -> ColumnElement[bool]:
    """What makes a contact one of the alert's."""
    topics = [one.topic for one in finding.topics if one.topic]
    phrases = [one.phrase for one in finding.phrases if one.is_new]
    ways: list[ColumnElement[bool]] = []
    if finding.danger is not None:
        ways.append(VocContactRow.danger == finding.danger)
    elif topics and finding.kind != "new_phrase":
        ways.append(VocContactRow.topic.in_(topics))
    # The phrases stand as a JSON list of strings.
    said = type_coerce(VocContactRow.phrases, Text)
    ways += [said.contains(json.dumps(phrase, ensure_ascii=False), autoescape=True) for phrase in phrases]
    districts = [one.district for one in finding.districts if one.district]
    where = VocContactRow.district.in_(districts) if districts else None
    if not ways:
        return where if where is not None else VocContactRow.contact_id == ""
    return or_(*ways) if where is None else and_(or_(*ways), where)

"""From the store to the material of a week's report."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from contracts.districts import District
from contracts.weeks import bounds_ms, monday_of
from store import chat_figures, voc_counts, voc_week
from store.chat_figures import Served
from store.database import Database
from store.voc_counts import HourCount
from voc.report.alerts import AlertRecord
from voc.report.compare import Cell
from voc.report.figures import DAYS, WEEKS_BEFORE, Chats, Material
from voc.report.voices import GapRecord, Said, ThemeRecord

_HOUR_MS: Final = 3_600_000
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Place:
    """What the site is, as a report needs it."""

    zone: ZoneInfo
    labels: Mapping[str, str]
    """Topic code → its label."""
    districts: Sequence[District]
    quotes_from: int


async def hours_of(database: Database, week: str, zone: ZoneInfo) -> list[HourCount]:
    """Contacts of the week by hour, topic and district: what is exported. Raises as `material_of`."""
    since_ms, until_ms = bounds_ms(week, zone)
    async with database.session() as session:
        return await voc_counts.hours(session, since_ms // _HOUR_MS, -(-until_ms // _HOUR_MS))


async def material_of(database: Database, week: str, place: Place, now_ms: int) -> Material:
    """All that the store has about a week.

    Raises:
        BadRequest: no such week.
        Unavailable: the database cannot be read now.
    """
    since_ms, until_ms = bounds_ms(week, place.zone)
    monday = monday_of(week).toordinal() - _EPOCH
    k = place.quotes_from
    async with database.session() as session:
        days = await voc_counts.days(session, monday - DAYS * WEEKS_BEFORE, monday + DAYS)
        bounds = await voc_counts.bounds(session)
        alerts = await voc_week.alerts(session, since_ms, until_ms)
        still_open = await voc_week.still_open(session, since_ms)
        themes = await voc_week.themes(session, since_ms, until_ms)
        phrases = await voc_week.new_phrases(session, since_ms, until_ms, k)
        gaps = await voc_week.gaps(session, since_ms, until_ms)
        served = await chat_figures.served(session, since_ms, until_ms)
    first_day = _day(bounds[0], place.zone) if bounds else monday
    return Material(
        week=week,
        monday=monday,
        since_ms=since_ms,
        until_ms=until_ms,
        made_at_ms=now_ms,
        zone=place.zone,
        cells=[Cell(d.day, d.topic, d.district, d.contacts, d.complaints, d.simulated) for d in days],
        first_day=first_day,
        labels=place.labels,
        districts=place.districts,
        alerts=[AlertRecord(a.finding, a.head, a.effect, a.actions) for a in alerts],
        still_open=still_open,
        themes=[ThemeRecord(t.name, t.phrases, t.contacts, t.first_ms) for t in themes],
        # In the first week all words are new.
        phrases=[Said(*phrase) for phrase in phrases] if first_day < monday else [],
        gaps=[GapRecord(g.title, g.words, g.contacts, g.status == "drafted") for g in gaps],
        chats=_chats(served),
        quotes_from=k,
    )


def _day(hour: int, zone: ZoneInfo) -> int:
    """The site's day after the one in which the hour lies: data may have begun in its middle."""
    at = dt.datetime.fromtimestamp(hour * 3600, zone)
    whole = at.hour < 1
    return at.date().toordinal() - _EPOCH + (0 if whole else 1)


def _chats(served: Served) -> Chats:
    rated = served.ratings.total()
    stars = sum(score * count for score, count in served.ratings.items())
    return Chats(
        chats=sum(topic.chats for topic in served.topics),
        waited_p50_s=_percentile(served.waits, 0.5),
        waited_p90_s=_percentile(served.waits, 0.9),
        self_served=sum(topic.self_served for topic in served.topics),
        rating_mean=round(stars / rated, 1) if rated else None,
        rated=rated,
    )


def _percentile(counts: Counter[int], share: float) -> float | None:
    """The smallest value that at least this share does not exceed."""
    wanted, seen = share * counts.total(), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return float(value)
    return None

"""An event of last week in the simulated city, from alert to action: what the pages and the report look back on."""

import datetime as dt
import uuid
from typing import Final

from contracts.voc import (
    AlertAcknowledged,
    AlertActed,
    AlertAssigned,
    AlertClosed,
    AlertCommand,
    AlertDeed,
    Effect,
    Finding,
    HourPoint,
    PhraseCount,
    PlaceCount,
    Quote,
    TopicCount,
)
from contracts.voc_track import AlertTrack, Strand
from sangdam.simulation.people import People
from sangdam.voc_city import City
from store import voc_alerts
from store.database import Database
from voc.series import HOUR_MS, Counts

TOPIC: Final = "2030"
DISTRICT: Final = "노원구"
PLACE: Final = "상계동"
HOURS: Final = 7
EXTRA_PER_H: Final = 9.0
DEPARTMENT: Final = "노원구청 환경과"
DEED: Final = "상계동 재건축 공사장에 방진막을 고치고 작업 시간을 지키게 함"
QUOTES: Final = (
    "공사장에서 먼지가 날려서 빨래를 못 널어요",
    "새벽부터 공사 소음이 너무 심해요",
    "아이가 먼지 때문에 기침을 합니다",
)
_MINUTE_MS: Final = 60_000
_CALLER: Final = "demo"
_UPPER: Final = 3.0
"""Times the root of what is usual, about as far as chance goes."""


def began_hour(city: City, now_ms: int) -> int:
    """Tuesday of last week, 09:00 of the city's clock, in hours since 1970."""
    today = dt.datetime.fromtimestamp(now_ms / 1000, city.zone).date()
    tuesday = today - dt.timedelta(days=today.weekday() + 6)
    at = dt.datetime.combine(tuesday, dt.time(9), city.zone)
    return int(at.timestamp()) // 3_600


def plant(city: City, counts: Counts, now_ms: int) -> Counts:
    """Counts with the event."""
    return city.plant(counts, TOPIC, DISTRICT, began_hour(city, now_ms), HOURS, EXTRA_PER_H)


async def tell(database: Database, people: People, city: City, counts: Counts, now_ms: int) -> None:
    """The alert of it, and what was done: as if the detector and people had been there."""
    first = began_hour(city, now_ms)
    series = _series(city, counts, first)
    raised_ms = first * HOUR_MS + 70 * _MINUTE_MS
    acted_ms = raised_ms + 4 * HOUR_MS
    finding = _finding(people, series, first, raised_ms)
    track = AlertTrack(
        strands=(Strand(kind="rise", lane="usual", topic=TOPIC, districts=(DISTRICT,)),), strength=9.0
    )
    deeds: tuple[tuple[int, AlertDeed], ...] = (
        (6, AlertAcknowledged()),
        (14, AlertAssigned(department=DEPARTMENT)),
        (4 * 60, AlertActed(note=DEED, done_at_ms=acted_ms)),
        (26 * 60, AlertClosed(reason="real", note="상담이 평소로 돌아옴")),
    )
    async with database.session() as session:
        await voc_alerts.put_finding(session, finding, series, _effect(series, first, acted_ms), track)
        for after_min, deed in deeds:
            at_ms = raised_ms + after_min * _MINUTE_MS
            command = AlertCommand(client_id=str(uuid.uuid4()), deed=deed)
            await voc_alerts.act(session, finding.alert_id, command, _CALLER, at_ms)


def _series(city: City, counts: Counts, first: int) -> tuple[HourPoint, ...]:
    """From a day before to two days after."""
    topic, district = counts.topics.index(TOPIC), counts.districts.index(DISTRICT)
    hours = counts.hours
    usual = city.rates[city.calendar.slot(hours), topic] * city.shares[topic, district]
    seen = counts.contacts[:, topic, district]
    points = []
    for row in range(first - 24 - counts.first_hour, min(len(seen), first + 48 - counts.first_hour)):
        expected = float(usual[row])
        points.append(
            HourPoint(
                hour_ms=int(hours[row]) * HOUR_MS,
                seen=int(seen[row]),
                expected=round(expected, 2),
                upper=round(expected + _UPPER * max(expected, 0.5) ** 0.5, 2),
            )
        )
    return tuple(points)


def _excess(series: tuple[HourPoint, ...], since_ms: int, hours: int) -> float:
    """Contacts an hour above the usual."""
    part = [one for one in series if since_ms <= one.hour_ms < since_ms + hours * HOUR_MS]
    return sum(one.seen - one.expected for one in part) / max(1, len(part))


def _effect(series: tuple[HourPoint, ...], first: int, acted_ms: int) -> Effect:
    after_ms = (first + HOURS) * HOUR_MS
    return Effect(
        acted_at_ms=acted_ms,
        before_per_h=round(_excess(series, first * HOUR_MS, HOURS - 1), 1),
        after_per_h=round(max(0.0, _excess(series, after_ms, 18)), 1),
        hours_after=18,
        verdict="fell",
    )


def _finding(people: People, series: tuple[HourPoint, ...], first: int, raised_ms: int) -> Finding:
    since_ms = first * HOUR_MS
    event = [one for one in series if since_ms <= one.hour_ms < since_ms + HOURS * HOUR_MS]
    contacts = sum(one.seen for one in event)
    label = people.citizens[TOPIC][0].about.label
    quotes = tuple(
        Quote(contact_id=f"story-{at}", text=text, at_ms=since_ms + at * 13 * _MINUTE_MS, district=DISTRICT)
        for at, text in enumerate(QUOTES)
    )
    window = [one for one in event if one.hour_ms < since_ms + 3 * HOUR_MS]
    return Finding(
        alert_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"sangdam demo {first}")),
        revision=1,
        kind="rise",
        lane="usual",
        severity="warning",
        title=f"{DISTRICT} · {label.rpartition(' > ')[2]}",
        raised_at_ms=raised_ms,
        first_ms=since_ms,
        last_ms=since_ms + HOURS * HOUR_MS,
        window_ms=3 * HOUR_MS,
        seen=sum(one.seen for one in window),
        expected=round(sum(one.expected for one in window), 1),
        p_value=1e-9,
        contacts=contacts,
        topics=(TopicCount(topic=TOPIC, label=label, contacts=contacts),),
        districts=(PlaceCount(district=DISTRICT, contacts=contacts),),
        phrases=(
            PhraseCount(phrase="비산 먼지", contacts=contacts // 2),
            PhraseCount(phrase="소음", contacts=contacts // 3),
        ),
        department=DEPARTMENT,
        quotes=quotes,
        simulated=True,
    )

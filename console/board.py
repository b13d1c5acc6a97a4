"""The supervisor's page from its rows: `store/voc_board.py` → `contracts.voc_http.Board`. Pure."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from console.live_numbers import live_numbers
from contracts.contact import ContactStateChanged
from contracts.districts import District
from contracts.voc import About, PlaceCount, TopicCount
from contracts.voc_http import (
    Board,
    DistrictTile,
    HeatCell,
    HeatMap,
    HeatRow,
    HistoryPoint,
    Learning,
    VocContact,
)
from store.voc_board import HOUR_MS, MAX_SHOWN, BoardRows, LiveContact, Usual, scope

MAX_TOPICS: Final = 10
"""Rows of the heat map, besides those of open alerts: more is a list to search, not a picture."""

WEEKS_NEEDED: Final = 3.0
"""Of data, until the usual is known well enough to be shown, where the detector has not said how many."""

_TILE_TOPICS: Final = 3


@dataclass(frozen=True, slots=True)
class Site:
    """What the page knows of the site beforehand."""

    labels: Mapping[str, str]
    """Code of the 상담유형 → its whole label."""
    districts: Sequence[District]
    zone: zoneinfo.ZoneInfo

    def label(self, topic: str) -> str:
        """A code that the table has no more stands for itself; none at all has no label."""
        return self.labels.get(topic, topic)

    def day(self, at_ms: int) -> int:
        """Days since 1970-01-01 by the site's calendar."""
        return (dt.datetime.fromtimestamp(at_ms / 1000, self.zone).date() - dt.date(1970, 1, 1)).days

    def day_ms(self, day: int) -> int:
        """Wall time at which the day begins."""
        date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
        return round(dt.datetime.combine(date, dt.time(), self.zone).timestamp() * 1000)

    def hour_of_week(self, hour: int) -> int:
        """0-167, the first is Monday 00:00."""
        at = dt.datetime.fromtimestamp(hour * 3600, self.zone)
        return at.weekday() * 24 + at.hour


@dataclass(frozen=True, slots=True)
class Profile:
    """The usual of all series, hour by hour, up to now."""

    usual: Mapping[str, Usual]
    site: Site
    now_ms: int
    weeks_needed: float = WEEKS_NEEDED
    weights: Mapping[int, tuple[int, float]] = field(default_factory=dict)
    """Hour → (hour of the week, part of it that is over)."""

    def at(self, name: str, hour: int) -> float | None:
        """None: the series' usual is not known."""
        known = self.usual.get(name)
        if known is None or known.weeks < self.weeks_needed or len(known.week) != 168:
            return None
        place, part = self.weights.get(hour) or (self.site.hour_of_week(hour), part_over(hour, self.now_ms))
        return known.week[place] * part

    def over(self, name: str, hours: Iterable[int]) -> float | None:
        """Their sum."""
        found = [self.at(name, hour) for hour in hours]
        known = [each for each in found if each is not None]
        return round(sum(known), 1) if known and len(known) == len(found) else None


def weeks_needed(learning: Learning | None) -> float:
    """As the detector was told by the site's rules."""
    return WEEKS_NEEDED if learning is None else learning.weeks_needed


def part_over(hour: int, now_ms: int) -> float:
    """How much of an hour is over, 0-1."""
    return min(1.0, max(0.0, now_ms / HOUR_MS - hour))


def board(
    rows: BoardRows,
    now_ms: int,
    site: Site,
    *,
    topic: str | None = None,
    district: str | None = None,
    delays_ms: tuple[int, int] | None = None,
) -> Board:
    """The page at `now_ms`; `topic` and `district` as the rows were asked for."""
    hours = range(rows.first_hour, now_ms // HOUR_MS + 1)
    weights = {hour: (site.hour_of_week(hour), part_over(hour, now_ms)) for hour in hours}
    profile = Profile(rows.usual, site, now_ms, weeks_needed(rows.learning), weights)
    today = range(site.day_ms(site.day(now_ms)) // HOUR_MS, now_ms // HOUR_MS + 1)
    seen = sum(count for _, _, count in rows.heat)
    tiles, elsewhere = _tiles(rows, site, profile, hours, topic)
    return Board(
        at_ms=now_ms,
        live=live_numbers(
            [one.contact for one in rows.live],
            now_ms,
            queued_since_ms=rows.queued_since_ms,
            today=rows.today,
            usual_today=profile.over("all", today),
            last_hour=rows.last_hour,
            delays_ms=delays_ms,
        ),
        heat=_heat(rows, site, profile, hours, district),
        districts=tiles,
        elsewhere=elsewhere,
        alerts=tuple(rows.alerts),
        contacts=tuple(_live(one, site) for one in rows.live[:MAX_SHOWN]),
        contacts_more=max(0, len(rows.live) - MAX_SHOWN),
        learning=_learning(rows, now_ms),
        simulated_share=round(rows.simulated / seen, 3) if seen else 0.0,
        detector_at_ms=rows.detector_at_ms,
    )


def _heat(
    rows: BoardRows, site: Site, profile: Profile, hours: Sequence[int], district: str | None
) -> HeatMap:
    cells: dict[str, dict[int, int]] = defaultdict(dict)
    for hour, topic, count in rows.heat:
        cells[topic][hour] = count
    totals = {topic: sum(found.values()) for topic, found in cells.items()}
    kept = sorted(_kept(rows, totals), key=lambda topic: (topic == "", -totals.get(topic, 0), topic))
    return HeatMap(
        hours_ms=tuple(hour * HOUR_MS for hour in hours),
        rows=tuple(
            HeatRow(
                topic=topic,
                label=site.label(topic),
                cells=tuple(
                    HeatCell(
                        seen=cells[topic].get(hour, 0), usual=_tenth(profile.at(scope(topic, district), hour))
                    )
                    for hour in hours
                ),
                contacts=totals.get(topic, 0),
            )
            for topic in kept
        ),
    )


def _kept(rows: BoardRows, totals: Mapping[str, int]) -> set[str]:
    """The topics with most contacts, and those of open alerts."""
    most = sorted(totals, key=lambda topic: (-totals[topic], topic))[:MAX_TOPICS]
    alerted = {one.topic for line in rows.alerts for one in line.finding.topics if one.topic in totals}
    return {*most, *alerted}


def _tiles(
    rows: BoardRows, site: Site, profile: Profile, hours: Sequence[int], topic: str | None
) -> tuple[tuple[DistrictTile, ...], PlaceCount]:
    by_district: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for district, of_topic, count in rows.districts:
        by_district[district].append((count, of_topic))
    tiles = []
    for place in site.districts:
        found = by_district.pop(place.name, [])
        most = sorted((one for one in found if one[1]), key=lambda one: (-one[0], one[1]))[:_TILE_TOPICS]
        tiles.append(
            DistrictTile(
                district=place.name,
                row=place.row,
                column=place.column,
                seen=sum(count for count, _ in found),
                usual=profile.over(scope(topic, place.name), hours),
                topics=tuple(
                    TopicCount(topic=code, label=site.label(code), contacts=count) for count, code in most
                ),
            )
        )
    rest = sum(count for found in by_district.values() for count, _ in found)
    return tuple(tiles), PlaceCount(district="", contacts=rest)


def _live(one: LiveContact, site: Site) -> VocContact:
    return contact(one.contact, one.about, site)


def contact(known: ContactStateChanged | None, about: About | None, site: Site) -> VocContact:
    """A line of a list: what is known of the contact, and what it is about. One of the two is there."""
    if known is None:
        assert about is not None, "a line is about something"
        first = {
            "contact_id": about.contact_id,
            "kind": about.kind,
            "started_at_ms": about.at_ms,
            "title": "",
        }
    else:
        first = {
            "contact_id": known.contact_id,
            "kind": known.kind,
            "title": known.title,
            "state": known.state,
            "agent_id": known.agent_id,
            "started_at_ms": known.started_at_ms,
            "urgent": known.urgent,
            "simulated": known.simulated,
            "can_open": True,
        }
    if about is None:
        return VocContact.model_validate(first)
    said = about.model_dump(include={"topic", "district", "place", "danger", "complaint", "phrases"})
    simulated = about.simulated or bool(first.get("simulated"))
    label = site.label(about.topic) or about.label
    return VocContact.model_validate({**first, **said, "label": label, "simulated": simulated})


def _learning(rows: BoardRows, now_ms: int) -> Learning | None:
    """None once enough is known."""
    known = rows.learning
    if known is None:
        since = now_ms if rows.began_hour is None else rows.began_hour * HOUR_MS
        return Learning(weeks=0.0, weeks_needed=WEEKS_NEEDED, since_ms=since)
    return known if known.weeks < known.weeks_needed else None


# -- the past of a series ----------------------------------------------------------------------------------


def hour_points(
    found: Mapping[int, int], hours: Sequence[int], name: str, profile: Profile
) -> tuple[HistoryPoint, ...]:
    """Contacts by hour; hours without any are there, too."""
    return tuple(
        HistoryPoint(at_ms=hour * HOUR_MS, seen=found.get(hour, 0), usual=_tenth(profile.at(name, hour)))
        for hour in hours
    )


def day_points(
    found: Mapping[int, int], days: Sequence[int], name: str, profile: Profile
) -> tuple[HistoryPoint, ...]:
    """The same by day of the site's calendar; the usual of today is that of the part that is over."""
    site, now_ms = profile.site, profile.now_ms
    points = []
    for day in days:
        first = site.day_ms(day) // HOUR_MS
        hours = range(first, min(site.day_ms(day + 1) // HOUR_MS, now_ms // HOUR_MS + 1))
        points.append(
            HistoryPoint(at_ms=first * HOUR_MS, seen=found.get(day, 0), usual=profile.over(name, hours))
        )
    return tuple(points)


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)

"""The figures of a week for those who decide: a pure function of what the store has about it.

What the week is held against are the weeks before it, eight at most, each weekday against the same weekdays, so that
a week that is not over is compared by the days that are. Nothing here says who called: figures, names of topics and
districts, and quotes only of alerts that enough contacts stand behind.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.districts import District
from voc.report.alerts import AlertFigures, AlertRecord, alert_figures
from voc.report.compare import Cell, Compared, compare, in_days
from voc.report.voices import GapRecord, Said, ThemeRecord, Voices, voices

WEEKS_BEFORE: Final = 8
MAX_RISES: Final = 10
MAX_TOPICS: Final = 15
DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Chats:
    """How the week's chats were served."""

    chats: int = 0
    waited_p50_s: float | None = None
    waited_p90_s: float | None = None
    self_served: int = 0
    rating_mean: float | None = None
    rated: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """What the store has about a week."""

    week: str
    monday: int
    """Its first day, days since 1970-01-01."""
    since_ms: int
    until_ms: int
    made_at_ms: int
    zone: dt.tzinfo
    cells: Sequence[Cell]
    """Of this week and the weeks before."""
    first_day: int
    """The first of which anything is known at all."""
    labels: Mapping[str, str]
    """Topic code → `상하수도 > 누수·단수·수질`."""
    districts: Sequence[District]
    alerts: Sequence[AlertRecord] = ()
    """Raised in the week."""
    still_open: int = 0
    """Raised before the week, and not closed."""
    themes: Sequence[ThemeRecord] = ()
    phrases: Sequence[Said] = ()
    """Said in this week for the first time ever."""
    gaps: Sequence[GapRecord] = ()
    """Asked in the week and answered by no guide, most contacts first."""
    chats: Chats = Chats()
    quotes_from: int = 5
    """Contacts behind anything that is quoted."""


@dataclass(frozen=True, slots=True)
class Day:
    date: dt.date
    contacts: int | None
    """None: it has not begun."""
    usual: float | None
    """Mean of this weekday in the weeks before; None: there are none."""


@dataclass(frozen=True, slots=True)
class TopicRow:
    code: str
    label: str
    figures: Compared
    districts: tuple[tuple[str, int], ...] = ()
    """Where most of them came from: three at most."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A district on the map."""

    name: str
    row: int
    column: int
    figures: Compared
    topic: str
    """Label of what most contacts were about; empty: none."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """The report."""

    week: str
    first: dt.date
    last: dt.date
    made_at: dt.datetime
    is_over: bool
    days_compared: int
    """Whole days that are held against the weeks before, 7 of a whole week."""
    weeks_before: int
    """That it is held against; 0: there is nothing to compare with yet."""
    contacts: int
    """In the week, today's among them."""
    all: Compared
    simulated: int
    days: tuple[Day, ...]
    rises: tuple[TopicRow, ...]
    """More than chance explains, the clearest first."""
    falls: tuple[TopicRow, ...]
    topics: tuple[TopicRow, ...]
    """Most contacts first."""
    no_topic: int
    tiles: tuple[Tile, ...]
    elsewhere: int
    """Contacts that name no district of the map."""
    alerts: AlertFigures
    still_open: int
    voices: Voices
    chats: Chats


def weekly(material: Material) -> Weekly:
    """The report of what the store has."""
    now = dt.datetime.fromtimestamp(material.made_at_ms / 1000, material.zone)
    days_over = max(0, min(DAYS, _day_number(now.date()) - material.monday))
    begun = max(0, min(DAYS, days_over + 1))
    weeks = _weeks_before(material)
    week = [cell for cell in material.cells if 0 <= cell.day - material.monday < begun]
    topics = compare(material.cells, material.monday, days_over, weeks, lambda cell: cell.topic)
    rows = [
        TopicRow(code, _label(code, material.labels), figures, _where(week, code))
        for code, figures in topics.items()
        if code
    ]
    rows.sort(key=lambda row: (-row.figures.contacts, row.code))
    changed = sorted(rows, key=lambda row: -abs(row.figures.score))
    total = compare(material.cells, material.monday, days_over, weeks, lambda _: "")
    names = {district.name for district in material.districts}
    first = dt.date.fromordinal(material.monday + _EPOCH)
    return Weekly(
        week=material.week,
        first=first,
        last=first + dt.timedelta(days=DAYS - 1),
        made_at=now,
        is_over=material.made_at_ms >= material.until_ms,
        days_compared=days_over,
        weeks_before=weeks,
        contacts=sum(cell.contacts for cell in week),
        all=total.get("", Compared()),
        simulated=sum(cell.simulated for cell in week),
        days=_days(material, begun, weeks),
        rises=tuple(row for row in changed if row.figures.is_rise)[:MAX_RISES],
        falls=tuple(row for row in changed if row.figures.is_fall)[: MAX_RISES // 2],
        topics=tuple(row for row in rows if row.figures.contacts)[:MAX_TOPICS],
        no_topic=sum(cell.contacts for cell in week if not cell.topic),
        tiles=_tiles(material, days_over, weeks, week),
        elsewhere=sum(cell.contacts for cell in week if cell.district not in names),
        alerts=alert_figures(material.alerts, material.quotes_from),
        still_open=material.still_open,
        voices=voices(
            material.themes, material.phrases, material.gaps, material.since_ms, material.quotes_from
        ),
        chats=material.chats,
    )


_EPOCH: Final = dt.date(1970, 1, 1).toordinal()


def _day_number(day: dt.date) -> int:
    return day.toordinal() - _EPOCH


def _weeks_before(material: Material) -> int:
    """Whole weeks of data before this one, eight at most."""
    return max(0, min(WEEKS_BEFORE, (material.monday - material.first_day) // DAYS))


def _label(code: str, labels: Mapping[str, str]) -> str:
    return labels.get(code, code)


def _where(cells: Sequence[Cell], topic: str) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for cell in cells:
        if cell.topic == topic and cell.district:
            found[cell.district] = found.get(cell.district, 0) + cell.contacts
    return tuple(sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))[:3])


def _days(material: Material, begun: int, weeks: int) -> tuple[Day, ...]:
    by_day = in_days(material.cells)
    days = []
    for weekday in range(DAYS):
        day = material.monday + weekday
        before = [by_day.get(day - DAYS * back, 0) for back in range(1, weeks + 1)]
        days.append(
            Day(
                dt.date.fromordinal(day + _EPOCH),
                by_day.get(day, 0) if weekday < begun else None,
                sum(before) / weeks if weeks else None,
            )
        )
    return tuple(days)


def _tiles(material: Material, days_over: int, weeks: int, week: Sequence[Cell]) -> tuple[Tile, ...]:
    by_district = compare(material.cells, material.monday, days_over, weeks, lambda cell: cell.district)
    topics: dict[str, dict[str, int]] = {}
    for cell in week:
        if cell.topic:
            about = topics.setdefault(cell.district, {})
            about[cell.topic] = about.get(cell.topic, 0) + cell.contacts
    tiles = []
    for district in material.districts:
        most = min(topics.get(district.name, {}).items(), key=lambda e: (-e[1], e[0]), default=("", 0))[0]
        figures = by_district.get(district.name, Compared())
        label = _label(most, material.labels) if most else ""
        tiles.append(Tile(district.name, district.row, district.column, figures, label))
    return tuple(tiles)

"""Contacts and signals to make events of."""

import itertools
from collections.abc import Sequence
from typing import Any

from contracts.categories import load_categories
from contracts.districts import load_districts
from contracts.voc import About, AlertHead, Finding
from contracts.voc_track import AlertTrack, KeptAlert
from voc.alerting.events import Event
from voc.alerting.nearness import neighbours_of
from voc.series import HOUR_MS, Signal
from voc.steps import Site

NOW = 495_000 * HOUR_MS
WATER, SEWER, PASSPORT, BUS = "3020", "3030", "4010", "1010"
DISTRICTS = load_districts()
NEIGHBOURS = neighbours_of(DISTRICTS)
SITE = Site.of(DISTRICTS, load_categories())
MAPO, SEODAEMUN, EUNPYEONG, GANGDONG = "마포구", "서대문구", "은평구", "강동구"

_number = itertools.count(1)


def about(topic: str = WATER, district: str = MAPO, minutes_ago: float = 30, **more: Any) -> About:
    return About(
        contact_id=f"{next(_number):08x}-0000-0000-0000-000000000000",
        at_ms=NOW - int(minutes_ago * 60_000),
        topic=topic,
        district=district,
        **more,
    )


def abouts(count: int, topic: str = WATER, district: str = MAPO, **more: Any) -> list[About]:
    """One every five minutes, the newest one minute ago."""
    return [about(topic, district, 1 + 5 * index, **more) for index in range(count)]


def signal(
    contacts: Sequence[About] | int,
    topic: str = "",
    districts: Sequence[str] = (),
    *,
    hours: float = 3,
    expected: float = 1.0,
    p_value: float = 1e-9,
    **more: Any,
) -> Signal:
    ids = frozenset() if isinstance(contacts, int) else frozenset(one.contact_id for one in contacts)
    return Signal(
        kind=more.pop("kind", "rise"),
        lane=more.pop("lane", "usual"),
        topic=topic,
        districts=tuple(districts),
        since_ms=NOW - int(hours * HOUR_MS),
        until_ms=NOW,
        seen=contacts if isinstance(contacts, int) else len(ids),
        expected=expected,
        p_value=p_value,
        contact_ids=ids,
        **more,
    )


def kept(event: Event, alert_id: str = "a", *, head: AlertHead | None = None, **changes: Any) -> KeptAlert:
    """An alert that this event raised an hour ago."""
    first = event.signals[0]
    values: dict[str, Any] = {
        "alert_id": alert_id,
        "revision": 1,
        "kind": first.kind,
        "lane": event.lane,
        "severity": "watch",
        "title": "t",
        "raised_at_ms": NOW - HOUR_MS,
        "first_ms": first.since_ms,
        "last_ms": NOW - 5 * 60_000,
        "window_ms": first.window_ms,
        "seen": first.seen,
        "expected": first.expected,
        "p_value": first.p_value,
        "contacts": len(event.contact_ids),
    }
    return KeptAlert(
        finding=Finding.model_validate(values | changes),
        head=head or AlertHead(),
        track=AlertTrack(strands=event.strands, strength=event.strength),
    )

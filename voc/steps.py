"""One look of the detector, without clock, store and bus: contacts in, alerts out. Blocking; runs in a thread.

contacts of the last day → signals of every detector → events (`events.py`) → what goes on, what is new (`alerts.py`) →
findings (`findings.py`) with charts and after-effects (`effect.py`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Final

import numpy as np

from contracts.categories import Category
from contracts.districts import District
from contracts.voc import About, AlertHead, Effect, Finding, HourPoint, Lane, Quote
from contracts.voc_track import AlertTrack, KeptAlert
from voc.alerting import effect
from voc.alerting.alerts import Change, Decisions, Situation, decide, strands_of
from voc.alerting.events import events
from voc.alerting.evidence import Contacts, telling
from voc.alerting.findings import Evidence, finding, first_seen
from voc.alerting.nearness import Neighbours, neighbours_of
from voc.counting import recent as as_recent
from voc.detectors import new_phrases as phrases
from voc.detectors import rise, safety, scan
from voc.detectors.thresholds import Thresholds
from voc.learning import Learnt
from voc.series import HOUR_MS, Counts, Recent, Signal, position

Chart = tuple[tuple[HourPoint, ...], Effect | None]

RECENT_MS: Final = 25 * HOUR_MS
"""Contacts that are looked at: the longest window and the hour that it cuts."""
_LEARNT_PHRASES: Final = 2_000
"""Contacts ever, before a phrase is called new."""
_LEAST_P: Final = 1e-300


@dataclass(frozen=True, slots=True)
class Site:
    """What does not change from look to look."""

    neighbours: Neighbours
    bordering: Mapping[str, tuple[str, ...]]
    """The same, in an order."""
    labels: Mapping[str, str]
    """Of topics."""

    @staticmethod
    def of(districts: Iterable[District], categories: Iterable[Category]) -> "Site":
        near = neighbours_of(districts)
        return Site(
            near,
            {name: tuple(sorted(names)) for name, names in near.items()},
            {category.code: category.label for category in categories},
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """The contacts of the last day."""

    recent: Recent
    contacts: Contacts


@dataclass(frozen=True, slots=True)
class Written:
    """An alert as it is to be written."""

    finding: Finding
    track: AlertTrack
    series: tuple[HourPoint, ...]
    effect: Effect | None
    before: KeptAlert | None
    """None: it is new."""


def seen(abouts: Iterable[About]) -> Seen:
    kept = list(abouts)
    return Seen(as_recent(kept), Contacts(kept))


def candidates(seen: Seen, learnt: Learnt, now_ms: int) -> list[str]:
    """Phrases to look up."""
    return phrases.candidates(seen.recent, now_ms, min_contacts=learnt.rules.min_contacts)


WEEKS_SEEN: Final = 1.0
"""Before every hour of the week was seen once, nobody can say what is usual: dangers alone are told."""


def signals(
    seen: Seen, learnt: Learnt, known: Mapping[str, tuple[int, int]], site: Site, now_ms: int
) -> list[Signal]:
    """What every detector says now."""
    recent, usual, limits = seen.recent, learnt.usual, learnt.thresholds
    if not len(recent):
        return []
    found = safety.rises(usual, learnt.dangers, recent, now_ms, limits)
    if usual.weeks < WEEKS_SEEN:
        return found
    found += rise.rises(usual, recent, now_ms, limits)
    found += scan.clusters(
        usual,
        recent,
        site.bordering,
        now_ms,
        limits.cluster,
        windows_h=learnt.rules.windows_h,
        min_contacts=learnt.rules.min_contacts,
    )
    found += learnt.slow
    found += phrases.new_phrases(
        recent,
        known,
        now_ms,
        limits.new_phrase,
        learnt.contacts_ever,
        windows_h=learnt.rules.windows_h,
        min_contacts=learnt.rules.min_contacts,
    )
    return found


def decisions(
    found: Sequence[Signal],
    seen: Seen,
    learnt: Learnt,
    site: Site,
    *,
    alerts: Sequence[KeptAlert],
    now_ms: int,
) -> Decisions:
    """Which alerts go on, which are new, and what is not raised."""
    by_id = seen.contacts.by_id
    made = events(found, by_id, site.neighbours, strength(learnt.thresholds))
    budgets: dict[Lane, float] = {lane: learnt.rules.budget_of(lane) for lane in ("usual", "safety")}
    return decide(
        made,
        Situation(
            known=alerts,
            contact_ids={kept.finding.alert_id: frozenset(_own(kept, seen)) for kept in alerts}
            if made
            else {},
            at_ms={contact_id: about.at_ms for contact_id, about in by_id.items()},
            neighbours=site.neighbours,
            labels=site.labels,
            rules=learnt.rules,
            budgets=budgets,
            now_ms=now_ms,
        ),
    )


def _own(kept: KeptAlert, seen: Seen) -> dict[str, About]:
    return seen.contacts.of(strands_of(kept), kept.finding.first_ms, 1 << 62)


def strength(limits: Thresholds) -> Callable[[Signal], float]:
    """How far beyond its limit a signal is, in powers of ten."""

    def of(signal: Signal) -> float:
        return log10(max(limit_of(limits, signal), _LEAST_P)) - log10(max(signal.p_value, _LEAST_P))

    return of


def limit_of(limits: Thresholds, signal: Signal) -> float:
    """The largest p-value with which such a signal is given."""
    if signal.kind != "rise":
        return {
            "cluster": limits.cluster,
            "new_phrase": limits.new_phrase,
            "slow_rise": limits.slow_rise,
        }[signal.kind]
    if signal.lane == "safety":
        group, lengths = "danger", [minutes * safety.MINUTE_MS for minutes in limits.safety_windows_min]
        group = "danger_district" if signal.districts else "danger"
    else:
        group = "topic" if not signal.districts else "cell" if signal.topic else "district"
        lengths = [hours * HOUR_MS for hours in limits.windows_h]
    nearest = min(range(len(lengths)), key=lambda index: abs(lengths[index] - signal.window_ms))
    return limits.limits(group)[nearest]


def own_contacts(change: Change, seen: Seen, older: Iterable[About], now_ms: int) -> dict[str, About]:
    """The contacts of an alert, from first seen on."""
    since_ms = first_seen(change, now_ms)
    strands = change.track.strands
    own = seen.contacts.of(strands, since_ms, now_ms)
    for event in change.events:
        for contact_id in event.contact_ids:
            about = seen.contacts.by_id.get(contact_id)
            if about is not None and about.at_ms >= since_ms:
                own[contact_id] = about
    more = list(older)
    return Contacts(more).of(strands, since_ms, now_ms) | own if more else own


def to_look_up(own: Mapping[str, About], seen: Seen) -> list[str]:
    """Phrases of an alert, of which it is to be known whether they are new."""
    return [phrase for phrase, _ in telling(own.values(), seen.contacts)]


def written(
    change: Change,
    own: Mapping[str, About],
    seen: Seen,
    learnt: Learnt,
    site: Site,
    *,
    known: Mapping[str, tuple[int, int]],
    quotes: Sequence[Quote],
    shown: effect.Hours,
    new_id: str,
    now_ms: int,
) -> Written:
    """An alert with its chart."""
    evidence = Evidence(
        own.values(), seen.contacts, known, site.labels, learnt.contacts_ever >= _LEARNT_PHRASES
    )
    made = finding(change, evidence, learnt.rules, new_id=new_id, now_ms=now_ms, quotes=quotes)
    head = change.known.head if change.known else AlertHead()
    kept = KeptAlert.model_construct(finding=made, head=head, track=change.track)
    points, after = chart(kept, shown, now_ms)
    return Written(made, change.track, points, after, change.known)


def chart(kept: KeptAlert, shown: effect.Hours, now_ms: int) -> Chart:
    """An alert's hours, and whether contacts fell."""
    made, acted_at_ms = kept.finding, kept.head.acted_at_ms
    leading = [one.topic for one in made.topics if 5 * one.contacts >= made.contacts]
    inside = effect.mask(strands_of(kept), leading, shown.counts.topics, shown.counts.districts)
    points = effect.series(inside, shown, made.first_ms, now_ms)
    if acted_at_ms is None or not points:
        return points, None
    return points, effect.effect(points, made.first_ms, acted_at_ms, now_ms)


def hours(learnt: Learnt, seen: Seen, first_ms: int, now_ms: int) -> effect.Hours:
    """Every hour that some chart shows: those of the past, and the last day's from its contacts.

    Args:
        learnt: counts of the past, an hour old at most.
        seen: the last day.
        first_ms: of the earliest alert.
        now_ms: wall time; its hour is the last.
    """
    recent = seen.recent
    usual = learnt.usual.widened(recent.topics, recent.districts)
    since, until = first_ms // HOUR_MS - effect.LEAD_H, now_ms // HOUR_MS + 1
    made = np.zeros((until - since, len(usual.topics), len(usual.districts)), dtype=np.int32)
    whole = (now_ms - RECENT_MS) // HOUR_MS + 1
    past = learnt.counts
    begin, end = max(since, past.first_hour), min(whole, past.first_hour + past.contacts.shape[0])
    if begin < end:
        made[begin - since : end - since, : len(past.topics), : len(past.districts)] = past.contacts[
            begin - past.first_hour : end - past.first_hour
        ]
    of_topic, of_district = position(usual.topics), position(usual.districts)
    hour = recent.at_ms // HOUR_MS
    rows = (hour >= max(whole, since)) & (hour < until)
    if rows.any():
        topic = np.array([of_topic[name] for name in recent.topics])[recent.topic[rows]]
        district = np.array([of_district[name] for name in recent.districts])[recent.district[rows]]
        np.add.at(made, (hour[rows] - since, topic, district), 1)
    return effect.hours(Counts(since, usual.topics, usual.districts, made), usual)

"""What an alert says: made of its signals and its contacts. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.voc import About, Danger, Finding, PhraseCount, PlaceCount, Quote, TopicCount
from contracts.voc_track import Strand
from voc.alerting.alerts import Change, stronger
from voc.alerting.departments import suggested
from voc.alerting.events import SHARED, Event
from voc.alerting.evidence import Contacts, telling
from voc.alerting.severity import higher, severity
from voc.alerting.titles import title
from voc.rules import Rules
from voc.series import Signal

_TOPICS: Final = 5
_DISTRICTS: Final = 25
NAMED_SHARE: Final = 0.2
"""Of the contacts of the leading district: those with fewer are not named in the title."""
_LEADS: Final = 0.5
"""Share of the contacts that makes a topic or a danger the event's."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding is made of beside its signals."""

    own: Collection[About]
    """The event's contacts, from first seen to now; those of its last days where it is older."""
    among: Contacts
    """All contacts of the last day."""
    known: Mapping[str, tuple[int, int]]
    """Phrase → contacts that ever said it, and when the first one began."""
    labels: Mapping[str, str]
    is_learnt: bool
    """Enough was heard before to call a phrase new."""


def first_seen(change: Change, now_ms: int) -> int:
    """Beginning of the first window in which the event shows."""
    sinces = [kept.finding.first_ms for kept in change.duplicates]
    if change.known is not None:
        return min([change.known.finding.first_ms, *sinces])
    return min([stronger(change).signals[0].since_ms, *sinces, now_ms])


def finding(
    change: Change,
    evidence: Evidence,
    rules: Rules,
    *,
    new_id: str,
    now_ms: int,
    quotes: Sequence[Quote] = (),
) -> Finding:
    """The next revision.

    Args:
        change: what goes on or is new.
        evidence: its contacts.
        rules: the site's.
        new_id: of a new alert.
        now_ms: wall time.
        quotes: as they are to be shown.
    """
    known = change.known.finding if change.known else None
    best = stronger(change)
    signal = _telling(best)
    strands = change.track.strands
    own = evidence.own
    topics = Counter(about.topic for about in own if about.topic)
    places = Counter(about.district for about in own if about.district)
    named = _named(strands, places)
    danger = _danger(strands, own)
    topic = next((strand.topic for strand in strands if strand.topic), "") or _leading(topics, len(own))
    phrases = _phrases(change, evidence, first_seen(change, now_ms))
    label = evidence.labels.get(topic, topic)
    leading = named[0] if named else _leading(places, len(own))
    is_peak = known is None or change.known is None or best.strength >= change.known.track.strength
    level = severity(signal.seen, signal.expected, danger, len(named))
    return Finding(
        alert_id=known.alert_id if known else new_id,
        revision=known.revision + 1 if known else 1,
        kind=signal.kind if known is None or is_peak else known.kind,
        lane="safety" if best.lane == "safety" or (known and known.lane == "safety") else _lane(change),
        severity=higher(known.severity, level) if known else level,
        title=title(_ranked(strands, best), named, label, [one.phrase for one in phrases]),
        raised_at_ms=known.raised_at_ms if known else now_ms,
        first_ms=first_seen(change, now_ms),
        last_ms=max(one.until_ms for event in change.events for one in event.signals),
        **_peak(signal) if is_peak or known is None else _as_known(known),
        contacts=max(len(own), signal.seen) if best.is_slow else len(own),
        topics=tuple(
            TopicCount(topic=code, label=evidence.labels.get(code, code), contacts=count)
            for code, count in _most(topics, _TOPICS)
        ),
        districts=tuple(
            PlaceCount(district=name, contacts=count) for name, count in _most(places, _DISTRICTS)
        ),
        phrases=phrases,
        danger=danger,
        complaints=sum(bool(about.complaint) for about in own),
        department=suggested(rules.departments, topic, danger, leading),
        quotes=tuple(quotes) if len(own) >= rules.quotes_from else (),
        simulated=2 * sum(about.simulated for about in own) > len(own),
    )


def _telling(event: Event) -> Signal:
    """The signal whose numbers are shown: of a phrase nothing is usual, so that of its topic or place says more."""
    first = event.signals[0]
    if first.kind != "new_phrase":
        return first
    counted = [one for one in event.signals if one.kind in {"rise", "cluster"}]
    least = SHARED * len(first.contact_ids)
    return next((one for one in counted if len(one.contact_ids & first.contact_ids) >= least), first)


def _peak(signal: Signal) -> dict[str, int | float]:
    return {
        "window_ms": signal.window_ms,
        "seen": signal.seen,
        "expected": round(signal.expected, 3),
        "p_value": signal.p_value,
    }


def _as_known(known: Finding) -> dict[str, int | float]:
    return known.model_dump(include={"window_ms", "seen", "expected", "p_value"})


def _lane(change: Change) -> str:
    lanes = [event.lane for event in change.events] + [kept.finding.lane for kept in change.duplicates]
    return "safety" if "safety" in lanes else "usual"


def _ranked(strands: Sequence[Strand], best: Event) -> list[Strand]:
    """Those of the most telling event first."""
    return [*best.strands, *(strand for strand in strands if strand not in best.strands)]


def _named(strands: Sequence[Strand], places: Counter[str]) -> list[str]:
    """Districts of the event, most contacts first; none: the whole city."""
    if any(not strand.districts and not strand.phrase for strand in strands):
        return []
    named = {district for strand in strands for district in strand.districts if district}
    most = max((places[district] for district in named), default=0)
    # A concentration's zone may hold neighbours in which next to nobody called.
    named = {district for district in named if places[district] >= NAMED_SHARE * most}
    return sorted(named, key=lambda district: (-places[district], district))


def _danger(strands: Sequence[Strand], own: Collection[About]) -> Danger | None:
    told = next((strand.danger for strand in strands if strand.danger), None)
    if told:
        return told
    counted = Counter(about.danger for about in own if about.danger)
    for danger, contacts in counted.most_common(1):
        if contacts >= _LEADS * len(own):
            return danger
    return None


def _leading(counted: Counter[str], of: int) -> str:
    for name, contacts in counted.most_common(1):
        if contacts >= _LEADS * of:
            return name
    return ""


def _most(counted: Counter[str], most: int) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))[:most]


def _phrases(change: Change, evidence: Evidence, first_ms: int) -> tuple[PhraseCount, ...]:
    new = {strand.phrase for strand in change.track.strands if strand.phrase}
    told = telling(evidence.own, evidence.among)
    counts = dict(told)
    for phrase in sorted(new - set(counts)):
        contacts = sum(phrase in about.phrases for about in evidence.own)
        if contacts:
            told.insert(0, (phrase, contacts))
    return tuple(
        PhraseCount(
            phrase=phrase,
            contacts=contacts,
            is_new=phrase in new
            or (evidence.is_learnt and evidence.known.get(phrase, (contacts, first_ms))[1] >= first_ms),
        )
        for phrase, contacts in told
    )

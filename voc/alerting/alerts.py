"""Events of one look and the alerts that there are → which alerts go on, which are new, and which are not raised. Pure.

One alert an event: an event that goes on, moves to the next district, or comes again within the cool-down is the same
alert. What was closed or muted stays so, unless it comes back larger than it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.voc import Lane
from contracts.voc_track import AlertTrack, Held, KeptAlert, Strand
from voc.alerting.allowance import Raised, is_allowed
from voc.alerting.events import SHARED, Event, excess, is_same_matter
from voc.alerting.nearness import Neighbours, are_near, covers
from voc.alerting.severity import severity
from voc.alerting.titles import title
from voc.rules import Rules

_MOST_STRANDS: Final = 64
_OUTGREW: Final = 1.0
"""A closed alert comes again within its cool-down when more contacts came since than it had."""
_EXPLAINED: Final = 0.5
"""A slow rise of which an alert of the same topic explains so much is no news."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that is new or goes on."""

    events: tuple[Event, ...]
    """The strongest first."""
    known: KeptAlert | None
    """None: it is new."""
    duplicates: tuple[KeptAlert, ...] = ()
    """Alerts that nobody has dealt with and that turned out to be the same event."""

    @property
    def track(self) -> AlertTrack:
        """What is to be kept for the next look."""
        before = [] if self.known is None else list(strands_of(self.known))
        merged = [strand for kept in self.duplicates for strand in strands_of(kept)]
        now = [strand for event in self.events for strand in event.strands]
        strands = tuple(dict.fromkeys([*before, *merged, *now]))[:_MOST_STRANDS]
        tracks = [kept.track for kept in ((self.known,) if self.known else ()) + self.duplicates]
        was = {alert_id for track in tracks for alert_id in track.was}
        was |= {kept.finding.alert_id for kept in self.duplicates}
        strength = max([event.strength for event in self.events] + [track.strength for track in tracks])
        return AlertTrack(strands=strands, strength=strength, was=tuple(sorted(was)))


@dataclass(frozen=True, slots=True)
class Decisions:
    changes: tuple[Change, ...] = ()
    absorbed: int = 0
    """Events that belong to alerts which were closed or muted."""
    held: tuple[Held, ...] = ()
    """Events that the week's budget held back."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision stands on beside the events."""

    known: Sequence[KeptAlert]
    """Open alerts, those closed lately, and muted ones."""
    contact_ids: Mapping[str, frozenset[str]]
    """Alert → its contacts of the last day."""
    at_ms: Mapping[str, int]
    """Contact of the last day → when it began."""
    neighbours: Neighbours
    labels: Mapping[str, str]
    """Of topics, by their codes."""
    rules: Rules
    budgets: Mapping[Lane, float]
    now_ms: int


def decide(events: Iterable[Event], situation: Situation) -> Decisions:
    """What becomes of the events of one look."""
    was = {alert_id for kept in situation.known for alert_id in kept.track.was}
    known = [kept for kept in situation.known if kept.finding.alert_id not in was]
    raised = [_raised(kept) for kept in situation.known]
    changes: list[Change] = []
    held: list[Held] = []
    absorbed = 0
    for event in events:
        if len(event.contact_ids) < _least(event, situation.rules) and not event.is_slow:
            continue
        same = [kept for kept in known if _is_same(event, kept, situation)]
        going = [kept for kept in same if _goes_on(kept, situation)]
        if going:
            _add(changes, _going_on(event, going))
        elif any(_absorbs(kept, event, situation) for kept in same) or _is_explained(event, situation):
            absorbed += 1
        elif _is_affordable(event, raised, situation):
            changes.append(Change((event,), None))
            raised.append(Raised(situation.now_ms, event.lane, event.strength, None))
        else:
            held.append(_held(event, situation))
    return Decisions(tuple(changes), absorbed, tuple(held))


def strands_of(kept: KeptAlert) -> tuple[Strand, ...]:
    """The alert's series; of an alert without a track, its leading topic in its districts."""
    if kept.track.strands:
        return kept.track.strands
    finding = kept.finding
    return (
        Strand(
            kind=finding.kind,
            lane=finding.lane,
            topic=finding.topics[0].topic if finding.topics else "",
            districts=tuple(sorted(place.district for place in finding.districts)),
            danger=finding.danger,
        ),
    )


def _is_same(event: Event, kept: KeptAlert, situation: Situation) -> bool:
    """Whether the event and the alert belong together by what and where, or by who called."""
    strands = strands_of(kept)
    if event.is_slow != (strands[0].kind == "slow_rise"):
        return False
    for old in strands:
        for new in event.strands:
            if is_same_matter(old, new) and are_near(old.districts, new.districts, situation.neighbours):
                return True
    theirs = situation.contact_ids.get(kept.finding.alert_id, frozenset())
    least = min(len(theirs), len(event.contact_ids))
    return least > 0 and len(theirs & event.contact_ids) >= SHARED * least


def _goes_on(kept: KeptAlert, situation: Situation) -> bool:
    """An alert that nobody closed, and that showed not long ago or is muted."""
    if kept.head.state == "closed":
        return False
    is_recent = kept.finding.last_ms >= situation.now_ms - situation.rules.cool_down_ms
    return is_recent or kept.head.muted_until_ms > situation.now_ms


def _going_on(event: Event, going: Sequence[KeptAlert]) -> Change:
    """Into the alert that somebody deals with, or the oldest; others that nobody looked at are the same event."""
    first, *others = sorted(
        going, key=lambda kept: (kept.head.state == "new", kept.finding.raised_at_ms, kept.finding.alert_id)
    )
    untouched = [kept for kept in others if kept.head.state == "new" and not kept.head.muted_until_ms]
    return Change((event,), first, tuple(untouched))


def _add(changes: list[Change], change: Change) -> None:
    """Two events of one alert are one change of it."""
    assert change.known is not None
    own = change.known.finding.alert_id
    gone = {kept.finding.alert_id for kept in change.duplicates}
    for index, other in enumerate(changes):
        if other.known is None:
            continue
        if other.known.finding.alert_id == own or own in {kept.finding.alert_id for kept in other.duplicates}:
            both = {kept.finding.alert_id: kept for kept in (*other.duplicates, *change.duplicates)}
            both.pop(other.known.finding.alert_id, None)
            changes[index] = Change(other.events + change.events, other.known, tuple(both.values()))
            return
        if other.known.finding.alert_id in gone:
            # It was to go on and is now found to be the same as an older one.
            merged = (other.known, *other.duplicates, *change.duplicates)
            both = {kept.finding.alert_id: kept for kept in merged if kept.finding.alert_id != own}
            changes[index] = Change(other.events + change.events, change.known, tuple(both.values()))
            return
    changes.append(change)


def _absorbs(kept: KeptAlert, event: Event, situation: Situation) -> bool:
    """Whether the event is what was closed or muted."""
    head, now_ms = kept.head, situation.now_ms
    if head.muted_until_ms > now_ms and _is_muted(kept, event):
        return True
    if head.state != "closed" or head.closed_at_ms is None:
        return False
    if event.is_slow:
        # Its weeks have to have begun after what was dealt with.
        return event.signals[0].since_ms < head.closed_at_ms
    since = [one for one in event.contact_ids if situation.at_ms.get(one, 0) >= head.closed_at_ms]
    if event.lane == "safety" and kept.finding.lane != "safety":
        return len(since) < _least(event, situation.rules)
    if now_ms - head.closed_at_ms <= situation.rules.cool_down_ms:
        return len(since) <= _OUTGREW * kept.finding.contacts
    # Its windows may still hold what was dealt with.
    return len(since) < _least(event, situation.rules) or len(since) * 2 < len(event.contact_ids)


def _is_muted(kept: KeptAlert, event: Event) -> bool:
    """Within the same topics and districts; the usual lane's mute does not silence the safety lane."""
    if event.lane == "safety" and kept.finding.lane != "safety":
        return False
    return all(
        any(_is_matter_of(old, new) and covers(old.districts, new.districts) for old in strands_of(kept))
        for new in event.strands
    )


def _is_matter_of(old: Strand, new: Strand) -> bool:
    return is_same_matter(old, new) or not (old.topic or old.danger or old.phrase)


def _is_explained(event: Event, situation: Situation) -> bool:
    """A slow rise that is the sum of what alerts have told already."""
    if not event.is_slow:
        return False
    slow = event.signals[0]
    told = 0
    for kept in situation.known:
        strands = strands_of(kept)
        if strands[0].kind == "slow_rise" or kept.finding.raised_at_ms < slow.since_ms:
            continue
        if any(
            strand.topic == slow.topic and are_near(strand.districts, slow.districts, situation.neighbours)
            for strand in strands
        ):
            told += kept.finding.contacts
    return told >= _EXPLAINED * excess(slow) > 0


def _least(event: Event, rules: Rules) -> int:
    return rules.safety_min_contacts if event.lane == "safety" else rules.min_contacts


def _is_affordable(event: Event, raised: Sequence[Raised], situation: Situation) -> bool:
    first = event.signals[0]
    places = {district for strand in event.strands for district in strand.districts}
    danger = next((strand.danger for strand in event.strands if strand.danger), None)
    return is_allowed(
        event.lane,
        severity(first.seen, first.expected, danger, len(places)),
        event.strength,
        raised=raised,
        budget=situation.budgets[event.lane],
        now_ms=situation.now_ms,
    )


def _raised(kept: KeptAlert) -> Raised:
    return Raised(kept.finding.raised_at_ms, kept.finding.lane, kept.track.strength, kept.head.reason)


def _held(event: Event, situation: Situation) -> Held:
    lead = event.strands[0]
    return Held(
        key="/".join((lead.kind, lead.topic, lead.danger or "", lead.phrase, *lead.districts)),
        at_ms=situation.now_ms,
        last_ms=situation.now_ms,
        lane=event.lane,
        title=title(event.strands, lead.districts, situation.labels.get(lead.topic, lead.topic), ()),
        strength=event.strength,
    )


def stronger(change: Change) -> Event:
    """The event that tells most of an alert."""
    return max(change.events, key=lambda event: event.strength)

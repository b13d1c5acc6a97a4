"""Signals of one look → events: what rises together is one event, over topics, districts, windows and detectors. Pure.

A signal of the whole city whose rise is that of one district, and a signal of a district whose rise is that of one
topic, are shadows: they go with the event that casts them, and never tie two events together.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from contracts.voc import About, Danger, Lane
from contracts.voc_track import Strand
from voc.alerting.nearness import Neighbours, are_near, covers
from voc.series import Signal

SHARED: Final = 0.5
"""Share of the smaller signal's contacts that both have: then they are of one event."""
SHADOW: Final = 0.6
"""Share of a signal's excess that others explain: then it is their shadow."""
_SAID_BY: Final = 0.3
_LIFT: Final = 4.0
"""A phrase ties signals of different topics when so many of each say it, and so many times more than elsewhere."""
_MOST_SIGNALS: Final = 200
"""In one look, the strongest; a city where more series rise at once has one event, and it is among them."""

Strength = Callable[[Signal], float]
"""How far beyond its threshold a signal is, in powers of ten."""


@dataclass(frozen=True, slots=True)
class Event:
    """Signals that belong together, the strongest first."""

    signals: tuple[Signal, ...]
    strands: tuple[Strand, ...]
    """Without shadows: what tells which contacts are the event's."""
    strength: float
    contact_ids: frozenset[str] = field(repr=False)

    @property
    def lane(self) -> Lane:
        return "safety" if any(signal.lane == "safety" for signal in self.signals) else "usual"

    @property
    def is_slow(self) -> bool:
        return self.signals[0].kind == "slow_rise"


def events(
    signals: Iterable[Signal],
    abouts: Mapping[str, About],
    neighbours: Neighbours,
    strength: Strength,
) -> list[Event]:
    """The events of one look, the strongest first.

    Args:
        signals: of all detectors, at the same moment.
        abouts: contacts of the last day by their ids, for the words that tie topics together.
        neighbours: of each district.
        strength: of a signal, comparable between detectors.
    """
    ranked = sorted(signals, key=lambda signal: (-strength(signal), _name(signal)))[:_MOST_SIGNALS]
    slow = [signal for signal in ranked if signal.kind == "slow_rise"]
    quick = [signal for signal in ranked if signal.kind != "slow_rise"]
    made = _made(quick, abouts, neighbours, strength) + _made(slow, abouts, neighbours, strength)
    return sorted(made, key=lambda event: -event.strength)


def _made(
    signals: Sequence[Signal], abouts: Mapping[str, About], neighbours: Neighbours, strength: Strength
) -> list[Event]:
    shadows = {index for index, signal in enumerate(signals) if _is_shadow(signal, signals)}
    whole = [index for index in range(len(signals)) if index not in shadows]
    words = dict(zip(whole, _words([signals[index] for index in whole], abouts), strict=True))
    groups: list[list[int]] = []
    for index in whole:
        tied = [
            group
            for group in groups
            if any(
                _belong(signals[index], signals[other], neighbours, words[index] & words[other])
                for other in group
            )
        ]
        joined = [index, *(one for group in tied for one in group)]
        groups = [group for group in groups if group not in tied] + [joined]
    members = {index: number for number, group in enumerate(groups) for index in group}
    cast = {index: _caster(signals[index], signals, members) for index in sorted(shadows)}
    return [
        _event(
            [signals[index] for index in sorted(group)],
            [signals[index] for index, number in cast.items() if number == own],
            strength,
        )
        for own, group in enumerate(groups)
    ]


def _event(own: Sequence[Signal], shadows: Sequence[Signal], strength: Strength) -> Event:
    strands = dict.fromkeys(strand(signal) for signal in own)
    return Event(
        signals=(*own, *shadows),
        strands=tuple(strands),
        strength=strength(own[0]),
        contact_ids=frozenset[str]().union(*(signal.contact_ids for signal in own)),
    )


def _name(signal: Signal) -> tuple[str, ...]:
    return (signal.topic, signal.danger or "", signal.phrase, *signal.districts)


def strand(signal: Signal) -> Strand:
    """The signal's series, whatever the window."""
    return Strand(
        kind=signal.kind,
        lane=signal.lane,
        topic=signal.topic,
        districts=tuple(sorted(signal.districts)),
        danger=signal.danger,
        phrase=signal.phrase,
    )


def excess(signal: Signal) -> float:
    """Contacts above the usual."""
    return max(signal.seen - signal.expected, 0.0)


def _is_shadow(signal: Signal, others: Sequence[Signal]) -> bool:
    """Whether narrower signals explain most of it."""
    if signal.kind == "new_phrase":
        return False
    parts: dict[_Series, float] = {}
    for other in others:
        if _is_within(other, signal):
            key = _Series(other.topic, other.danger, other.districts)
            parts[key] = max(parts.get(key, 0.0), _explained(signal, other))
    return bool(parts) and _disjoint(parts) >= SHADOW * excess(signal)


class _Series(NamedTuple):
    topic: str
    danger: Danger | None
    districts: tuple[str, ...]


def _explained(wide: Signal, narrow: Signal) -> float:
    """How much of the wide signal's excess is the narrow one's, whose window may be another."""
    if not wide.contact_ids or not narrow.contact_ids:
        return excess(narrow)
    share = min(1.0, wide.window_ms / max(narrow.window_ms, 1))
    return len(wide.contact_ids & narrow.contact_ids) - share * narrow.expected


def _disjoint(parts: Mapping[_Series, float]) -> float:
    """The sum over series that do not overlap, the largest first."""
    total, taken = 0.0, set[tuple[str, Danger | None, str]]()
    for series, more in sorted(parts.items(), key=lambda entry: -entry[1]):
        cells = {(series.topic, series.danger, district) for district in series.districts or ("",)}
        if taken.isdisjoint(cells):
            taken |= cells
            total += more
    return total


def _is_within(narrow: Signal, wide: Signal) -> bool:
    """Whether the one series is a part of the other and not the same."""
    if narrow.kind == "new_phrase" or narrow.lane != wide.lane:
        return False
    what = wide.topic in ("", narrow.topic) and wide.danger in (None, narrow.danger)
    where = covers(wide.districts, narrow.districts)
    same = (narrow.topic, narrow.danger, set(narrow.districts)) == (
        wide.topic,
        wide.danger,
        set(wide.districts),
    )
    return what and where and not same


def _caster(shadow: Signal, signals: Sequence[Signal], members: Mapping[int, int]) -> int:
    """The group whose signals explain most of a shadow."""
    explained = Counter[int]()
    for index, number in members.items():
        if _is_within(signals[index], shadow):
            explained[number] = max(explained[number], int(100 * excess(signals[index])))
    # A shadow of shadows has a caster all the same: what they are cast by lies within it, too.
    return explained.most_common(1)[0][0] if explained else min(members.values(), default=0)


def _belong(left: Signal, right: Signal, neighbours: Neighbours, shared_words: frozenset[str]) -> bool:
    least = min(len(left.contact_ids), len(right.contact_ids))
    if least and len(left.contact_ids & right.contact_ids) >= SHARED * least:
        return True
    if not are_near(left.districts, right.districts, neighbours):
        return False
    if is_same_matter(strand(left), strand(right)):
        return True
    # Without a place of its own, words alone tie nothing: the city speaks of the same things everywhere.
    return bool(shared_words) and bool(left.districts) and bool(right.districts)


def is_same_matter(left: Strand, right: Strand) -> bool:
    """The same topic, danger or phrase."""
    return (
        (bool(left.topic) and left.topic == right.topic)
        or (left.danger is not None and left.danger == right.danger)
        or (bool(left.phrase) and left.phrase == right.phrase)
    )


def _words(signals: Sequence[Signal], abouts: Mapping[str, About]) -> list[frozenset[str]]:
    """For each signal the phrases that many of its contacts say and few others."""
    if len(signals) < 2:
        return [frozenset()] * len(signals)
    everywhere = Counter(phrase for about in abouts.values() for phrase in about.phrases)
    found = []
    for signal in signals:
        own = [abouts[contact_id] for contact_id in signal.contact_ids if contact_id in abouts]
        said = Counter(phrase for about in own for phrase in about.phrases)
        found.append(
            frozenset(
                phrase
                for phrase, contacts in said.items()
                if contacts >= max(2, _SAID_BY * len(own))
                and contacts / len(own) >= _LIFT * everywhere[phrase] / max(len(abouts), 1)
            )
        )
    return found

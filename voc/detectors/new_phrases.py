"""New phrases: what the city never, or hardly ever, said before, said by several contacts within hours. Pure.

Each phrase has a rate per contact, unknown but for how often it was said so far: a Gamma-Poisson model, in which a
phrase never said is not impossible but rarer than anything that was (as in Good 1953, Biometrika 40:237). How many
different phrases were looked at is counted in, so that a rich hour does not make news of chance. What many contacts
say together is one event and gives one signal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voc.detectors.tails import SMALLEST, tail
from voc.series import HOUR_MS, Recent, Signal

WINDOWS_H: Final = (1, 3, 6, 24)
MIN_CONTACTS: Final = 4
HARDLY_EVER: Final = 5
"""Contacts that said a phrase before, at most: one of which more did is no news, its topic's rise is."""
PRIOR: Final = 0.5
"""Shape of the Gamma prior of a phrase's rate per contact (Jeffreys)."""
BURST: Final = 1.0
"""Most that the shape may be: people who say a rare word often have the same reason, so it comes in bursts."""
FEWEST_BEFORE: Final = 500
"""Contacts before: below, everything is new and nothing is said."""
SAME_EVENT: Final = 0.5
"""Share of the contacts of the smaller of two phrases that say both: then they are one event's."""
_MOST: Final = 2 / 3
"""Share of the contacts that makes a topic or a district the event's."""
_MOST_CANDIDATES: Final = 20_000
"""Phrases to be looked up in one step; the most said first. More than a day of 20,000 contacts has."""


def candidates(recent: Recent, until_ms: int, *, min_contacts: int = MIN_CONTACTS) -> list[str]:
    """Phrases that enough contacts said within a window: those to look up, sorted."""
    return sorted(_candidates(_Said.of(recent), recent, until_ms, min_contacts))


@dataclass(frozen=True, slots=True)
class _Burst:
    """A phrase in its most telling window."""

    phrase: str
    p_value: float
    expected: float
    since_ms: int
    rows: frozenset[int]


def new_phrases(
    recent: Recent,
    known: Mapping[str, tuple[int, int]],
    until_ms: int,
    threshold: float,
    total_contacts: int,
    *,
    windows_h: Sequence[int] = WINDOWS_H,
    min_contacts: int = MIN_CONTACTS,
) -> list[Signal]:
    """One signal an event, the most telling first.

    Args:
        recent: The contacts of the last day. A contact that says a phrase twice says it once.
        known: Phrase → contacts that ever said it (those of `recent` among them) and when the first one began,
            for the phrases of `candidates`. A phrase that is missing was said only in `recent`.
        until_ms: Now: windows end here.
        threshold: Largest p-value of a signal.
        total_contacts: Contacts ever, those of `recent` among them.
        windows_h: Lengths of the windows in hours.
        min_contacts: Fewer are no signal.

    Returns:
        `phrase` is the one that tells most, `seen` and `contact_ids` are those of all phrases of the event,
        `expected` and `p_value` those of the phrase. Topic and district are given where two thirds of the
        contacts share them.
    """
    before_all = total_contacts - len(recent)
    if before_all < FEWEST_BEFORE:
        return []
    said = _Said.of(recent)
    looked_up = _candidates(said, recent, until_ms, min_contacts)
    ids = np.fromiter(looked_up.values(), dtype=np.int64, count=len(looked_up))
    names = list(looked_up)
    ever = np.array([known.get(name, (0, 0))[0] for name in names], dtype=np.int64)
    ever = np.maximum(ever, said.counts(np.ones(len(recent), dtype=bool))[ids])
    bursts: dict[str, _Burst] = {}
    for hours in sorted(windows_h):
        since = until_ms - hours * HOUR_MS
        inside = (recent.at_ms >= since) & (recent.at_ms < until_ms)
        counts = said.counts(inside)
        before = ever - said.counts(recent.at_ms >= since)[ids]
        looked_at, contacts = int(np.count_nonzero(counts)), int(inside.sum())
        for index in np.flatnonzero((counts[ids] >= min_contacts) & (before <= HARDLY_EVER)):
            name, number = names[index], int(counts[ids[index]])
            p_value, expected = chance(number, contacts, int(before[index]), before_all, looked_at)
            other = bursts.get(name)
            if p_value <= threshold and (other is None or p_value < other.p_value):
                rows = said.rows[(said.phrase == ids[index]) & inside[said.rows]]
                bursts[name] = _Burst(name, p_value, expected, since, frozenset(rows.tolist()))
    return [_signal(event, recent, until_ms) for event in _events(bursts.values())]


def chance(
    said: int, contacts: int, before: int, contacts_before: int, looked_at: int
) -> tuple[float, float]:
    """How likely some phrase of this history is said so often, and how often this one was to be expected.

    Args:
        said: Contacts of the window that say the phrase.
        contacts: Contacts of the window.
        before: Contacts before the window that said it.
        contacts_before: Contacts before.
        looked_at: Different phrases said in the window.

    Returns:
        p-value over all phrases looked at, expected contacts.
    """
    shape = before + PRIOR
    expected = contacts * shape / (contacts_before + 1)
    # The rate's own uncertainty makes the count a negative binomial of this shape.
    single = float(tail(said, expected, 1 / min(shape, BURST)))
    return max(float(-np.expm1(looked_at * np.log1p(-min(single, 1 - 1e-12)))), SMALLEST), expected


@dataclass(frozen=True, slots=True)
class _Said:
    """Who said what: one entry a contact and phrase."""

    names: dict[str, int]
    """Phrase → its number."""
    phrase: NDArray[np.int64]
    """Number of the phrase."""
    rows: NDArray[np.int64]
    """Row of the contact."""

    @staticmethod
    def of(recent: Recent) -> "_Said":
        names: dict[str, int] = {}
        pairs = [
            (names.setdefault(phrase, len(names)), row)
            for row, phrases in enumerate(recent.phrases)
            for phrase in set(phrases)
        ]
        phrase, rows = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return _Said(names, phrase, rows)

    def counts(self, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Contacts of the wanted rows that say each phrase, by its number."""
        return np.bincount(self.phrase[wanted[self.rows]], minlength=len(self.names))


def _candidates(said: _Said, recent: Recent, until_ms: int, min_contacts: int) -> dict[str, int]:
    """Phrase → number, of those that enough contacts said within the longest window."""
    counts = said.counts((recent.at_ms >= until_ms - max(WINDOWS_H) * HOUR_MS) & (recent.at_ms < until_ms))
    enough = [
        (-int(counts[number]), name) for name, number in said.names.items() if counts[number] >= min_contacts
    ]
    return {name: said.names[name] for _, name in sorted(enough)[:_MOST_CANDIDATES]}


def _events(bursts: Iterable[_Burst]) -> list[list[_Burst]]:
    """Phrases said by the same contacts, together: each event's most telling first, and the events likewise."""
    events: list[list[_Burst]] = []
    for burst in sorted(bursts, key=lambda burst: (burst.p_value, -len(burst.phrase), burst.phrase)):
        for event in events:
            if any(_same(burst.rows, other.rows) for other in event):
                event.append(burst)
                break
        else:
            events.append([burst])
    return events


def _same(left: frozenset[int], right: frozenset[int]) -> bool:
    return len(left & right) >= SAME_EVENT * min(len(left), len(right))


def _signal(event: Sequence[_Burst], recent: Recent, until_ms: int) -> Signal:
    first = event[0]
    rows = sorted(frozenset[int]().union(*(burst.rows for burst in event)))
    return Signal(
        kind="new_phrase",
        lane="usual",
        topic=_shared([recent.topics[recent.topic[row]] for row in rows]),
        districts=tuple(
            name for name in [_shared([recent.districts[recent.district[row]] for row in rows])] if name
        ),
        since_ms=min(burst.since_ms for burst in event),
        until_ms=until_ms,
        seen=len(rows),
        expected=first.expected,
        p_value=first.p_value,
        phrase=first.phrase,
        contact_ids=frozenset(recent.contact_ids[row] for row in rows),
    )


def _shared(names: Sequence[str]) -> str:
    """What two thirds have; empty: there is no such."""
    name, contacts = Counter(names).most_common(1)[0]
    return name if contacts >= _MOST * len(names) else ""

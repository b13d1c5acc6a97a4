"""Concentration: neighbouring districts that together have more contacts about a topic than the rest of the city.

A space-time scan (Kulldorff 1997, Commun Stat Theory 26:1481) over connected zones and windows that end now, with
expectations from the site's own past (Neill 2006) and the likelihood ratio of the negative binomial. What the whole
city has more of is allowed for: a topic that rises everywhere is no concentration. How likely the best zone is by
chance comes from random cities, whose tail is that of a Gumbel (Abrams et al. 2010, Int J Health Geogr 9:61). Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from voc.detectors.zones import Zones, zones
from voc.series import HOUR_MS, Recent, Signal, position

Array = NDArray[np.float64]

WINDOWS_H: Final = (1, 3, 6, 24)
MIN_CONTACTS: Final = 4
RANDOM_CITIES: Final = 199
MOST_CANDIDATES: Final = 6
"""Topics and windows whose chance is worked out in a step, the most telling first: bounds a step in which much
happens. What is left out comes with the next step, or stands already in the alert of a topic that was taken."""
_OUTSIDE: Final = 2.0
"""Contacts' worth of belief that the rest of the city is as usual."""
_LEAST_EXPECTED: Final = 1e-3
"""Contacts per district and window: nowhere is nothing at all expected."""
_SEED: Final = 7
_BEGINS: Final = 0.8
"""Part of the random cities below the tail."""


class Expects(Protocol):
    """What the scan asks of the usual (`voc.baseline.usual.Usual`)."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Codes, in the order of rows."""

    @property
    def districts(self) -> tuple[str, ...]:
        """Names, in the order of columns."""

    def expected(self, since_ms: int, until_ms: int) -> Array:
        """Contacts that are usual between the two. Shape (topics, districts)."""

    def dispersion(self, hours: float) -> Array:
        """Of the negative binomial in windows of so many hours: variance is `mean + dispersion · mean²`."""

    def volume(self, recent: Recent, until_ms: int, hours: float = 1.0) -> Array:
        """Volume of the last hours against the usual, for each topic as the other topics tell it. Shape (topics,)."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """The zone of a topic that tells most in one window."""

    window: int
    """Index into the windows."""
    topic: int
    districts: tuple[str, ...]
    seen: int
    expected: float
    p_value: float
    """How likely a zone that tells so much is by chance, over all zones of this topic and window."""


def clusters(
    usual: Expects,
    recent: Recent,
    neighbours: Mapping[str, Sequence[str]],
    until_ms: int,
    threshold: float,
    *,
    dispersion: Array | None = None,
    windows_h: Sequence[int] = WINDOWS_H,
    min_contacts: int = MIN_CONTACTS,
) -> list[Signal]:
    """Concentrations of two districts or more, at most one a topic, the most telling first.

    Args:
        usual: What is usual; `recent` may have topics and districts that it does not know: they are left out.
        recent: The contacts of the last day.
        neighbours: District → districts that border it.
        until_ms: Now: windows end here.
        threshold: Largest p-value of a signal.
        dispersion: Of topics and districts as `usual` orders them, for all windows; None: as `usual` tells for each.
        windows_h: Lengths of the windows in hours.
        min_contacts: Fewer are no signal.
    """
    if not len(recent) or not usual.topics:
        return []
    known = zones(usual.districts, neighbours)
    topic, district = _as_usual(usual, recent)
    sinces = [until_ms - hours * HOUR_MS for hours in windows_h]
    inside = (topic >= 0) & (district >= 0) & (recent.at_ms < until_ms)
    seen = np.zeros((len(sinces), len(usual.topics), len(usual.districts)))
    for window, since in enumerate(sinces):
        rows = inside & (recent.at_ms >= since)
        np.add.at(seen[window], (topic[rows], district[rows]), 1)
    expected = np.stack(
        [
            usual.expected(since, until_ms) * np.maximum(usual.volume(recent, until_ms, hours), 1.0)[:, None]
            for since, hours in zip(sinces, windows_h, strict=True)
        ]
    )
    scatter = np.stack([usual.dispersion(hours) if dispersion is None else dispersion for hours in windows_h])
    found = scan(seen, expected, scatter, known, threshold, min_contacts=min_contacts)
    signals = []
    for best in found:
        members = np.isin(district, [usual.districts.index(name) for name in best.districts])
        rows = inside & members & (topic == best.topic) & (recent.at_ms >= sinces[best.window])
        signals.append(
            Signal(
                kind="cluster",
                lane="usual",
                topic=usual.topics[best.topic],
                districts=best.districts,
                since_ms=sinces[best.window],
                until_ms=until_ms,
                seen=best.seen,
                expected=best.expected,
                p_value=best.p_value,
                contact_ids=frozenset(recent.contact_ids[row] for row in np.flatnonzero(rows)),
            )
        )
    return signals


def scan(
    seen: Array,
    expected: Array,
    dispersion: Array | float,
    known: Zones,
    threshold: float,
    *,
    min_contacts: int = MIN_CONTACTS,
) -> list[Concentration]:
    """The best window and zone of each topic whose p-value is within `threshold`, the most telling first.

    Args:
        seen: Contacts. Shape (windows, topics, districts).
        expected: What is usual, of the same shape.
        dispersion: Of the negative binomial: variance is `mean + dispersion · mean²`. One, or of the same shape.
        known: Zones over the same districts.
        threshold: Largest p-value.
        min_contacts: Fewer in the zone are none.
    """
    expected = np.maximum(expected, _LEAST_EXPECTED)
    alpha = np.broadcast_to(np.maximum(np.asarray(dispersion, dtype=np.float64), 1e-6), expected.shape)
    hopeful = _hopeful(seen, expected, min_contacts)
    if not len(hopeful) or not known.members.shape[1]:
        return []
    window, topic = hopeful[:, 0], hopeful[:, 1]
    means, alphas = expected[window, topic], alpha[window, topic]
    evidence = Evidence(means, alphas, known)
    told, counted = evidence.of(seen[window, topic], min_contacts)
    zone = told.argmax(axis=1)
    best = told[np.arange(len(told)), zone]
    wide = (known.sizes[zone] > 1) & (best > -np.log(max(threshold, 1e-300)) * _NEEDED)
    found: dict[int, Concentration] = {}
    for row in [row for row in np.argsort(-best, kind="stable") if wide[row]][:MOST_CANDIDATES]:
        p_value = chance(best[row], means[row], alphas[row], known, min_contacts)
        if p_value > threshold:
            continue
        candidate = Concentration(
            window=int(window[row]),
            topic=int(topic[row]),
            districts=known.names(int(zone[row])),
            seen=int(counted[row, zone[row]]),
            expected=float(evidence.usual[row, zone[row]]),
            p_value=p_value,
        )
        other = found.get(candidate.topic)
        if other is None or candidate.p_value < other.p_value:
            found[candidate.topic] = candidate
    return sorted(found.values(), key=lambda concentration: (concentration.p_value, concentration.topic))


_NEEDED: Final = 0.6
"""Of −log(threshold) that a log likelihood ratio must reach before its chance is worked out: one zone alone has a
chance of about exp(−ratio) or somewhat less, many zones together more."""


class Evidence:
    """Log likelihood ratios of zones, for counts that share their expectations."""

    def __init__(self, expected: Array, dispersion: Array, known: Zones) -> None:
        """Expectations and dispersions. Shape (rows, districts)."""
        self._members = known.members.astype(np.float64)
        self.usual: Array = expected @ self._members
        """Expected in each zone. Shape (rows, zones)."""
        self._elsewhere: Array = expected.sum(axis=1, keepdims=True) - self.usual + _OUTSIDE
        self._size: Array = self.usual**2 / ((expected**2 * dispersion) @ self._members)

    def of(self, seen: Array, min_contacts: int) -> tuple[Array, Array]:
        """Log likelihood ratio and contacts of each zone. Shape (rows, zones).

        The ratio is 0 where the zone has too few contacts, or no more than usual. Where the rest of the city has
        more than usual too, so much more is expected of the zone.
        """
        counted = seen @ self._members
        outside = (seen.sum(axis=1, keepdims=True) - counted + _OUTSIDE) / self._elsewhere
        mean = self.usual * np.maximum(outside, 1.0)
        told = np.zeros_like(counted)
        # Logarithms are dear, and most zones have nothing to tell.
        some = np.nonzero((counted > mean) & (counted >= min_contacts))
        many, least = counted[some], mean[some]
        size = np.broadcast_to(self._size, counted.shape)[some]
        told[some] = many * np.log(many / least) - (many + size) * np.log((many + size) / (least + size))
        return told, counted


def chance(
    told: float, expected: Array, dispersion: Array, known: Zones, min_contacts: int = MIN_CONTACTS
) -> float:
    """How likely the best of all zones tells so much by chance.

    The same expectations give the same random cities, so that more evidence is never less.

    Args:
        told: Log likelihood ratio of the best zone.
        expected: Of each district. Shape (districts,).
        dispersion: Of each district.
        known: Zones over these districts.
        min_contacts: Fewer in a zone tell nothing.
    """
    rng = np.random.default_rng(_SEED)
    shape = (RANDOM_CITIES, len(expected))
    seen = rng.poisson(rng.gamma(1 / dispersion, expected * dispersion, shape)).astype(np.float64)
    told_by_chance, _ = Evidence(expected[np.newaxis], dispersion[np.newaxis], known).of(seen, min_contacts)
    best = told_by_chance.max(axis=1)
    return _tail(best, told)


def _tail(best: Array, told: float) -> float:
    """Share of random cities that tell as much; above most of them the exponential that a Gumbel ends in.

    Of seldom topics most random cities have nothing to tell at all: then the tail begins amid those that have.
    """
    some = best[best > 0]
    begins = max(float(np.quantile(best, _BEGINS)), float(np.median(some)) if len(some) else np.inf)
    if told < begins:
        return float((1 + (best >= told).sum()) / (1 + len(best)))
    share = (1 + (best >= begins).sum()) / (1 + len(best))
    # Scale 1, and not the random cities' own, which is a guess from few: twice the ratio is about χ² of one degree.
    return float(share * np.exp(begins - told))


def _hopeful(seen: Array, expected: Array, min_contacts: int) -> NDArray[np.int64]:
    """Windows and topics with enough contacts in districts that have more than usual. Shape (rows, 2)."""
    above = np.where(seen > expected, seen, 0.0).sum(axis=2)
    return np.argwhere(above >= min_contacts)


def _as_usual(usual: Expects, recent: Recent) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Topic and district of each contact as the usual orders them; −1: it knows none such, or the contact has none."""
    topics, districts = position(usual.topics), position(usual.districts)
    topic = np.array([topics.get(name, -1) for name in recent.topics] or [-1], dtype=np.int64)
    district = np.array(
        [districts.get(name, -1) if name else -1 for name in recent.districts] or [-1], dtype=np.int64
    )
    return topic[recent.topic], district[recent.district]

"""More contacts than usual, in the windows that end now: of a topic, of a topic in a district, of a district. Pure.

A window's count is held against a negative binomial around the usual times the volume that the other series tell
(`voc/baseline/volume.py`). The p-value is compared with the limit of its group and window, which `voc/detectors/budget.py` sets so that
all of them together raise no more false alarms a week than the site allows.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from voc.baseline.usual import Usual
from voc.baseline.volume import others_volume
from voc.detectors.tails import tail
from voc.detectors.thresholds import Thresholds
from voc.series import HOUR_MS, Recent, Signal, position

Floats = NDArray[np.float64]
GroupName = Literal["topic", "cell", "district"]
_STANDS_OUT_SD: Final = 1.5
GROUPS: Final[tuple[GroupName, ...]] = ("topic", "cell", "district")


@dataclass(frozen=True, slots=True)
class Window:
    """Counts of windows that end together or one after another: leading axes are free."""

    seen: Floats
    """(..., topics, districts)."""
    expected_topics: Floats
    """(..., topics), before the volume."""
    expected_cells: Floats
    """(..., topics, districts)."""
    expected_districts: Floats
    """(..., districts)."""
    hours: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One group of series in a window."""

    seen: Floats
    expected: Floats
    """The volume included."""
    p_value: Floats


def judge(usual: Usual, window: Window, least: int = 1) -> dict[GroupName, Judged]:
    """P-values of every series; 1 where there are fewer contacts than `least`, or hardly more than usual.

    Shapes are those of `window`; cells are (..., topics, districts).
    """
    topics, districts = window.seen.sum(-1), window.seen.sum(-2)
    of_topics = usual.dispersion_topics(window.hours)
    of_districts = usual.dispersion_districts(window.hours)
    volume, doubt = others_volume(topics, window.expected_topics, of_topics)
    elsewhere, doubt_elsewhere = others_volume(districts, window.expected_districts, of_districts)
    return {
        "topic": _judged(topics, window.expected_topics * volume, of_topics + doubt, least),
        "cell": _judged(
            window.seen,
            window.expected_cells * volume[..., None],
            usual.dispersion(window.hours) + doubt[..., None],
            least,
        ),
        "district": _judged(
            districts, window.expected_districts * elsewhere, of_districts + doubt_elsewhere, least
        ),
    }


def _judged(seen: Floats, expected: Floats, dispersion: Floats, least: int) -> Judged:
    """Only where a count stands out at all: no limit is as loose as the others are likely."""
    p_value = np.ones(seen.shape)
    width = _STANDS_OUT_SD**2 * (expected + dispersion * expected**2)
    above = (seen >= least) & (seen > expected) & ((seen - expected) ** 2 > width)
    p_value[above] = tail(seen[above], expected[above], np.broadcast_to(dispersion, seen.shape)[above])
    return Judged(seen, expected, p_value)


def rises(usual: Usual, recent: Recent, until_ms: int, thresholds: Thresholds) -> list[Signal]:
    """What is above its limit now; of each series the window that tells most. The strongest first.

    Args:
        usual: what is usual.
        recent: contacts of the longest window at least, by time.
        until_ms: now; contacts at it or later do not count.
        thresholds: limits of the usual lane.
    """
    usual = usual.widened(recent.topics, recent.districts)
    best: dict[tuple[GroupName, int], tuple[float, Signal]] = {}
    for index, hours in enumerate(thresholds.windows_h):
        since_ms = until_ms - hours * HOUR_MS
        span = _Span.of(usual, recent, since_ms, until_ms)
        judged = judge(
            usual,
            Window(
                span.counted(),
                usual.expected_topics(since_ms, until_ms),
                usual.expected(since_ms, until_ms),
                usual.expected_districts(since_ms, until_ms),
                hours,
            ),
            thresholds.min_contacts,
        )
        for group in GROUPS:
            limit = thresholds.limits(group)[index]
            found = judged[group]
            fires = found.p_value <= limit
            for place in np.flatnonzero(fires).tolist():
                strength = float(found.p_value.flat[place]) / limit
                if (group, place) not in best or strength < best[group, place][0]:
                    best[group, place] = (strength, span.signal(group, place, found))
    return [signal for _, signal in sorted(best.values(), key=lambda entry: entry[0])]


@dataclass(frozen=True, slots=True)
class _Span:
    """The recent contacts of one window, by the usual's order of topics and districts."""

    usual: Usual
    since_ms: int
    until_ms: int
    topic: NDArray[np.int64]
    district: NDArray[np.int64]
    contact_ids: tuple[str, ...]

    @staticmethod
    def of(usual: Usual, recent: Recent, since_ms: int, until_ms: int) -> "_Span":
        start, end = np.searchsorted(recent.at_ms, [since_ms, until_ms]).tolist()
        topics, districts = position(usual.topics), position(usual.districts)
        topic = np.array([topics[name] for name in recent.topics], dtype=np.int64)
        district = np.array([districts[name] for name in recent.districts], dtype=np.int64)
        return _Span(
            usual,
            since_ms,
            until_ms,
            topic[recent.topic[start:end]] if end > start else np.zeros(0, dtype=np.int64),
            district[recent.district[start:end]] if end > start else np.zeros(0, dtype=np.int64),
            recent.contact_ids[start:end],
        )

    def counted(self) -> Floats:
        """(topics, districts)."""
        wide = len(self.usual.districts)
        sums = np.bincount(self.topic * wide + self.district, minlength=len(self.usual.topics) * wide)
        return sums.reshape(len(self.usual.topics), wide).astype(np.float64)

    def signal(self, group: GroupName, place: int, found: Judged) -> Signal:
        wide = len(self.usual.districts)
        topic = place // wide if group == "cell" else place if group == "topic" else -1
        district = place % wide if group == "cell" else place if group == "district" else -1
        mine = np.ones(len(self.contact_ids), dtype=bool)
        if topic >= 0:
            mine &= self.topic == topic
        if district >= 0:
            mine &= self.district == district
        return Signal(
            kind="rise",
            lane="usual",
            topic=self.usual.topics[topic] if topic >= 0 else "",
            districts=(self.usual.districts[district],) if district >= 0 else (),
            since_ms=self.since_ms,
            until_ms=self.until_ms,
            seen=int(found.seen.flat[place]),
            expected=float(found.expected.flat[place]),
            p_value=float(found.p_value.flat[place]),
            contact_ids=frozenset(self.contact_ids[row] for row in np.flatnonzero(mine)),
        )

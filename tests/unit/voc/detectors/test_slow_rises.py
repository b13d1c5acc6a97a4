import numpy as np
import pytest

from voc.baseline.weeks import Weeks, weeks
from voc.detectors.slow_rises import FEWEST_WEEKS, WINDOWS, slow_rises
from voc.series import HOUR_MS, WEEK_H, Counts

TOPICS = tuple(f"t{number}" for number in range(30))
DISTRICTS = ("", *(f"d{number}" for number in range(25)))
FEWEST = FEWEST_WEEKS + max(WINDOWS)


def site(number: int, seed: int = 1, volume_sd: float = 0.1) -> Weeks:
    rng = np.random.default_rng(seed)
    rate = rng.lognormal(1, 1.0, (len(TOPICS), len(DISTRICTS)))
    mean = rate * rng.lognormal(0, volume_sd, (number, 1, 1))
    contacts = rng.negative_binomial(mean / 0.5, 1 / 1.5)
    return made(contacts)


def made(contacts: np.ndarray, covered: np.ndarray | None = None) -> Weeks:
    number = len(contacts)
    return Weeks(
        until_ms=(1000 + number) * WEEK_H * HOUR_MS,
        topics=TOPICS,
        districts=DISTRICTS,
        contacts=contacts.astype(np.int32),
        covered=np.ones(number) if covered is None else covered,
    )


def rising(known: Weeks, topic: int, districts: slice, over: int = 5, by: float = 1.2) -> Weeks:
    contacts = known.contacts.astype(float)
    for week in range(over):
        contacts[len(known) - over + week, topic, districts] *= by ** (week + 1)
    return made(np.round(contacts), known.covered)


@pytest.mark.parametrize("number", [FEWEST, 20, 60])
def test_a_topic_that_rises_by_a_fifth_a_week_is_told(number: int) -> None:
    known = rising(site(number), 4, slice(None))
    found = slow_rises(known, 1e-4, known.until_ms)
    city = [signal for signal in found if signal.topic == "t4" and not signal.districts]
    assert len(city) == 1
    signal = city[0]
    assert signal.kind == "slow_rise"
    assert signal.seen > 1.2 * signal.expected
    assert signal.until_ms == known.until_ms
    assert signal.window_ms // (WEEK_H * HOUR_MS) in WINDOWS
    # 780 series are looked at: a chance alarm in one run of ten.
    assert len({other.topic for other in found} - {"t4"}) <= 1


def test_a_topic_that_rises_in_one_district_is_told_with_it() -> None:
    known = site(40)
    topic, district = np.unravel_index(
        known.contacts.sum(axis=0)[:, 1:].argmax(), (len(TOPICS), len(DISTRICTS) - 1)
    )
    known = rising(known, int(topic), slice(int(district) + 1, int(district) + 2), by=1.3)
    found = slow_rises(known, 1e-4, known.until_ms)
    assert (found[0].topic, found[0].districts) == (TOPICS[topic], (DISTRICTS[district + 1],))


@pytest.mark.parametrize("number", [0, 1, FEWEST - 1])
def test_too_few_weeks_say_nothing(number: int) -> None:
    known = rising(site(number), 4, slice(None), over=min(number, 5), by=3)
    assert slow_rises(known, 1.0, known.until_ms) == []


def test_false_alarms_are_as_seldom_as_they_should_be_with_few_weeks_and_with_many() -> None:
    for number in (FEWEST, 30):
        looked, told = 0, 0
        for seed in range(8):
            known = site(number, seed)
            told += len(slow_rises(known, 0.01, known.until_ms))
            means = known.contacts[:-4].mean(axis=0)
            looked += len(TOPICS) + int((means[:, 1:] >= 1).sum())
        assert 0.002 < told / looked < 0.016


def test_a_busy_month_is_no_news_of_every_topic() -> None:
    contacts = site(20).contacts.astype(float)
    contacts[-4:] *= 1.5
    known = made(np.round(contacts))
    assert len(slow_rises(known, 1e-4, known.until_ms)) <= 1


def test_weeks_that_were_hardly_counted_are_no_usual_weeks() -> None:
    known = site(20)
    contacts, covered = known.contacts.astype(float), known.covered.copy()
    contacts[5:9] *= 0.2
    covered[5:9] = 0.2
    contacts[12] *= 0.8
    covered[12] = 0.8
    partly = made(np.round(contacts), covered)
    assert len(slow_rises(partly, 1e-4, partly.until_ms)) <= 1
    grown = rising(partly, 4, slice(None))
    assert any(signal.topic == "t4" for signal in slow_rises(grown, 1e-4, grown.until_ms))


def test_old_counts_say_nothing_of_now() -> None:
    known = rising(site(20), 4, slice(None))
    later = known.until_ms + 8 * 24 * HOUR_MS
    assert slow_rises(known, 1e-4, later) == []


def test_weeks_end_with_the_last_whole_hour() -> None:
    contacts = np.ones((3 * WEEK_H + 10, 2, 2), dtype=np.int32)
    counts = Counts(5000, ("a", "b"), ("", "x"), contacts)
    end = (5000 + len(contacts)) * HOUR_MS
    full = weeks(counts, end + 1)
    assert (len(full), full.until_ms) == (3, end)
    assert (full.contacts == WEEK_H).all()
    earlier = weeks(counts, end - 4 * HOUR_MS)
    assert (len(earlier), earlier.until_ms) == (3, end - 4 * HOUR_MS)
    assert len(weeks(counts, (5000 + 20) * HOUR_MS)) == 0


def test_hours_that_were_not_counted_are_known() -> None:
    contacts = np.full((4 * WEEK_H, 1, 1), 20, dtype=np.int32)
    contacts[WEEK_H + 10 : WEEK_H + 52] = 0
    found = weeks(Counts(0, ("a",), ("x",), contacts), 4 * WEEK_H * HOUR_MS)
    assert found.covered == pytest.approx([1, 0.75, 1, 1])

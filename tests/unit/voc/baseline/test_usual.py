import numpy as np
import pytest

from sangdam.voc_city import City
from tests.unit.voc.hotline import DISTRICTS, FIRST, SEOUL, TOPICS, UNTIL, city, past, usual
from voc.baseline.usual import learn
from voc.series import HOUR_MS, Counts


def test_the_profile_is_nearer_to_the_truth_than_the_mean_of_the_same_hours() -> None:
    counts = past().contacts.astype(float)
    plain = counts.reshape(-1, 168, len(TOPICS), len(DISTRICTS)).mean(0).reshape(168, -1)
    truth = (city().rates[:, :, None] * city().shares).reshape(168, -1)
    learnt = usual().cell.profile
    scale = truth.sum() / learnt.sum()
    assert ((learnt * scale - truth) ** 2 / truth).sum() < 0.35 * ((plain - truth) ** 2 / truth).sum()


def test_cells_add_up_to_their_topics() -> None:
    window = (UNTIL * HOUR_MS, (UNTIL + 24) * HOUR_MS)
    cells = usual().expected(*window)
    assert cells.shape == (len(TOPICS), len(DISTRICTS))
    assert cells.sum(1) == pytest.approx(usual().expected_topics(*window), rel=0.05)
    assert cells.sum(0) == pytest.approx(usual().expected_districts(*window), rel=0.05)
    assert cells.sum() == pytest.approx(usual().expected_city(*window), rel=0.05)


def test_part_hours_count_as_parts() -> None:
    since = UNTIL * HOUR_MS
    parts = [
        usual().expected(since + start * 60_000, since + (start + 20) * 60_000) for start in range(0, 180, 20)
    ]
    assert np.sum(parts, axis=0) == pytest.approx(usual().expected(since, since + 3 * HOUR_MS))
    assert not usual().expected(since, since).any()


def test_a_past_event_a_surge_and_dead_hours_are_left_out() -> None:
    contacts = past().contacts.copy()
    contacts[700:712, 3, 1] += 40  # an event
    contacts[900:906] *= 3  # a storm of calls about everything
    contacts[400:420] = 0  # nothing was counted
    learnt = learn(Counts(FIRST, TOPICS, DISTRICTS, contacts), SEOUL)
    assert learnt.weeks == pytest.approx(usual().weeks - 20 / 168, abs=0.03)
    column = 3 * len(DISTRICTS) + 1
    hours = past().hours[-168:]
    assert learnt.rates(learnt.cell, hours)[:, column].sum() == pytest.approx(
        usual().rates(usual().cell, hours)[:, column].sum(), rel=0.05
    )
    week = (UNTIL * HOUR_MS, (UNTIL + 168) * HOUR_MS)
    assert learnt.expected_city(*week) == pytest.approx(usual().expected_city(*week), rel=0.03)
    assert learnt.dispersion_topics(6)[3] < 1.5 * usual().dispersion_topics(6)[3] + 0.02


def test_spans_to_leave_out_are_left_out_unless_they_are_too_many() -> None:
    contacts = past().contacts.copy()
    contacts[1000:1100, 2] += 2
    span = ((FIRST + 1000) * HOUR_MS, (FIRST + 1100) * HOUR_MS)
    counts = Counts(FIRST, TOPICS, DISTRICTS, contacts)
    clean = usual().topic.profile[:, 2].sum()
    found = [learn(counts, SEOUL, exclude=spans) for spans in ((), (span,), ((0, span[1]),))]
    blind, told, all_told = (abs(learnt.topic.profile[:, 2].sum() - clean) for learnt in found)
    assert told < blind == all_told < 0.05 * clean
    assert found[0].weeks - found[1].weeks == pytest.approx(100 / 168)


def test_a_holiday_is_as_a_sunday() -> None:
    counts = City(2, TOPICS, DISTRICTS, 4_000).counts(486_447 + 12 * 168, 8 * 168)
    learnt = learn(counts, SEOUL)
    chuseok = int(np.flatnonzero(SEOUL.slot(counts.hours) != SEOUL.hour_of_week(counts.hours))[0])
    since = (counts.first_hour + chuseok) * HOUR_MS
    ahead = learnt.expected_city(since + 10 * HOUR_MS, since + 11 * HOUR_MS)
    monday = learnt.week()[10]
    assert ahead < 0.7 * monday


def test_a_level_that_moved_is_followed() -> None:
    contacts = past().contacts.copy()
    rng = np.random.default_rng(1)
    contacts[-21 * 24 :, 4] = rng.poisson(contacts[-21 * 24 :, 4] * 1.6)
    learnt = learn(Counts(FIRST, TOPICS, DISTRICTS, contacts), SEOUL)
    window = (UNTIL * HOUR_MS, (UNTIL + 24) * HOUR_MS)
    ratio = learnt.expected_topics(*window)[4] / usual().expected_topics(*window)[4]
    assert 1.35 < ratio < 1.75


def test_it_says_how_much_it_knows() -> None:
    contacts = past().contacts
    week = learn(Counts(FIRST, TOPICS, DISTRICTS, contacts[:168]), SEOUL)
    assert week.weeks == pytest.approx(1, abs=0.02)
    assert not week.enough
    assert usual().enough
    assert (week.dispersion_topics(24) > usual().dispersion_topics(24) + 0.1).all()


@pytest.mark.parametrize("hours", [0, 1, 30])
def test_the_first_hours_are_no_error(hours: int) -> None:
    learnt = learn(Counts(FIRST, TOPICS, DISTRICTS, past().contacts[:hours]), SEOUL)
    expected = learnt.expected(UNTIL * HOUR_MS, (UNTIL + 1) * HOUR_MS)
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    assert learnt.dispersion(1).min() > 0.5


def test_nothing_was_ever_counted() -> None:
    empty = learn(Counts(FIRST, (), (), np.zeros((500, 0, 0), dtype=np.int32)), SEOUL)
    assert not empty.enough
    wide = empty.widened(("t",), ("중구",))
    assert np.isfinite(wide.expected(UNTIL * HOUR_MS, (UNTIL + 1) * HOUR_MS)).all()


def test_unknown_topics_and_districts_have_a_prior() -> None:
    wide = usual().widened(("t0", "new"), ("중구", "새구"))
    assert wide.topics == (*TOPICS, "new")
    assert wide.districts == (*DISTRICTS, "새구")
    window = (UNTIL * HOUR_MS, (UNTIL + 24) * HOUR_MS)
    assert wide.expected(*window)[: len(TOPICS), : len(DISTRICTS)] == pytest.approx(usual().expected(*window))
    assert (wide.expected(*window) > 0).all()
    assert wide.dispersion(1)[-1].min() > 1
    assert usual().widened(TOPICS, DISTRICTS) is usual()


def test_the_week_for_the_pages() -> None:
    assert usual().week().shape == (168,)
    assert usual().week("t1").sum() == pytest.approx(
        sum(usual().week("t1", name).sum() for name in DISTRICTS), rel=0.05
    )
    assert usual().week(None, "중구").sum() > 0
    assert not usual().week("nobody knows").any()

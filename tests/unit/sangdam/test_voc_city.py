import itertools

import numpy as np
import pytest

from sangdam.voc_city import City
from voc.series import HOUR_MS

FIRST = 486_447


def city(seed: int = 1) -> City:
    return City(seed, ["물", "버스", "세금"], ["", "마포구"], 500)


def test_the_same_seed_gives_the_same_city() -> None:
    once, again, other = (made.counts(FIRST, 200).contacts for made in (city(), city(), city(2)))
    assert (once == again).all()
    assert (once != other).any()


def test_as_many_contacts_as_asked_for() -> None:
    counts = city().counts(FIRST, 20 * 168)
    assert counts.contacts.sum() / 140 == pytest.approx(500, rel=0.15)


def test_another_seed_gives_other_days_of_the_same_city() -> None:
    first, second = (city().counts(FIRST, 168, seed=seed).contacts for seed in (1, 2))
    assert (first != second).any()


def test_contacts_are_those_of_the_counts() -> None:
    counts = city().counts(FIRST, 30)
    contacts = list(city().contacts(counts, seed=7))
    assert len(contacts) == counts.contacts.sum()
    assert all(one.simulated for one in contacts)
    assert [one.at_ms for one in contacts] == sorted(one.at_ms for one in contacts)
    assert len({one.contact_id for one in contacts}) == len(contacts)
    again = np.zeros_like(counts.contacts)
    for one in contacts:
        row = one.at_ms // HOUR_MS - FIRST
        again[row, counts.topics.index(one.topic), counts.districts.index(one.district)] += 1
    assert (again == counts.contacts).all()


def test_batches_are_bounded() -> None:
    counts = city().counts(FIRST, 100)
    sizes = [len(batch) for batch in city().batches(counts, size=64)]
    assert set(sizes[:-1]) == {64}
    assert sum(sizes) == counts.contacts.sum()


def test_an_event_is_planted_where_it_is_said() -> None:
    counts = city().counts(FIRST, 100)
    planted = City.plant(counts, "물", "마포구", FIRST + 50, 5, 20.0)
    more = planted.contacts - counts.contacts
    assert more[50:55, 0, 1].sum() == pytest.approx(100, abs=35)
    assert more.sum() == more[50:55, 0, 1].sum()
    with pytest.raises(ValueError, match="hours"):
        City.plant(counts, "물", "마포구", FIRST + 98, 5, 20.0)


def test_contacts_are_made_as_they_are_asked_for() -> None:
    contacts = itertools.islice(city().contacts(city().counts(FIRST, 24)), 50)
    assert all(one.topic in {"물", "버스", "세금"} for one in contacts)


def test_known_topics_have_their_label_and_words() -> None:
    made = City(1, ["3020", ""], ["마포구"], 200)
    one = next(one for one in made.contacts(made.counts(FIRST, 24)) if one.topic == "3020")
    assert "누수" in one.label
    assert 1 <= len(one.phrases) <= 2

"""Rows as arrays: zeros where nothing is, nothing lost, nothing of elsewhere."""

import numpy as np

from contracts.voc import About
from store.voc_counts import HourCount
from voc.counting import counts, recent


def row(hour: int, topic: str, district: str, contacts: int) -> HourCount:
    return HourCount(hour, topic, district, contacts, 0, 0)


ROWS = [row(12, "W", "마포구", 3), row(10, "W", "", 2), row(10, "R", "중구", 1), row(13, "W", "중구", 9)]


def test_hours_without_contacts_are_zero() -> None:
    made = counts(ROWS, 10, 13)
    assert (made.topics, made.districts, made.first_hour) == (("R", "W"), ("", "마포구", "중구"), 10)
    assert made.contacts.shape == (3, 2, 3)
    assert made.contacts.dtype == np.int32
    assert made.hours.tolist() == [10, 11, 12]
    assert made.contacts[0].tolist() == [[0, 0, 1], [2, 0, 0]]
    assert made.contacts[1].sum() == 0
    assert made.contacts[2].tolist() == [[0, 0, 0], [0, 3, 0]]


def test_orders_that_are_given_are_kept() -> None:
    made = counts(ROWS, 10, 14, topics=("W", "none"), districts=("중구", "마포구"))
    assert made.contacts.sum() == 12
    assert made.contacts[3, 0].tolist() == [9, 0]


def test_no_hours_at_all() -> None:
    assert counts(ROWS, 10, 10).contacts.shape == (0, 2, 3)
    assert counts([], 0, 2).contacts.shape == (2, 0, 0)


def test_recent_contacts_stand_by_time() -> None:
    abouts = [
        About(contact_id="b", at_ms=7, topic="W", district="중구", danger="gas", phrases=("가스",)),
        About(contact_id="a", at_ms=7, topic="R"),
        About(contact_id="c", at_ms=3, topic="W"),
    ]
    made = recent(abouts)
    assert made.contact_ids == ("c", "a", "b")
    assert made.at_ms.tolist() == [3, 7, 7]
    assert [made.topics[index] for index in made.topic] == ["W", "R", "W"]
    assert [made.districts[index] for index in made.district] == ["", "", "중구"]
    assert (made.danger, made.phrases[2], len(made)) == ((None, None, "gas"), ("가스",), 3)
    assert len(recent([])) == 0

"""The evaluation of alerts: its world, what counts as told, and a short run of the real detector."""

from itertools import pairwise

import pytest

from contracts.voc_track import Strand
from sangdam.evaluate.voc_alerts import Size, evaluate, show
from sangdam.evaluate.voc_alerts_world import KINDS, SIZES, Incident, World, world
from voc.series import HOUR_MS


class Silent:
    def __init__(self) -> None:
        self.last = 0.0

    def move(self, done: float, total: float) -> None:
        assert 0 < done <= total
        assert done / total >= self.last
        self.last = done / total


@pytest.fixture(scope="module")
def small() -> World:
    return world(5, per_day=300, learn_weeks=3, run_days=14)


def test_contacts_come_by_time_and_those_of_incidents_are_among_them(small: World) -> None:
    contacts = list(small.contacts())
    assert all(one.at_ms <= other.at_ms for one, other in pairwise(contacts))
    assert len({one.contact_id for one in contacts}) == len(contacts)
    planted = [one for one in small.incidents if one.size is not None]
    assert len(planted) > 40
    for one in planted:
        assert small.run_ms <= one.at_ms[0] <= one.at_ms[-1] < small.until_ms
        assert len(one.at_ms) == SIZES[one.kind][one.size]
        told = [
            about
            for about in contacts
            if about.at_ms in one.at_ms
            and about.danger == one.danger
            and (not one.topic or about.topic == one.topic)
            and (not one.districts or about.district in one.districts)
            and (not one.word or one.word in about.phrases)
        ]
        assert len(told) >= len(one.at_ms)
    assert {one.kind for one in planted} == set(KINDS)


def test_the_same_seed_is_the_same_world(small: World) -> None:
    again = world(5, per_day=300, learn_weeks=3, run_days=14)
    assert again.incidents == small.incidents
    assert list(again.contacts()) == list(small.contacts())


def test_small_happenings_are_those_that_deserve_an_alert(small: World) -> None:
    happenings = [one for one in small.incidents if one.size is None]
    assert happenings
    assert all(len(one.at_ms) >= (3 if one.danger else 4) for one in happenings)
    assert all(one.at_ms[-1] - one.at_ms[0] <= HOUR_MS for one in happenings)


@pytest.mark.parametrize(
    ("kind", "strand", "told"),
    [
        ("district", {"topic": "3020", "districts": ("마포구", "중구")}, True),
        ("district", {"topic": "3020"}, True),
        ("district", {"topic": "3020", "districts": ("중구",)}, False),
        ("district", {"topic": "2010", "districts": ("마포구",)}, False),
        ("district", {"districts": ("마포구",)}, True),
        ("district", {"danger": "gas", "districts": ("마포구",)}, False),
        ("district", {"phrase": "새말", "districts": ("마포구",)}, False),
        ("city", {"topic": "3020", "districts": ("중구",)}, True),
        ("city", {"districts": ("중구",)}, False),
        ("danger", {"danger": "gas"}, True),
        ("danger", {"danger": "fire", "districts": ("마포구",)}, False),
        ("words", {"phrase": "새말", "districts": ("마포구",)}, True),
        ("words", {"phrase": "딴말", "districts": ("마포구",)}, False),
    ],
)
def test_what_tells_of_an_incident(kind: str, strand: dict[str, object], told: bool) -> None:
    fields = {
        "district": ("3020", ("마포구",), None, ""),
        "city": ("3020", (), None, ""),
        "danger": ("", ("마포구",), "gas", ""),
        "words": ("", ("마포구",), None, "새말"),
    }[kind]
    one = Incident(kind, *fields, (0,), 1)
    lane = "safety" if "danger" in strand else "usual"
    assert one.is_told_by(Strand.model_validate({"kind": "rise", "lane": lane} | strand)) is told


def test_a_short_run_of_the_detector(capsys: pytest.CaptureFixture[str]) -> None:
    result = evaluate(
        Silent(),
        size=Size(seeds=(7,), per_day=250, learn_weeks=3, run_days=4, look_min=240, learn_every_h=24),
    )
    planted = result["planted"]
    rows = [one for sizes in planted.values() for one in sizes.values()]
    there, found = sum(one["incidents"] for one in rows), sum(one["found"] for one in rows)
    assert there >= 5
    assert found >= there / 2
    assert result["false_alarms_per_week"]["usual"] <= 10
    per_week = sum(result["false_alarms_by_kind"].values()) * 7 / 4
    assert per_week == pytest.approx(sum(result["false_alarms_per_week"].values()))
    show(result)
    assert "neighbours" in capsys.readouterr().out

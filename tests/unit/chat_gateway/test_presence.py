"""Beats that rise, and those that do not."""

import pytest

from chat_gateway.presence import Presence


@pytest.fixture
def presence() -> Presence:
    return Presence(fresh_ms=4000, lost_ms=20_000, step_ms=2000)


def looked(presence: Presence, beats: dict[str, int], begin_s: int, end_s: int) -> None:
    for second in range(begin_s, end_s + 1):
        presence.look(beats, second * 1000)


def test_who_is_seen_for_the_first_time_is_not_known_to_be_there(presence):
    presence.look({"kim": 7}, 0)
    assert not presence.is_fresh("kim")
    presence.look({"kim": 8}, 1000)
    assert presence.is_fresh("kim")


def test_silence_makes_stale_and_then_lost(presence):
    looked(presence, {"kim": 1}, 0, 0)
    looked(presence, {"kim": 2}, 1, 4)
    assert presence.is_fresh("kim")
    looked(presence, {"kim": 2}, 5, 20)
    assert not presence.is_fresh("kim")
    assert presence.lost(["kim"]) == []
    looked(presence, {"kim": 2}, 21, 21)
    assert presence.lost(["kim", "lee"]) == ["kim"]


def test_back_in_time(presence):
    looked(presence, {"kim": 1}, 0, 19)
    looked(presence, {"kim": 2}, 20, 30)
    assert presence.lost(["kim"]) == []


def test_who_was_long_gone_before_this_process_began_is_lost_too(presence):
    looked(presence, {"kim": 9}, 0, 20)
    assert presence.lost(["kim"]) == ["kim"]


def test_time_in_which_nobody_could_look_is_no_silence(presence):
    looked(presence, {"kim": 1}, 0, 5)
    presence.look({"kim": 1}, 600_000)
    assert presence.lost(["kim"]) == []
    presence.look({"kim": 1}, 500_000)
    assert presence.lost(["kim"]) == [], "a clock that goes back adds nothing"


def test_who_is_watched_no_more_is_forgotten(presence):
    looked(presence, {"kim": 1}, 0, 19)
    presence.look({}, 20_000)
    looked(presence, {"kim": 1}, 21, 30)
    assert presence.lost(["kim"]) == []

"""When the store is looked at again: time is data."""

from voc.looks import AGAIN_MS, GIVE_UP_MS, LAST_MS, Looks


def test_a_store_that_is_in_step_is_looked_at_twice() -> None:
    looks = Looks()
    looks.begin("a", 1_000)
    assert looks.due(1_000 + AGAIN_MS - 1, 10) == []
    assert looks.due(1_000 + AGAIN_MS, 10) == ["a"]
    assert not looks.looked("a", 7_000, behind=False)
    assert looks.due(7_000 + LAST_MS - 1, 10) == []
    assert looks.due(7_000 + LAST_MS, 10) == ["a"]
    assert looks.looked("a", 40_000, behind=False)
    assert "a" not in looks
    assert looks.due(10**9, 10) == []


def test_a_store_that_is_behind_is_looked_at_until_it_is_not() -> None:
    looks = Looks()
    looks.begin("a", 0, after_ms=0)
    for now_ms in range(0, 20 * AGAIN_MS, AGAIN_MS):
        assert looks.due(now_ms, 10) == ["a"]
        assert not looks.looked("a", now_ms, behind=True)
    assert not looks.looked("a", 100_000, behind=False)
    assert looks.due(100_000 + LAST_MS, 10) == ["a"]


def test_it_is_given_up_some_time() -> None:
    looks = Looks()
    looks.begin("a", 0)
    assert not looks.looked("a", GIVE_UP_MS - 1, behind=True)
    assert looks.looked("a", GIVE_UP_MS, behind=True)
    assert "a" not in looks


def test_a_new_beginning_is_no_last_look() -> None:
    looks = Looks()
    looks.begin("a", 0)
    looks.looked("a", 0, behind=False)
    looks.begin("a", 10_000)
    assert not looks.looked("a", 20_000, behind=False)


def test_only_some_at_a_time() -> None:
    looks = Looks()
    for name in "abc":
        looks.begin(name, 0)
    looks.drop("a")
    looks.drop("never there")
    assert looks.due(AGAIN_MS, 1) == ["b"]
    assert looks.due(AGAIN_MS, 9) == ["b", "c"]

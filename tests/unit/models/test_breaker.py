"""The breaker, by a clock of its own."""

import pytest

from models.breaker import Breaker

FAILURES, PAUSE_S, LONGEST_S = 3, 5.0, 12.0


@pytest.fixture
def breaker():
    return Breaker(failures=FAILURES, pause_s=PAUSE_S, longest_pause_s=LONGEST_S)


def fail(breaker, now_s, times=1):
    for _ in range(times):
        breaker.failed(breaker.enter(now_s), now_s)


def test_some_failures_in_a_row_open_it(breaker):
    fail(breaker, 0.0, FAILURES - 1)
    assert breaker.state == "closed"
    fail(breaker, 1.0)
    assert breaker.state == "open"
    assert breaker.refuses(1.0)
    assert breaker.refuses(5.9)
    assert breaker.wait_s(2.0) == 4.0


def test_a_success_between_them_keeps_it_closed(breaker):
    for _ in range(3):
        fail(breaker, 0.0, FAILURES - 1)
        breaker.worked(breaker.enter(0.0))
    assert breaker.state == "closed"


def test_after_the_pause_one_may_try(breaker):
    fail(breaker, 0.0, FAILURES)
    assert not breaker.refuses(PAUSE_S)
    given = breaker.enter(PAUSE_S)
    assert breaker.state == "half-open"
    assert breaker.refuses(PAUSE_S)
    breaker.worked(given)
    assert breaker.state == "closed"
    fail(breaker, 6.0, FAILURES - 1)
    assert breaker.state == "closed"


def test_each_try_that_fails_doubles_the_pause_up_to_a_limit(breaker):
    fail(breaker, 0.0, FAILURES)
    now = 0.0
    for pause_s in (PAUSE_S, 2 * PAUSE_S, LONGEST_S, LONGEST_S):
        assert breaker.wait_s(now) == pause_s
        now += pause_s
        fail(breaker, now)
        assert breaker.state == "open"
    now += LONGEST_S
    breaker.worked(breaker.enter(now))
    fail(breaker, now, FAILURES)
    assert breaker.wait_s(now) == PAUSE_S


def test_a_try_that_was_given_up_lets_the_next_one_in(breaker):
    fail(breaker, 0.0, FAILURES)
    breaker.dropped(breaker.enter(PAUSE_S))
    assert not breaker.refuses(PAUSE_S)


def test_what_began_before_it_opened_says_nothing(breaker):
    early = [breaker.enter(0.0) for _ in range(3)]
    fail(breaker, 1.0, FAILURES)
    breaker.worked(early[0])
    breaker.failed(early[1], 3.0)
    assert breaker.wait_s(3.0) == 3.0
    breaker.enter(6.0)
    breaker.dropped(early[2])
    assert breaker.refuses(6.0)

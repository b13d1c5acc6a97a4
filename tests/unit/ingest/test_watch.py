"""Who is dead, from looks alone."""

from ingest.watch import BLIND_MS, DEAD_MS, Watch

STEP = 3_000


def looks(watch, beats_of, until_ms, since_ms=0):
    """A look every three seconds; what the last one said, and when somebody was first said to be dead."""
    first, dead = None, frozenset()
    for now_ms in range(since_ms, until_ms + 1, STEP):
        dead = watch.look(beats_of(now_ms), now_ms)
        if dead and first is None:
            first = now_ms
    return dead, first


def test_who_stands_still_for_long_is_dead_and_not_before():
    dead, first = looks(Watch(), lambda now: {"still": 7, "alive": now}, 60_000)
    assert dead == {"still"}
    assert DEAD_MS <= first < DEAD_MS + STEP


def test_a_beat_in_time_is_a_new_life():
    dead, first = looks(Watch(), lambda now: {"slow": now // (DEAD_MS - STEP)}, 300_000)
    assert (dead, first) == (frozenset(), None)


def test_any_other_number_is_a_sign_of_life():
    assert looks(Watch(), lambda now: {"again": 1 if now > 18_000 else 40}, 36_000) == (frozenset(), None)


def test_who_could_not_look_accuses_nobody():
    watch = Watch()
    looks(watch, lambda now: {"still": 1}, 18_000)
    watch.lose_sight()
    assert watch.look({"still": 1}, 21_000) == frozenset()
    assert looks(watch, lambda now: {"still": 1}, 39_000, 24_000) == (frozenset(), None)
    assert watch.look({"still": 1}, 42_000) == {"still"}


def test_who_slept_accuses_nobody():
    watch = Watch()
    looks(watch, lambda now: {"still": 1}, 18_000)
    assert watch.look({"still": 1}, 18_000 + BLIND_MS + 1) == frozenset()


def test_who_is_gone_is_forgotten_and_may_come_back():
    watch = Watch()
    looks(watch, lambda now: {"still": 1}, 18_000)
    assert watch.look({}, 21_000) == frozenset()
    assert watch.look({"still": 1}, 24_000) == frozenset()

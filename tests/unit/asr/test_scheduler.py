"""A scheduler under a clock that the tests move."""

from asr.scheduler import Job, Scheduler, SchedulerSettings

A, B, C = ("contact-a", 0), ("contact-a", 1), ("contact-b", 0)
SETTINGS = SchedulerSettings(max_batch=2, cadence_ms=400, load_factor=2.0)


def partial(key, end: int) -> Job:
    return Job(key, 0, end, final=False)


def final(key, end: int) -> Job:
    return Job(key, 0, end, final=True)


def scheduler() -> Scheduler:
    return Scheduler(SETTINGS)


def test_nothing_waits_in_the_beginning():
    target = scheduler()
    assert target.next_batch(1_000) == []
    assert target.next_due_ms() is None
    assert target.waiting_finals == 0


def test_finals_go_first_and_the_oldest_of_them():
    target = scheduler()
    target.add(partial(A, 1))
    for job in (final(B, 2), final(C, 3), final(B, 4)):
        target.add(job)
    assert target.waiting_finals == 3
    assert target.next_batch(1_000) == [final(B, 2), final(C, 3)]
    assert target.next_batch(1_000) == [final(B, 4)]
    assert target.next_batch(1_000) == [partial(A, 1)]
    assert target.next_batch(1_000) == []


def test_the_newest_partial_of_a_channel_stays():
    target = scheduler()
    for end in (1, 2, 3):
        target.add(partial(A, end))
    target.add(partial(B, 9))
    assert target.stale_partials == 2
    assert sorted(target.next_batch(1_000), key=lambda job: job.key) == [partial(A, 3), partial(B, 9)]


def test_a_final_takes_its_partials_place():
    target = scheduler()
    target.add(partial(A, 1))
    target.add(final(A, 2))
    assert target.stale_partials == 1
    assert target.next_batch(1_000) == [final(A, 2)]
    assert target.next_batch(9_000) == []


def test_a_final_leaves_partials_of_other_channels():
    target = scheduler()
    target.add(partial(B, 1))
    target.add(final(A, 2))
    target.next_batch(1_000)
    assert target.next_batch(1_000) == [partial(B, 1)]


def test_partials_of_a_channel_keep_the_cadence():
    target = scheduler()
    target.add(partial(A, 1))
    assert target.next_batch(1_000) == [partial(A, 1)]
    target.add(partial(A, 2))
    assert target.next_due_ms() == 1_400
    assert target.next_batch(1_399) == []
    assert target.next_batch(1_400) == [partial(A, 2)]


def test_the_one_that_waits_longest_goes_first():
    target = scheduler()
    for now, key in ((1_000, A), (1_100, B), (1_200, C)):
        target.add(partial(key, 1))
        target.next_batch(now)
    for key in (C, B, A):
        target.add(partial(key, 2))
    assert target.next_due_ms() == 1_400
    assert [job.key for job in target.next_batch(5_000)] == [A, B]
    assert [job.key for job in target.next_batch(5_000)] == [C]


def test_cadence_follows_the_load_and_comes_back():
    target = scheduler()
    assert target.cadence_ms == 400
    for _ in range(30):
        target.took(1_000)
    assert 1_900 < target.cadence_ms <= 2_000
    for _ in range(30):
        target.took(50)
    assert target.cadence_ms == 400


def test_one_slow_batch_does_not_stop_the_partials():
    target = scheduler()
    target.took(1_000)
    assert target.cadence_ms == 600


def test_a_busy_machine_does_finals_for_most_of_the_time():
    """Two channels talk without end on a machine that needs 300 ms a batch: finals wait for one batch at most."""
    target = Scheduler(SchedulerSettings(max_batch=1, cadence_ms=100, load_factor=2.0))
    now, waits, partials = 0, [], 0
    for turn in range(200):
        target.add(partial(A, turn))
        target.add(partial(B, turn))
        if turn % 5 == 0:
            target.add(Job(C, 0, turn, final=True, asked_ms=now))
        batch = target.next_batch(now)
        waits += [now - job.asked_ms for job in batch if job.final]
        partials += sum(not job.final for job in batch)
        now += 300 if batch else 10
        if batch:
            target.took(300)
    assert len(waits) == 40
    assert max(waits) == 0
    assert partials > 10


def test_pending_are_the_finals_of_a_channel():
    target = scheduler()
    for job in (final(A, 1), final(B, 2), final(A, 3), partial(A, 4)):
        target.add(job)
    assert target.pending(A) == [final(A, 1), final(A, 3)]
    assert target.pending(C) == []


def test_an_utterance_that_was_none_has_no_partial():
    target = scheduler()
    target.add(final(A, 1))
    target.add(partial(A, 2))
    target.drop_partial(A)
    target.drop_partial(B)
    assert target.next_batch(1_000) == [final(A, 1)]
    assert target.next_batch(1_000) == []


def test_a_channel_that_is_gone_leaves_nothing():
    target = scheduler()
    target.add(partial(A, 1))
    target.next_batch(1_000)
    for job in (final(A, 2), final(B, 3), partial(A, 4)):
        target.add(job)
    target.forget(A)
    target.forget(C)
    assert target.waiting_finals == 1
    assert target.next_batch(9_000) == [final(B, 3)]
    assert target.next_due_ms() is None
    target.add(partial(A, 5))
    assert target.next_batch(1_001) == [partial(A, 5)]

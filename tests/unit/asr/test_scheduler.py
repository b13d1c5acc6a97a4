"""A scheduler under a clock that the tests move, and under a simulated model on many channels."""

import heapq
import itertools
import random
from dataclasses import replace

import pytest

from asr.scheduler import Job, Scheduler, SchedulerSettings

A, B, C = ("contact-a", 0), ("contact-a", 1), ("contact-b", 0)
SETTINGS = SchedulerSettings(max_finals=2, max_partials=2, cadence_ms=400)


def partial(key, end: int, asked_ms: int = 0) -> Job:
    return Job(key, 0, end, final=False, asked_ms=asked_ms)


def early(key, end: int, asked_ms: int = 0) -> Job:
    return replace(partial(key, end, asked_ms), early=True)


def final(key, end: int, asked_ms: int = 0, length_ms: int = 0) -> Job:
    return Job(key, 0, end, final=True, asked_ms=asked_ms, length_ms=length_ms)


def scheduler(**settings) -> Scheduler:
    return Scheduler(replace(SETTINGS, **settings))


def take(target: Scheduler, now_ms: int) -> list[Job]:
    """A batch that is done at once."""
    batch = target.next_batch(now_ms)
    target.done(batch)
    return batch


def test_nothing_waits_in_the_beginning():
    target = scheduler()
    assert take(target, 1_000) == []
    assert target.next_due_ms() is None
    assert target.waiting_finals == 0
    assert target.wait_ms(1_000) == 0


def test_finals_go_first_and_the_oldest_of_them():
    target = scheduler()
    target.add(partial(A, 1))
    for job in (final(B, 2, 10), final(C, 3, 20), final(B, 4, 30)):
        target.add(job)
    assert target.waiting_finals == 3
    assert take(target, 1_000) == [final(B, 2, 10), final(C, 3, 20)]
    assert take(target, 1_000) == [final(B, 4, 30)]
    assert take(target, 1_000) == [partial(A, 1)]
    assert take(target, 1_000) == []


def test_a_channel_has_one_final_in_work():
    """Its finals come in order, so that numbers which are read out over several of them are found."""
    target = scheduler()
    for job in (final(A, 1), final(A, 2), final(B, 3)):
        target.add(job)
    batch = target.next_batch(0)
    assert batch == [final(A, 1), final(B, 3)]
    target.add(early(B, 9))
    assert target.next_batch(1_000) == []
    assert target.next_due_ms() is None
    target.done(batch)
    assert target.next_batch(1_000) == [final(A, 2)]
    assert target.next_batch(1_000) == [early(B, 9)]


def test_a_final_need_not_wait_for_its_channels_partial():
    target = scheduler(workers=2)
    target.add(partial(A, 1))
    assert target.next_batch(1_000) == [partial(A, 1)]
    target.add(final(A, 2))
    assert target.next_batch(1_100) == [final(A, 2)]


def test_half_of_the_workers_take_no_partials():
    """So that a final seldom finds all of them busy."""
    target = scheduler(workers=4, max_partials=1)
    for number in range(5):
        target.add(partial((f"contact-{number}", 0), 1))
    batches = [target.next_batch(1_000) for _ in range(3)]
    assert [len(batch) for batch in batches] == [1, 1, 0]
    assert target.next_due_ms() is None
    target.add(early(A, 1))
    assert target.next_batch(1_000) == [early(A, 1)]
    target.done(batches[0])
    assert len(target.next_batch(1_000)) == 1


def test_workers_share_what_waits():
    target = scheduler(workers=2)
    for job in (final(A, 1, 1), final(B, 2, 2)):
        target.add(job)
    assert target.next_batch(5) == [final(A, 1, 1)]
    assert target.next_batch(5) == [final(B, 2, 2)]


def test_the_newest_partial_of_a_channel_stays():
    target = scheduler()
    for end in (1, 2, 3):
        target.add(partial(A, end))
    target.add(partial(B, 9))
    assert target.stale_partials == 2
    assert sorted(take(target, 1_000), key=lambda job: job.key) == [partial(A, 3), partial(B, 9)]


def test_a_final_takes_its_partials_place():
    target = scheduler()
    target.add(partial(A, 1))
    target.add(final(A, 2))
    assert target.stale_partials == 1
    assert take(target, 1_000) == [final(A, 2)]
    assert take(target, 9_000) == []


def test_partials_of_a_channel_keep_the_cadence():
    target = scheduler()
    target.add(partial(A, 1))
    assert take(target, 1_000) == [partial(A, 1)]
    target.add(partial(A, 2))
    assert target.next_due_ms() == 1_400
    assert take(target, 1_399) == []
    assert take(target, 1_400) == [partial(A, 2)]


def test_speech_that_rests_need_not_wait_for_the_cadence():
    target = scheduler()
    target.add(partial(A, 1))
    take(target, 1_000)
    target.add(partial(A, 2))
    assert take(target, 1_050) == []
    target.add(early(A, 2, asked_ms=1_050))
    assert take(target, 1_050) == [early(A, 2, asked_ms=1_050)]
    assert take(target, 1_050) == [partial(A, 2)]


def test_speech_that_goes_on_takes_the_early_window_back():
    target = scheduler()
    target.add(early(A, 2))
    target.add(partial(A, 3))
    assert take(target, 1_000) == [partial(A, 3)]
    assert take(target, 1_000) == []


def test_a_final_that_was_done_early_waits_no_longer():
    target = scheduler()
    target.add(early(A, 5))
    batch = target.next_batch(0)
    target.add(final(A, 5))
    target.add(final(A, 7))
    assert target.next_batch(10) == []
    assert target.answered(batch[0]) == final(A, 5)
    assert target.answered(batch[0]) is None
    target.done(batch)
    assert take(target, 20) == [final(A, 7)]


def test_the_one_that_waits_longest_goes_first():
    target = scheduler()
    for now, key in ((1_000, A), (1_100, B), (1_200, C)):
        target.add(partial(key, 1))
        take(target, now)
    for key in (C, B, A):
        target.add(partial(key, 2))
    assert take(target, 9_000) == [partial(A, 2), partial(B, 2)]


def test_a_backlog_of_one_call_holds_up_no_other():
    """Twenty finals of a recording that is fed fast, and then one of a live call."""
    target = scheduler(max_finals=1)
    for end in range(1, 21):
        target.add(final(A, end, asked_ms=0, length_ms=4_000))
    for end in (1, 2):
        assert take(target, 100) == [final(A, end, 0, 4_000)]
    target.add(final(C, 1, asked_ms=200, length_ms=4_000))
    assert take(target, 300) == [final(C, 1, 200, 4_000)]
    assert [take(target, 400)[0].end_sample for _ in range(18)] == list(range(3, 21))


def test_waiting_finals_stretch_the_cadence_and_rest_relaxes_it():
    target = scheduler(slowest_ms=3_000)
    for end in range(40):
        target.add(final(A, end, asked_ms=0))
        take(target, 500)
    assert target.cadence_ms == 3_000
    for end in range(200):
        target.add(partial(A, end))
        take(target, 10_000 * (end + 1))
    assert target.cadence_ms == 400


def test_wait_is_that_of_the_oldest_or_the_mean():
    target = scheduler()
    target.add(final(A, 1, asked_ms=100))
    assert target.wait_ms(1_100) == 1_000
    take(target, 1_100)
    assert 0 < target.wait_ms(1_100) <= 1_000
    for number in range(60):
        target.add(partial(B, number))
        take(target, 10_000 * (number + 1))
    assert target.wait_ms(700_000) < 1


def test_what_is_forgotten_is_not_asked_for():
    target = scheduler()
    for job in (final(A, 1), final(A, 2), final(B, 3)):
        target.add(job)
    target.add(partial(A, 4))
    target.forget(A)
    assert target.waiting_finals == 1
    assert target.pending(A) == []
    assert take(target, 1_000) == [final(B, 3)]
    assert take(target, 9_000) == []


# -- a simulated model -------------------------------------------------------------------------------------

FINAL_MS, PARTIAL_MS = 300, 150
"""A window's time on one worker; a batch of n takes (n + 1) / 2 of it."""


class Simulation:
    """Channels of one sample a millisecond that talk 40 % of the time; a model that takes its time."""

    def __init__(self, channels: int, *, seconds: int, seed: int = 0, workers: int = 2) -> None:
        self.target = Scheduler(SchedulerSettings(workers=workers))
        self.delays: list[int] = []
        self.partials = 0
        self.finals = 0
        self.free = workers
        self.count = itertools.count()
        dice = random.Random(seed)
        self.events: list[tuple[int, int, str, object]] = []
        for number in range(channels):
            now = dice.randrange(10_000)
            while now < seconds * 1000:
                length = dice.randrange(1_000, 7_000)
                for at in range(400, length, 100):
                    self.at(now + at, "partial", Job((f"{number}", 0), now, now + at, final=False))
                end = now + length
                self.finals += 1
                self.at(end + 500, "final", Job((f"{number}", 0), now, end, True, length_ms=length))
                now = end + dice.randrange(500, 11_500)

    def at(self, when: int, what: str, value: object) -> None:
        heapq.heappush(self.events, (when, next(self.count), what, value))

    def run(self) -> "Simulation":
        now = 0
        while self.events:
            now, _, what, value = heapq.heappop(self.events)
            if what == "done":
                self.target.done(value)
                self.free += 1
                for job in value:
                    if job.final:
                        self.delays.append(now - job.end_sample)
                    else:
                        self.partials += 1
            elif what != "tick":
                self.target.add(replace(value, asked_ms=now))
            while self.free and (batch := self.target.next_batch(now)):
                self.free -= 1
                one = FINAL_MS if batch[0].final else PARTIAL_MS
                self.at(now + one * (len(batch) + 1) // 2, "done", batch)
            due = self.target.next_due_ms()
            if self.free and due is not None and due > now:
                self.at(due, "tick", None)
        return self

    def p95(self) -> int:
        return sorted(self.delays)[len(self.delays) * 95 // 100]


@pytest.mark.parametrize("channels", [1, 8, 32])
def test_every_final_comes_once_and_in_time(channels):
    simulation = Simulation(channels, seconds=120).run()
    assert len(simulation.delays) == simulation.finals
    assert simulation.p95() <= 500 + 1_000


def test_past_capacity_finals_are_late_and_none_is_lost():
    simulation = Simulation(160, seconds=60).run()
    assert len(simulation.delays) == simulation.finals
    assert simulation.p95() > 1_500


def test_partials_give_way_as_channels_come():
    shares = [
        simulation.partials / simulation.finals
        for simulation in (Simulation(channels, seconds=120).run() for channels in (2, 16, 40))
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 4
    assert shares[-1] < shares[0] / 2


def test_the_same_input_gives_the_same_batches():
    runs = [Simulation(12, seconds=60, seed=3).run() for _ in range(2)]
    assert runs[0].delays == runs[1].delays
    assert runs[0].partials == runs[1].partials


def test_what_piled_up_is_transcribed_and_is_no_load():
    target = scheduler()
    target.add(replace(final(A, 1, asked_ms=0), late=True))
    target.add(replace(final(A, 2, asked_ms=0), late=True))
    assert target.catches_up
    assert target.wait_ms(60_000) == 0
    assert len(take(target, 60_000)) == len(take(target, 60_000)) == 1
    assert target.wait_ms(60_000) == 0
    assert target.cadence_ms == 400
    assert not target.catches_up
    target.add(final(B, 1, asked_ms=60_000))
    assert target.wait_ms(60_500) == 500


def test_what_piled_up_has_no_partials():
    target = scheduler()
    target.add(replace(partial(A, 1), late=True))
    target.add(replace(early(A, 1), late=True))
    assert take(target, 1_000) == []
    assert target.stale_partials == 1

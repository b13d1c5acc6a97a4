from asr.ends import Ends

A, B = ("contact-a", 0), ("contact-b", 0)


class Clock:
    now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


def test_who_says_nothing_for_two_minutes_has_ended():
    clock = Clock()
    target = Ends(clock)
    target.hear(A)
    clock.now_ms = 60_000
    target.hear(B)
    clock.now_ms = 120_000
    assert target.silent(lambda _: False) == []
    clock.now_ms = 120_001
    assert target.silent(lambda _: False) == [A]


def test_whose_call_is_over_has_ended_sooner():
    clock = Clock()
    target = Ends(clock)
    for key in (A, B):
        target.hear(key)
    clock.now_ms = 15_001
    assert target.silent(lambda contact: contact == B[0]) == [B]


def test_a_channel_ends_when_nothing_of_it_is_in_work():
    target = Ends(Clock())
    target.hear(A)
    target.close(A)
    assert A[0] in target
    assert target.due(lambda _: True) == []
    assert target.due(lambda _: False) == [A]
    target.end(A, 800)
    assert A[0] not in target
    assert len(target) == 0
    assert target.due(lambda _: False) == []


def test_what_comes_after_the_end_is_past_and_what_goes_on_is_not():
    target = Ends(Clock())
    target.end(A, 800)
    assert target.is_past(A, 800)
    assert not target.is_past(A, 801)
    assert not target.is_past(B, 800)
    target.forget_past()
    assert not target.is_past(A, 800)


def test_ends_that_are_remembered_are_bounded():
    target = Ends(Clock())
    for number in range(5_000):
        target.end((f"contact-{number}", 0), 1)
    assert not target.is_past(("contact-0", 0), 1)
    assert target.is_past(("contact-4999", 0), 1)
    assert len(target._ended) <= 4_096

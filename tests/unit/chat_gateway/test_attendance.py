"""Where conversations are followed too, and which entries were heard already."""

from chat_gateway.attendance import LIVES_MS, MAX_MISSING, Attendance, Seen


def test_followed_elsewhere_until_all_have_left() -> None:
    attendance = Attendance()
    attendance.heard("c", "a", True, 0)
    attendance.heard("c", "b", True, 0)
    attendance.heard("c", "a", False, 0)
    assert attendance.is_elsewhere("c", 0)
    assert not attendance.is_elsewhere("d", 0)
    attendance.heard("c", "b", False, 0)
    attendance.heard("c", "b", False, 0)
    assert not attendance.is_elsewhere("c", 0)
    assert len(attendance) == 0


def test_a_gateway_that_died_is_forgotten() -> None:
    attendance = Attendance()
    attendance.heard("c", "a", True, 1_000)
    assert attendance.is_elsewhere("c", 999 + LIVES_MS)
    attendance.heard("c", "a", True, 2_000)
    assert attendance.is_elsewhere("c", 1_000 + LIVES_MS), "said again, it holds longer"
    assert not attendance.is_elsewhere("c", 2_000 + LIVES_MS)
    assert len(attendance) == 0


def test_what_is_remembered_has_a_bound() -> None:
    attendance, seen = Attendance(max_contacts=2), Seen(max_contacts=2)
    for contact in "abc":
        attendance.heard(contact, "g", True, 0)
        seen.is_new(contact, 1)
        seen.is_new(contact, 3)
    assert [attendance.is_elsewhere(contact, 0) for contact in "abc"] == [False, True, True]
    assert len(seen) == 2
    assert seen.is_new("a", 1), "forgotten: it comes as new"


def test_each_entry_is_new_once_in_whatever_order() -> None:
    seen = Seen()
    order = [3, 4, 4, 7, 5, 7, 6, 5, 6, 8]
    assert [seq for seq in order if seen.is_new("c", seq)] == [3, 4, 7, 5, 6, 8]
    assert not seen.is_new("c", 2), "what was before the first counts as seen"


def test_after_a_long_gap_only_the_last_ones_are_waited_for() -> None:
    seen = Seen()
    seen.is_new("c", 1)
    seen.is_new("c", 1_000)
    assert not seen.is_new("c", 999 - MAX_MISSING)
    assert seen.is_new("c", 1_000 - MAX_MISSING)
    assert not seen.is_new("c", 1_000 - MAX_MISSING)

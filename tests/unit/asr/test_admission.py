from asr.admission import EVERYONE, Admission, AdmissionSettings

SETTINGS = AdmissionSettings(finals_from_ms=300, refuse_from_ms=900, calm_ms=100, calm_for_ms=5_000)


def test_the_queue_decides_how_a_new_call_is_taken():
    target = Admission(SETTINGS)
    waits = {"a": 0, "b": 299, "c": 300, "d": 899, "e": 900, "f": 60_000}
    modes = {contact: target.admit(contact, wait) for contact, wait in waits.items()}
    assert modes == {"a": "full", "b": "full", "c": "finals", "d": "finals", "e": "refused", "f": "refused"}
    assert {contact: target.mode(contact) for contact in waits} == modes


def test_who_was_admitted_stays_when_the_queue_grows():
    target = Admission(SETTINGS)
    target.admit("a", 0)
    assert target.review(5_000, 1_000) is None
    assert target.mode("a") == "full"


def test_calls_move_up_one_by_one_while_there_is_room():
    target = Admission(SETTINGS)
    for contact, wait in (("a", 400), ("b", 1_000), ("c", 1_000)):
        target.admit(contact, wait)
    moved = {now: target.review(50, now) for now in range(0, 32_000, 1_000)}
    assert {now: who for now, who in moved.items() if who} == {
        5_000: ("b", "finals"),
        10_000: ("c", "finals"),
        15_000: ("a", "full"),
        20_000: ("b", "full"),
        25_000: ("c", "full"),
    }


def test_a_moment_of_waiting_begins_the_calm_anew():
    target = Admission(SETTINGS)
    target.admit("a", 1_000)
    assert target.review(0, 0) is None
    assert target.review(100, 4_000) is None
    assert target.review(0, 6_000) is None
    assert target.review(0, 10_999) is None
    assert target.review(0, 11_000) == ("a", "finals")


def test_nobody_is_refused_without_limits():
    target = Admission(EVERYONE)
    assert target.admit("a", 1e9) == "full"


def test_a_call_that_ended_is_new_when_it_comes_again():
    target = Admission(SETTINGS)
    target.admit("a", 1_000)
    assert target.knows("a")
    target.forget("a")
    assert not target.knows("a")
    assert target.admit("a", 0) == "full"


def test_a_call_that_is_kept_has_its_finals_at_worst():
    target = Admission(SETTINGS)
    waits = {"a": 0, "b": 300, "c": 60_000}
    modes = {contact: target.admit(contact, wait, keeps=True) for contact, wait in waits.items()}
    assert modes == {"a": "full", "b": "finals", "c": "finals"}
    assert target.count() == {"full": 1, "finals": 2}

from console.outbox import Outbox


def drained(outbox):
    return list(iter(outbox.take, None))


def test_messages_keep_their_order():
    outbox = Outbox()
    for message in "abc":
        assert outbox.put(message)
    assert drained(outbox) == ["a", "b", "c"]
    assert outbox.take() is None


def test_a_newer_partial_replaces_the_older_one_at_the_end():
    """In the older one's place it would stand before the snapshot that it belongs to."""
    outbox = Outbox()
    outbox.put_partial("u1", "여")
    outbox.put("snapshot")
    outbox.put_partial("u1", "여권")
    assert drained(outbox) == ["snapshot", "여권"]
    assert outbox.shed == 1


def test_a_final_takes_its_partials_out():
    outbox = Outbox()
    outbox.put_partial("u1", "여")
    outbox.put_partial("u2", "수")
    outbox.forget_partial("u1")
    outbox.put("여권을")
    assert drained(outbox) == ["수", "여권을"]


def test_when_full_partials_go_first_and_nothing_else_ever():
    outbox = Outbox(limit=3)
    outbox.put("a")
    outbox.put_partial("u1", "여")
    outbox.put_partial("u2", "수")
    assert outbox.put("b")
    assert outbox.put("c")
    assert not outbox.put("d")
    assert not outbox.put_partial("u3", "주")
    assert drained(outbox) == ["a", "b", "c"]
    assert outbox.shed == 2

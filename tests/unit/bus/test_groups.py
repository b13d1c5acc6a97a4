"""Leases, hand-overs and fences, with time as data."""

import pytest

from bus import groups
from bus.groups import Member
from bus.log import append, connect, prepare, transaction
from contracts.topics import Topic

CALLS = Topic("calls", 4, 1_000, 1 << 20)
SESSION_MS = 1_000
ONE = Member("group", "one-0", ("calls",), SESSION_MS)
TWO = Member("group", "two-0", ("calls",), SESSION_MS)


@pytest.fixture
def file(tmp_path):
    prepare(tmp_path / "bus.db", [CALLS])
    connection = connect(tmp_path / "bus.db")
    with transaction(connection):
        yield connection
    connection.close()


def owned(file, member, now_ms):
    return set(groups.sync(file, member, "earliest", now_ms).holdings)


def committed(file, member, now_ms):
    return {tp: held.committed for tp, held in groups.sync(file, member, "earliest", now_ms).holdings.items()}


def test_a_new_member_waits_until_the_old_one_lets_go(file):
    groups.join(file, ONE, "earliest", 0)
    everything = owned(file, ONE, 0)
    groups.join(file, TWO, "earliest", 10)
    assert owned(file, TWO, 20) == set()
    kept = owned(file, ONE, 30)
    assert len(kept) == 2
    assert owned(file, TWO, 40) == everything - kept


def test_a_hand_over_that_takes_longer_than_the_session_is_forced(file):
    groups.join(file, ONE, "earliest", 0)
    groups.join(file, TWO, "earliest", 10)
    groups.beat(file, [ONE, TWO], 1_009, judge=True)
    assert owned(file, TWO, 1_009) == set()
    groups.beat(file, [ONE, TWO], 1_010, judge=True)
    assert len(owned(file, TWO, 1_010)) == 2


def test_a_silent_member_loses_everything_after_the_session(file):
    groups.join(file, ONE, "earliest", 0)
    groups.join(file, TWO, "earliest", 0)
    groups.beat(file, [TWO], 1_000, judge=True)
    assert len(owned(file, TWO, 1_000)) < 4
    groups.beat(file, [TWO], 1_001, judge=True)
    assert len(owned(file, TWO, 1_001)) == 4


def test_heartbeats_keep_a_member_that_does_not_fetch(file):
    groups.join(file, ONE, "earliest", 0)
    groups.join(file, TWO, "earliest", 0)
    owned(file, ONE, 0)
    for now_ms in range(500, 10_000, 500):
        groups.beat(file, [ONE, TWO], now_ms, judge=True)
    assert len(owned(file, ONE, 10_000)) == 2


def test_who_overslept_does_not_judge(file):
    groups.join(file, ONE, "earliest", 0)
    groups.join(file, TWO, "earliest", 0)
    owned(file, ONE, 0)
    groups.beat(file, [TWO], 50_000, judge=False)
    groups.beat(file, [ONE], 50_001, judge=False)
    groups.beat(file, [TWO], 50_002, judge=True)
    assert len(owned(file, ONE, 50_003)) == 2


def test_a_member_taken_for_dead_joins_again(file):
    groups.join(file, ONE, "earliest", 0)
    groups.join(file, TWO, "earliest", 5_000)
    assert len(owned(file, TWO, 5_000)) == 4
    assert owned(file, ONE, 5_001) == set()
    assert len(owned(file, TWO, 5_002)) == 2
    assert len(owned(file, ONE, 5_003)) == 2


def test_members_from_before_the_last_start_of_the_machine_are_dead(file):
    groups.join(file, ONE, "earliest", 90_000_000)
    groups.join(file, TWO, "earliest", 100)
    assert len(owned(file, TWO, 100)) == 4


def test_a_commit_under_an_older_epoch_is_ignored(file):
    groups.join(file, ONE, "earliest", 0)
    held = groups.sync(file, ONE, "earliest", 0).holdings
    tp = next(iter(held))
    groups.commit(file, ONE, [(tp, held[tp].epoch, 7)])
    groups.join(file, TWO, "earliest", 5_000)
    groups.leave(file, TWO, 5_001)
    back = groups.sync(file, ONE, "earliest", 5_002).holdings
    assert back[tp].epoch > held[tp].epoch
    groups.commit(file, ONE, [(tp, held[tp].epoch, 99)])
    assert committed(file, ONE, 5_003)[tp] == 7
    groups.commit(file, ONE, [(tp, back[tp].epoch, 8)])
    assert committed(file, ONE, 5_004)[tp] == 8


def test_a_commit_by_another_member_is_ignored(file):
    groups.join(file, ONE, "earliest", 0)
    held = groups.sync(file, ONE, "earliest", 0).holdings
    groups.commit(file, TWO, [(tp, one.epoch, 7) for tp, one in held.items()])
    assert set(committed(file, ONE, 1).values()) == {0}


def test_the_members_of_a_process_that_is_gone_are_taken_out(file):
    for member in (ONE, TWO):
        groups.join(file, member, "earliest", 0)
    groups.bury(file, "one", 10)
    assert len(owned(file, TWO, 11)) == 4


def test_latest_pins_the_end_for_the_whole_group(file):
    (tp, *_) = [row[0] for row in file.execute("SELECT id FROM topic_partition")]
    append(file, [(tp, "contact", b"before")] * 3, 0)
    groups.join(file, ONE, "latest", 0)
    append(file, [(tp, "contact", b"after")], 0)
    groups.leave(file, ONE, 1)
    groups.join(file, TWO, "latest", 2)
    assert committed(file, TWO, 3)[tp] == 3

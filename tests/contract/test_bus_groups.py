"""What every engine promises to the members of a group: sharing, take-over, one owner at a time."""

import asyncio

from bus.base import TopicPartition, partition_of
from tests.contract.conftest import every


async def test_members_share_the_partitions_evenly(bus, reading, until, calls, group):
    members = [reading(await bus.subscribe(group, [calls])) for _ in range(2)]
    await until(lambda: [len(member.owned) for member in members] == [2, 2])
    assert members[0].owned | members[1].owned == every(calls)

    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in range(200)])
    await until(lambda: sum(len(member.records) for member in members) >= 200)
    assert sorted(int(value) for member in members for value in member.values) == list(range(200))


async def test_more_members_than_partitions(bus, reading, until, calls, group):
    members = [reading(await bus.subscribe(group, [calls])) for _ in range(5)]
    await until(lambda: sorted(len(member.owned) for member in members) == [0, 1, 1, 1, 1])


async def test_others_take_over_when_a_member_closes(bus, reading, until, calls, group):
    stays, leaves = [reading(await bus.subscribe(group, [calls])) for _ in range(2)]
    await until(lambda: (len(stays.owned), len(leaves.owned)) == (2, 2))
    await leaves.close()
    await until(lambda: stays.owned == every(calls))
    await bus.publish_many(calls, [(f"{number}", b"") for number in range(40)])
    await until(lambda: len(stays.records) == 40)


async def test_a_member_that_leaves_hands_on_what_it_did_not_commit(bus, reading, take, until, calls, group):
    leaves = await bus.subscribe(group, [calls])
    await bus.publish_many(calls, [("contact", b"%d" % number) for number in range(10)])
    await take(leaves, 10)
    await leaves.commit({TopicPartition(calls, partition_of("contact", 4)): 4})
    stays = reading(await bus.subscribe(group, [calls]))
    await leaves.close()
    await until(lambda: len(stays.records) >= 6)
    assert [int(value) for value in stays.values] == [4, 5, 6, 7, 8, 9]


async def test_a_partition_has_one_owner_while_members_come_and_go(bus, reading, until, calls, group):
    members = []

    def nobody_shares():
        owned = [partition for member in members for partition in member.owned]
        assert len(owned) == len(set(owned))

    async def join():
        member = reading(await bus.subscribe(group, [calls]))
        members.append(member)
        member.changed = nobody_shares

    published = 0
    for step in ("join", "join", "leave", "join", "join", "leave", "leave"):
        if step == "join":
            await join()
        else:
            await members[0].close()
            gone = members.pop(0)
            members[0].records += gone.records
        for _ in range(20):
            await bus.publish(calls, f"contact-{published % 8}", b"%d" % published)
            published += 1
        await until(lambda: sum(len(member.owned) for member in members) == 4)
    await until(
        lambda: {int(value) for member in members for value in member.values} == set(range(published))
    )


async def test_order_holds_when_a_partition_moves(bus, reading, until, calls, group):
    seen = []
    first = reading(await bus.subscribe(group, [calls]))
    await until(lambda: first.owned == every(calls))
    second = None
    for number in range(300):
        await bus.publish(calls, f"contact-{number % 4}", b"%d" % number)
        if number == 100:
            second = reading(await bus.subscribe(group, [calls]))
    await until(lambda: len(second.owned) == 2)
    await until(lambda: {*first.values, *second.values} == {b"%d" % number for number in range(300)})
    for member in (first, second):
        for key in {record.key for record in member.records}:
            seen = [int(record.value) for record in member.records if record.key == key]
            assert seen == sorted(seen)


async def test_a_commit_by_who_owns_the_partition_no_more_is_ignored(bus, reading, take, until, calls, group):
    old = await bus.subscribe(group, [calls])
    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in range(40)])
    seen = await take(old, 40)
    new = reading(await bus.subscribe(group, [calls]), commits=False)
    revoked = set()
    async with asyncio.timeout(20):
        while len(revoked) < 2:
            revoked |= (await old.fetch(timeout_s=0.1)).revoked
    await old.commit({record.topic_partition: record.offset + 1 for record in seen})
    await until(lambda: new.owned == revoked)
    moved = [record.value for record in seen if record.topic_partition in revoked]
    await until(lambda: len(new.records) >= len(moved))
    await new.close()
    await old.close()
    again = await take(await bus.subscribe(group, [calls]), len(moved))
    assert sorted(record.value for record in again) == sorted(moved)


async def test_members_may_want_different_topics(bus, reading, until, calls, notes, group):
    one = reading(await bus.subscribe(group, [calls]))
    both = reading(await bus.subscribe(group, [calls, notes]))
    await until(lambda: len(one.owned) == 2 and both.owned >= every(notes) and len(both.owned) == 6)
    await bus.publish(notes, "contact", b"note")
    await bus.publish_many(calls, [(f"{number}", b"call") for number in range(20)])
    await until(lambda: len(one.records) + len(both.records) == 21)
    assert b"note" in both.values
    await both.close()
    await until(lambda: one.owned == every(calls))


async def test_topics_of_a_member_go_together(bus, reading, until, calls, notes, group):
    members = [reading(await bus.subscribe(group, [calls, notes])) for _ in range(3)]

    def shared():
        return sorted(len(member.owned) for member in members) == [2, 2, 4]

    def together():
        for member in members:
            lanes = [{tp.partition for tp in member.owned if tp.topic == topic} for topic in (calls, notes)]
            assert lanes[0] == lanes[1]

    await until(shared)
    together()
    await members.pop().close()
    await until(lambda: [len(member.owned) for member in members] == [4, 4])
    together()


async def test_what_is_committed_at_the_hand_over_is_not_read_again(bus, reading, take, until, calls, group):
    old = await bus.subscribe(group, [calls])
    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in range(40)])
    seen = await take(old, 40)
    new = reading(await bus.subscribe(group, [calls]))
    await old.commit({record.topic_partition: record.offset + 1 for record in seen})
    revoked = set()
    async with asyncio.timeout(20):
        while len(revoked) < 2:
            revoked |= (await old.fetch(timeout_s=0.1)).revoked
    await until(lambda: new.owned == revoked)
    await bus.publish_many(calls, [(f"{number}", b"later") for number in range(40)])
    later = sum(TopicPartition(calls, partition_of(f"{number}", 4)) in revoked for number in range(40))
    await until(lambda: len(new.records) >= later)
    assert set(new.values) == {b"later"}
    await old.close()


async def test_a_partition_that_moves_brings_nothing_of_before(bus, reading, until, calls, group):
    """What the old owner had fetched and not yet handed on is dropped with the partition."""
    old = await bus.subscribe(group, [calls])
    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in range(400)])
    got = []
    while not got:
        got += (await old.fetch(max_records=1)).records
    new = reading(await bus.subscribe(group, [calls]))
    owned = set(every(calls))
    async with asyncio.timeout(20):
        while owned == every(calls) or (await _handed(old, owned)):
            batch = await old.fetch(max_records=1, timeout_s=0.1)
            owned -= batch.revoked
            assert {record.topic_partition for record in batch.records} <= owned
    await until(lambda: len(new.owned) == 2)
    assert new.owned.isdisjoint(owned)
    await old.close()


async def _handed(subscription, owned):
    """Reads on for a while after the hand-over; whether there was anything."""
    batch = await subscription.fetch(max_records=7, timeout_s=0.2)
    assert {record.topic_partition for record in batch.records} <= owned
    return bool(batch.records)

"""What every engine promises, by the public promise alone."""

import asyncio
import contextlib
import itertools
import time

import pytest

from bus.base import TopicPartition, partition_of
from contracts.errors import BadEvent, BadSetting, BusClosed
from tests.contract.conftest import every


def after(records):
    return {record.topic_partition: record.offset + 1 for record in records}


async def test_a_record_arrives_as_it_was_sent(bus, take, calls, group):
    subscription = await bus.subscribe(group, [calls])
    sent_ms = time.time() * 1000
    await bus.publish(calls, "상담-1", "안녕하세요\0".encode())
    (record,) = await take(subscription, 1)
    assert (record.topic, record.key, record.value) == (calls, "상담-1", "안녕하세요\0".encode())
    assert record.partition == partition_of("상담-1", 4)
    assert abs(record.timestamp_ms - sent_ms) < 5_000


async def test_the_first_fetch_tells_what_is_assigned(bus, calls, group):
    subscription = await bus.subscribe(group, [calls])
    assigned = set()
    async with asyncio.timeout(20):
        while assigned != every(calls):
            assigned |= (await subscription.fetch()).assigned


async def test_a_key_keeps_its_order(bus, take, calls, group):
    keys = [f"contact-{number}" for number in range(7)]
    for number in range(70):
        await bus.publish(calls, keys[number % 7], b"%d" % number)
    records = await take(await bus.subscribe(group, [calls]), 70, max_records=9)
    for key in keys:
        numbers = [int(record.value) for record in records if record.key == key]
        assert numbers == sorted(numbers)
        assert len(numbers) == 10


async def test_offsets_rise_in_a_partition(bus, take, calls, group):
    await bus.publish_many(calls, [(f"{number}", b"") for number in range(40)])
    records = await take(await bus.subscribe(group, [calls]), 40)
    for partition in range(4):
        offsets = [record.offset for record in records if record.partition == partition]
        assert offsets == sorted(set(offsets))


async def test_publish_many_keeps_its_order(bus, take, calls, group):
    await bus.publish_many(calls, [("contact", b"%d" % number) for number in range(500)])
    await bus.publish_many(calls, [])
    await bus.publish_many(calls, (("contact", b"%d" % number) for number in range(500, 600)))
    records = await take(await bus.subscribe(group, [calls]), 600)
    assert [int(record.value) for record in records] == list(range(600))


async def test_many_publish_at_once(bus, take, calls, group):
    async def publisher(name):
        for number in range(20):
            await bus.publish(calls, name, b"%s %d" % (name.encode(), number))

    names = [f"publisher-{number}" for number in range(50)]
    await asyncio.gather(*(publisher(name) for name in names))
    records = await take(await bus.subscribe(group, [calls]), 1000)
    for name in names:
        mine = [record.value for record in records if record.key == name]
        assert mine == [b"%s %d" % (name.encode(), number) for number in range(20)]


async def test_a_fetch_brings_no_more_than_asked(bus, calls, group):
    await bus.publish_many(calls, [(f"{number}", b"") for number in range(100)])
    subscription = await bus.subscribe(group, [calls])
    got = []
    async with asyncio.timeout(20):
        while len(got) < 100:
            batch = await subscription.fetch(max_records=7)
            assert len(batch.records) <= 7
            got += batch.records
    assert len({(record.partition, record.offset) for record in got}) == 100


async def test_big_values_come_whole(bus, take, calls, group):
    values = [bytes([number]) * 1_000_000 for number in range(12)]
    for number, value in enumerate(values):
        await bus.publish(calls, f"contact-{number % 3}", value)
    records = await take(await bus.subscribe(group, [calls]), 12)
    assert sorted(record.value for record in records) == values


async def test_too_big_a_value_is_refused_and_the_next_one_taken(bus, take, calls, group):
    with pytest.raises(BadEvent):
        await bus.publish(calls, "contact", bytes((1 << 20) + 1))
    await bus.publish(calls, "contact", b"small")
    assert [record.value for record in await take(await bus.subscribe(group, [calls]), 1)] == [b"small"]


async def test_an_unknown_topic_is_refused(bus, group):
    with pytest.raises(BadSetting):
        await bus.publish("test.unknown", "contact", b"")
    with pytest.raises(BadSetting):
        await bus.subscribe(group, ["test.unknown"])


async def test_fetch_keeps_its_time_limit(bus, calls, group):
    subscription = await bus.subscribe(group, [calls])
    async with asyncio.timeout(20):
        while (await subscription.fetch(timeout_s=0.3)).assigned:
            pass
    started = time.monotonic()
    assert not (await subscription.fetch(timeout_s=0.3)).records
    assert 0.25 < time.monotonic() - started < 1.5


async def test_a_waiting_fetch_wakes_for_a_record(bus, take, calls, group):
    subscription = await bus.subscribe(group, [calls])
    await bus.publish(calls, "contact", b"first")
    await take(subscription, 1)
    waiting = asyncio.create_task(subscription.fetch(timeout_s=15))
    await asyncio.sleep(0.2)
    started = time.monotonic()
    await bus.publish(calls, "contact", b"second")
    batch = await waiting
    assert [record.value for record in batch.records] == [b"second"]
    assert time.monotonic() - started < 5


async def test_a_cancelled_fetch_loses_nothing(bus, calls, group):
    subscription = await bus.subscribe(group, [calls])
    got = []
    patience_s = itertools.cycle((0.0005, 0.003, 0.1))
    publishing = asyncio.create_task(
        bus.publish_many(calls, [("contact", b"%d" % number) for number in range(300)])
    )
    async with asyncio.timeout(20):
        while len(got) < 300:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(next(patience_s)):
                    got += (await subscription.fetch(max_records=11)).records
    await publishing
    assert [int(record.value) for record in got] == list(range(300))


async def test_start_earliest_reads_what_was_there(bus, take, calls, group):
    await bus.publish(calls, "contact", b"before")
    subscription = await bus.subscribe(group, [calls], start="earliest")
    assert [record.value for record in await take(subscription, 1)] == [b"before"]


async def test_start_latest_reads_what_comes(bus, take, calls, group):
    await bus.publish_many(calls, [(f"{number}", b"before") for number in range(20)])
    subscription = await bus.subscribe(group, [calls], start="latest")
    await subscription.fetch()
    await bus.publish_many(calls, [(f"{number}", b"after") for number in range(20)])
    assert {record.value for record in await take(subscription, 20)} == {b"after"}


async def test_a_committed_group_goes_on_where_it_was(engine, take, calls, group):
    bus = await engine.open()
    await bus.publish_many(calls, [("contact", b"%d" % number) for number in range(10)])
    subscription = await bus.subscribe(group, [calls])
    await take(subscription, 10)
    await subscription.commit({TopicPartition(calls, partition_of("contact", 4)): 6})
    await bus.close()

    bus = await engine.open()
    for start in ("latest", "earliest"):
        subscription = await bus.subscribe(group, [calls], start=start)
        assert [int(record.value) for record in await take(subscription, 4)] == [6, 7, 8, 9]
        await subscription.close()
    await bus.close()


async def test_what_was_not_committed_comes_again(bus, take, calls, group):
    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in range(30)])
    first = await bus.subscribe(group, [calls])
    seen = await take(first, 30)
    await first.commit(after(seen[:10]))
    await first.close()
    left = {(record.partition, record.offset) for record in seen} - {
        (record.partition, record.offset)
        for record in seen
        if record.offset < after(seen[:10]).get(record.topic_partition, 0)
    }
    again = await take(await bus.subscribe(group, [calls]), len(left))
    assert {(record.partition, record.offset) for record in again} == left


async def test_groups_do_not_disturb_each_other(bus, take, calls):
    await bus.publish_many(calls, [(f"{number}", b"") for number in range(20)])
    one, other = await bus.subscribe("one", [calls]), await bus.subscribe("other", [calls])
    records = await take(one, 20)
    await one.commit(after(records))
    assert len(await take(other, 20)) == 20


async def test_a_new_group_replays_everything(bus, take, calls):
    old = await bus.subscribe("old", [calls])
    await bus.publish_many(calls, [("contact", b"%d" % number) for number in range(20)])
    await old.commit(after(await take(old, 20)))
    await old.close()
    replay = await take(await bus.subscribe("new", [calls]), 20)
    assert [int(record.value) for record in replay] == list(range(20))


async def test_one_subscription_reads_several_topics(bus, take, calls, notes, group):
    subscription = await bus.subscribe(group, [calls, notes])
    await bus.publish(calls, "contact", b"call")
    await bus.publish(notes, "contact", b"note")
    records = await take(subscription, 2)
    assert {(record.topic, record.value) for record in records} == {(calls, b"call"), (notes, b"note")}


async def test_a_closed_bus_says_so(engine, calls, group):
    bus = await engine.open()
    subscription = await bus.subscribe(group, [calls])
    await bus.close()
    await bus.close()
    with pytest.raises(BusClosed):
        await bus.publish(calls, "contact", b"")
    with pytest.raises(BusClosed):
        await subscription.fetch()
    with pytest.raises(BusClosed):
        await bus.subscribe(group, [calls])


async def test_closing_ends_a_waiting_fetch(bus, calls, group):
    subscription = await bus.subscribe(group, [calls])
    await subscription.fetch()
    waiting = asyncio.create_task(subscription.fetch(timeout_s=15))
    await asyncio.sleep(0.1)
    await subscription.close()
    await subscription.close()
    with pytest.raises(BusClosed):
        async with asyncio.timeout(5):
            await waiting


async def test_close_finishes_what_was_accepted(engine, take, calls, group):
    bus = await engine.open()
    publishing = [asyncio.create_task(bus.publish(calls, "contact", b"%d" % number)) for number in range(500)]
    await asyncio.sleep(0)
    await bus.close()
    outcomes = await asyncio.gather(*publishing, return_exceptions=True)
    acked = [number for number, outcome in enumerate(outcomes) if outcome is None]
    assert acked
    bus = await engine.open()
    values = [int(record.value) for record in await take(await bus.subscribe(group, [calls]), len(acked))]
    assert set(values) >= set(acked)
    await bus.close()

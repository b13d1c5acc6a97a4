"""What every engine promises to who looks back."""

import asyncio
import time

import pytest

from bus.base import partition_of
from contracts.errors import BadSetting, BusClosed


def values(excerpt):
    return [record.value for record in excerpt.records]


def neighbour(key: str) -> str:
    """Another key of the same partition."""
    return next(
        other
        for other in (f"neighbour-{number}" for number in range(1000))
        if partition_of(other, 4) == partition_of(key, 4)
    )


async def test_it_finds_a_keys_records_since_a_time_in_order(bus, calls):
    other = neighbour("contact")
    await bus.publish_many(calls, [("contact", b"before"), (other, b"before")])
    await asyncio.sleep(0.05)
    since_ms = int(time.time() * 1000)
    await bus.publish_many(
        calls, [(key, b"%d" % number) for number in range(50) for key in ("contact", other)]
    )
    excerpt = await bus.read(calls, "contact", since_ms=since_ms)
    assert values(excerpt) == [b"%d" % number for number in range(50)]
    assert not excerpt.is_cut
    assert {record.key for record in excerpt.records} == {"contact"}
    assert {record.partition for record in excerpt.records} == {partition_of("contact", 4)}
    assert all(abs(record.timestamp_ms - since_ms) < 10_000 for record in excerpt.records)
    assert values(await bus.read(calls, "contact", since_ms=0))[0] == b"before"
    assert values(await bus.read(calls, "contact", since_ms=0, until_ms=since_ms)) == [b"before"]
    assert values(await bus.read(calls, "contact", since_ms=0, until_ms=since_ms + 60_000))[-1] == b"49"


async def test_it_ends_with_what_is_enough_and_waits_for_nothing(bus, calls):
    await bus.publish_many(calls, [("contact", b"%d" % number) for number in range(20)])
    asked = []

    def enough(record):
        asked.append(record.value)
        return record.value == b"7"

    excerpt = await bus.read(calls, "contact", since_ms=0, enough=enough)
    assert values(excerpt) == asked == [b"%d" % number for number in range(8)]
    assert not excerpt.is_cut
    for since_ms in (0, int(time.time() * 1000) + 60_000):
        async with asyncio.timeout(5):
            found = await bus.read(calls, "nobody", since_ms=since_ms)
        assert (values(found), found.is_cut) == ([], False)


async def test_it_says_when_a_bound_cut_it(bus, calls):
    await bus.publish_many(calls, [("contact", bytes(1000)) for _ in range(20)])
    excerpt = await bus.read(calls, "contact", since_ms=0, max_bytes=5_000)
    assert (len(excerpt.records), excerpt.is_cut) == (5, True)
    excerpt = await bus.read(calls, "contact", since_ms=0, limit_s=-1)
    assert (values(excerpt), excerpt.is_cut) == ([], True)


async def test_it_takes_nothing_from_a_group(bus, take, calls, group):
    await bus.publish_many(calls, [("contact", b"%d" % number) for number in range(10)])
    subscription = await bus.subscribe(group, [calls])
    await bus.read(calls, "contact", since_ms=0)
    assert len(await take(subscription, 10)) == 10


async def test_an_unknown_topic_and_a_closed_bus_are_told(engine, calls):
    bus = await engine.open()
    with pytest.raises(BadSetting):
        await bus.read("test.unknown", "contact", since_ms=0)
    await bus.close()
    with pytest.raises(BusClosed):
        await bus.read(calls, "contact", since_ms=0)

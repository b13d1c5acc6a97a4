"""What every engine promises to who follows, and to who watches: lags and counts."""

import asyncio
import time

from bus.base import Batch, TopicPartition, partition_of
from tests.contract.conftest import every


async def gather(follower, count):
    """So many records, and what was assigned on the way."""
    records, assigned = [], set()
    async with asyncio.timeout(20):
        while len(records) < count:
            batch = await follower.fetch(timeout_s=0.5)
            records += batch.records
            assigned |= batch.assigned
    return records, assigned


async def test_a_follower_sees_everything_since_a_time(bus, calls, notes):
    await bus.publish_many(calls, [(f"{number}", b"before") for number in range(20)])
    await asyncio.sleep(0.05)
    since_ms = int(time.time() * 1000)
    await bus.publish_many(calls, [(f"{number}", b"after") for number in range(20)])
    follower = await bus.follow([calls, notes], since_ms=since_ms)
    await bus.publish(notes, "contact", b"later")
    records, assigned = await gather(follower, 21)
    assert sorted(record.value for record in records) == [b"after"] * 20 + [b"later"]
    assert assigned == every(calls) | every(notes)


async def test_followers_share_nothing(bus, calls):
    await bus.publish_many(calls, [(f"{number}", b"") for number in range(20)])
    followers = [await bus.follow([calls], since_ms=0) for _ in range(2)]
    for follower in followers:
        records, _ = await gather(follower, 20)
        assert len(records) == 20
        await follower.commit({TopicPartition(calls, 0): 5})


async def test_a_follower_of_the_future_sees_what_comes(bus, calls):
    await bus.publish(calls, "contact", b"before")
    follower = await bus.follow([calls], since_ms=int(time.time() * 1000) + 60_000)
    await bus.publish(calls, "contact", b"after")
    records, _ = await gather(follower, 1)
    assert [record.value for record in records] == [b"after"]


async def test_lag_falls_with_commits(bus, take, until, calls, group):
    await bus.publish_many(calls, [("contact", b"%d" % number) for number in range(10)])
    subscription = await bus.subscribe(group, [calls])
    await take(subscription, 10)
    lane = TopicPartition(calls, partition_of("contact", 4))

    def lags():
        return {
            TopicPartition(lag.topic, lag.partition): lag.records for lag in bus.lags() if lag.group == group
        }

    await until(lambda: lags() == {tp: 10 * (tp == lane) for tp in every(calls)})
    await subscription.commit({lane: 7})
    await until(lambda: lags()[lane] == 3)
    await subscription.close()
    assert not lags()


async def test_counts_say_what_passed(bus, take, until, calls, group):
    await bus.publish_many(calls, [(f"{number}", b"") for number in range(30)])
    await take(await bus.subscribe(group, [calls]), 30)
    assert bus.counts.published[calls] == 30
    assert bus.counts.fetched[group, calls] == 30
    await until(lambda: bus.counts.waiting_bytes == 0)


async def test_a_closed_follower_brings_nothing_to_lags(bus, calls):
    follower = await bus.follow([calls], since_ms=0)
    assert isinstance(await follower.fetch(), Batch)
    assert len(bus.lags()) == 4
    await follower.close()
    assert not bus.lags()

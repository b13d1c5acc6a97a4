"""The box between the polling thread and the event loop."""

import asyncio

import pytest

from bus.base import Record, TopicPartition
from bus.kafka_inbox import Inbox
from contracts.errors import BusClosed

ONE, TWO = TopicPartition("calls", 0), TopicPartition("calls", 1)


def records(tp, *offsets):
    return [Record(tp.topic, tp.partition, offset, "contact", b"0123456789", 0) for offset in offsets]


def offsets(batch):
    return [(record.partition, record.offset) for record in batch.records]


async def test_changes_come_before_records():
    inbox = Inbox()
    inbox.assign([ONE, TWO])
    inbox.put(ONE, records(ONE, 0, 1), 20)
    assert (await inbox.fetch(9, 0)).assigned == {ONE, TWO}
    assert offsets(await inbox.fetch(9, 0)) == [(0, 0), (0, 1)]


async def test_a_fetch_takes_no_more_than_asked():
    inbox = Inbox()
    inbox.assign([ONE, TWO])
    await inbox.fetch(9, 0)
    inbox.put(ONE, records(ONE, 0, 1, 2), 30)
    inbox.put(TWO, records(TWO, 0), 10)
    assert offsets(await inbox.fetch(2, 0)) == [(0, 0), (0, 1)]
    assert offsets(await inbox.fetch(2, 0)) == [(0, 2), (1, 0)]
    assert offsets(await inbox.fetch(2, 0)) == []


async def test_what_is_revoked_brings_nothing_more():
    inbox = Inbox()
    inbox.assign([ONE, TWO])
    await inbox.fetch(9, 0)
    inbox.put(ONE, records(ONE, 0), 10)
    inbox.put(TWO, records(TWO, 0), 10)
    inbox.revoke([ONE])
    assert inbox.holds([ONE])
    assert inbox.may_commit(ONE)
    assert (await inbox.fetch(9, 0)).revoked == {ONE}
    assert not inbox.holds([ONE])
    assert not inbox.may_commit(ONE)
    assert offsets(await inbox.fetch(9, 0)) == [(1, 0)]


async def test_what_was_lost_and_came_back_is_both():
    inbox = Inbox()
    inbox.assign([ONE])
    await inbox.fetch(9, 0)
    inbox.lose([ONE])
    inbox.assign([ONE])
    assert not inbox.may_commit(ONE)
    batch = await inbox.fetch(9, 0)
    assert (batch.revoked, batch.assigned) == ({ONE}, {ONE})
    assert inbox.may_commit(ONE)


async def test_it_is_full_until_half_is_taken():
    inbox = Inbox(max_bytes=40)
    inbox.assign([ONE])
    await inbox.fetch(9, 0)
    inbox.put(ONE, records(ONE, 0, 1, 2, 3), 40)
    assert inbox.full
    await inbox.fetch(2, 0)
    assert not inbox.full
    assert not inbox.has_room
    await inbox.fetch(1, 0)
    assert inbox.has_room


async def test_a_wait_ends_with_news_and_with_the_end():
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.fetch(9, 10))
    await asyncio.sleep(0)
    await asyncio.to_thread(inbox.assign, [ONE])
    async with asyncio.timeout(5):
        assert (await waiting).assigned == {ONE}
    waiting = asyncio.create_task(inbox.fetch(9, 10))
    await asyncio.sleep(0)
    inbox.close()
    with pytest.raises(BusClosed):
        async with asyncio.timeout(5):
            await waiting

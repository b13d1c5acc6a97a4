"""Consuming events: one bad event stops nothing, an outage loses nothing, a stop finishes what was begun."""

import asyncio
import logging

import pytest

from bus import events
from bus import outage as outage_module
from bus.base import partition_of
from bus.events import consume, publish_events, publish_patiently
from bus.open import open_bus
from contracts.codec import decode
from contracts.context import CONTACT as ABOUT
from contracts.context import TRACE
from contracts.errors import BadSetting, Overloaded, StorageFull, Unreachable
from contracts.topics import TRANSCRIPT
from contracts.transcript import Utterance

CONTACT = "00000000-0000-0000-0000-000000000001"


def utterance(number, contact_id=CONTACT, **more):
    return Utterance(
        contact_id=contact_id,
        at_ms=0,
        utterance_id=f"{contact_id}/0/{number}",
        revision=0,
        status="final",
        channel=0,
        role="caller",
        start_ms=0,
        end_ms=0,
        text=f"{number}",
        heard_ms=0,
        **more,
    )


@pytest.fixture
async def bus(tmp_path):
    bus = await open_bus(f"embedded://{tmp_path}/bus.db")
    yield bus
    await bus.close()


@pytest.fixture
def impatient(monkeypatch):
    """Waits of an outage take no time."""
    monkeypatch.setattr(outage_module, "FIRST_WAIT_S", 0)
    monkeypatch.setattr(outage_module, "LAST_WAIT_S", 0)


class Consuming:
    """Runs `consume` and keeps what its handler took."""

    def __init__(self, bus, handle=None, **more):
        self.texts = []
        self.calls = []
        self._handle = handle or (lambda texts: None)
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(
            consume(bus, "group", [TRANSCRIPT], self._take, ready=self.ready, **more)
        )

    async def _take(self, batch):
        texts = [event.text for event in batch]
        self.calls.append(texts)
        self._handle(texts)
        self.texts += texts

    async def until(self, count):
        async with asyncio.timeout(20):
            while len(self.texts) < count:
                await asyncio.sleep(0.005)

    async def stop(self):
        await asyncio.sleep(0.05)
        self.task.cancel()
        await asyncio.wait([self.task])
        assert self.task.cancelled()


async def test_events_arrive_in_order(bus):
    await publish_events(bus, [utterance(number) for number in range(20)])
    consuming = Consuming(bus)
    await consuming.until(20)
    assert consuming.ready.is_set()
    await consuming.stop()
    assert consuming.texts == [f"{number}" for number in range(20)]


async def test_a_record_that_is_no_event_is_passed_over(bus, caplog):
    await publish_events(bus, [utterance(1)])
    await bus.publish("transcript", CONTACT, b"{ not an event")
    await publish_events(bus, [utterance(2)])
    consuming = Consuming(bus)
    await consuming.until(2)
    await consuming.stop()
    assert consuming.texts == ["1", "2"]
    assert "bad-event" in caplog.text
    assert bus.counts.passed_over == {"group": 1}


async def test_an_event_that_cannot_be_handled_is_passed_over_alone(bus, caplog):
    subject = []

    def handle(texts):
        if "37" in texts:
            subject.append(ABOUT.get())
            raise ValueError("poison")

    await publish_events(bus, [utterance(number) for number in range(100)])
    consuming = Consuming(bus, handle)
    await consuming.until(99)
    await consuming.stop()
    assert sorted(map(int, consuming.texts)) == [number for number in range(100) if number != 37]
    assert "passed over" in caplog.text
    assert "poison" in caplog.text
    assert bus.counts.passed_over == {"group": 1}
    assert len(consuming.calls) < 20, "found by halves"
    assert subject[-1] == CONTACT, "log lines say whose event it is"


async def test_a_fault_that_passes_by_costs_no_event(bus):
    faults = iter(range(3))

    def handle(texts):
        if "3" in texts and next(faults, None) is not None:
            raise ValueError("by chance")

    await publish_events(bus, [utterance(number) for number in range(4)])
    consuming = Consuming(bus, handle)
    await consuming.until(4)
    await consuming.stop()
    assert consuming.texts == ["0", "1", "2", "3"]
    assert bus.counts.passed_over == {}


async def test_what_was_handled_does_not_come_again(bus):
    await publish_events(bus, [utterance(1)])
    first = Consuming(bus)
    await first.until(1)
    await first.stop()
    await publish_events(bus, [utterance(2)])
    second = Consuming(bus)
    await second.until(1)
    await second.stop()
    assert second.texts == ["2"]


@pytest.mark.parametrize("full", [StorageFull, Overloaded, Unreachable, BadSetting])
async def test_what_is_away_is_waited_for_however_long(bus, impatient, caplog, full):
    caplog.set_level(logging.INFO)
    refusals = iter(range(1_200))

    def handle(texts):
        if next(refusals, None) is not None:
            raise full("가득", "full")

    await publish_events(bus, [utterance(1), utterance(2)])
    consuming = Consuming(bus, handle)
    await consuming.until(2)
    await consuming.stop()
    assert consuming.texts == ["1", "2"]
    assert len(consuming.calls) > 1_200
    assert bus.counts.retried == {"group": 1}
    assert bus.counts.passed_over == {}
    assert [record.levelname for record in caplog.records if "group" in record.message] == [
        "ERROR",
        "WARNING",
    ]


async def test_the_operating_systems_errors_are_waited_for_too(bus, impatient):
    refusals = iter(range(5))

    def handle(texts):
        if next(refusals, None) is not None:
            raise ConnectionResetError

    await publish_events(bus, [utterance(1)])
    consuming = Consuming(bus, handle)
    await consuming.until(1)
    await consuming.stop()


class Slow:
    """A handler that is asked to stop in its middle."""

    def __init__(self, takes_s):
        self.begun = asyncio.Event()
        self.texts = []
        self._takes_s = takes_s

    async def handle(self, batch):
        self.begun.set()
        await asyncio.sleep(self._takes_s)
        self.texts += [event.text for event in batch]

    async def stop_in_the_middle(self, bus):
        task = asyncio.create_task(consume(bus, "group", [TRANSCRIPT], self.handle))
        async with asyncio.timeout(10):
            await self.begun.wait()
        began = asyncio.get_running_loop().time()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        return asyncio.get_running_loop().time() - began


async def test_the_batch_in_hand_is_finished_and_committed_at_the_stop(bus):
    await publish_events(bus, [utterance(1)])
    slow = Slow(0.3)
    await slow.stop_in_the_middle(bus)
    assert slow.texts == ["1"]
    await publish_events(bus, [utterance(2)])
    after = Consuming(bus)
    await after.until(1)
    await after.stop()
    assert after.texts == ["2"]


async def test_what_takes_too_long_at_the_stop_comes_again(bus, monkeypatch):
    monkeypatch.setattr(events.finish, "__defaults__", (0.2,))
    await publish_events(bus, [utterance(1)])
    slow = Slow(60)
    assert await slow.stop_in_the_middle(bus) < 5
    again = Consuming(bus)
    await again.until(1)
    await again.stop()
    assert again.texts == ["1"]


async def test_contacts_that_moved_are_told_before_what_comes_after(bus):
    """The second member takes half of the partitions; each event is handled by somebody, nearly all once."""
    contacts = [f"00000000-0000-0000-0000-{number:012d}" for number in range(40)]
    told = []
    first = Consuming(bus, revoked=told.append)
    await publish_events(bus, [utterance(0, contact) for contact in contacts])
    await first.until(40)
    assert told == []
    second = Consuming(bus)
    async with asyncio.timeout(10):
        while not told:
            await asyncio.sleep(0.01)
    gone = frozenset().union(*told)
    assert gone < set(contacts)
    assert {partition_of(contact, TRANSCRIPT.partitions) for contact in gone}.isdisjoint(
        partition_of(contact, TRANSCRIPT.partitions) for contact in set(contacts) - gone
    )
    await publish_events(bus, [utterance(1, contact) for contact in contacts])
    async with asyncio.timeout(20):
        while len(first.texts) + len(second.texts) < 80:
            await asyncio.sleep(0.01)
    await first.stop()
    await second.stop()
    assert second.texts


async def test_a_bus_that_is_away_at_the_start_is_waited_for(bus, impatient, monkeypatch):
    subscribe = bus.subscribe
    refusals = iter(range(5))

    async def refuse(*arguments, **more):
        if next(refusals, None) is not None:
            raise Unreachable("없음", "away")
        return await subscribe(*arguments, **more)

    monkeypatch.setattr(bus, "subscribe", refuse)
    await publish_events(bus, [utterance(1)])
    consuming = Consuming(bus)
    assert not consuming.ready.is_set()
    await consuming.until(1)
    await consuming.stop()


async def read(bus, count):
    subscription = await bus.subscribe("reader", [TRANSCRIPT.name])
    found = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += [decode(record.value) for record in (await subscription.fetch(timeout_s=0.2)).records]
    await subscription.close()
    return found


async def test_the_trace_of_the_work_goes_on(bus):
    token = TRACE.set("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    try:
        await publish_events(bus, [utterance(1), utterance(2, trace="its own")])
    finally:
        TRACE.reset(token)
    await publish_events(bus, [utterance(3)])
    assert [event.trace for event in await read(bus, 3)] == [
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "its own",
        None,
    ]


async def test_publishing_patiently_loses_nothing_and_keeps_the_order(bus, impatient, monkeypatch):
    publish = bus.publish_many
    refusals = iter(range(50))

    async def refuse(topic, records):
        if next(refusals, None) is not None:
            raise StorageFull("가득", "full")
        await publish(topic, records)

    monkeypatch.setattr(bus, "publish_many", refuse)
    async with asyncio.timeout(10):
        await publish_patiently(bus, (utterance(number) for number in range(3)), "asr")
    assert [event.text for event in await read(bus, 3)] == ["0", "1", "2"]

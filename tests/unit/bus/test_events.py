"""Consuming events: one bad event stops nothing, a full disk loses nothing."""

import asyncio

import pytest

from bus import events
from bus.events import consume, publish_events
from bus.open import open_bus
from contracts.errors import Overloaded, StorageFull
from contracts.topics import TRANSCRIPT
from contracts.transcript import Utterance

CONTACT = "00000000-0000-0000-0000-000000000001"


def utterance(number):
    return Utterance(
        contact_id=CONTACT,
        at_ms=0,
        utterance_id=f"{CONTACT}/0/{number}",
        revision=0,
        status="final",
        channel=0,
        role="caller",
        start_ms=0,
        end_ms=0,
        text=f"{number}",
        heard_ms=0,
    )


@pytest.fixture
async def bus(tmp_path):
    bus = await open_bus(f"embedded://{tmp_path}/bus.db")
    yield bus
    await bus.close()


class Consuming:
    """Runs `consume` and keeps what its handler took."""

    def __init__(self, bus, handle=None):
        self.texts = []
        self.calls = []
        self._handle = handle or (lambda texts: None)
        self._task = asyncio.create_task(consume(bus, "group", [TRANSCRIPT], self._take))

    async def _take(self, batch):
        texts = [event.text for event in batch]
        self.calls.append(texts)
        self._handle(texts)
        self.texts += texts

    async def until(self, count):
        async with asyncio.timeout(10):
            while len(self.texts) < count:
                await asyncio.sleep(0.005)

    async def stop(self):
        await asyncio.sleep(0.05)
        self._task.cancel()
        await asyncio.wait([self._task])
        assert self._task.cancelled()


async def test_events_arrive_in_order(bus):
    await publish_events(bus, [utterance(number) for number in range(20)])
    consuming = Consuming(bus)
    await consuming.until(20)
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


async def test_an_event_that_cannot_be_handled_is_passed_over_alone(bus, caplog):
    def handle(texts):
        if "3" in texts:
            raise ValueError("poison")

    await publish_events(bus, [utterance(number) for number in range(6)])
    consuming = Consuming(bus, handle)
    await consuming.until(5)
    await consuming.stop()
    assert consuming.texts == ["0", "1", "2", "4", "5"]
    assert "passed over" in caplog.text


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


async def test_what_was_not_handled_to_the_end_comes_again(bus):
    await publish_events(bus, [utterance(1)])
    hanging = asyncio.Event()

    async def hang(batch):
        hanging.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(consume(bus, "group", [TRANSCRIPT], hang))
    async with asyncio.timeout(10):
        await hanging.wait()
    task.cancel()
    await asyncio.wait([task])
    again = Consuming(bus)
    await again.until(1)
    await again.stop()
    assert again.texts == ["1"]


@pytest.mark.parametrize("full", [StorageFull, Overloaded, ConnectionError])
async def test_what_is_full_is_waited_for_however_long(bus, monkeypatch, full):
    monkeypatch.setattr(events, "_RETRY_S", 0)
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

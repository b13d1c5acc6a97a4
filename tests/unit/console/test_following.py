"""Following the bus: what was, then what comes, for this process alone."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from bus.events import publish_events
from bus.following import Follower
from bus.open import open_bus
from contracts.clock import wall_ms
from contracts.errors import Unreachable
from contracts.topics import CONTACT_EVENTS, TRANSCRIPT


@pytest.fixture
async def bus(tmp_path):
    bus = await open_bus(f"embedded://{tmp_path / 'bus.db'}")
    yield bus
    await bus.close()


@asynccontextmanager
async def following(bus, shown, **options):
    follower = Follower(bus, (CONTACT_EVENTS, TRANSCRIPT), shown, clock=wall_ms, who="test", **options)
    running = asyncio.create_task(follower.run(wall_ms() - 60_000))
    yield follower
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def until(holds):
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.01)


async def test_the_last_minutes_come_first_and_are_no_news(bus, story):
    call, shown, observed = story(), [], []
    before, after = call.said(0, "여보세요"), call.said(1, "여권이요")
    await publish_events(bus, [before])
    await asyncio.sleep(0.01)
    async with following(bus, shown.append, observe=lambda event, _: observed.append(event)) as follower:
        await asyncio.wait_for(follower.caught_up.wait(), 5)
        assert shown == [before]
        await publish_events(bus, [after])
        await until(lambda: len(shown) == 2)
    assert observed == [after]


async def test_two_processes_both_get_everything(bus, story):
    call, here, there = story(), [], []
    events = [call.said(number, "네") for number in range(20)]
    async with following(bus, here.append), following(bus, there.append):
        await publish_events(bus, events)
        await until(lambda: len(here) == len(there) == 20)
    assert here == there == events


async def test_what_this_process_published_is_passed_over_unread(bus, story):
    call, shown = story(), []
    events = [call.said(number, word) for number, word in enumerate(("나", "남", "나", "남"))]
    async with following(bus, shown.append, own='"text":"나"'.encode()):
        await publish_events(bus, events)
        await until(lambda: len(shown) == 2)
    assert [event.text for event in shown] == ["남", "남"]


async def test_what_cannot_be_read_or_shown_stops_nothing(bus, story):
    call, shown = story(), []

    def show(event):
        if event.text == "독":
            raise ValueError
        shown.append(event.text)

    async with following(bus, show):
        await publish_events(bus, [call.said(0, "독")])
        await bus.publish("transcript", call.contact_id, b"no event")
        await publish_events(bus, [call.said(1, "네")])
        await until(lambda: shown == ["네"])


async def test_after_a_loss_of_the_bus_nothing_is_missing(bus, story):
    call, shown = story(), []

    class Breaking:
        """Every subscription is lost after three fetches."""

        async def follow(self, topics, *, since_ms):
            subscription = await bus.follow(topics, since_ms=since_ms)
            fetch, left = subscription.fetch, [3]

            async def breaking(**options):
                left[0] -= 1
                if not left[0]:
                    raise Unreachable("버스가 답하지 않습니다.", "the bus does not answer.")
                return await fetch(**options)

            subscription.fetch = breaking
            return subscription

    async with following(Breaking(), shown.append):
        await publish_events(bus, [call.said(number, f"{number}") for number in range(5)])
        await until(lambda: len({event.utterance_id for event in shown}) == 5)
        await publish_events(bus, [call.said(number, f"{number}") for number in range(5, 9)])
        await until(lambda: len({event.utterance_id for event in shown}) == 9)

"""Two consoles on a real broker: each shows everything, and they share the storing."""

import asyncio

from bus.kafka_topics import apply, plan
from contracts.topics import TOPICS
from store import contacts
from tests.servers import Kafka


async def test_two_consoles_share_the_storing_and_both_show_everything(start, story, kafka: Kafka):
    changes = await plan(kafka.url, TOPICS.values())
    await apply(kafka.url, [change for change in changes if change.kind == "create"])
    here = await start(bus_url=kafka.url)
    there = await start(beside=True, bus_url=kafka.url)
    there.cookies = here.cookies
    async with asyncio.timeout(60):
        for server in (here, there):
            await server.console.ready.wait()
    calls = [story() for _ in range(8)]
    async with here.panel("kim") as one, there.panel("kim") as other:
        for number, call in enumerate(calls):
            await (here, there)[number % 2].tell(call.state(), call.said(0, "여보세요"))
            for panel in (one, other):
                await panel.next("contact.state")
                await panel.watch(call.contact_id)
        for call in calls:
            await here.tell(*(call.said(number, f"{number}") for number in range(1, 9)), call.card("water"))
        for call in calls:
            views = [
                await panel.until(
                    call.contact_id, lambda view: len(view.utterances) == 9 and bool(view.cards)
                )
                for panel in (one, other)
            ]
            assert views[0] == views[1]
    async with asyncio.timeout(30):
        for call in calls:
            while not await _is_stored(here, call):
                await asyncio.sleep(0.1)


async def _is_stored(server, call):
    async with server.database.session() as session:
        return await contacts.get(session, call.contact_id) is not None

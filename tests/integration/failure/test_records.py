"""Records that come again and in another order change nothing."""

import asyncio
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from bus.events import publish_events
from bus.open import open_bus
from contracts.codec import AnyEvent
from sangdam.evaluate.failover_panel import Panel
from sangdam.evaluate.failover_site import FailoverSite
from sangdam.evaluate.failover_truth import Account, account
from tests.integration.failure.conftest import Calls, stored_contact, wait_until_no

pytestmark = pytest.mark.real_model


def test_old_records_come_again_in_another_order(
    calls: Calls, undisturbed: dict[str, Account], panel: Panel
) -> None:
    site = calls.site
    ids = [told.contact_id for told in undisturbed.values()]
    before = {one: (stored_contact(site, one), panel.view(one), site.view(one)) for one in ids}
    old = [event for event in site.truth() if event.contact_id in ids]
    random.Random(7).shuffle(old)
    publish(site, old)
    wait_until_no(lambda: lagging(site), 30)
    for one in ids:
        assert (stored_contact(site, one), panel.view(one), site.view(one)) == before[one]
    events = site.truth()
    for told in undisturbed.values():
        now = account(events, told.contact_id)
        assert now.said == told.said
        assert now.offers.keys() == told.offers.keys()
        assert now.draft == told.draft
    assert panel.faults == []


def publish(site: FailoverSite, events: Sequence[AnyEvent]) -> None:
    async def run() -> None:
        bus = await open_bus(site.bus_url)
        try:
            await publish_events(bus, events)
        finally:
            await bus.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(run())).result()


def lagging(site: FailoverSite) -> list[str]:
    """What a group has not handled yet."""
    return [
        f"{process.name}: {told} {count}"
        for process in site.processes.values()
        for told, count in process.metrics("sangdam_bus_lag_records")
        if count
    ]

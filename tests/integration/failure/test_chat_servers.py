"""Chats while broker, database and gateways break: PostgreSQL and Kafka under two gateways."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sangdam.local.kafka import LocalKafka
from sangdam.local.postgres import LocalPostgres
from tests.integration.failure.chat_site import ChatFailureSite
from tests.integration.failure.disk import SmallDisk

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 60
MESSAGES = 8
TALK_S = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chats(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: LocalPostgres, broker: LocalKafka
) -> AsyncIterator[ChatFailureSite]:
    site = ChatFailureSite(
        tmp_path_factory.mktemp("chats-servers"),
        conversations=MANY,
        database=await asyncio.to_thread(postgres_server.fresh_database),
        bus=broker.url,
    )
    async with site:
        yield site


async def test_the_database_restarts_and_is_killed(
    chats: ChatFailureSite, postgres_server: LocalPostgres
) -> None:
    """A gateway dies too, while it is away."""
    talking = asyncio.gather(*(chats.both_talk(one, MESSAGES, TALK_S) for one in chats.contacts))
    await asyncio.sleep(1.5)
    await asyncio.to_thread(postgres_server.restart)
    await asyncio.sleep(2.0)
    await asyncio.to_thread(postgres_server.kill)
    await chats.kill(0)
    await asyncio.sleep(1.0)
    await asyncio.to_thread(postgres_server.start)
    await chats.revive(0)
    await talking
    await chats.settled()
    assert await chats.faults() == []


async def test_the_broker_is_away(chats: ChatFailureSite, broker: LocalKafka, disk: SmallDisk) -> None:
    """Pages of one gateway go on; those of two find together when it is back."""
    await asyncio.to_thread(disk.run, broker.kill)
    await asyncio.gather(*(chats.both_talk(one, 2, 2.0) for one in chats.contacts))
    assert not any(page.unacked for page in chats.pages)  # what is kept does not wait for the bus
    await asyncio.to_thread(disk.run, broker.start)
    await chats.settled()
    assert await chats.faults() == []

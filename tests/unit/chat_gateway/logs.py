"""Several gateways' logs on one real database and one real bus."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from bus.base import Bus
from bus.open import open_bus
from chat_gateway.bus_events import Told
from chat_gateway.log import ChatLog
from chat_gateway.rules import Rules
from contracts.chat import ChatEntry, ChatHead, Opened
from contracts.codec import AnyEvent, decode
from contracts.topics import CHAT, CHAT_TYPING, CONTACT_EVENTS, TRANSCRIPT
from privacy.vault import Vault
from store import chats
from store.database import Database
from tests.unit.chat_gateway.chats import rules

VAULT = Vault("v" * 32)
LIMIT_S = 10.0

T = TypeVar("T")


async def until(look: Callable[[], T]) -> T:
    """What `look` gives as soon as that is something."""
    async with asyncio.timeout(LIMIT_S):
        while not (found := look()):
            await asyncio.sleep(0.01)
    return found


class Logs:
    """A site's database and bus, and as many logs on them as a test wants."""

    def __init__(self, url: str, bus_url: str) -> None:
        self.url = url
        self.bus_url = bus_url
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def database(self) -> Database:
        database = await Database.open(self.url)
        self._stack.push_async_callback(database.close)
        return database

    async def bus(self) -> Bus:
        bus = await open_bus(self.bus_url)
        self._stack.push_async_callback(bus.close)
        return bus

    async def log(self, instance: str = "a", site: Rules | None = None, **more: Any) -> ChatLog:
        """As of a process of its own: its own connections to the database and the bus. Not running yet."""
        bus = more.pop("bus", None) or await self.bus()
        more.setdefault("events", Told())
        return ChatLog(await self.database(), bus, VAULT, site or rules(), instance=instance, **more)

    async def running(self, instance: str = "a", site: Rules | None = None, **more: Any) -> ChatLog:
        log = await self.log(instance, site, **more)
        await self._stack.enter_async_context(at_work(log.run()))
        return log

    async def stored(self, contact_id: str) -> list[ChatEntry]:
        """The log as it stands in the database."""
        database = await self.database()
        async with database.session() as session:
            rows = await chats.entries(session, contact_id, limit=10_000)
        return [ChatEntry.model_validate_json(VAULT.open(row.sealed, contact_id)) for row in rows]

    async def published(self) -> "Published":
        """All that is on the bus, from its beginning on."""
        published = Published(await self.bus())
        await self._stack.enter_async_context(at_work(published.follow()))
        return published


class Published:
    """Hears everything that gateways publish."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.events: list[AnyEvent] = []

    async def follow(self) -> None:
        names = [topic.name for topic in (CHAT, CHAT_TYPING, CONTACT_EVENTS, TRANSCRIPT)]
        subscription = await self._bus.follow(names, since_ms=0)
        while True:
            batch = await subscription.fetch()
            self.events += [decode(record.value) for record in batch.records]

    def of(self, kind: type[T], contact_id: str = "") -> list[T]:
        return [
            event
            for event in self.events
            if isinstance(event, kind) and contact_id in ("", event.contact_id)  # type: ignore[attr-defined]
        ]


@asynccontextmanager
async def at_work(work: Any) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def begun(log: ChatLog, **opened: Any) -> str:
    """A new conversation's id."""
    head = await log.begin(Opened(channel="web", **opened), person_id="person", nickname="파란 우산")
    return head.contact_id


def heard_by(log: ChatLog) -> list[tuple[ChatHead, ChatEntry]]:
    """All that the log's listeners are told, as it comes."""
    heard: list[tuple[ChatHead, ChatEntry]] = []

    def hear(pairs: Sequence[tuple[ChatHead, ChatEntry]]) -> None:
        heard.extend(pairs)

    log.listen(hear)
    return heard


_MADE: list[bytes] = []
"""A database with all its tables: made once, copied for each test."""


async def sqlite_url(folder: Path) -> str:
    """Of the folder's database."""
    path = folder / "chats.db"
    url = f"sqlite+aiosqlite:///{path}"
    if not _MADE:
        await (await Database.open(url)).close()
        _MADE.append(path.read_bytes())
    elif not path.exists():
        path.write_bytes(_MADE[0])
    return url


def bus_url(folder: Path) -> str:
    return f"embedded://{folder}/bus.db"

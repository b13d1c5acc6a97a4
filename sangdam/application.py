"""The composition root: opens bus and store, builds the services, runs and stops them."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from fastapi import FastAPI

from bus.following import Observe
from bus.open import open_bus
from contracts.context import SERVICE
from privacy.vault import Vault
from sangdam.added_models import AddedModels
from sangdam.recogniser import Recogniser
from sangdam.services import (
    NONE_ADDED,
    SERVICES,
    WEB,
    Foundation,
    IngestPart,
    Part,
    Work,
    build,
    needs_database,
)
from sangdam.settings import Settings, revealed
from sangdam.site import (
    SAMPLE_CALLS,
    SAMPLE_GUIDES,
    SAMPLES,
    cookie_secret,
    listen,
    make_folder,
    open_database,
    vault_key,
)
from sangdam.web import end_calls, web_app
from store.database import Database

__all__ = [
    "SAMPLES",
    "SAMPLE_CALLS",
    "SAMPLE_GUIDES",
    "Application",
    "cookie_secret",
    "listen",
    "make_folder",
    "open_application",
    "open_foundation",
    "running",
]

log = logging.getLogger(__name__)

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Application:
    """The services of one process."""

    foundation: Foundation
    parts: Mapping[str, Part]

    @property
    def database(self) -> Database:
        return self.foundation.store

    def part(self, kind: type[P]) -> P:
        """The service of this kind; only for those who asked for it."""
        part = self.parts[kind.name]
        assert isinstance(part, kind)
        return part

    def web(self, demo_sign_in: str | Mapping[str, str] | None = None) -> FastAPI | None:
        """What the web port serves; None without a web service."""
        return web_app(self.parts, tuple(self.foundation.options.origins.split()), demo_sign_in)


@asynccontextmanager
async def open_foundation(
    options: Settings, names: Iterable[str] = SERVICES, instance: str = ""
) -> AsyncIterator[Foundation]:
    """Open what these services stand on, and nothing else; closes it all in the end.

    Args:
        options: where bus and database are.
        names: of the services.
        instance: of this process; empty: a new one.

    Raises:
        BadSetting, Unavailable: a folder, URL, disk or server that cannot be used.
    """
    make_folder(options.data_dir)
    wanted = frozenset(names)
    database = await open_database(options) if needs_database(wanted) else None
    try:
        bus = await open_bus(options.bus_url, password=revealed(options.bus_password))
        try:
            secret = cookie_secret(options) if wanted & WEB else ""
            vault = Vault(vault_key(options)) if "chat_gateway" in wanted else None
            yield Foundation(options, bus, database, secret, instance or uuid.uuid4().hex, vault)
        finally:
            await bus.close()
    finally:
        if database is not None:
            await database.close()


@asynccontextmanager
async def open_application(
    options: Settings,
    recogniser: Recogniser,
    names: Iterable[str] = SERVICES,
    observe: Observe | None = None,
    added: AddedModels = NONE_ADDED,
) -> AsyncIterator[Application]:
    """Foundation and services at once, with models that are loaded already. Raises as `open_foundation`."""
    async with open_foundation(options, names) as foundation:
        yield Application(foundation, build(names, foundation, recogniser, observe, added))


@asynccontextmanager
async def running(application: Application, failed: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
    """The services at work beside the block; the failure of one ends all and is raised.

    Args:
        application: built.
        failed: called at once when a service failed, before the others have drained.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_named(part.name, work, failed), name=part.name)
            for part in application.parts.values()
            for work in part.work()
        ]
        try:
            yield
        finally:
            ingest = application.parts.get("ingest")
            if isinstance(ingest, IngestPart):
                await end_calls(ingest)
            for task in tasks:
                task.cancel()


async def _named(name: str, work: Work, failed: Callable[[], None]) -> None:
    """Log lines of the service carry its name."""
    SERVICE.set(name)
    try:
        await work
    except Exception:
        log.error("%s failed, so this process ends", name)  # noqa: TRY400  the command line tells the error itself
        failed()
        raise

"""The database behind the repositories: opened, brought to the newest tables, and closed."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from contracts.errors import Unavailable
from store import failures, migration
from store.engine import new_engine, usable

log = logging.getLogger(__name__)

OPEN_WITHIN_S: Final = 30.0
"""How long a server that does not answer yet is waited for: containers start in any order."""

_AGAIN_S: Final = 0.5


class Database:
    """A pool of connections. `session()` is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    async def open(cls, url: str, *, password: str | None = None, within_s: float = OPEN_WITHIN_S) -> Self:
        """Connect, creating a SQLite file and its folder, and migrate the tables to this version's.

        Several processes may open the same database at once: one migrates, the others wait. A server that is
        starting is waited for.

        Args:
            url: `sqlite+aiosqlite:////absolute/path.db` or `postgresql+asyncpg://user@host/name`, there with
                libpq's options (`?sslmode=verify-full&sslrootcert=…`).
            password: of the account, instead of one in the URL.
            within_s: how long a server that does not answer is asked again.

        Raises:
            BadSetting: the URL cannot be used, or a newer version of the program has been here.
            StorageFull: no space for the tables.
            Unreachable, Overloaded: the server did not answer, or had no time, for `within_s`.
        """
        target = usable(url, password)
        engine = new_engine(target)
        try:
            await _migrate(target, within_s)
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end of the block, rolled back when the block raises.

        Raises:
            StorageFull: the disk is full; nothing of the transaction was kept.
            Overloaded: others held the database for too long, or were in the way; nothing was kept.
            Unreachable: the server does not answer; nothing was kept, unless it went away during the commit,
                which may or may not have been made.
        """
        with failures.told(self._engine.url):
            async with self._sessions.begin() as session:
                yield session

    async def close(self) -> None:
        """Close all connections. Closing twice is fine."""
        await self._engine.dispose()


async def _migrate(target: URL, within_s: float) -> None:
    began = time.monotonic()
    said = False
    while True:
        try:
            with failures.told(target):
                await migration.upgrade(lambda: new_engine(target, for_migration=True))
        except Unavailable as error:
            # SQLite has no server that could come: what it says, it has said after waiting.
            if target.get_backend_name() == "sqlite" or time.monotonic() - began > within_s:
                raise
            if not said:
                log.warning("%s", error)
                said = True
            await asyncio.sleep(_AGAIN_S)
        else:
            if said:
                log.warning(
                    "데이터베이스가 %.1f초 뒤에 응답했습니다. / the database answered after %.1f s.",
                    *(time.monotonic() - began,) * 2,
                )
            return

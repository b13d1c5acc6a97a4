"""The database within a limit that people wait for, and in one kind of error when it does not answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import Unavailable, Unreachable
from store.database import Database

LIMIT_S: Final = 4.0
"""Below the 10 s after which a panel takes an unanswered line for dead."""


@asynccontextmanager
async def answering(database: Database, limit_s: float = LIMIT_S) -> AsyncIterator[AsyncSession]:
    """`database.session()` for a request of a person.

    Raises:
        Unavailable: it is away, busy or full, or the block took longer than `limit_s`; nothing was kept.
    """
    try:
        async with asyncio.timeout(limit_s), database.session() as session:
            yield session
    except Unavailable:
        raise
    except OSError as error:  # TimeoutError is one, too
        why = str(error) or f"{limit_s:g} s"
        raise Unreachable(
            f"데이터베이스가 답하지 않습니다({why}). 잠시 뒤 다시 하십시오.",
            f"the database does not answer ({why}). Try again in a moment.",
        ) from error

"""Statements on a PostgreSQL server from outside any event loop: databases for tests to keep apart by."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sqlalchemy import make_url

from contracts.errors import BadSetting

_LIMIT_S: Final = 30.0


def fresh_database(url: str) -> str:
    """Create an empty database with a name of its own on the server of `url`; the same URL with that name.

    Raises:
        BadSetting: the account may not create databases.
    """
    name = f"sangdam_{secrets.token_hex(6)}"
    execute(url, f"CREATE DATABASE {name}")
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Remove it, whoever is connected."""
    target = make_url(url)
    server = target.set(database="postgres").render_as_string(hide_password=False)
    execute(server, f"DROP DATABASE IF EXISTS {target.database} WITH (FORCE)")


def execute(url: str, *statements: str) -> None:
    """Each statement in a transaction of its own. Blocks, whether or not an event loop runs here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_execute(url, statements))).result()


async def _execute(url: str, statements: tuple[str, ...]) -> None:
    try:
        import asyncpg  # noqa: PLC0415  optional: pip install 'sangdam[postgres]'
    except ModuleNotFoundError:
        raise BadSetting(
            "PostgreSQL 드라이버가 없습니다. pip install 'sangdam[postgres]'를 실행하십시오.",
            "PostgreSQL's driver is missing. Run pip install 'sangdam[postgres]'.",
        ) from None
    async with asyncio.timeout(_LIMIT_S):
        target = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(target)
        try:
            for statement in statements:
                try:
                    await connection.execute(statement)
                except asyncpg.InsufficientPrivilegeError as error:
                    raise BadSetting(
                        f"PostgreSQL 계정에 권한이 없습니다({error}): {statement.split(' PASSWORD ')[0]}",
                        f"the PostgreSQL account has no right to do this ({error}): {statement.split(' PASSWORD ')[0]}",
                    ) from error
        finally:
            await connection.close()

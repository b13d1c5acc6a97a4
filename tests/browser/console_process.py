"""A console in a process of its own, to be killed.

`python -m tests.browser.console_process FOLDER PORT DATABASE_URL`.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn
from argon2 import PasswordHasher

from bus.open import open_bus
from console.passwords import Passwords
from console.server import Console, create_app
from store.database import Database


async def serve(folder: Path, port: int, database_url: str) -> None:
    database = await Database.open(database_url)
    bus = await open_bus(f"embedded://{folder / 'bus.db'}")
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    console = Console(bus, database, secret="a secret of this test", passwords=passwords)
    config = uvicorn.Config(
        create_app(console), port=port, log_level="warning", lifespan="off", ws="websockets-sansio"
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(console.run())
        tasks.create_task(uvicorn.Server(config).serve())


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))

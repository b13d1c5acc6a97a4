import asyncio

import pytest

from chat_gateway.clearing import Clearing
from contracts.errors import Unreachable


async def test_every_job_has_its_turn_again_and_again() -> None:
    done: list[str] = []
    enough = asyncio.Event()

    async def away() -> None:
        raise Unreachable("데이터베이스가 답하지 않습니다.", "the database does not answer.")

    async def clear() -> None:
        done.append("cleared")
        if len(done) == 3:
            enough.set()

    task = asyncio.create_task(Clearing([away, clear], every_s=0.01).run())
    async with asyncio.timeout(10):
        await enough.wait()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

"""Admission to the writer's queue."""

import asyncio
import time

import pytest

from bus.admission import Admission
from contracts.errors import Overloaded


async def test_a_queue_that_stays_full_refuses():
    admission = Admission(max_records=2, max_bytes=100)
    await admission.enter(2, 10)
    started = time.monotonic()
    with pytest.raises(Overloaded):
        await admission.enter(1, 1, limit_s=0.1)
    assert time.monotonic() - started < 1
    admission.leave(2, 10)
    await admission.enter(1, 99, limit_s=0.1)


async def test_whoever_waits_for_room_comes_in_order():
    admission = Admission(max_records=1, max_bytes=100)
    await admission.enter(1, 1)
    entered = []

    async def enter(name):
        await admission.enter(1, 1)
        entered.append(name)

    tasks = [asyncio.create_task(enter(name)) for name in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    for _ in range(3):
        await asyncio.sleep(0)
        admission.leave(1, 1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert entered == [0, 2, 3]

"""Waits grow, up to a limit, and an outage is told once."""

import logging

import pytest

from bus import outage as outage_module
from bus.outage import FIRST_WAIT_S, LAST_WAIT_S, Outage
from contracts.errors import Unreachable


@pytest.fixture
def slept(monkeypatch):
    """Seconds that were waited, without waiting."""
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(outage_module.asyncio, "sleep", sleep)
    return waits


async def test_waits_grow_to_a_limit_and_begin_anew(slept):
    outage = Outage("asr")
    for _ in range(12):
        await outage.wait(Unreachable("없음", "away"))
    whole = [min(FIRST_WAIT_S * 2**number, LAST_WAIT_S) for number in range(12)]
    assert all(most / 2 <= waited <= most for waited, most in zip(slept, whole, strict=True))
    outage.over()
    await outage.wait(Unreachable("없음", "away"))
    assert slept[-1] <= FIRST_WAIT_S


async def test_waiters_do_not_come_back_all_at_once(slept):
    for _ in range(20):
        await Outage("asr").wait(Unreachable("없음", "away"))
    assert len(set(slept)) > 10


async def test_an_outage_is_told_at_its_beginning_and_its_end(slept, caplog):
    caplog.set_level(logging.INFO)
    outage = Outage("asr")
    outage.over()
    for _ in range(2):
        for _ in range(5):
            await outage.wait(Unreachable("버스 없음", "no bus"))
        outage.over()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"] * 2
    assert "버스 없음" in caplog.records[0].message
    assert "goes on" in caplog.records[1].message

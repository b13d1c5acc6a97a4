"""Real processes on one bus: two share the calls, one is killed, another joins, one is stopped."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from bus.base import partition_of
from bus.open import open_bus
from contracts.codec import decode
from contracts.topics import CALL_AUDIO, TRANSCRIPT
from contracts.transcript import TranscriptEnded

ROOT = Path(__file__).parents[3]
PACE = 4.0
"""Audio is sent so much faster than it would be spoken."""
LIMIT_S = 60.0


@asynccontextmanager
async def process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that is in its group; killed at the end of the block at the latest."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.unit.asr.worker", url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert worker.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            assert await worker.stdout.readline() == b"ready\n"
        yield worker
    finally:
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()


async def until(condition, limit_s: float = LIMIT_S) -> None:
    limit = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        await asyncio.sleep(0.02)


def conversations(make, bursts) -> tuple[list[list], dict[str, list]]:
    """Two channels on each partition, as pieces of 0.4 s; and all frames by contact."""
    contacts: dict[int, str] = {}
    for number in range(200):
        contact = f"00000000-0000-0000-0000-{number:012d}"
        contacts.setdefault(partition_of(contact, CALL_AUDIO.partitions), contact)
    made = {}
    for index, contact in enumerate(contacts.values()):
        turns = [
            (level, s) for n in range(18) for level, s in (((n + index) % 9 + 1, 0.6 + n % 4 / 5), (0, 0.8))
        ]
        made[contact] = make(bursts((0, 1.0 + index / 20), *turns, (0, 1.0)), contact)
    longest = max(map(len, made.values()))
    pieces = [
        [frame for frames in made.values() for frame in frames[at : at + 4]] for at in range(0, longest, 4)
    ]
    return pieces, made


async def test_killed_joined_and_stopped(place, open_rig, make, bursts, tmp_path):
    pieces, made = conversations(make, bursts)
    alone = await open_rig()
    async with alone.worker():
        await alone.send([frame for piece in pieces for frame in piece])
        await alone.until(lambda: len(alone.ended) == len(made), limit_s=LIMIT_S)
    await play(f"embedded://{tmp_path}/shared.db?session_s=1", place, pieces, alone.texts, len(made))


async def play(url: str, place, pieces, known, calls: int) -> None:
    """The first is killed at a third; a third one joins; the second is stopped at two thirds."""
    bus = await open_bus(url)
    place.bus = bus
    follower = asyncio.create_task(follow(bus, place.events))
    try:
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(process(url))
            second = await stack.enter_async_context(process(url))
            for number, piece in enumerate(pieces):
                await place.send(piece)
                await asyncio.sleep(0.4 / PACE)
                if number == len(pieces) // 3:
                    first.send_signal(signal.SIGKILL)
                elif number == len(pieces) // 2:
                    await stack.enter_async_context(process(url))
                elif number == 2 * len(pieces) // 3:
                    began = time.monotonic()
                    second.terminate()
                    assert await second.wait() == 0
                    assert time.monotonic() - began < 8
            await until(lambda: len({e.contact_id for e in place.ended}) == calls)
        assert place.is_exact(known)
        assert sum(isinstance(e, TranscriptEnded) for e in place.events) <= 2 * calls
    finally:
        follower.cancel()
        with suppress(asyncio.CancelledError):
            await follower
        await bus.close()


async def follow(bus, events: list) -> None:
    subscription = await bus.follow([TRANSCRIPT.name], since_ms=0)
    while True:
        events += [decode(record.value) for record in (await subscription.fetch(timeout_s=0.5)).records]

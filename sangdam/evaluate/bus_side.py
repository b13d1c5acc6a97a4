"""One side of the bus bench, a process of its own: it sends or receives what its conductor asks for, by lines of JSON.

The standard library alone, as `bus_load`. Sides say `{"ready": true}`; then
`{"phase": [number, name, rate, records]}` to a sender, `{"phase": number, "expect": records}` to a receiver, and
`{"stop": true}` are answered by a line each.
"""

import asyncio
import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Final, Protocol

from sangdam.evaluate.bus_load import Keyed, Phase, Tally, appends

POLL_S: Final = 0.1
PATIENCE_S: Final = 15.0
"""A receiver to which nothing comes for so long has lost the rest."""
_AFTER_S: Final = 1.0
"""So long a receiver listens for records that come twice."""


class Sender(Protocol):
    async def submit(self, key: str, values: Sequence[bytes]) -> None:
        """Append in order; returns when the client has taken it, which waits where its buffers are full."""
        ...

    async def flush(self) -> None:
        """Returns when all that was submitted is durable; raises where that failed."""
        ...

    async def close(self) -> None: ...


class Receiver(Protocol):
    async def poll(self) -> Sequence[Keyed]:
        """What is there, at the latest after `POLL_S`."""
        ...

    async def commit(self) -> None:
        """All that was polled."""
        ...

    async def close(self) -> None: ...


async def send(sender: Sender) -> None:
    """Sends what it is asked for until it is told to stop."""
    lines = listen()
    tell(ready=True)
    while "phase" in (asked := await next_line(lines)):
        phase = Phase(*asked["phase"])
        began, cpu_s = time.monotonic(), cpu_seconds()
        await _send(sender, phase)
        seconds = time.monotonic() - began
        tell(sent=phase.records, seconds=round(seconds, 3), cpu_s=round(cpu_seconds() - cpu_s, 3))
    await sender.close()
    tell(stopped=True)


async def _send(sender: Sender, phase: Phase) -> None:
    for due_ns, key, values in appends(phase, time.monotonic_ns()):
        if phase.rate and (early_ns := due_ns - time.monotonic_ns()) > 0:
            await asyncio.sleep(early_ns / 1e9)
        await sender.submit(key, values)
    await sender.flush()


async def receive(receiver: Receiver) -> None:
    """Handles and commits what comes, and reports."""
    lines = listen()
    tally = Tally()
    tell(ready=True)
    cpu_s, heard_at, total = cpu_seconds(), time.monotonic(), 0
    asked: dict[str, Any] = {}
    while True:
        if records := await receiver.poll():
            tally.handle(records)
            await receiver.commit()
            heard_at = time.monotonic()
            total += len(records)
        if not asked:
            asked = _waiting(lines)
            heard_at = max(heard_at, time.monotonic()) if asked else heard_at
        if "stop" in asked:
            break
        if not asked or (
            time.monotonic() - heard_at < PATIENCE_S and tally.count(asked["phase"]) < asked["expect"]
        ):
            continue
        tell(**tally.figures(asked["phase"]), cpu_s=round(cpu_seconds() - cpu_s, 3))
        cpu_s, asked = cpu_seconds(), {}
    until = time.monotonic() + _AFTER_S
    while time.monotonic() < until:
        tally.handle(await receiver.poll())
    await receiver.close()
    tell(**tally.faults())


def cpu_seconds() -> float:
    """Of this process and its threads."""
    times = os.times()
    return times.user + times.system


def tell(**told: object) -> None:
    """One line to the conductor."""
    print(json.dumps(told), flush=True)  # noqa: T201  its conductor reads it


def listen() -> "queue.SimpleQueue[dict[str, Any]]":
    """Lines of standard input as they come; its end is a stop."""
    lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(json.loads(line))
        lines.put({"stop": True})

    threading.Thread(target=read, daemon=True).start()
    return lines


def _waiting(lines: "queue.SimpleQueue[dict[str, Any]]") -> dict[str, Any]:
    with contextlib.suppress(queue.Empty):
        return lines.get_nowait()
    return {}


async def next_line(lines: "queue.SimpleQueue[dict[str, Any]]") -> dict[str, Any]:
    """What the conductor asks for next."""
    return await asyncio.to_thread(lines.get)

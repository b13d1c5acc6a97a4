"""The bus bench's conductor: a sending and a receiving process of each client, phase by phase, on one broker."""

import asyncio
import json
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from contracts.errors import SangdamError, Unreachable
from sangdam.evaluate.bus_load import Phase

_ROOT: Final = Path(__file__).resolve().parents[2]
_START_S: Final = 90.0
_ANSWER_S: Final = 120.0
"""Beside a phase's own length."""
_STOP_S: Final = 20.0
_LINE_BYTES: Final = 16 << 20

Figures = dict[str, Any]
Progress = Callable[[float, float], None]


@dataclass(frozen=True)
class Client:
    """Somebody who publishes and handles."""

    name: str
    command: Sequence[str]
    """Started with `send` or `receive` and `arguments` after it."""
    arguments: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)


class Side:
    """One process, asked and answering by lines of JSON."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._process = process

    @classmethod
    async def start(cls, client: Client, role: str) -> Self:
        """Returns when it is connected and, as a receiver, owns all partitions.

        Raises:
            Unreachable: it ended, or did not get ready.
        """
        process = await asyncio.create_subprocess_exec(
            *client.command,
            role,
            *client.arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
            cwd=_ROOT,
            env=dict(client.variables) or None,
        )
        side = cls(f"{client.name} ({role})", process)
        try:
            await side._answer(_START_S)
        except BaseException:
            await side.close()
            raise
        return side

    async def ask(self, limit_s: float = 0.0, **asked: object) -> Figures:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        await self._process.stdin.drain()
        return await self._answer(limit_s + _ANSWER_S)

    async def _answer(self, limit_s: float) -> Figures:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(limit_s):
                line = await self._process.stdout.readline()
            answer: Figures = json.loads(line)
        except (TimeoutError, ValueError) as error:
            raise Unreachable(
                f"{self._name}이(가) 답하지 않습니다. 위에 적힌 오류를 보십시오.",
                f"{self._name} does not answer ({type(error).__name__}); see its own words above.",
            ) from None
        return answer

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        async with asyncio.timeout(_STOP_S):
            await self._process.wait()


async def measure(
    client: Client, plan: Sequence[Phase], broker_pid: int | None, progress: Progress
) -> Figures:
    """All phases of one client with fresh processes; what fails is said in `error`."""
    try:
        async with AsyncExitStack() as started:
            sides: list[Side] = []
            for role in ("receive", "send"):
                sides.append(await Side.start(client, role))
                started.push_async_callback(sides[-1].close)
            receiver, sender = sides
            return await _run(receiver, sender, plan, broker_pid, progress)
    except SangdamError as error:
        return {"error": str(error)}


async def _run(
    receiver: Side, sender: Side, plan: Sequence[Phase], broker_pid: int | None, progress: Progress
) -> Figures:
    told: Figures = {}
    lost = 0
    for done, phase in enumerate(plan):
        broker_s = _cpu_s(broker_pid)
        length_s = phase.records / phase.rate if phase.rate else 0.0
        sent = await sender.ask(length_s, phase=[phase.number, phase.name, phase.rate, phase.records])
        heard = await receiver.ask(phase=phase.number, expect=phase.records)
        lost += phase.records - heard["handled"]
        thousands = phase.records / 1000
        told[phase.name] = {
            "latency_ms": {name: heard.get(name) for name in ("p50", "p99", "max")},
            "records_per_s": heard.get("records_per_s"),
            "sent_per_s": round(phase.records / sent["seconds"], 1),
            "cpu_s_per_1000": {
                "sender": round(sent["cpu_s"] / thousands, 4),
                "receiver": round(heard["cpu_s"] / thousands, 4),
                "broker": None
                if broker_pid is None
                else round((_cpu_s(broker_pid) - broker_s) / thousands, 4),
            },
        }
        progress(done + 1, len(plan))
    faults = await receiver.ask(stop=True)
    await sender.ask(stop=True)
    return {"phases": told, "lost": lost, **faults}


def _cpu_s(pid: int | None) -> float:
    """Of another process, in all."""
    if pid is None:
        return 0.0
    # man 5 proc: user and system ticks are the 14th and 15th field; the 2nd, a name, may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def combine(rounds: Sequence[Figures]) -> Figures:
    """One client's rounds as one: medians, faults added up, in the shape that is shown."""
    good = [one for one in rounds if "error" not in one]
    if not good:
        return {"error": rounds[-1]["error"]}

    def middle(name: str, *path: str) -> float | None:
        values = []
        for one in good:
            value = one["phases"][name]
            for step in path:
                value = value[step]
            values.append(value)
        known = [value for value in values if value is not None]
        return round(statistics.median(known), 4) if known else None

    paced = ("500", "4000")
    return {
        "records_per_s": middle("full", "records_per_s"),
        "latency_ms": {
            f"{name}_per_s": {part: middle(name, "latency_ms", part) for part in ("p50", "p99", "max")}
            for name in paced
        },
        **{name: sum(one[name] for one in good) for name in ("lost", "doubled", "out_of_order")},
        "cpu_s_per_1000": {
            f"{name}_per_s" if name != "full" else "full_speed": {
                part: middle(name, "cpu_s_per_1000", part) for part in ("sender", "receiver", "broker")
            }
            for name in (*paced, "full")
        },
        "kept_pace": all(
            one["phases"][name]["sent_per_s"] > 0.95 * int(name) for one in good for name in paced
        ),
        **(
            {"failed_rounds": failed}
            if (failed := [one["error"] for one in rounds if "error" in one])
            else {}
        ),
    }


def ratios(ours: Figures, theirs: Figures) -> Figures:
    """Ours over theirs, wherever both have a figure."""
    found: Figures = {}
    for name, mine in ours.items():
        other = theirs.get(name)
        if isinstance(mine, dict) and isinstance(other, dict):
            found[name] = ratios(mine, other)
        elif (
            isinstance(mine, float | int)
            and isinstance(other, float | int)
            and not isinstance(mine, bool)
            and other
        ):
            found[name] = round(mine / other, 2)
    return found

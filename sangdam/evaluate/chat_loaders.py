"""The loaders of a chat bench as one: who gets which conversations, and what all of them saw."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from contracts.errors import Unreachable
from sangdam.evaluate.bus import Client, Side
from sangdam.evaluate.chat_plan import Agent, Loader, Phase
from sangdam.evaluate.chat_seed import Seeded
from sangdam.evaluate.chat_server import cores, pinned

PER_AGENT: Final = 10
"""Conversations of an agent: more of them would write faster than a person may."""
BUSY: Final = 0.85
"""A loader that uses more of its core than this may be what is measured."""
LATE_MS: Final = 20.0
_WATCHED: Final = 64
"""As many as a page may follow."""
_SOCKETS_PER_SOURCE: Final = 20_000
_CONNECT_S: Final = 300.0

Figures = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    connections: int
    """Citizens' sockets, one conversation each."""
    rate: float
    """Messages a second in all."""
    seconds: float
    typists: int
    """Conversations in which somebody types all the time."""
    stall_s: float = 10.0
    """Load beside a page that stands still."""

    @property
    def agents(self) -> int:
        return max(1, -(-self.connections // PER_AGENT))


class Loaders:
    """All loaders as one."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._sides = sides

    @property
    def count(self) -> int:
        return len(self._sides)

    async def connect(self) -> Figures:
        told = await self._ask(_CONNECT_S, [{"connect": True}] * self.count)
        return {name: sum(one[name] for one in told) for name in ("citizens", "staff")} | {
            "seconds": max(one["seconds"] for one in told)
        }

    async def load(
        self, name: str, rate: float, seconds: float, typists: int, *, stalled_key: str = ""
    ) -> "Seen":
        """One phase, shared by all; the first loader has the reader who stalls."""
        each = [
            Phase(
                name=name,
                rate=rate / self.count,
                seconds=seconds,
                typists=-(-typists // self.count),
                stalled_key=stalled_key if not place else "",
                watched=_WATCHED,
            )
            for place in range(self.count)
        ]
        return Seen(await self._ask(seconds + 120, [{"load": one.model_dump()} for one in each]))

    async def _ask(self, limit_s: float, asked: Sequence[Figures]) -> list[Figures]:
        told = await asyncio.gather(
            *(side.ask(limit_s, **one) for side, one in zip(self._sides, asked, strict=True))
        )
        for one in told:
            if "error" in one:
                raise Unreachable(f"부하를 걸지 못했습니다: {one['error']}", f"no load: {one['error']}")
        return told


class Seen:
    """What the loaders saw in one phase."""

    def __init__(self, told: Sequence[Figures]) -> None:
        self._told = told

    def total(self, name: str) -> int:
        return int(sum(one[name] for one in self._told))

    def most(self, name: str) -> float:
        return float(max(one[name] for one in self._told))

    def quantile(self, name: str, percent: int) -> float | None:
        """In ms."""
        values = sorted(value for one in self._told for value in one[name])
        return values[min(len(values) - 1, len(values) * percent // 100)] / 10 if values else None

    @property
    def faults(self) -> Counter[str]:
        return sum((Counter(one["faults"]) for one in self._told), Counter())

    @property
    def stalled(self) -> Figures:
        return next((one["stalled"] for one in self._told if "stalled" in one), {})

    def latency(self) -> Figures:
        return {
            "message_p50": self.quantile("ages", 50),
            "message_p99": self.quantile("ages", 99),
            "ack_p50": self.quantile("acks", 50),
            "ack_p99": self.quantile("acks", 99),
            "typing_p95": self.quantile("typing", 95),
        }

    def loader(self) -> Figures:
        """Whether it was fast enough itself."""
        busy, late = self.most("busy"), self.quantile("late", 99) or 0.0
        return {"busy": busy, "late_ms_p99": late, "is_bottleneck": busy > BUSY or late > LATE_MS}


def plans(
    plan: Plan, seeded: Seeded, port: int, dialect: Literal["sangdam", "socketio"] = "sangdam"
) -> list[Loader]:
    """One loader a core that the server leaves; each has whole agents, and conversations next to each other in time
    are with different agents.
    """
    count = min(len(cores()[1]), plan.agents)
    made, agents, first = [], len(seeded.agents), 0
    for place in range(count):
        own = range(place * agents // count, (place + 1) * agents // count)
        numbers = [n for n in range(plan.connections) if n % agents in own]
        order = {n: first + at for at, n in enumerate(numbers)}
        contacts = tuple(seeded.contacts[n] for n in numbers)
        made.append(
            Loader(
                dialect=dialect,
                port=port,
                first=first,
                contacts=contacts,
                keys=tuple(map(seeded.ticket, contacts)),
                agents=tuple(
                    Agent(
                        key=seeded.agents[agent],
                        conversations=tuple(order[n] for n in numbers if n % agents == agent),
                    )
                    for agent in own
                ),
                sources=1 + (plan.connections + agents) // count // _SOCKETS_PER_SOURCE,
            )
        )
        first += len(numbers)
    return made


async def start(stack: AsyncExitStack, each: Sequence[Loader], folder: Path) -> Loaders:
    """A process for each, which ends with the stack."""
    sides = []
    with pinned(cores()[1]):
        for number, plan in enumerate(each):
            path = folder / f"loader-{number}.json"
            path.write_text(plan.model_dump_json())
            client = Client("loader", (sys.executable, "-m", "sangdam.evaluate.chat_side"), ())
            side = await Side.start(client, str(path))
            stack.push_async_callback(side.close)
            sides.append(side)
    return Loaders(sides)

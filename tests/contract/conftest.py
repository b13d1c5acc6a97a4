"""The engines that keep the promise, and what the tests of it need."""

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bus.base import Bus, Record, Subscription, TopicPartition
from bus.kafka_topics import apply, plan
from bus.open import open_bus
from contracts.topics import Topic

PARTITIONS = 4
LIMIT_S = 20.0
"""For what must happen; waits end as soon as it has."""

_PEER = Path(__file__).with_name("bus_peer.py")


class Peer:
    """Another process on the same log; see bus_peer.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> str:
        """The next line it prints."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            return (await self._process.stdout.readline()).decode().strip()

    async def rest(self) -> list[str]:
        """What it still printed, after its end."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            return (await self._process.stdout.read()).decode().split("\n")[:-1]

    async def kill(self) -> None:
        """As `kill -9`."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)


def topic(name: str) -> Topic:
    return Topic(name, PARTITIONS, 3_600_000, 64 << 20)


def every(topic: str) -> set[TopicPartition]:
    """All partitions of a topic."""
    return {TopicPartition(topic, partition) for partition in range(PARTITIONS)}


@dataclass(frozen=True)
class Engine:
    """A fresh place for logs, and buses on it. Its topics and group belong to one test."""

    url: str
    password: str | None = None
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    peers: list[Peer] = field(default_factory=list)

    @property
    def calls(self) -> str:
        return f"test.calls.{self.mark}"

    @property
    def notes(self) -> str:
        return f"test.notes.{self.mark}"

    @property
    def group(self) -> str:
        return f"group-{self.mark}"

    @property
    def topics(self) -> tuple[Topic, ...]:
        return topic(self.calls), topic(self.notes)

    async def open(self) -> Bus:
        return await open_bus(self.url, self.topics, password=self.password)

    async def start_peer(self, what: str, group: str = "") -> Peer:
        peer = Peer(
            await asyncio.create_subprocess_exec(
                *(sys.executable, str(_PEER), self.url, self.calls, what, group),
                stdout=asyncio.subprocess.PIPE,
                cwd=Path(__file__).parents[2],
            )
        )
        self.peers.append(peer)
        return peer


@pytest.fixture(params=["embedded", "kafka"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    """Each engine in turn."""
    if request.param == "embedded":
        engine = Engine(f"embedded://{tmp_path}/bus.db?session_s=2")
    else:
        engine = await on_kafka(request.getfixturevalue("kafka").url)
    yield engine
    for peer in engine.peers:
        await peer.kill()


async def on_kafka(url: str) -> Engine:
    """New topics on a broker."""
    engine = Engine(f"{url}?session_s=2")
    await apply(url, await plan(url, engine.topics))
    return engine


@pytest.fixture
def calls(engine: Engine) -> str:
    """A topic."""
    return engine.calls


@pytest.fixture
def notes(engine: Engine) -> str:
    """Another topic, with as many partitions."""
    return engine.notes


@pytest.fixture
def group(engine: Engine) -> str:
    return engine.group


@pytest.fixture
async def bus(engine: Engine) -> AsyncIterator[Bus]:
    bus = await engine.open()
    yield bus
    await bus.close()


class Reading:
    """A member that reads all the time, and what it saw."""

    def __init__(self, subscription: Subscription, *, commits: bool = True) -> None:
        self.subscription = subscription
        self.records: list[Record] = []
        self.owned: set[TopicPartition] = set()
        self.changed: Callable[[], None] = lambda: None
        self._commits = commits
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            batch = await self.subscription.fetch(timeout_s=0.5)
            self.owned -= batch.revoked
            self.owned |= batch.assigned
            self.changed()
            assert all(record.topic_partition in self.owned for record in batch.records)
            self.records += batch.records
            if self._commits and batch.records:
                await self.subscription.commit(
                    {record.topic_partition: record.offset + 1 for record in batch.records}
                )

    @property
    def values(self) -> list[bytes]:
        return [record.value for record in self.records]

    async def stop(self) -> None:
        """Stop fetching; the membership stays."""
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled() and (error := self._task.exception()):
            raise error

    async def close(self) -> None:
        await self.stop()
        self.owned.clear()  # who reads no more owns nothing: others may have it before `close` returns
        await self.subscription.close()


@pytest.fixture
async def reading() -> AsyncIterator[Callable[..., Reading]]:
    """Makes a `Reading` of a subscription; all are stopped at the end."""
    readings: list[Reading] = []

    def read(subscription: Subscription, *, commits: bool = True) -> Reading:
        readings.append(Reading(subscription, commits=commits))
        return readings[-1]

    yield read
    for one in readings:
        await one.stop()


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """Waits until a condition holds; fails when it never does."""

    async def wait(condition: Callable[[], bool], *, limit_s: float = LIMIT_S) -> None:
        limit = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < limit, "it did not happen in time"
            await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def take() -> Callable[..., Awaitable[list[Record]]]:
    """Fetches until so many records are there, without commit."""

    async def fetch(subscription: Subscription, count: int, *, max_records: int = 500) -> list[Record]:
        records: list[Record] = []
        async with asyncio.timeout(LIMIT_S):
            while len(records) < count:
                records += (await subscription.fetch(max_records=max_records)).records
        return records

    return fetch

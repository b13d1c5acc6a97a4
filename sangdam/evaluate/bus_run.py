"""A whole run of the bus bench: which clients, on which broker, in which order, and what is told of it."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from contracts.topics import PARTITIONS
from sangdam.evaluate.bus import Client, Figures, Progress, combine, measure, ratios
from sangdam.evaluate.bus_load import CALLS, CHANNELS, RECORD_BYTES, phases
from sangdam.evaluate.peers import peer_interpreter
from sangdam.local.kafka import LocalKafka

_ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = "sangdam"
RAW: Final = ("kafka-python", "aiokafka", "confluent-kafka")
CHOSEN: Final = "kafka-python"
"""What `bus/kafka.py` stands on."""
_INSTALL_S: Final = 900.0

Engine = Literal["embedded", "kafka"]


@dataclass(frozen=True)
class Run:
    """What is measured."""

    seconds: float
    """Of each paced phase."""
    records: int
    """At full speed."""
    rounds: int
    """The clients take turns, the first one another each time."""


async def run_embedded(run: Run, progress: Progress) -> Figures:
    """Our embedded engine alone: a sending and a receiving process on one file."""
    rounds: list[Figures] = []
    for number in range(run.rounds):
        with tempfile.TemporaryDirectory(prefix="sangdam-bench-") as folder:
            ours = _ours(f"embedded://{folder}/bus.db", "bench")
            rounds.append(
                await measure(
                    ours, phases(run.seconds, run.records), None, _part(progress, number, run.rounds)
                )
            )
    return _about(run) | {"engine": "embedded"} | combine(rounds)


async def run_kafka(run: Run, bootstrap: str, raw: Sequence[str], progress: Progress) -> Figures:
    """Our Kafka engine beside raw clients, all on one broker.

    Args:
        run: how long and how often.
        bootstrap: of a broker; empty: one of our own, whose CPU is told too.
        raw: names of `RAW`.
        progress: told parts done and parts in all.

    Raises:
        BadSetting: no broker, or the other clients cannot be installed.
    """
    interpreter = await asyncio.to_thread(peer_interpreter, "bench.bus_peers") if raw else ""
    with _broker(bootstrap) as (servers, pid):
        rounds: dict[str, list[Figures]] = {name: [] for name in (OURS, *raw)}
        names = list(rounds)
        total = run.rounds * len(names)
        for number in range(run.rounds):
            for place in range(len(names)):
                name = names[(place + number) % len(names)]
                topic = f"sangdam.bench.{os.getpid()}.{number}.{name}"
                client = (
                    _ours(f"kafka://{servers}", topic)
                    if name == OURS
                    else _raw(name, interpreter, servers, topic)
                )
                with _topic(servers, topic):
                    part = _part(progress, number * len(names) + place, total)
                    figures = await measure(client, phases(run.seconds, run.records), pid, part)
                rounds[name].append(figures)
    systems = {name: combine(each) for name, each in rounds.items()}
    chosen = systems.get(CHOSEN, {})
    return (
        _about(run)
        | {"engine": "kafka", "broker": "own" if pid else servers}
        | systems[OURS]
        | {
            "raw_clients": {name: systems[name] for name in raw},
            "ratios": {
                **{
                    f"{CHOSEN} / {name}": ratios(chosen, systems[name])
                    for name in raw
                    if name != CHOSEN and chosen
                },
                **({f"{OURS} / {CHOSEN}": ratios(systems[OURS], chosen)} if chosen else {}),
            },
        }
    )


def _about(run: Run) -> Figures:
    return {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "record_bytes": RECORD_BYTES,
        "channels": CALLS * CHANNELS,
        "seconds": run.seconds,
        "rounds": run.rounds,
    }


def _part(progress: Progress, done: int, total: int) -> Progress:
    return lambda part, parts: progress(done + part / parts, total)


def _ours(url: str, topic: str) -> Client:
    return Client(OURS, (sys.executable, "-m", "sangdam.evaluate.bus_ours"), (url, topic, f"{topic}.group"))


def _raw(name: str, interpreter: str, servers: str, topic: str) -> Client:
    return Client(
        name,
        (interpreter, "-m", "bench.bus_clients"),
        (name, servers, topic, f"{topic}.group", str(PARTITIONS)),
    )


@contextmanager
def _broker(bootstrap: str) -> Iterator[tuple[str, int | None]]:
    """(its address, its process where it is ours)."""
    with ExitStack() as stack:
        if bootstrap:
            yield bootstrap, None
        else:
            own = stack.enter_context(LocalKafka())
            yield own.bootstrap, own.process.pid


@contextmanager
def _topic(servers: str, name: str) -> Iterator[None]:
    """A new topic for one client and round, so that nobody reads another's records."""
    from kafka import KafkaAdminClient  # noqa: PLC0415  an extra
    from kafka.admin import NewTopic  # noqa: PLC0415

    admin = KafkaAdminClient(bootstrap_servers=servers)
    try:
        admin.create_topics([NewTopic(name, num_partitions=PARTITIONS, replication_factor=1)])
        yield
        admin.delete_topics([name])
    finally:
        admin.close()

"""The embedded bus against a plain SQLite log polled every 2 ms, in the same run; prints JSON in 10 s.

    python -m bench.bus [FOLDER]

FOLDER decides which disk is measured. Records are 1 KB. Latency is from the call of publish to the return of
the consumer's fetch, at 500 records a second; the peer publishes in its own thread and reads in another,
with a connection each, as a service with such a log would.
"""

import asyncio
import itertools
import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bus.base import Bus, Subscription
from bus.open import open_bus

TOPIC = "transcript"
RATE = 500
LATENCY_S = 2.0
BURST_S = 0.6
PAD = bytes(1_000)


def value() -> bytes:
    return (b"%f " % time.perf_counter() + PAD)[:1_000]


def age_ms(stamped: bytes) -> float:
    return (time.perf_counter() - float(stamped[: stamped.index(b" ")])) * 1000


def quantiles(delays_ms: list[float]) -> dict[str, float]:
    ordered = sorted(delays_ms)
    return {f"p{percent}_ms": round(ordered[len(ordered) * percent // 100], 2) for percent in (50, 99)} | {
        "max_ms": round(ordered[-1], 2)
    }


async def bus_latency(bus: Bus, subscription: Subscription) -> dict[str, float]:
    count = int(RATE * LATENCY_S)
    delays_ms: list[float] = []

    async def read() -> None:
        while len(delays_ms) < count:
            batch = await subscription.fetch()
            delays_ms.extend(age_ms(record.value) for record in batch.records)
            await commit(subscription, batch)

    reading = asyncio.create_task(read())
    started = time.perf_counter()
    async with asyncio.TaskGroup() as publishing:
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
            publishing.create_task(bus.publish(TOPIC, f"contact-{number % 50}", value()))
    await reading
    return quantiles(delays_ms)


async def commit(subscription: Subscription, batch) -> None:  # noqa: ANN001
    await subscription.commit({record.topic_partition: record.offset + 1 for record in batch.records})


async def per_second(publish: Callable[[int], Awaitable[None]], tasks: int, records: int) -> int:
    """Records a second of `tasks` publishers, each call with `records`."""
    end = time.perf_counter() + BURST_S
    calls = itertools.count()

    async def publisher() -> None:
        while time.perf_counter() < end:
            await publish(next(calls))

    started = time.perf_counter()
    await asyncio.gather(*(publisher() for _ in range(tasks)))
    return int(next(calls) * records / (time.perf_counter() - started))


async def bus_consumed(bus: Bus) -> int:
    subscription = await bus.subscribe("replay", [TOPIC])
    await subscription.fetch()
    count, started = 0, time.perf_counter()
    while (batch := await subscription.fetch(max_records=2_000, timeout_s=0)).records:
        count += len(batch.records)
        await commit(subscription, batch)
    return int(count / (time.perf_counter() - started))


async def measure_bus(folder: Path) -> dict[str, object]:
    bus = await open_bus(f"embedded://{folder}/bus.db")
    subscription = await bus.subscribe("group", [TOPIC])
    await subscription.fetch()
    latency = await bus_latency(bus, subscription)
    await subscription.close()

    async def one(number: int) -> None:
        await bus.publish(TOPIC, f"contact-{number % 50}", PAD)

    async def hundred(number: int) -> None:
        await bus.publish_many(TOPIC, [(f"contact-{number % 50}", PAD)] * 100)

    result = {
        "latency_at_500_per_s": latency,
        "appends_per_s_one_after_the_other": await per_second(one, 1, 1),
        "appends_per_s_by_100_publishers": await per_second(one, 100, 1),
        "appends_per_s_in_batches_of_100": await per_second(hundred, 1, 100),
        "consumed_per_s": await bus_consumed(bus),
    }
    await bus.close()
    return result


class PlainLog:
    """The peer: appends in BEGIN IMMEDIATE, reads by polling; nothing around it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.connection = self.connect()
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute(
            "CREATE TABLE log (topic TEXT, part INT, off INT, key TEXT, ts INT, value BLOB, "
            "PRIMARY KEY (topic, part, off)) WITHOUT ROWID"
        )
        self.connection.execute(
            "CREATE TABLE offset (grp TEXT, topic TEXT, part INT, off INT, PRIMARY KEY (grp, topic, part))"
        )

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def append(self, part: int, values: list[bytes]) -> None:
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        (end,) = run(
            "SELECT coalesce(max(off), -1) FROM log WHERE topic = ? AND part = ?", (TOPIC, part)
        ).fetchone()
        self.connection.executemany(
            "INSERT INTO log VALUES (?, ?, ?, '', 0, ?)",
            [(TOPIC, part, end + 1 + number, value) for number, value in enumerate(values)],
        )
        run("COMMIT")

    @staticmethod
    def poll(connection: sqlite3.Connection, positions: list[int]) -> list[bytes]:
        found: list[bytes] = []
        for part, position in enumerate(positions):
            rows = connection.execute(
                "SELECT off, value FROM log WHERE topic = ? AND part = ? AND off >= ? ORDER BY off LIMIT 500",
                (TOPIC, part, position),
            ).fetchall()
            if rows:
                positions[part] = rows[-1][0] + 1
                found += [value for _, value in rows]
        if found:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT OR REPLACE INTO offset VALUES ('g', ?, ?, ?)",
                [(TOPIC, part, position) for part, position in enumerate(positions)],
            )
            connection.execute("COMMIT")
        return found


def plain_latency(plain: PlainLog) -> dict[str, float]:
    count = int(RATE * LATENCY_S)

    def publish() -> None:
        started = time.perf_counter()
        for number in range(count):
            time.sleep(max(0.0, started + number / RATE - time.perf_counter()))
            plain.append(number % 8, [value()])

    publisher = threading.Thread(target=publish)
    publisher.start()
    delays_ms: list[float] = []
    positions, connection = [0] * 8, plain.connect()
    while len(delays_ms) < count:
        delays_ms += [age_ms(stamped) for stamped in PlainLog.poll(connection, positions)]
        time.sleep(0.002)
    publisher.join()
    connection.close()
    return quantiles(delays_ms)


def plain_per_second(plain: PlainLog, records: int) -> int:
    started, count = time.perf_counter(), 0
    while time.perf_counter() < started + BURST_S:
        plain.append(count % 8, [PAD] * records)
        count += records
    return int(count / (time.perf_counter() - started))


def measure_plain(folder: Path) -> dict[str, object]:
    plain = PlainLog(folder / "plain.db")
    result: dict[str, object] = {
        "latency_at_500_per_s": plain_latency(plain),
        "appends_per_s_one_after_the_other": plain_per_second(plain, 1),
        "appends_per_s_in_batches_of_100": plain_per_second(plain, 100),
    }
    positions, count, started = [0] * 8, 0, time.perf_counter()
    while found := PlainLog.poll(plain.connection, positions):
        count += len(found)
    return result | {"consumed_per_s": int(count / (time.perf_counter() - started))}


def ratios(ours: dict[str, object], theirs: dict[str, object]) -> dict[str, object]:
    """Ours over the peer's, wherever both have a figure."""
    both: dict[str, object] = {}
    for name in ours.keys() & theirs.keys():
        mine, other = ours[name], theirs[name]
        if isinstance(mine, dict) and isinstance(other, dict):
            both[name] = ratios(mine, other)
        elif isinstance(mine, int | float) and isinstance(other, int | float):
            both[name] = round(mine / other, 2)
    return both


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        ours = asyncio.run(measure_bus(Path(folder)))
        theirs = measure_plain(Path(folder))
    print(json.dumps({"bus": ours, "plain_2ms_polling": theirs, "ratio": ratios(ours, theirs)}, indent=2))


if __name__ == "__main__":
    main()

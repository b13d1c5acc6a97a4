"""How long a look back for the sound of one call takes, among 33 calls in one partition.

`python -m bench.lookback`; with `--kafka kafka://host:9092` on that broker, too.
"""

import argparse
import asyncio
import os
import secrets
import statistics
import tempfile
import time
from pathlib import Path

from bus.base import Record, partition_of
from bus.kafka_topics import apply, plan
from bus.open import open_bus
from contracts.topics import PARTITIONS, Topic

CALLS = 33
FRAMES_PER_S = 20
"""Of a call: two channels."""
SECONDS = 90
FRAME = 848
"""Bytes: 100 ms of µ-law."""
LOOKS = 7


async def measure(url: str) -> None:
    topic = Topic(f"bench.audio.{secrets.token_hex(3)}", PARTITIONS, 3_600_000, 2 << 30)
    if url.startswith("kafka"):
        await apply(url, await plan(url, [topic]))
    keys = [key for key in (f"call-{number}" for number in range(4000)) if partition_of(key, PARTITIONS) == 0]
    calls = keys[:CALLS]
    bus = await open_bus(url, [topic])
    seconds = []
    for _ in range(SECONDS):
        seconds.append(int(time.time() * 1000))
        frames = [(key, os.urandom(FRAME)) for _ in range(FRAMES_PER_S) for key in calls]
        await bus.publish_many(topic.name, frames)
        await asyncio.sleep(0.002)  # so that each second has a time of its own
    for span_s in (5, 20, 80):
        took_ms = []
        for _ in range(LOOKS):
            left = span_s * FRAMES_PER_S

            def enough(_: Record) -> bool:
                nonlocal left
                left -= 1
                return left == 0

            began = time.monotonic()
            await bus.read(topic.name, calls[7], since_ms=seconds[5], enough=enough)
            took_ms.append((time.monotonic() - began) * 1000)
        print(
            f"{url.partition(':')[0]}: {span_s} s: {statistics.median(took_ms):.0f} / {max(took_ms):.0f} ms"
        )
    await bus.close()


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kafka", default="", help="URL of a broker, as in SANGDAM_BUS")
    kafka = arguments.parse_args().kafka
    with tempfile.TemporaryDirectory() as folder:
        await measure(f"embedded://{Path(folder) / 'bus.db'}")
    if kafka:
        await measure(kafka)


if __name__ == "__main__":
    asyncio.run(main())

"""Several processes on one file: wake-ups, and who takes over when from a process in trouble."""

import asyncio
import signal
import subprocess
import sys
import time

import pytest

from bus.embedded import EmbeddedBus
from contracts.topics import Topic

CALLS = Topic("calls", 4, 3_600_000, 64 << 20)

PEER = """
import asyncio, sys, time
from pathlib import Path
from bus.embedded import EmbeddedBus
from contracts.topics import Topic
CALLS = Topic("calls", 4, 3_600_000, 64 << 20)
async def main():
    bus = await EmbeddedBus.open(Path(sys.argv[1]), [CALLS], session_s=float(sys.argv[2]))
    await globals()[sys.argv[3]](bus)
async def stamps(bus):
    for _ in range(40):
        await bus.publish("calls", "contact", b"%f" % time.monotonic())
        await asyncio.sleep(0.05)
async def member(bus):
    subscription = await bus.subscribe("group", ["calls"])
    while True:
        batch = await subscription.fetch()
        for word in ("revoked", "assigned"):
            if tps := getattr(batch, word):
                print(word, len(tps), flush=True)
        if batch.records:
            print("records", len(batch.records), flush=True)
async def owner(bus):
    subscription = await bus.subscribe("group", ["calls"])
    await subscription.fetch()
    print("ready", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
async def bus(tmp_path):
    bus = await EmbeddedBus.open(tmp_path / "bus.db", [CALLS], session_s=1)
    yield bus
    await bus.close()


@pytest.fixture
def peer(tmp_path):
    peers = []

    def start(what, session_s=1.0):
        peers.append(
            subprocess.Popen(
                [sys.executable, "-c", PEER, str(tmp_path / "bus.db"), str(session_s), what],
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return peers[-1]

    yield start
    for one in peers:
        one.kill()
        one.wait()
        one.stdout.close()


async def all_partitions(subscription, limit_s=10):
    owned = set()
    async with asyncio.timeout(limit_s):
        while len(owned) < 4:
            batch = await subscription.fetch(timeout_s=0.2)
            owned = owned - batch.revoked | batch.assigned


async def test_a_record_of_another_process_wakes_a_fetch_soon(bus, peer):
    subscription = await bus.subscribe("group", ["calls"])
    await all_partitions(subscription)
    peer("stamps")
    delays_s = []
    while len(delays_s) < 40:
        batch = await subscription.fetch(timeout_s=5)
        assert batch.records
        delays_s += [time.monotonic() - float(record.value) for record in batch.records]
    assert sorted(delays_s)[20] < 0.1


async def test_a_stopped_process_loses_its_partitions_after_the_session(bus, peer):
    stopped = peer("member")
    assert stopped.stdout.readline() == "assigned 4\n"
    stopped.send_signal(signal.SIGSTOP)
    subscription = await bus.subscribe("group", ["calls"])
    started = time.monotonic()
    await all_partitions(subscription)
    assert 0.5 < time.monotonic() - started < 6
    await bus.publish_many("calls", [(f"{number}", b"") for number in range(40)])
    records = []
    while len(records) < 40:
        records += (await subscription.fetch()).records
    await subscription.commit({record.topic_partition: record.offset + 1 for record in records})

    stopped.send_signal(signal.SIGCONT)
    assert stopped.stdout.readline() == "revoked 4\n"
    revoked = set()
    async with asyncio.timeout(5):
        while len(revoked) < 2:
            revoked |= (await subscription.fetch(timeout_s=0.1)).revoked
    assert stopped.stdout.readline() == "assigned 2\n"


async def test_an_owner_that_handles_for_long_gives_up_after_the_session(bus, peer):
    assert peer("owner").stdout.readline() == "ready\n"
    subscription = await bus.subscribe("group", ["calls"])
    started = time.monotonic()
    owned = set()
    while len(owned) < 2:
        owned |= (await subscription.fetch(timeout_s=0.1)).assigned
    assert 0.8 < time.monotonic() - started < 6


async def test_a_killed_process_is_noticed_before_its_session_is_over(tmp_path, peer):
    killed = peer("member", session_s=60)
    assert killed.stdout.readline() == "assigned 4\n"
    killed.kill()
    killed.wait()
    bus = await EmbeddedBus.open(tmp_path / "bus.db", [CALLS], session_s=60)
    started = time.monotonic()
    await all_partitions(await bus.subscribe("group", ["calls"]))
    assert time.monotonic() - started < 6
    await bus.close()
    assert list((tmp_path / "bus.db-live").iterdir()) == []

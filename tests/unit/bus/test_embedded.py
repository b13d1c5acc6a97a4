"""What only the embedded engine does: full disks, idle cost, damaged files."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest

from bus.base import TopicPartition
from bus.embedded import EmbeddedBus
from contracts.errors import BadSetting, BusClosed, StorageFull
from contracts.topics import Topic

CALLS = Topic("calls", 4, 3_600_000, 64 << 20)


@pytest.fixture
async def bus(tmp_path):
    bus = await EmbeddedBus.open(tmp_path / "bus.db", [CALLS], session_s=1)
    yield bus
    await bus.close()


async def all_partitions(subscription, limit_s=10):
    owned = set()
    async with asyncio.timeout(limit_s):
        while len(owned) < 4:
            batch = await subscription.fetch(timeout_s=0.2)
            owned = owned - batch.revoked | batch.assigned


async def fill(bus, stored):
    """Publish until it fails; `stored` gets what was taken."""
    for number in range(1_000):
        value = b"%d" % number + bytes(10_000)
        await bus.publish("calls", "contact", value)
        stored.append(value)


async def test_a_full_file_refuses_and_goes_on_when_there_is_room(bus):
    pages = await bus._writer.call(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    await bus._writer.call(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 40}").fetchone())
    with pytest.raises(StorageFull, match="가득"):
        await fill(bus, stored := [])
    with pytest.raises(StorageFull):
        await bus.publish_many("calls", [("a", b"small"), ("b", bytes(500_000))])

    await bus._writer.call(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
    await bus.publish("calls", "contact", b"last")
    subscription = await bus.subscribe("group", ["calls"])
    values = []
    while not values or values[-1] != b"last":
        values += [record.value for record in (await subscription.fetch()).records]
    assert values == [*stored, b"last"]


async def test_one_that_is_too_much_does_not_hurt_its_neighbours(bus):
    pages = await bus._writer.call(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    await bus._writer.call(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 40}").fetchone())
    outcomes = await asyncio.gather(
        bus.publish("calls", "a", b"small"),
        bus.publish("calls", "b", bytes(1_000_000)),
        bus.publish("calls", "c", b"small"),
        return_exceptions=True,
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], StorageFull)
    assert outcomes[2] is None


async def test_a_commit_on_a_full_disk_is_made_up_for(bus):
    subscription = await bus.subscribe("group", ["calls"])
    await bus.publish("calls", "contact", b"")
    await all_partitions(subscription)
    (record,) = (await subscription.fetch()).records
    store = bus._writer.call

    async def full(work):
        raise StorageFull("", "")

    bus._writer.call = full
    await subscription.commit({record.topic_partition: record.offset + 1})
    bus._writer.call = store
    await subscription.commit({})
    rows = await store(lambda c: c.execute("SELECT off FROM committed WHERE grp = 'group'").fetchall())
    assert rows == [(record.offset + 1,)]


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs root to mount a small disk")
async def test_a_really_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this system does not let us mount a small disk")
    try:
        bus = await EmbeddedBus.open(disk / "bus.db", [CALLS])
        with pytest.raises(StorageFull):
            await fill(bus, [])
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        await bus.publish("calls", "contact", b"last")
        await bus.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


async def test_more_than_the_queue_holds_goes_in_alone(bus):
    await bus.publish_many("calls", [("contact", bytes(1_000)) for _ in range(40_000)])
    await bus.publish("calls", "contact", b"next")


async def test_a_fetch_is_bounded_in_bytes(bus):
    await bus.publish_many("calls", [("contact", bytes(1_000_000)) for _ in range(10)])
    subscription = await bus.subscribe("group", ["calls"])
    await all_partitions(subscription)
    batch = await subscription.fetch()
    assert 1 <= len(batch.records) <= 5


async def test_a_busy_partition_does_not_starve_the_others(bus):
    await bus.publish_many("calls", [("busy", b"")] * 100)
    await bus.publish_many("calls", [(f"{number}", b"") for number in range(20)])
    subscription = await bus.subscribe("group", ["calls"])
    await all_partitions(subscription)
    seen = {
        record.partition for _ in range(4) for record in (await subscription.fetch(max_records=10)).records
    }
    assert seen == {0, 1, 2, 3}


WAITING = """
import asyncio, sys, time
from pathlib import Path
from bus.embedded import EmbeddedBus
from contracts.topics import Topic

async def main():
    bus = await EmbeddedBus.open(Path(sys.argv[1]), [Topic("calls", 1, 60_000, 1 << 20)])
    subscription = await bus.subscribe("group", ["calls"])
    async with asyncio.timeout(10):
        while not (await subscription.fetch(timeout_s=0.2)).assigned:
            pass
    before_s = time.process_time()
    await subscription.fetch(timeout_s=3)
    print((time.process_time() - before_s) / 3)
    await bus.close()

asyncio.run(main())
"""


def test_waiting_costs_next_to_nothing(tmp_path):
    """In a process of its own: the whole of it is measured, and here other tests' threads may still be at their end."""
    told = subprocess.run(
        [sys.executable, "-c", WAITING, str(tmp_path / "bus.db")],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert float(told.stdout) < 0.02


async def test_the_file_is_for_its_owner_alone(bus, tmp_path):
    await bus.publish("calls", "contact", b"")
    for path in tmp_path.glob("bus.db*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


async def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "bus.db"
    path.write_bytes(b"this is no database, it only has a name like one" * 100)
    with pytest.raises(BadSetting, match="손상"):
        await EmbeddedBus.open(path, [CALLS])


async def test_another_database_is_not_touched(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE precious (x)")
    other.close()
    with pytest.raises(BadSetting, match="버스 파일이 아닙니다"):
        await EmbeddedBus.open(path, [CALLS])


async def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="열 수 없습니다"):
        await EmbeddedBus.open(tmp_path / "file" / "bus.db", [CALLS])


async def test_the_file_keeps_its_number_of_partitions(bus, tmp_path):
    await bus.publish("calls", "contact-7", b"one")
    more = await EmbeddedBus.open(
        tmp_path / "bus.db", [Topic("calls", 16, 3_600_000, 1 << 20), Topic("new", 2, 1, 1)]
    )
    subscription = await more.subscribe("group", ["calls"])
    batch = await subscription.fetch()
    assert batch.assigned == {TopicPartition("calls", number) for number in range(4)}
    await more.publish("calls", "contact-7", b"two")
    records = []
    while len(records) < 2:
        records += (await subscription.fetch()).records
    assert len({record.partition for record in records}) == 1
    await more.close()


async def test_buses_of_one_process_may_share_the_file(bus, tmp_path):
    other = await EmbeddedBus.open(tmp_path / "bus.db", [CALLS])
    subscription = await other.subscribe("group", ["calls"])
    await asyncio.gather(*(one.publish("calls", "contact", b"") for one in (bus, other) for _ in range(50)))
    records = []
    while len(records) < 100:
        records += (await subscription.fetch()).records
    await other.close()


async def test_closing_while_the_assignment_changes_leaves_no_ghost(bus):
    subscription = await bus.subscribe("group", ["calls"])
    await all_partitions(subscription)
    fetching = asyncio.create_task(subscription.fetch(timeout_s=5))
    await bus.subscribe("group", ["calls"])
    while not subscription._asked.done():
        await asyncio.sleep(0)
    await subscription.close()
    await asyncio.wait([fetching])
    rows = await bus._writer.call(lambda c: c.execute("SELECT count(*) FROM member").fetchall())
    assert rows == [(1,)]
    assert isinstance(fetching.exception(), BusClosed)

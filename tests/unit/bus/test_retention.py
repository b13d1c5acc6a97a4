"""Old and surplus records go, in slices; the file does not grow without bound."""

import pytest

from bus.base import partition_of
from bus.embedded import EmbeddedBus
from contracts.clock import wall_ms
from contracts.topics import Topic

HOUR_MS = 3_600_000
AGED = Topic("aged", 2, HOUR_MS, 1 << 30)
SIZED = Topic("sized", 2, 1_000 * HOUR_MS, 50_000)


@pytest.fixture
async def bus(tmp_path):
    bus = await EmbeddedBus.open(tmp_path / "bus.db", [AGED, SIZED])
    yield bus
    await bus.close()


async def everything(bus, topic, group):
    subscription = await bus.subscribe(group, [topic])
    await subscription.fetch()
    records = []
    while batch := (await subscription.fetch(timeout_s=0.1)).records:
        records += batch
    await subscription.close()
    return records


async def test_records_over_their_age_go(bus):
    await bus.publish_many("aged", [(f"{number}", b"") for number in range(1_500)])
    (first, *_) = await everything(bus, "aged", "one")
    assert await bus.retain(first.timestamp_ms + HOUR_MS) == 0
    assert await bus.retain(first.timestamp_ms + HOUR_MS + 60_000) == 1_500
    assert await everything(bus, "aged", "two") == []


async def test_the_oldest_over_the_size_go(bus):
    await bus.publish_many("sized", [("contact", b"%03d" % number + bytes(990)) for number in range(100)])
    assert await bus.retain(0) == 50
    numbers = [int(record.value[:3]) for record in await everything(bus, "sized", "group")]
    assert numbers == list(range(50, 100))
    assert await bus.retain(0) == 0


async def test_offsets_go_on_after_everything_went(bus):
    await bus.publish("aged", "contact", b"old")
    (old,) = await everything(bus, "aged", "one")
    await bus.retain(old.timestamp_ms + 2 * HOUR_MS)
    await bus.publish("aged", "contact", b"new")
    (new,) = await everything(bus, "aged", "two")
    assert (new.partition, new.offset) == (partition_of("contact", 2), old.offset + 1)


async def test_a_group_that_is_behind_goes_on_with_what_is_left(bus):
    subscription = await bus.subscribe("slow", ["sized"])
    await subscription.fetch()
    await bus.publish_many("sized", [("contact", b"%03d" % number + bytes(990)) for number in range(100)])
    await bus.retain(0)
    batch = await subscription.fetch()
    assert int(batch.records[0].value[:3]) == 50


async def test_the_file_does_not_grow_without_bound(bus, tmp_path):
    sizes = []
    for _ in range(6):
        await bus.publish_many("sized", [("contact", bytes(100_000)) for _ in range(100)])
        await bus.retain(0)
        sizes.append((tmp_path / "bus.db").stat().st_size)
    assert max(sizes) < 3 * 10_000_000


async def test_free_space_above_the_reserve_returns_to_the_disk(bus, tmp_path):
    await bus.publish_many("sized", [("contact", bytes(500_000)) for _ in range(100)])
    await bus.retain(0)
    await bus.close()
    assert (tmp_path / "bus.db").stat().st_size < 20 << 20


async def test_groups_unused_for_a_week_are_forgotten(tmp_path):
    now_ms = wall_ms()
    bus = await EmbeddedBus.open(tmp_path / "groups.db", [AGED], clock=lambda: now_ms)
    await bus.subscribe("kept", ["aged"])
    await (await bus.subscribe("left", ["aged"], start="latest")).close()

    async def groups():
        await bus._writer.call(bus._retain_slice)
        names = await bus._writer.call(lambda c: c.execute("SELECT name FROM consumer_group").fetchall())
        return {name for (name,) in names}

    assert await groups() == {"kept", "left"}
    now_ms += 7 * 24 * HOUR_MS + 60_000
    assert await groups() == {"kept"}
    assert await bus._writer.call(lambda c: c.execute("SELECT count(*) FROM committed").fetchone()) == (0,)
    await bus.close()

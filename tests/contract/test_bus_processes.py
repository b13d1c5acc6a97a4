"""What every engine promises across processes, and when one of them is killed."""

import time

from bus.base import partition_of

LIMIT_S = 20


async def read_all(subscription, numbers):
    """Read until all of them came; so may what was published before the kill and not acknowledged."""
    records, missing = [], set(numbers)
    limit = time.monotonic() + LIMIT_S
    while missing:
        assert time.monotonic() < limit, f"lost: {sorted(missing)}"
        batch = await subscription.fetch()
        records += batch.records
        missing -= {int(record.value) for record in batch.records}
    return records


async def test_what_was_acknowledged_survives_kill_9(engine, calls, group):
    peer = await engine.start_peer("publish")
    acked = [int(await peer.line()) for _ in range(200)]
    await peer.kill()
    acked += [int(number) for number in await peer.rest()]
    assert acked == list(range(len(acked)))

    bus = await engine.open()
    records = await read_all(await bus.subscribe(group, [calls]), set(acked))
    for key in range(4):
        mine = [int(record.value) for record in records if record.key == f"peer-{key}"]
        assert mine == sorted(set(mine))
    await bus.close()


async def test_a_batch_that_was_acknowledged_is_whole_after_kill_9(engine, calls, group):
    peer = await engine.start_peer("publish-many")
    acked = [int(await peer.line()) for _ in range(50)]
    await peer.kill()
    acked += [int(number) for number in await peer.rest()]
    bus = await engine.open()
    await read_all(await bus.subscribe(group, [calls]), set(range(10 * len(acked))))
    await bus.close()


async def test_one_process_publishes_another_reads(engine, bus, reading, until, calls, group):
    peer = await engine.start_peer("publish")
    member = reading(await bus.subscribe(group, [calls]))
    await until(lambda: len(member.records) >= 300)
    await peer.kill()
    acked = {int(number) for number in await peer.rest()}
    await until(lambda: {int(value) for value in member.values} >= acked)


async def test_processes_share_a_group(engine, bus, reading, until, calls, group):
    peer = await engine.start_peer("consume", group)
    assert await peer.line() == "assigned 4"
    member = reading(await bus.subscribe(group, [calls]))
    assert await peer.line() == "revoked 2"
    await until(lambda: len(member.owned) == 2)

    numbers = range(100)
    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in numbers])
    mine = {partition for _, partition in member.owned}
    here = {number for number in numbers if partition_of(f"{number}", 4) in mine}
    assert {int(await peer.line()) for _ in range(100 - len(here))} == set(numbers) - here
    await until(lambda: {int(value) for value in member.values} == here)


async def test_others_take_over_from_a_killed_process(engine, bus, reading, until, calls, group):
    peer = await engine.start_peer("consume", group)
    assert await peer.line() == "assigned 4"
    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in range(50)])
    for _ in range(50):
        await peer.line()
    await peer.kill()
    member = reading(await bus.subscribe(group, [calls]))
    await bus.publish_many(calls, [(f"{number}", b"%d" % number) for number in range(50, 100)])
    await until(lambda: {int(value) for value in member.values} >= set(range(50, 100)))
    assert len(member.owned) == 4

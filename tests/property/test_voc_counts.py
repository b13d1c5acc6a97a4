"""Whatever order records come in, however often, to whichever of two workers, with deaths, moves and a store that is
behind: in the end the numbers are those of a fresh count.
"""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bus.base import BusCounts, Record, TopicPartition
from contracts.codec import AnyEvent, decode, encode, topic_of
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.topics import CONTACT_EVENTS, TRANSCRIPT
from contracts.transcript import Utterance, utterance_id
from store import batch, voc_contacts, voc_counts
from store.database import Database
from store.voc_deltas import deltas
from tests.unit.voc.readers import FirstWords
from voc import service as service_module
from voc.recount import recount
from voc.service import VocService

SEOUL: Final = ZoneInfo("Asia/Seoul")
BEGAN_MS: Final = 1_700_017_200_000
PARTITIONS: Final = 3
CONSOLE_MS: Final = 12_000
"""The console is behind by this much at most: below the time after which the store is looked at last."""

DEEDS: Final = (
    "publish",
    "publish",
    "fetch",
    "fetch",
    "fetch",
    "move",
    "die",
    "keep",
    "wait",
    "wait",
    "wait",
)
TABLES: Final = ("voc_contacts", "voc_hours", "voc_days", "voc_phrases", "contacts", "utterances")
_TEXTS = ("단수 마포구", "누수 중구", "단수!", "물 냄새", "", "네", "도로 마포구 물!")


def contact_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def life(number: int, chance: random.Random) -> tuple[list[AnyEvent], list[AnyEvent]]:
    """A contact's events by topic. Changes of state keep their order, as on the bus; finals do not have to."""
    fields: dict[str, Any] = {"contact_id": contact_id(number), "at_ms": BEGAN_MS}
    began = BEGAN_MS + chance.choice((0, 1, 12, 30)) * 3_500_000
    moves: list[AnyEvent] = [
        ContactStateChanged(
            **fields, revision=revision, state=state, roles={0: "caller", 1: "agent"}, started_at_ms=began
        )
        for revision, state in ((1, "talking"), (2, "ended"))
    ]
    if chance.random() < 0.4:
        moves.insert(
            chance.randrange(1, 3), RolesChanged(**fields, roles={0: "agent", 1: "caller"}, staff_id="k")
        )
    finals: list[AnyEvent] = [
        Utterance(
            **fields,
            utterance_id=utterance_id(contact_id(number), channel, line),
            revision=revision,
            status="final",
            channel=channel,
            role="unknown",
            start_ms=line,
            end_ms=line + 1,
            text=chance.choice(_TEXTS),
            heard_ms=BEGAN_MS,
        )
        for line in range(chance.randrange(4))
        for channel in (chance.randrange(2),)
        for revision in range(1, chance.randrange(2, 4))
    ]
    finals += [chance.choice(finals) for _ in finals]
    chance.shuffle(finals)
    return moves, finals


class World:
    """A bus of lists, two workers, a console that keeps what they hear, and a clock that one sets."""

    def __init__(self, database: Database, contacts: int, chance: random.Random) -> None:
        self.database = database
        self.chance = chance
        self.now_ms = self.kept_ms = 1_000
        self.logs: dict[TopicPartition, list[Record]] = {
            TopicPartition(topic.name, number): []
            for topic in (TRANSCRIPT, CONTACT_EVENTS)
            for number in range(PARTITIONS)
        }
        self.committed: dict[TopicPartition, int] = dict.fromkeys(self.logs, 0)
        self.kept: dict[TopicPartition, int] = dict.fromkeys(self.logs, 0)
        self.owners = [number % 2 for number in range(PARTITIONS)]
        self.workers = [self.worker(), self.worker()]
        self.read: list[dict[TopicPartition, int]] = [{}, {}]
        self.waiting = [list(part) for number in range(contacts) for part in life(number, chance) if part]

    def worker(self) -> VocService:
        class Bus:
            counts = BusCounts()

        return VocService(
            cast("Any", Bus()),
            self.database,
            FirstWords(),
            zone=SEOUL,
            clock=lambda: BEGAN_MS + self.now_ms,
            monotonic=lambda: self.now_ms,
            max_conversations=3,
        )

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.committed.update(offsets)

    def publish(self, count: int) -> None:
        """The next events of some contacts."""
        for _ in range(count):
            if not self.waiting:
                return
            queue = self.chance.choice(self.waiting)
            event = queue.pop(0).model_copy(update={"at_ms": BEGAN_MS + self.now_ms})
            if not queue:
                self.waiting.remove(queue)
            number = int(event.contact_id[-3:]) % PARTITIONS
            where = TopicPartition(topic_of(event).name, number)
            log = self.logs[where]
            log.append(Record(*where, len(log), event.contact_id, encode(event), BEGAN_MS))

    async def fetch(self, worker: int, limit: int) -> None:
        own = [where for where in self.logs if self.owners[where.partition] == worker]
        self.chance.shuffle(own)
        records: list[Record] = []
        for where in own:
            start = self.read[worker].setdefault(where, self.committed[where])
            found = self.logs[where][start : start + self.chance.randrange(limit + 1)]
            self.read[worker][where] = start + len(found)
            records += found
        await self.workers[worker]._work(cast("Any", self), records)

    def move(self, partition: int) -> None:
        """To the other worker: what was not committed is read again there."""
        gone = [where for where in self.logs if where.partition == partition]
        old = self.owners[partition]
        self.owners[partition] = 1 - old
        self.workers[old]._let_go(gone)
        for where in gone:
            for read in self.read:
                read.pop(where, None)

    def die(self, worker: int) -> None:
        self.workers[worker] = self.worker()
        self.read[worker] = {}

    async def keep(self, limit: int) -> None:
        """The console writes down a little more."""
        for where, log in self.logs.items():
            start = self.kept[where]
            some = log[start : start + self.chance.randrange(limit + 1)]
            self.kept[where] = start + len(some)
            async with self.database.session() as session:
                await batch.keep(session, [decoded(record) for record in some])

    async def act(self, deed: str) -> None:
        match deed:
            case "publish":
                self.publish(6)
            case "fetch":
                await self.fetch(self.chance.randrange(2), 5)
            case "move":
                self.move(self.chance.randrange(PARTITIONS))
            case "die":
                self.die(self.chance.randrange(2))
            case "keep":
                await self.keep(5)
            case "wait":
                self.now_ms += self.chance.randrange(4_000)
                if self.now_ms - self.kept_ms > CONSOLE_MS:
                    await self.keep_all()

    async def keep_all(self) -> None:
        for where, log in self.logs.items():
            async with self.database.session() as session:
                await batch.keep(session, [decoded(record) for record in log[self.kept[where] :]])
            self.kept[where] = len(log)
        self.kept_ms = self.now_ms

    async def settle(self) -> None:
        """Everything is published and kept, everybody reads on, and a minute passes."""
        self.publish(10_000)
        await self.keep_all()
        for _ in range(28):
            for worker in (0, 1):
                await self.fetch(worker, 100)
            self.now_ms += 2_500


def decoded(record: Record) -> AnyEvent:
    return decode(record.value)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module", autouse=True)
def _one_clock() -> Iterator[None]:
    """That of the world; a contact that begins is mostly new."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service_module, "SKEW_MS", 0)
        yield


@pytest.fixture(scope="module")
def database(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("voc")
    database = runner.run(Database.open(f"sqlite+aiosqlite:///{folder}/sangdam.db"))
    yield database
    runner.run(database.close())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_in_the_end_the_numbers_are_those_of_a_fresh_count(
    runner: asyncio.Runner, database: Database, seed: int
) -> None:
    runner.run(_lives(database, random.Random(seed)))


async def _lives(database: Database, chance: random.Random) -> None:
    await _emptied(database)
    contacts = chance.randrange(1, 9)
    world = World(database, contacts, chance)
    for _ in range(chance.randrange(120)):
        await world.act(chance.choice(DEEDS))
    await world.settle()
    assert world.committed == {where: len(log) for where, log in world.logs.items()}
    found = await recount(database, FirstWords(), zone=SEOUL, now_ms=BEGAN_MS + 10**9, check=True)
    assert not found, found
    assert found.contacts == contacts
    await _sums_are_right(database, contacts)


async def _emptied(database: Database) -> None:
    async with database.session() as session:
        for table in TABLES:
            await session.execute(text(f"DELETE FROM {table}"))


async def _sums_are_right(database: Database, contacts: int) -> None:
    """Said a second time, by arithmetic instead of SQL."""
    async with database.session() as session:
        abouts = await voc_contacts.since(session, 0)
        hours = await voc_counts.hours(session, 0, 10**7)
        days = await voc_counts.days(session, 0, 10**6)
        rows = await session.execute(text("SELECT phrase, contacts, first_ms FROM voc_phrases"))
        phrases = {row[0]: (row[1], row[2]) for row in rows}
    assert len(abouts) == contacts
    right = deltas([(None, about) for about in abouts], SEOUL)
    assert {(each.hour, each.topic, each.district): each.contacts for each in hours} == {
        cell: sums.contacts for cell, sums in right.hours.items()
    }
    assert {(each.day, each.topic, each.district): each.complaints for each in days} == {
        cell: sums.complaints for cell, sums in right.days.items()
    }
    assert phrases == {phrase: (count, right.first_ms[phrase]) for phrase, count in right.phrases.items()}

"""Two real voc processes on Kafka and PostgreSQL: one is killed while contacts come in. Every contact counts once, and
one event is one alert.
"""

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bus.base import Bus
from bus.events import publish_events
from bus.open import open_bus
from contracts.clock import wall_ms
from contracts.contact import ContactStateChanged
from contracts.errors import BadSetting
from contracts.event import Event
from contracts.transcript import TranscriptEnded, Utterance, utterance_id
from sangdam.evaluate.failover_process import ServedProcess
from sangdam.evaluate.failover_site import clean_environment
from sangdam.local.kafka import LocalKafka
from store.database import Database
from store.voc_tables import VocAlertRow, VocContactRow, VocHourRow
from tests.servers import without

OUTAGE = "망원동인데 아침부터 수돗물이 안 나와요. 단수예요?"
PASSPORT = "강남구청에서 여권 재발급 하려면 뭐가 필요해요?"
COUNTED_S = 60.0


def call(number: int, *lines: str, ended: bool = True) -> list[Event]:
    """A whole call of `lines` that the citizen says; `number` makes its id."""
    contact = str(uuid.UUID(int=number, version=4))
    now = wall_ms()
    base = {"contact_id": contact, "at_ms": now}
    events: list[Event] = [
        ContactStateChanged(
            **base, revision=1, state="talking", roles={0: "caller", 1: "agent"}, started_at_ms=now - 30_000
        )
    ]
    for index, text in enumerate(lines):
        events.append(
            Utterance(
                **base,
                utterance_id=utterance_id(contact, 0, 16_000 * index),
                revision=1,
                status="final",
                channel=0,
                role="caller",
                start_ms=2_000 * index,
                end_ms=2_000 * index + 1_800,
                text=text,
                heard_ms=now,
            )
        )
    if ended:
        events += [
            ContactStateChanged(**base, revision=2, state="ended", started_at_ms=now - 30_000),
            TranscriptEnded(**base, channel=0, end_ms=30_000),
            TranscriptEnded(**base, channel=1, end_ms=30_000),
        ]
    return events


class Site:
    """Two voc processes and a console, which keeps what was said."""

    def __init__(self, folder: Path, bus_url: str, database_url: str) -> None:
        rules = folder / "rules.yaml"
        rules.write_text("step_s: 2\n", encoding="utf-8")
        self.variables = clean_environment() | {
            "SANGDAM_DATA_DIR": str(folder),
            "SANGDAM_SECRET": "a secret of tests that is long enough for cookies",
            "SANGDAM_BUS": bus_url,
            "SANGDAM_DATABASE": database_url,
            "SANGDAM_VOC": str(rules),
            "SANGDAM_OFFLINE": "1",
            "SANGDAM_LOG": "INFO",
            "PYTHONUTF8": "1",
        }
        self.bus_url, self.database_url = bus_url, database_url
        self.command("topics", "apply", "--yes")
        self.vocs = [ServedProcess(f"voc-{number}", ("voc",), folder, self.variables) for number in (1, 2)]
        self.processes = [*self.vocs, ServedProcess("console", ("console",), folder, self.variables)]

    def command(self, *words: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "sangdam", *words],
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Bus, Database]]:
        bus = await open_bus(self.bus_url)
        database = await Database.open(self.database_url)
        try:
            yield bus, database
        finally:
            await database.close()
            await bus.close()


@pytest.fixture
def own_broker() -> Iterator[LocalKafka]:
    """Of this test alone: others count what is on theirs."""
    made = LocalKafka()
    try:
        made.start()
    except BadSetting as error:
        without(error)
    yield made
    made.close()


@pytest.fixture
def site(own_broker: LocalKafka, database_url: str, tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, own_broker.url, database_url)
    for process in made.processes:
        process.start()
    for process in made.processes:
        process.ready()
    yield made
    for process in made.processes:
        process.kill()


async def counted(database: Database) -> tuple[int, int, int]:
    """Contacts that are told, with a topic, and the sum of the counts."""
    async with database.session() as session:
        told = await session.scalar(select(func.count()).select_from(VocContactRow))
        known = await session.scalar(
            select(func.count()).select_from(VocContactRow).where(VocContactRow.topic != "")
        )
        total = await session.scalar(select(func.coalesce(func.sum(VocHourRow.contacts), 0)))
    return int(told or 0), int(known or 0), int(total or 0)


async def test_a_killed_voc_loses_and_doubles_nothing(site: Site) -> None:
    async with site.opened() as (bus, database):
        first = [event for number in range(1, 21) for event in call(number, OUTAGE, ended=number % 2 == 0)]
        await publish_events(bus, first)
        await until_counted(database, 1)
        site.vocs[0].kill()
        second = [event for number in range(21, 41) for event in call(number, PASSPORT)]
        await publish_events(bus, [*second, *first[:10]])
        site.vocs[0].start()
        await until_counted(database, 40)
        assert await counted(database) == (40, 40, 40)
        alerts = await raised(database)
        assert [one.finding.danger for one in alerts] == ["outage"]
        assert [place.district for place in alerts[0].finding.districts] == ["마포구"]
    site.command("voc", "recount", "--check")


async def raised(database: Database) -> Sequence[VocAlertRow]:
    """All alerts, as soon as there is one."""
    async with asyncio.timeout(COUNTED_S):
        while True:
            async with database.session() as session:
                if alerts := (await session.scalars(select(VocAlertRow))).all():
                    return alerts
            await asyncio.sleep(0.1)


async def until_counted(database: Database, least: int) -> None:
    seen = (0, 0, 0)
    try:
        async with asyncio.timeout(COUNTED_S):
            while min(seen) < least:
                await asyncio.sleep(0.1)
                seen = await counted(database)
    except TimeoutError:
        pytest.fail(f"{least} contacts were to be counted, {seen} are")

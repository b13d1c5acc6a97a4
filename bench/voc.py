"""A year of 20,000 contacts a day: how fast it is taken in, how large it is, and how long the supervisor's page waits.

`python -m bench.voc` fills SQLite and a PostgreSQL server of its own with eleven months, puts the last one through
`store.voc_contacts.put`, which is what is timed, and prints JSON. Queries are timed while contacts go on coming in.
"""

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.voc_fill import fill
from bench.voc_year import alert, city, contacts, live
from contracts.clock import wall_ms
from contracts.voc import About
from sangdam.local.postgres import LocalPostgres
from store import contacts as store_contacts
from store import voc_alerts, voc_contacts
from store.database import Database
from store.voc_board import board_rows, scope
from store.voc_deltas import day_of
from store.voc_drill import Wanted, by_day, by_hour
from store.voc_drill import contacts as drilled
from store.voc_tables import VocUsualRow

SEOUL: Final = ZoneInfo("Asia/Seoul")
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
AT_ONCE: Final = 5_000
LIVE: Final = 500
ALERTS: Final = 300
TURNS: Final = 60
"""Times that each query is asked, each time about something else."""
GOAL_MS: Final = 300
_WRITES_S: Final = 0.5

Query = Callable[[AsyncSession, random.Random], Awaitable[object]]


async def put(database: Database, days: int, per_day: float, now_ms: int) -> dict[str, object]:
    """Put the contacts of the last days; how fast that went, at the beginning and at the end."""
    took: list[tuple[int, float]] = []
    for batch in contacts(per_day, days, now_ms // HOUR_MS, AT_ONCE):
        began = time.monotonic()
        async with database.session() as session:
            await voc_contacts.put(session, batch, zone=SEOUL)
        took.append((len(batch), time.monotonic() - began))
        if len(took) % 100 == 0:
            sys.stderr.write(f"\r{sum(count for count, _ in took):,} {_rate(took[-100:]):,}/s ")
    tenth = max(len(took) // 10, 1)
    return {
        "contacts_put": sum(count for count, _ in took),
        "contacts_per_s": _rate(took),
        "contacts_per_s_first_tenth": _rate(took[:tenth]),
        "contacts_per_s_last_tenth": _rate(took[-tenth:]),
        "put_of_5000_p95_s": round(_p95([seconds for _, seconds in took]), 2),
    }


async def furnish(database: Database, now_ms: int) -> None:
    """What else the page reads: live contacts, alerts, and what is usual."""
    home = city(1000)
    week = tuple(float(hour % 24) for hour in range(168))
    scopes = ["all", *(scope(topic, None) for topic in home.topics)]
    scopes += [
        scope(topic, district) for topic in (None, *home.topics) for district in home.districts if district
    ]
    rows = [{"scope": name, "made_at_ms": now_ms, "weeks": 52.0, "week": week} for name in scopes]
    async with database.session() as session:
        await session.execute(insert(VocUsualRow), rows)
        for number in range(LIVE):
            await store_contacts.upsert(session, live(number, now_ms))
        for number in range(ALERTS):
            raised = now_ms - number * 28 * HOUR_MS
            topic, district = home.topics[number % len(home.topics)], home.districts[number % 25]
            await voc_alerts.put_finding(session, alert(number, raised, topic, district))


def queries(days: int, now_ms: int) -> dict[str, Query]:
    """What the page asks; one of a random topic and district where it says so."""
    home = city(1000)
    hours = range(now_ms // HOUR_MS - 335, now_ms // HOUR_MS + 1)
    today = day_of(now_ms, SEOUL)

    def topic(chance: random.Random) -> str:
        return chance.choice(home.topics)

    def district(chance: random.Random) -> str:
        return chance.choice(home.districts[:25])

    async def board(session: AsyncSession, chance: random.Random) -> object:
        narrowed = [(None, None), (topic(chance), None), (None, district(chance))]
        return await board_rows(session, now_ms, 24, *chance.choice(narrowed))

    async def listed(session: AsyncSession, chance: random.Random) -> object:
        long = chance.choice((1, 7, 14)) * DAY_MS
        wanted = Wanted(now_ms - long, now_ms, topic(chance), chance.choice((None, district(chance))))
        return await drilled(session, wanted, 50)

    async def danger(session: AsyncSession, _: random.Random) -> object:
        return await drilled(session, Wanted(now_ms - 14 * DAY_MS, now_ms, danger="gas"), 50)

    def past(count: int, *, narrow: bool) -> Query:
        async def ask(session: AsyncSession, chance: random.Random) -> object:
            of = (topic(chance), chance.choice((None, district(chance)))) if narrow else (None, None)
            if count <= len(hours):
                return await by_hour(session, hours[-count:], *of)
            return await by_day(session, range(today - days, today + 1), *of)

        return ask

    async def open_alerts(session: AsyncSession, _: random.Random) -> object:
        return await voc_alerts.open_lines(session)

    async def month(session: AsyncSession, _: random.Random) -> object:
        return await voc_alerts.lines(session, since_ms=now_ms - 30 * DAY_MS)

    return {
        "board, 24 h": board,
        "contacts of a topic, 1-14 days": listed,
        "contacts of a danger, 14 days": danger,
        "history of a topic, 24 h": past(24, narrow=True),
        "history of a topic, 14 days": past(336, narrow=True),
        "history of a topic, a year": past(8760, narrow=True),
        "history of all, 24 h": past(24, narrow=False),
        "history of all, 14 days": past(336, narrow=False),
        "history of all, a year": past(8760, narrow=False),
        "open alerts": open_alerts,
        "alerts of 30 days": month,
    }


async def ask(database: Database, days: int, now_ms: int, turns: int) -> dict[str, dict[str, float]]:
    """p50 and p95 of each query, ms, with everything that it takes to have its rows."""
    found: dict[str, dict[str, float]] = {}
    async with coming_in(database, now_ms):
        for name, query in queries(days, now_ms).items():
            chance = random.Random(name)  # noqa: S311  no secret
            took: list[float] = []
            for _ in range(turns):
                began = time.monotonic()
                async with database.session() as session:
                    await query(session, chance)
                took.append((time.monotonic() - began) * 1000)
            found[name] = {"p50_ms": round(statistics.median(took), 1), "p95_ms": round(_p95(took), 1)}
    return found


@contextlib.asynccontextmanager
async def coming_in(database: Database, now_ms: int) -> AsyncIterator[None]:
    """Contacts that are told and told again, some each half second, as on a day of 20,000."""

    topics = city(1000).topics

    async def write() -> None:
        for turn in range(1_000_000):
            some = [
                About(
                    contact_id=f"00000000-0000-4000-8000-{(turn + number) % 400:012d}",
                    at_ms=now_ms - number * 1000,
                    topic=topics[turn % len(topics)],
                    district="마포구",
                    phrases=(f"말 {turn % 50}", "단수"),
                )
                for number in range(3)
            ]
            async with database.session() as session:
                await voc_contacts.put(session, some, zone=SEOUL)
            await asyncio.sleep(_WRITES_S)

    task = asyncio.create_task(write())
    try:
        yield
    finally:
        assert not task.done(), task.result()
        task.cancel()


async def measure(url: str, days: int, put_days: int, per_day: float, turns: int) -> dict[str, object]:
    now_ms = wall_ms()
    put_days = min(put_days, days)
    database = await Database.open(url)
    this_hour = now_ms // HOUR_MS
    filled = await fill(url, per_day, this_hour - days * 24, this_hour - put_days * 24)
    taken = await put(database, put_days, per_day, now_ms)
    await furnish(database, now_ms)
    size = await size_mb(database)
    took = await ask(database, days, now_ms, turns)
    await database.close()
    worst = max(each["p95_ms"] for each in took.values())
    return {
        "days": days,
        "contacts_filled": filled,
        **taken,
        **size,
        "page": took,
        "worst_p95_ms": worst,
        "within_goal": worst <= GOAL_MS,
    }


async def size_mb(database: Database) -> dict[str, object]:
    """Of the whole database, and how many rows the sums have."""
    async with database.session() as session:
        if session.get_bind().dialect.name == "sqlite":
            size = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            size = text("SELECT pg_database_size(current_database())")
        counted = [
            (table, await session.scalar(text(f"SELECT count(*) FROM {table}")))  # noqa: S608  names of our own
            for table in ("voc_hours", "voc_days", "voc_phrases")
        ]
        return {"size_mb": round((await session.scalar(size) or 0) / 1e6), "rows": dict(counted)}


def _rate(took: Sequence[tuple[int, float]]) -> int:
    return round(sum(count for count, _ in took) / max(sum(seconds for _, seconds in took), 1e-9))


def _p95(took: Sequence[float]) -> float:
    return sorted(took)[min(int(len(took) * 0.95), len(took) - 1)]


@contextlib.contextmanager
def database_of(engine: str, keep: Path | None) -> Iterator[str]:
    """A new one; `keep`: where SQLite's stays."""
    if engine == "postgresql":
        with LocalPostgres() as server:
            yield server.url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite+aiosqlite:///{keep or Path(folder, 'voc.db')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--put-days", type=int, default=30, help="of them, those that are put and timed")
    parser.add_argument("--per-day", type=float, default=20_000)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="one alone; none: both")
    parser.add_argument("--keep", type=Path, help="SQLite's file stays here")
    options = parser.parse_args()
    found: dict[str, object] = {}
    for engine in [options.engine] if options.engine else ["sqlite", "postgresql"]:
        with database_of(engine, options.keep) as url:
            found[engine] = asyncio.run(
                measure(url, options.days, options.put_days, options.per_day, options.turns)
            )
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()

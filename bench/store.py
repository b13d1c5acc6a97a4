"""What keeping events costs: SQLite and a PostgreSQL server of our own, one by one and in batches.

`python -m bench.store`; events arrive at a steady rate, and whatever has come is written in one transaction, as the
console does. Delay: from an event's arrival to its commit.
"""

import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged
from contracts.transcript import Utterance, Word
from sangdam.local.postgres import LocalPostgres
from store import batch
from store.database import Database

RATES = (100, 500)
RUN_S = 4.0
MOST = 500
"""Events of a fetch."""

Keep = Callable[[AsyncSession, Sequence[AnyEvent]], Awaitable[None]]


def events(count: int) -> list[AnyEvent]:
    """Of 200 contacts at once: nine finals of twelve words, then a change of the contact."""
    ids = [str(uuid.uuid4()) for _ in range(200)]
    words = tuple(Word(text="여권을", start_ms=n, end_ms=n + 1, probability=0.9) for n in range(12))
    made: list[AnyEvent] = []
    for number in range(count):
        contact_id = ids[number % len(ids)]
        if number // len(ids) % 10 == 9:
            made.append(
                ContactStateChanged(
                    contact_id=contact_id, at_ms=1, revision=number, state="talking", started_at_ms=1
                )
            )
            continue
        made.append(
            Utterance(
                contact_id=contact_id,
                at_ms=1,
                utterance_id=f"{contact_id}/0/{number}",
                revision=1,
                status="final",
                channel=0,
                role="caller",
                start_ms=number,
                end_ms=number + 1,
                text=" ".join(word.text for word in words),
                words=words,
                heard_ms=1,
            )
        )
    return made


async def one_by_one(session: AsyncSession, some: Sequence[AnyEvent]) -> None:
    for event in some:
        await batch.keep(session, [event])


async def at_rate(database: Database, keep: Keep, rate: float) -> dict[str, float]:
    waiting = events(int(rate * RUN_S))
    delays: list[float] = []
    began, cpu = time.monotonic(), time.process_time()
    done = 0
    while done < len(waiting):
        due = min(int((time.monotonic() - began) * rate), len(waiting), done + MOST)
        if due > done:
            async with database.session() as session:
                await keep(session, waiting[done:due])
            now = time.monotonic() - began
            delays += [now - number / rate for number in range(done, due)]
            done = due
        else:
            await asyncio.sleep(0.005)
    return {
        "p50_ms": round(statistics.median(delays) * 1000, 1),
        "p99_ms": round(statistics.quantiles(delays, n=100)[98] * 1000, 1),
        "cpu_ms_an_event": round((time.process_time() - cpu) / done * 1000, 2),
    }


async def at_most(database: Database, keep: Keep) -> float:
    """Events a second, in batches of 500."""
    all_of_them = events(5000)
    began = time.monotonic()
    for start in range(0, len(all_of_them), MOST):
        async with database.session() as session:
            await keep(session, all_of_them[start : start + MOST])
    return round(len(all_of_them) / (time.monotonic() - began))


async def measure(url: str) -> dict[str, object]:
    database = await Database.open(url)
    found: dict[str, object] = {}
    for name, keep in (("one by one", one_by_one), ("batch", batch.keep)):
        found[name] = {
            **{f"{rate}/s": await at_rate(database, keep, rate) for rate in RATES},
            "most_events_per_s": await at_most(database, keep),
        }
    await database.close()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, LocalPostgres() as server:
        urls = {"sqlite": f"sqlite+aiosqlite:///{Path(folder, 'bench.db')}", "postgresql": server.url}
        print(json.dumps({name: asyncio.run(measure(url)) for name, url in urls.items()}, indent=1))


if __name__ == "__main__":
    main()

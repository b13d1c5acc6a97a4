"""Ten thousand guides: how long until they are found, and what searches feel of it meanwhile.

`python -m bench.guides` imports them by `sangdam articles import` into a site of its own, where the real service
answers searches over the embedded bus all the time, and prints JSON. SANGDAM_TEST_DATA makes the guides from the
120 FAQ instead of the samples.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

import psutil

from assist.folder import FolderReader
from assist.service import AssistService
from bench.synthetic_guides import bases, changed, distinct_lines, synthetic, write_lines
from bus.base import Bus
from bus.events import publish_events
from bus.open import open_bus
from contracts.clock import wall_ms
from contracts.codec import decode
from contracts.suggestion import SearchAnswered, SearchRequested
from models.morphemes import Morphemes
from sangdam.local.postgres import LocalPostgres
from store.articles import StoredArticle
from store.database import Database

COUNT: Final = 10_000
CHANGED: Final = 100
IDLE_S: Final = 10.0
PAUSE_S: Final = 0.05
"""Between an answer and the next search: about as many as 200 busy agents send."""
LIMIT_S: Final = 600.0
WAYS: Final = ("{} 어떻게 하나요", "{} 문의요", "저기 {} 하려고 하는데요", "{} 수수료가 얼마예요")
CONTACT: Final = "00000000-0000-4000-8000-000000000001"


class Searches:
    """One search after the other over the bus; each answer's time and delay."""

    def __init__(self, bus: Bus, guides: Sequence[StoredArticle]) -> None:
        self._bus = bus
        self._guides = guides
        self._chance = random.Random(1)  # noqa: S311  no secret
        self._numbers = itertools.count()
        self.answers: list[tuple[float, float]] = []
        self._lock = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        self._subscription = await self._bus.subscribe("bench", ["search.results"])
        await self._subscription.fetch(timeout_s=1.0)
        task = asyncio.create_task(self._go_on())
        try:
            yield
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._subscription.close()

    async def _go_on(self) -> None:
        while True:
            title = self._chance.choice(self._guides).title
            await self.ask(self._chance.choice(WAYS).format(title.rpartition(" ")[0]))
            await asyncio.sleep(PAUSE_S)

    async def ask(self, query: str) -> SearchAnswered:
        """The answer; when it came and how many seconds it took is kept."""
        async with self._lock:
            search_id, began = f"b{next(self._numbers)}", time.monotonic()
            request = SearchRequested(
                contact_id=CONTACT, at_ms=wall_ms(), search_id=search_id, query=query, staff_id="bench"
            )
            await publish_events(self._bus, [request])
            async with asyncio.timeout(LIMIT_S):
                while True:
                    batch = await self._subscription.fetch(timeout_s=1.0)
                    for record in batch.records:
                        event = decode(record.value)
                        if isinstance(event, SearchAnswered) and event.search_id == search_id:
                            now = time.monotonic()
                            self.answers.append((now, now - began))
                            return event

    async def until_found(self, article: StoredArticle, version: int = 1) -> None:
        """Until that version of the guide is the first answer to its own title."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                answer = await self.ask(article.title)
                first = answer.snippets[0] if answer.snippets else None
                if first and (first.article_id, first.version) == (article.article_id, version):
                    return
                await asyncio.sleep(PAUSE_S)

    def since(self, began: float) -> dict[str, float]:
        """Delays of the answers since then, and the longest time without any."""
        at = [moment for moment, _ in self.answers if moment >= began]
        delays = [delay for moment, delay in self.answers if moment >= began]
        cuts = statistics.quantiles(delays, n=100, method="inclusive")
        return {
            "searches": len(delays),
            "p50_ms": round(cuts[49] * 1000, 1),
            "p95_ms": round(cuts[94] * 1000, 1),
            "p99_ms": round(cuts[98] * 1000, 1),
            "longest_gap_ms": round(max(b - a for a, b in itertools.pairwise([began, *at])) * 1000, 1),
        }


@contextlib.asynccontextmanager
async def serving(bus: Bus, database: Database, morphemes: Morphemes) -> AsyncIterator[float]:
    """The real service, ready; how many seconds that took."""
    service = AssistService(bus, database, morphemes)
    began = time.monotonic()
    task = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(LIMIT_S):
            await service.ready.wait()
        yield time.monotonic() - began
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def imported(path: Path, environment: dict[str, str]) -> float:
    """Seconds of `sangdam articles import`, its start included."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sangdam", "articles", "import", str(path),
        env=environment, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return time.monotonic() - began


async def measure(folder: Path, database_url: str, count: int) -> dict[str, object]:
    """All figures of one site."""
    environment = os.environ | {"SANGDAM_DATA_DIR": str(folder), "SANGDAM_DATABASE": database_url}
    data = os.environ.get("SANGDAM_TEST_DATA")
    some = bases(Path(data) / "faq" / "seoul-120-text.csv" if data else None)
    guides = synthetic(some, count)
    later = changed(guides, count // CHANGED)
    write_lines(guides, folder / "guides.jsonl")
    write_lines(later, folder / "later.jsonl")
    morphemes = Morphemes()
    morphemes.warm_up()
    await imported(Path(__file__).parents[1] / "samples" / "guides", environment)
    figures: dict[str, object] = {
        "guides": count,
        "made_of": "faq" if data else "samples",
        "characters": sum(len(guide.body) for guide in guides),
        "distinct_lines": round(distinct_lines(guides), 2),
    }
    bus = await open_bus(f"embedded://{folder}/bus.db")
    database = await Database.open(database_url)
    try:
        figures["memory_before_mb"] = memory_mb()
        async with serving(bus, database, morphemes):
            searches = Searches(bus, guides)
            async with searches.going_on():
                figures |= await first_import(searches, folder / "guides.jsonl", environment, guides)
                figures["incremental"] = await second_import(
                    searches, folder / "later.jsonl", environment, later
                )
                figures["folder"] = await by_folder(searches, folder / "read", database, later)
        figures["memory_after_mb"] = memory_mb()
        cpu_began = time.process_time()
        async with serving(bus, database, morphemes) as seconds:
            figures["index_s"] = round(seconds, 1)
            # Beside other work the time above says little.
            figures["index_cpu_s"] = round(time.process_time() - cpu_began, 1)
    finally:
        await bus.close()
        await database.close()
    return figures


async def first_import(
    searches: Searches, path: Path, environment: dict[str, str], guides: Sequence[StoredArticle]
) -> dict[str, object]:
    began = time.monotonic()
    await asyncio.sleep(IDLE_S)
    before = searches.since(began)
    began = time.monotonic()
    import_s = await imported(path, environment)
    await searches.until_found(guides[-1])
    searchable_s = time.monotonic() - began
    meanwhile = searches.since(began)
    began = time.monotonic()
    await asyncio.sleep(IDLE_S)
    return {
        "import_s": round(import_s, 1),
        "searchable_s": round(searchable_s, 1),
        "query_small": before,
        "query_during_import": meanwhile,
        "query_idle": searches.since(began),
    }


async def second_import(
    searches: Searches, path: Path, environment: dict[str, str], later: Sequence[StoredArticle]
) -> dict[str, object]:
    """`CHANGED` of all have changed; all are read."""
    began = time.monotonic()
    import_s = await imported(path, environment)
    await searches.until_found(later[-1], version=2)
    return {
        "changed": CHANGED,
        "import_s": round(import_s, 1),
        "searchable_s": round(time.monotonic() - began, 1),
        "query": searches.since(began),
    }


async def by_folder(
    searches: Searches, folder: Path, database: Database, later: Sequence[StoredArticle]
) -> dict[str, object]:
    """The same guides as a folder of files that is read again: first of all, then with `CHANGED` of them changed."""
    from assist.exporter import export_articles  # noqa: PLC0415  beside what it is for

    export_articles(later, folder)
    # Files are read when they have been still for a while.
    reader = FolderReader(database, folder, clock=lambda: wall_ms() + 10_000)
    began = time.monotonic()
    await reader.look()
    first_s = time.monotonic() - began
    again = changed(later, len(later) // CHANGED)
    for article in again[len(later) // CHANGED - 1 :: len(later) // CHANGED]:
        path = folder / f"{article.article_id}.md"
        path.write_text(path.read_text(encoding="utf-8") + "\n다시 고쳤습니다.\n", encoding="utf-8")
    began = time.monotonic()
    written = await reader.look()
    assert written == CHANGED, written
    return {
        "first_look_s": round(first_s, 1),
        "look_s": round(time.monotonic() - began, 2),
        "query": searches.since(began - first_s),
    }


def memory_mb() -> int:
    """Resident memory of this process, MB."""
    return round(psutil.Process().memory_info().rss / 1e6)


@contextlib.contextmanager
def database_of(folder: Path, *, postgresql: bool) -> Iterator[str]:
    if not postgresql:
        yield f"sqlite+aiosqlite:///{folder}/sangdam.db"
        return
    with LocalPostgres() as server:
        yield server.url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--postgresql", action="store_true", help="a PostgreSQL server of its own instead of SQLite"
    )
    parser.add_argument("--count", type=int, default=COUNT)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        database_of(Path(folder), postgresql=options.postgresql) as url,
    ):
        figures = asyncio.run(measure(Path(folder), url, options.count))
    print(json.dumps({"database": url.partition(":")[0].partition("+")[0], **figures}, indent=1))


if __name__ == "__main__":
    main()

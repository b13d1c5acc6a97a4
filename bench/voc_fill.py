"""Months of contacts straight into the tables, by the databases' own ways in: for what `bench/voc.py` does not measure."""

import asyncio
import datetime as dt
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from typing import Any, Final

import asyncpg
import numpy as np
from sqlalchemy import make_url

from bench.voc_year import DANGERS, MONTH_H, PHRASES, WORDS, city

HOUR_MS: Final = 3_600_000
SETS: Final = 50_000
"""Different sets of phrases that contacts draw from."""

_INSERT: Final = "INSERT INTO voc_contacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SUMS: Final = """
    INSERT INTO {table} SELECT {unit}, topic, district, count(*), sum(CASE WHEN complaint <> '[]' THEN 1 ELSE 0 END),
    sum(CASE WHEN simulated THEN 1 ELSE 0 END) FROM voc_contacts GROUP BY 1, 2, 3
"""
_UNITS: Final = {"voc_hours": "at_ms / 3600000", "voc_days": "(at_ms + 32400000) / 86400000"}

Row = tuple[object, ...]


class Phrases:
    """Sets of phrases as JSON, and how often each phrase was said."""

    def __init__(self) -> None:
        rng = np.random.default_rng(11)
        self.words = [f"민원낱말{number}" for number in range(WORDS)]
        drawn = (rng.zipf(1.3, (SETS, PHRASES)) % WORDS).tolist()
        self.sets = [list(dict.fromkeys(numbers)) for numbers in drawn]
        self.texts = ["[" + ",".join(f'"{self.words[number]}"' for number in one) + "]" for one in self.sets]
        self.used = np.zeros(SETS, np.int64)

    def rows(self, first_ms: int) -> list[Row]:
        """Of `voc_phrases`; when a phrase was said first does not matter here."""
        said = np.zeros(WORDS, np.int64)
        for used, numbers in zip(self.used.tolist(), self.sets, strict=True):
            said[numbers] += used
        return [(self.words[number], int(said[number]), first_ms) for number in np.nonzero(said)[0]]


def months(per_day: float, first_hour: int, until_hour: int, phrases: Phrases) -> Iterator[list[Row]]:
    """Rows of `voc_contacts` in the order of their columns, a month at a time."""
    home = city(per_day)
    for start in range(first_hour, until_hour, MONTH_H):
        counts = home.counts(start, min(MONTH_H, until_hour - start), seed=start)
        cells = np.argwhere(counts.contacts)
        many = counts.contacts[tuple(cells.T)]
        hour, topic, district = np.repeat(cells, many, axis=0).T.tolist()
        rng = np.random.default_rng(start)
        at = rng.integers(0, HOUR_MS, len(hour)).tolist()
        drawn = rng.integers(0, SETS, len(hour))
        phrases.used += np.bincount(drawn, minlength=SETS)
        ids, lots = rng.bytes(16 * len(hour)), rng.random((len(hour), 2)).tolist()
        yield [
            (
                str(uuid.UUID(bytes=ids[16 * index : 16 * index + 16])),
                (start + hour[index]) * HOUR_MS + at[index],
                "call",
                True,
                home.topics[topic[index]],
                "분야 > 세부 유형",
                home.districts[district[index]],
                "망원동",
                DANGERS[index % 6] if lots[index][0] < 0.01 else None,
                '["답답해요"]' if lots[index][1] < 0.08 else "[]",
                phrases.texts[said],
                "",
            )
            for index, said in enumerate(drawn.tolist())
        ]


async def fill(url: str, per_day: float, first_hour: int, until_hour: int) -> int:
    """Fill an empty database; how many contacts."""
    phrases = Phrases()
    rows = months(per_day, first_hour, until_hour, phrases)
    if url.startswith("sqlite"):
        return await asyncio.to_thread(
            _sqlite, str(make_url(url).database), rows, phrases, first_hour * HOUR_MS
        )
    return await _postgresql(url, rows, phrases, first_hour * HOUR_MS)


def _sqlite(path: str, months: Iterator[list[Row]], phrases: Phrases, first_ms: int) -> int:
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA cache_size=-2000000; PRAGMA synchronous=OFF;")
    made = connection.execute(_INDICES).fetchall()
    for name, _ in made:
        connection.execute(f"DROP INDEX {name}")
    count = 0
    for rows in months:
        connection.executemany(_INSERT, rows)
        count = _said(count + len(rows))
    connection.executemany("INSERT INTO voc_phrases VALUES (?, ?, ?)", phrases.rows(first_ms))
    for table, unit in _UNITS.items():
        connection.execute(_SUMS.format(table=table, unit=unit))
    for _, statement in made:
        connection.execute(statement)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return count


_INDICES: Final = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'voc_contacts' AND sql > ''"
)


async def _postgresql(url: str, months: Iterator[list[Row]], phrases: Phrases, first_ms: int) -> int:
    connection: Any = await asyncpg.connect(url.replace("+asyncpg", ""))
    count = 0
    for rows in months:
        await connection.copy_records_to_table("voc_contacts", records=rows)
        count = _said(count + len(rows))
    await connection.copy_records_to_table("voc_phrases", records=phrases.rows(first_ms))
    for table, unit in _UNITS.items():
        await connection.execute(_SUMS.format(table=table, unit=unit))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return count


def _said(count: int) -> int:
    sys.stderr.write(f"\r{dt.datetime.now(dt.UTC):%H:%M:%S} {count:,} filled ")
    return count

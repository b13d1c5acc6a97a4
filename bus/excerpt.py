"""Looking back in the embedded log, by time and key, on a connection of its own. Blocks: not for the event loop."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bus.base import Excerpt, Record, TopicPartition
from bus.follower import since
from bus.log import connect, partition_range

_SLICE: Final = 2_000
"""Offsets of one look, 30 s of a partition with three busy calls. Between two looks the clock is asked, and no
transaction stays open, which would keep the file's journal from being folded in."""


def excerpt(
    path: Path,
    tp: int,
    name: TopicPartition,
    key: str,
    *,
    since_ms: int,
    until_ms: int | None,
    enough: Callable[[Record], bool],
    max_bytes: int,
    limit_s: float,
) -> Excerpt:
    """See `bus.base.Bus.read`. SQLite skips the values of other keys: they stand behind the key in each row."""
    limit = time.monotonic() + limit_s
    records: list[Record] = []
    size = 0
    base, _ = partition_range(tp)
    with contextlib.closing(connect(path)) as connection:
        connection.execute("PRAGMA query_only = 1")
        at = since([tp], since_ms, connection)[tp]
        if until_ms is None:
            (end,) = connection.execute("SELECT next_off FROM topic_partition WHERE id = ?", (tp,)).fetchone()
        else:
            end = since([tp], until_ms, connection)[tp]
        for low in range(at, end, _SLICE):
            if time.monotonic() > limit:
                return Excerpt(records, is_cut=True)
            rows = connection.execute(
                "SELECT id, ts, value FROM log WHERE id >= ? AND id < ? AND key = ? ORDER BY id",
                (base + low, base + min(low + _SLICE, end), key),
            )
            for row_id, timestamp_ms, value in rows:
                records.append(Record(*name, row_id - base, key, value, timestamp_ms))
                size += len(value)
                if enough(records[-1]):
                    return Excerpt(records)
                if size >= max_bytes:
                    return Excerpt(records, is_cut=True)
    return Excerpt(records)

"""What goes: records over their topic's age or size, groups that nobody has used for long."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from bus import groups
from bus.log import Layout, partition_range
from contracts.topics import Topic

_SLICE: Final = 500
"""Records a partition loses in one transaction, so that publishers wait for milliseconds only."""
_FREE_PAGES: Final = 4_096
"""16 MiB that stay in the file for the records to come; what is free above goes back to the disk."""
_GROUP_MS: Final = 7 * 24 * 3_600_000


def retain(connection: sqlite3.Connection, layout: Layout, topics: Iterable[Topic], now_ms: int) -> int:
    """Drop one slice from each partition that has too much; returns how many records went."""
    return sum(_trim(connection, tp, topic, now_ms) for topic in topics for tp in layout.ids[topic.name])


def give_back(connection: sqlite3.Connection) -> int:
    """Give one slice of free pages back to the disk; returns how many."""
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    surplus = max(0, min(_SLICE, int(free) - _FREE_PAGES))
    for _ in range(surplus):
        # Python steps a statement without columns once, which frees one page whatever number is asked for.
        connection.execute("PRAGMA incremental_vacuum(1)")
    return surplus


def _trim(connection: sqlite3.Connection, tp: int, topic: Topic, now_ms: int) -> int:
    first, end = partition_range(tp)
    (held,) = connection.execute("SELECT bytes FROM topic_partition WHERE id = ?", (tp,)).fetchone()
    oldest = connection.execute(
        "SELECT id, ts, length(CAST(key AS BLOB)) + length(value) FROM log "
        "WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (first, end, _SLICE),
    )
    gone = freed = 0
    last = first
    for row_id, timestamp_ms, size in oldest:
        if timestamp_ms >= now_ms - topic.retention_ms and held - freed <= topic.retention_bytes:
            break
        gone, freed, last = gone + 1, freed + size, row_id
    if gone:
        connection.execute("DELETE FROM log WHERE id >= ? AND id <= ?", (first, last))
        connection.execute("UPDATE topic_partition SET bytes = bytes - ? WHERE id = ?", (freed, tp))
    return gone


def forget_groups(connection: sqlite3.Connection, now_ms: int, monotonic_ms: int) -> None:
    """Drop groups without a living member for a week of wall time, and what they had committed."""
    for (group,) in connection.execute("SELECT name FROM consumer_group").fetchall():
        if groups.has_living(connection, group, monotonic_ms):
            connection.execute("UPDATE consumer_group SET active_ms = ? WHERE name = ?", (now_ms, group))
    old = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM consumer_group WHERE active_ms < ?", (now_ms - _GROUP_MS,)
        )
    ]
    for table, column in (
        ("member", "grp"),
        ("assignment", "grp"),
        ("committed", "grp"),
        ("consumer_group", "name"),
    ):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(name,) for name in old])  # noqa: S608

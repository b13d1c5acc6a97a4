"""The log in one SQLite file: its tables, appending, reading, retention.

Plain functions on a connection; the bus calls them from its own threads, never from the event loop.

A record's row id is its partition's id and its offset in one integer, so that a partition lies together and
is read in order without a second index.
"""

import logging
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

from bus.base import Record, TopicPartition
from contracts.errors import BadSetting
from contracts.topics import Topic

log = logging.getLogger(__name__)

Synchronous = Literal["normal", "full"]
"""`normal` survives a crash of the process; `full` syncs each commit and survives loss of power too."""

Entry = tuple[int, str, bytes]
"""What is appended: partition id, key, value."""

_APPLICATION_ID: Final = 0x53444C47
_VERSION: Final = 1
_OFFSET_BITS: Final = 44
"""17 trillion offsets a partition, and half a million partitions, in SQLite's 63-bit row id."""
_BUSY_LIMIT_S: Final = 5.0

_TABLES: Final = """
CREATE TABLE topic_partition (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, part INTEGER NOT NULL,
    next_off INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, part));
CREATE TABLE log (id INTEGER PRIMARY KEY, key TEXT NOT NULL, ts INTEGER NOT NULL, value BLOB NOT NULL);
CREATE TABLE consumer_group (
    name TEXT PRIMARY KEY, generation INTEGER NOT NULL, active_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE member (
    grp TEXT NOT NULL, id TEXT NOT NULL, topics TEXT NOT NULL, session_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL, PRIMARY KEY (grp, id)) WITHOUT ROWID;
CREATE TABLE assignment (
    grp TEXT NOT NULL, tp INTEGER NOT NULL, owner TEXT, target TEXT, epoch INTEGER NOT NULL,
    hand_over_by_ms INTEGER, PRIMARY KEY (grp, tp)) WITHOUT ROWID;
CREATE TABLE committed (
    grp TEXT NOT NULL, tp INTEGER NOT NULL, off INTEGER NOT NULL, PRIMARY KEY (grp, tp)) WITHOUT ROWID;
"""


class Ends(NamedTuple):
    """What the file holds now."""

    next_offsets: Mapping[int, int]
    """By partition id."""
    generations: Mapping[str, int]
    """By group; rises when its assignment changes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The partitions of each topic, as the file has them."""

    ids: Mapping[str, Sequence[int]]
    """By topic: the ids of its partitions, partition 0 first."""
    names: Mapping[int, TopicPartition]


def prepare(path: Path, topics: Iterable[Topic]) -> Layout:
    """Create the file where it is missing, add missing topics, and read the layout.

    A topic that the file has keeps its number of partitions: keys would change places otherwise.

    Raises:
        BadSetting: the file is no bus, is damaged, comes from a newer version, or cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Calls are personal data: nobody else reads the file. SQLite gives its side files the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=_BUSY_LIMIT_S, isolation_level=None)
        try:
            _check_or_create(connection, path)
            return _add_topics(connection, topics)
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise BadSetting(
            f"버스 파일 {path}을(를) 열 수 없습니다({error}). 폴더 권한과 디스크를 확인하거나, 손상된 "
            "파일이면 다른 곳으로 옮긴 뒤 다시 시작하십시오.",
            f"Cannot open the bus file {path}: {error}. Check the folder's permissions and the disk; if the "
            "file is damaged, move it away and start again.",
        ) from error


def _check_or_create(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table, or never
    _write_ahead(connection)
    with transaction(connection):
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables == 0:
            for statement in _TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        elif (application, version) != (_APPLICATION_ID, _VERSION):
            raise BadSetting(
                f"{path}은(는) 이 판의 버스 파일이 아닙니다. 다른 경로를 지정하십시오.",
                f"{path} is not a bus file of this version. Give another path.",
            )


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Of two processes that switch a new file at once, SQLite lets neither wait for the other."""
    limit = time.monotonic() + _BUSY_LIMIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > limit:
                raise
            time.sleep(0.01)
        else:
            return


def _add_topics(connection: sqlite3.Connection, topics: Iterable[Topic]) -> Layout:
    with transaction(connection):
        for topic in topics:
            (there,) = connection.execute(
                "SELECT count(*) FROM topic_partition WHERE topic = ?", (topic.name,)
            ).fetchone()
            if there not in (0, topic.partitions):
                log.warning("%s keeps its %d partitions, not %d", topic.name, there, topic.partitions)
            elif there == 0:
                connection.executemany(
                    "INSERT INTO topic_partition (topic, part) VALUES (?, ?)",
                    [(topic.name, partition) for partition in range(topic.partitions)],
                )
    return layout_of(connection)


def layout_of(connection: sqlite3.Connection) -> Layout:
    """The partitions that the file has now; another process may have added topics."""
    rows = connection.execute("SELECT id, topic, part FROM topic_partition ORDER BY topic, part").fetchall()
    ids: dict[str, list[int]] = {}
    for tp, name, _ in rows:
        ids.setdefault(name, []).append(tp)
    return Layout(ids, {tp: TopicPartition(name, partition) for tp, name, partition in rows})


def connect(path: Path, synchronous: Synchronous = "normal") -> sqlite3.Connection:
    """A connection that one thread at a time may use, without implicit transactions."""
    connection = sqlite3.connect(
        path, timeout=_BUSY_LIMIT_S, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    return connection


def partition_range(tp: int) -> tuple[int, int]:
    """First row id of a partition, and the one after its last possible."""
    return tp << _OFFSET_BITS, (tp + 1) << _OFFSET_BITS


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A writing transaction: committed at the end, rolled back on any error."""
    _begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _begin(connection: sqlite3.Connection) -> None:
    """Take the file's write lock.

    SQLite's own waiting for another process's lock backs off to 100 ms; commits take less than one.
    """
    limit = time.monotonic() + _BUSY_LIMIT_S
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > limit:
                    raise
                time.sleep(0.0005)
            else:
                return
    finally:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_LIMIT_S * 1000:.0f}")


def append(connection: sqlite3.Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Append entries in order, within the caller's transaction."""
    sizes = Counter[int]()
    for tp, key, value in entries:
        sizes[tp] += len(key.encode()) + len(value)
    ends: dict[int, int] = {}
    for tp in sizes:
        (ends[tp],) = connection.execute(
            "SELECT next_off FROM topic_partition WHERE id = ?", (tp,)
        ).fetchone()
    rows = []
    for tp, key, value in entries:
        rows.append((tp << _OFFSET_BITS | ends[tp], key, now_ms, value))
        ends[tp] += 1
    connection.executemany("INSERT INTO log (id, key, ts, value) VALUES (?, ?, ?, ?)", rows)
    connection.executemany(
        "UPDATE topic_partition SET next_off = ?, bytes = bytes + ? WHERE id = ?",
        [(ends[tp], sizes[tp], tp) for tp in sizes],
    )


def ends(connection: sqlite3.Connection) -> Ends:
    """Where each partition ends and which generation each group has; one look at both in a transaction."""
    return Ends(
        dict(connection.execute("SELECT id, next_off FROM topic_partition")),
        dict(connection.execute("SELECT name, generation FROM consumer_group")),
    )


def read(
    connection: sqlite3.Connection,
    tp: int,
    name: TopicPartition,
    offset: int,
    *,
    max_records: int,
    max_bytes: int,
) -> tuple[list[Record], int]:
    """Records of one partition from `offset` on, and their bytes; the first comes even if it is too big."""
    base, end = partition_range(tp)
    rows = connection.execute(
        "SELECT id, key, ts, value FROM log WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (base + offset, end, max_records),
    )
    topic, partition = name
    records: list[Record] = []
    size = 0
    for row_id, key, timestamp_ms, value in rows:
        records.append(Record(topic, partition, row_id - base, key, value, timestamp_ms))
        size += len(value)
        if size >= max_bytes:
            break
    return records, size

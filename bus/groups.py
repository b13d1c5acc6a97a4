"""Consumer groups in the bus file: members with leases, who owns which partition, committed offsets.

Functions on a connection within the caller's writing transaction. `now_ms` is the machine's monotonic
clock, the same in all processes: a step of the wall clock kills nobody.

A partition moves in two steps. `rebalance` names a new `target`; the `owner` lets go in `release`, at its
next fetch, when it has handled what it had. An owner that does not come by in time loses the partition.
Each change of owner raises the partition's `epoch`, and a commit under an older epoch is ignored.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bus.base import Start
from bus.log import layout_of
from bus.membership import assign
from contracts.clock import wall_ms


@dataclass(frozen=True, slots=True)
class Member:
    """One subscription of a group."""

    group: str
    id: str
    topics: tuple[str, ...]
    session_ms: int
    """Seen less recently than this, it is taken for dead."""


class Holding(NamedTuple):
    epoch: int
    committed: int
    """Offset of the next record to read."""


@dataclass(frozen=True, slots=True)
class View:
    """What one member owns, and in which generation of its group."""

    generation: int
    holdings: Mapping[int, Holding]
    """By partition id."""


def join(connection: sqlite3.Connection, member: Member, start: Start, now_ms: int) -> None:
    """Enter a group. With `latest`, partitions without a committed offset get their present end as one."""
    connection.execute("INSERT OR IGNORE INTO consumer_group VALUES (?, 0, ?)", (member.group, wall_ms()))
    if start == "latest":
        connection.executemany(
            "INSERT OR IGNORE INTO committed SELECT ?, id, next_off FROM topic_partition WHERE topic = ?",
            [(member.group, topic) for topic in member.topics],
        )
    connection.execute(
        "INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?)",
        (member.group, member.id, json.dumps(member.topics), member.session_ms, now_ms),
    )
    rebalance(connection, member.group, now_ms)


def leave(connection: sqlite3.Connection, member: Member, now_ms: int) -> None:
    connection.execute("DELETE FROM member WHERE grp = ? AND id = ?", (member.group, member.id))
    rebalance(connection, member.group, now_ms)


def sync(connection: sqlite3.Connection, member: Member, start: Start, now_ms: int) -> View:
    """Let go of what others wait for, and see what is owned now. One taken for dead joins again."""
    seen = connection.execute(
        "UPDATE member SET seen_ms = ? WHERE grp = ? AND id = ?", (now_ms, member.group, member.id)
    )
    if seen.rowcount == 0:
        join(connection, member, start, now_ms)
    released = connection.execute(
        "UPDATE assignment SET owner = target, epoch = epoch + 1, hand_over_by_ms = NULL "
        "WHERE grp = ? AND owner = ? AND target IS NOT owner",
        (member.group, member.id),
    )
    if released.rowcount:
        _next_generation(connection, member.group)
    return _view(connection, member)


def _view(connection: sqlite3.Connection, member: Member) -> View:
    (generation,) = connection.execute(
        "SELECT generation FROM consumer_group WHERE name = ?", (member.group,)
    ).fetchone()
    rows = connection.execute(
        "SELECT a.tp, a.epoch, coalesce(c.off, 0) FROM assignment a "
        "LEFT JOIN committed c ON c.grp = a.grp AND c.tp = a.tp WHERE a.grp = ? AND a.owner = ?",
        (member.group, member.id),
    )
    return View(generation, {tp: Holding(epoch, committed) for tp, epoch, committed in rows})


def commit(connection: sqlite3.Connection, member: Member, offsets: Iterable[tuple[int, int, int]]) -> None:
    """Store (partition id, epoch, next offset) where the member still owns the partition in that epoch."""
    connection.executemany(
        "INSERT INTO committed SELECT grp, tp, ?4 FROM assignment "
        "WHERE grp = ?1 AND tp = ?2 AND epoch = ?3 AND owner = ?5 "
        "ON CONFLICT (grp, tp) DO UPDATE SET off = excluded.off",
        [(member.group, tp, epoch, offset, member.id) for tp, epoch, offset in offsets],
    )


def beat(connection: sqlite3.Connection, members: Sequence[Member], now_ms: int, *, judge: bool) -> None:
    """Renew the leases of `members`; with `judge`, also bury the dead and end overdue hand-overs."""
    connection.executemany(
        "UPDATE member SET seen_ms = ? WHERE grp = ? AND id = ?",
        [(now_ms, member.group, member.id) for member in members],
    )
    if not judge:
        return
    for group in {member.group for member in members}:
        living = _living(connection, group, now_ms)
        (listed,) = connection.execute("SELECT count(*) FROM member WHERE grp = ?", (group,)).fetchone()
        overdue = connection.execute(
            "UPDATE assignment SET owner = target, epoch = epoch + 1, hand_over_by_ms = NULL "
            "WHERE grp = ? AND hand_over_by_ms <= ?",
            (group, now_ms),
        )
        if listed > len(living):
            rebalance(connection, group, now_ms)
        elif overdue.rowcount:
            _next_generation(connection, group)


def bury(connection: sqlite3.Connection, token: str, now_ms: int) -> None:
    """Take out all members whose id begins with the token of a process that is gone."""
    dead = connection.execute("DELETE FROM member WHERE id GLOB ? RETURNING grp", (f"{token}-*",)).fetchall()
    for group in {group for (group,) in dead}:
        rebalance(connection, group, now_ms)


def rebalance(connection: sqlite3.Connection, group: str, now_ms: int) -> None:
    """Bury the dead and share the group's partitions anew. What nobody living owns moves at once."""
    living = _living(connection, group, now_ms)
    connection.execute(
        "DELETE FROM member WHERE grp = ? AND id NOT IN (SELECT value FROM json_each(?))",
        (group, json.dumps(list(living))),
    )
    layout = layout_of(connection)
    rows = connection.execute(
        "SELECT tp, owner, target, epoch, hand_over_by_ms FROM assignment WHERE grp = ?", (group,)
    ).fetchall()
    before = {tp: (owner, target, epoch, by_ms) for tp, owner, target, epoch, by_ms in rows}
    shared = assign(
        {member.id: frozenset(member.topics) for member in living.values()},
        {topic: len(ids) for topic, ids in layout.ids.items()},
        {layout.names[tp]: target for tp, (_, target, _, _) in before.items() if target},
    )
    targets = {layout.ids[topic][partition]: member for (topic, partition), member in shared.items()}
    for tp in before.keys() | targets.keys():
        owner, target, epoch, by_ms = before.get(tp, (None, None, 0, None))
        wanted = targets.get(tp)
        if owner == wanted:
            by_ms = None
        elif owner not in living:
            owner, epoch, by_ms = wanted, epoch + 1, None
        elif target != wanted or by_ms is None:
            by_ms = now_ms + living[owner].session_ms
        connection.execute(
            "INSERT OR REPLACE INTO assignment VALUES (?, ?, ?, ?, ?, ?)",
            (group, tp, owner, wanted, epoch, by_ms),
        )
    _next_generation(connection, group)


def has_living(connection: sqlite3.Connection, group: str, now_ms: int) -> bool:
    return bool(_living(connection, group, now_ms))


def _living(connection: sqlite3.Connection, group: str, now_ms: int) -> dict[str, Member]:
    """Members by id. One that was seen in the future comes from before the machine's last start."""
    rows = connection.execute(
        "SELECT id, topics, session_ms FROM member WHERE grp = ? AND ? - seen_ms BETWEEN 0 AND session_ms",
        (group, now_ms),
    )
    return {
        member: Member(group, member, tuple(json.loads(topics)), session_ms)
        for member, topics, session_ms in rows
    }


def _next_generation(connection: sqlite3.Connection, group: str) -> None:
    connection.execute("UPDATE consumer_group SET generation = generation + 1 WHERE name = ?", (group,))

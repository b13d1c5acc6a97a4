"""What the queue asks of the chats: who waits, who has what, what was silent for long.

Heads are whole conversations' state and long to read; here only columns are, and of a head what never changes.
The conditions on states are literal, so that both engines use their partial indices.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.chat import Channel, ChatHead
from contracts.event import Language
from store.chat_tables import ChatRow

_WAITING = text("state = 'waiting'")
_OPEN = text("state <> 'ended'")
_LONGEST_MS: Final = 12 * 3_600_000
"""Who has waited and talked for longer is left out of the figures: the index is on the beginning."""


class StoredWaiter(NamedTuple):
    """Thousands of them each second: a tuple is made, and compared, in no time."""

    contact_id: str
    skill: str
    urgent: bool
    front: bool
    queued_at_ms: int


@dataclass(frozen=True, slots=True)
class Silent:
    """An open chat and when something last happened in it."""

    contact_id: str
    touched_at_ms: int
    head: ChatHead


async def waiting(session: AsyncSession) -> list[StoredWaiter]:
    """All that waits, in no order."""
    columns = (ChatRow.contact_id, ChatRow.skill, ChatRow.urgent, ChatRow.front, ChatRow.queued_at_ms)
    return [StoredWaiter._make(row) for row in await session.execute(select(*columns).where(_WAITING))]


async def serving(session: AsyncSession, staff_ids: Collection[str]) -> list[tuple[str, str]]:
    """(agent, contact id) of what these agents have now."""
    if not staff_ids:
        return []
    query = select(ChatRow.agent_id, ChatRow.contact_id).where(
        ChatRow.agent_id.in_(sorted(staff_ids)), ChatRow.state == "serving"
    )
    return [(row.agent_id or "", row.contact_id) for row in await session.execute(query)]


async def agents_serving(session: AsyncSession) -> set[str]:
    """Everybody who has a chat now."""
    query = select(ChatRow.agent_id).distinct().where(_OPEN, ChatRow.state == "serving")
    return {agent for agent in (await session.scalars(query)) if agent}


async def facts(session: AsyncSession, contact_ids: Collection[str]) -> dict[str, tuple[Channel, Language]]:
    """What never changes in a chat."""
    query = select(ChatRow.contact_id, ChatRow.head).where(ChatRow.contact_id.in_(sorted(contact_ids)))
    return {row.contact_id: (row.head.channel, row.head.language) for row in await session.execute(query)}


async def service_s(session: AsyncSession, since_ms: int, limit: int = 500) -> list[float]:
    """How long chats that ended since then took with an agent; of the newest ones only."""
    columns = (ChatRow.answered_at_ms, ChatRow.touched_at_ms)
    query = (
        select(*columns)
        .where(
            ChatRow.opened_at_ms >= since_ms, ChatRow.state == "ended", ChatRow.answered_at_ms.is_not(None)
        )
        .order_by(ChatRow.opened_at_ms.desc())
        .limit(limit)
    )
    return [
        max(0, row.touched_at_ms - (row.answered_at_ms or 0)) / 1000 for row in await session.execute(query)
    ]


async def silent(
    session: AsyncSession,
    state: Literal["serving", "resting"],
    before_ms: int,
    after: tuple[int, str] = (0, ""),
    limit: int = 200,
) -> list[Silent]:
    """Chats of this state in which nothing happened since before that time, the longest first.

    `before_ms` is the wall time of their last entry, at most; `after` is `(touched_at_ms, contact_id)` of the last
    one of the page before.
    """
    touched, contact = ChatRow.touched_at_ms, ChatRow.contact_id
    query = (
        select(contact, touched, ChatRow.head)
        .where(_OPEN, ChatRow.state == state, touched <= before_ms)
        .where((touched > after[0]) | ((touched == after[0]) & (contact > after[1])))
        .order_by(touched, contact)
        .limit(limit)
    )
    return [Silent(*row) for row in await session.execute(query)]


async def touch(session: AsyncSession, contact_ids: Collection[str], now_ms: int) -> None:
    """Their citizens are writing: with an agent, they count as if something had happened now.

    What the log is just writing to is passed over: something does happen there, and nobody waits for anybody.
    """
    mine = ChatRow.contact_id.in_(sorted(contact_ids)), ChatRow.state == "serving"
    free = select(ChatRow.contact_id).where(*mine).with_for_update(skip_locked=True)
    await session.execute(
        update(ChatRow)
        .where(ChatRow.contact_id.in_(free), ChatRow.touched_at_ms < now_ms)
        .values(touched_at_ms=now_ms)
        .execution_options(synchronize_session=False)
    )

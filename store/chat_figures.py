"""How chats were served, in sums: the database does the counting."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import BigInteger, and_, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.chat_tables import ChatRow

MAX_WAIT_S: Final = 24 * 3_600
"""Whoever waited longer counts as this long."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Chats of one 상담유형."""

    topic: str
    """Empty: none is known."""
    chats: int
    offered: int
    self_served: int


@dataclass(slots=True)
class Served:
    topics: list[Topic] = field(default_factory=list)
    """Most chats first."""
    waits: Counter[int] = field(default_factory=Counter)
    """Chats by whole seconds from their opening to their first agent."""
    ratings: Counter[int] = field(default_factory=Counter)


async def served(session: AsyncSession, since_ms: int, until_ms: int) -> Served:
    """Of chats that were opened from `since_ms` on and before `until_ms`."""
    within = and_(ChatRow.opened_at_ms >= since_ms, ChatRow.opened_at_ms < until_ms)
    found = Served()
    offered = func.sum(case((ChatRow.offered, 1), else_=0))
    by_self = func.sum(case((ChatRow.solved_by == "self", 1), else_=0))
    topics = (
        select(ChatRow.topic, func.count(), cast(offered, BigInteger), cast(by_self, BigInteger))
        .where(within)
        .group_by(ChatRow.topic)
        .order_by(func.count().desc(), ChatRow.topic)
    )
    for row in await session.execute(topics):
        found.topics.append(Topic(*row))
    wait_s = (ChatRow.answered_at_ms - ChatRow.opened_at_ms) // 1000
    capped = case((wait_s < MAX_WAIT_S, wait_s), else_=MAX_WAIT_S).label("wait_s")
    waits = select(capped, func.count()).where(within, ChatRow.answered_at_ms.is_not(None))
    for seconds, count in await session.execute(waits.group_by("wait_s")):
        found.waits[seconds] = count
    ratings = select(ChatRow.rating, func.count()).where(within, ChatRow.rating.is_not(None))
    for score, count in await session.execute(ratings.group_by(ChatRow.rating)):
        if score is not None:
            found.ratings[score] = count
    return found

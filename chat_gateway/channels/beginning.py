"""A conversation begins when somebody writes from elsewhere for the first time: exactly one, however much comes at once.

Several gateways may have a message of the same new person in hand. Whoever puts a row into the database first
begins; the others find the conversation, or take over from a process that died.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from chat_gateway.log import ChatLog
from chat_gateway.opening import BLOCK_MS
from chat_gateway.people import People
from contracts.chat import Opened
from contracts.clock import Clock, wall_ms
from contracts.errors import NotAllowed, Overloaded
from store import chat_keys, chat_people
from store.database import Database

CLAIM_MS: Final = 5_000
"""Whoever claimed it so long ago is dead."""

_CLAIM: Final = "begin"
"""In place of a channel, beside what was taken of providers."""
_LOOK_S: Final = 0.05
_LIMIT_S: Final = 8.0


class Beginnings:
    """Begins conversations.

    Args:
        database: keeps the claims.
        chat_log: of all conversations.
        people: know what is open already.
        clock: wall time.
    """

    def __init__(self, database: Database, chat_log: ChatLog, people: People, clock: Clock = wall_ms) -> None:
        self._database = database
        self._log = chat_log
        self._people = people
        self._clock = clock

    async def begin(self, opened: Opened, person_id: str, nickname: str) -> str:
        """The person's conversation: a new one, unless there is one by now.

        Raises:
            NotAllowed: the last one was blocked a short time ago.
            Unavailable: not now.
        """
        async with self._claim(person_id) as is_mine:
            known = await self._people.open_chat(person_id)
            if known is not None:
                return known
            if not is_mine:
                raise Overloaded(
                    "새 상담을 여는 중입니다. 곧 다시 보내집니다.",
                    "another process begins this chat. Send it again.",
                )
            await self._check_not_blocked(person_id)
            head = await self._log.begin(opened, person_id=person_id, nickname=nickname)
            return head.contact_id

    async def _check_not_blocked(self, person_id: str) -> None:
        """As on our own page; that they were blocked, and for how long, they were told at the end."""
        async with self._database.session() as session:
            last = await chat_keys.last_chat(session, person_id)
        if last and last.blocked and (last.ended_at_ms or 0) + BLOCK_MS > self._clock():
            raise NotAllowed("차단된 시민의 글입니다.", "the citizen was blocked a short time ago.")

    @asynccontextmanager
    async def _claim(self, person_id: str) -> AsyncIterator[bool]:
        """Whether it is ours to begin; if not, it has begun meanwhile, or the wait was too long."""
        is_mine = await self._claimed(person_id)
        try:
            yield is_mine
        finally:
            if is_mine:
                async with self._database.session() as session:
                    await chat_people.give_back(session, _CLAIM, person_id)

    async def _claimed(self, person_id: str) -> bool:
        until_s = asyncio.get_running_loop().time() + _LIMIT_S
        while asyncio.get_running_loop().time() < until_s:
            now_ms = self._clock()
            async with self._database.session() as session:
                if await chat_people.take(session, _CLAIM, person_id, now_ms):
                    return True
                if await chat_people.take_over(
                    session, _CLAIM, person_id, at_ms=now_ms, before_ms=now_ms - CLAIM_MS
                ):
                    return True
            await asyncio.sleep(_LOOK_S)
            if await self._people.open_chat(person_id):
                return False
        return False

"""How a conversation begins: from the page, or by a link that works once; and when an older one is given back instead."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from chat_gateway.keys import Keys
from chat_gateway.log import ChatLog
from chat_gateway.people import People
from chat_gateway.rules import Rules
from contracts.chat import Opened
from contracts.chat_http import ChatKey, ChatStart, LinkRedeemed
from contracts.clock import Clock, wall_ms
from contracts.errors import BadRequest, NotAllowed, Overloaded
from store import chat_keys, chats
from store.database import Database

BLOCK_MS: Final = 24 * 3_600_000
"""Who was blocked can begin again after a day."""

CLAIM_MS: Final = 15_000
"""Whoever opens with a key has it for so long; two windows of one browser do not open two conversations."""

_LOOK_S: Final = 0.1

_ATTEMPTS: Final = uuid.UUID("6f7a2f0e-6f0e-4f3c-9a58-5b7b4d1c2e90")
"""Namespace of the ids of chats that a page asked for by an attempt of its own."""


class Opening:
    """Opens conversations and gives out their keys.

    Args:
        log: where they are.
        keys: of browsers, and links.
        people: who is with whom across channels.
        rules: the site's queues.
        database: knows how the last conversation ended.
    """

    def __init__(
        self,
        log: ChatLog,
        keys: Keys,
        people: People,
        rules: Rules,
        database: Database,
        *,
        clock: Clock = wall_ms,
    ) -> None:
        self._log = log
        self._keys = keys
        self._people = people
        self._skills = frozenset(topic.skill for topic in rules.topics) | {""}
        self._database = database
        self._clock = clock

    async def start(self, asked: ChatStart) -> ChatKey:
        """From the page; with a key that still opens something, that conversation again.

        Raises:
            BadRequest: there is no such queue.
            NotAllowed: the last conversation was blocked a short time ago.
            Unavailable: not now.
        """
        self._check_skill(asked.skill)
        opened = Opened(channel=asked.channel, language=asked.language, skill=asked.skill)
        if not asked.key:
            return await self._begin(str(uuid.uuid4()), opened, asked)
        async with self._claimed(asked.key):
            bearer = await self._keys.bearer(asked.key)
            if bearer is None:
                return await self._begin(str(uuid.uuid4()), opened, asked)
            await self._check_not_blocked(bearer.person_id)
            known = await self._people.open_chat(bearer.person_id)
            if known == bearer.contact_id:
                return ChatKey(contact_id=known, key=asked.key)
            if known is not None:
                return await self._key(bearer.person_id, known)
            return await self._begin(bearer.person_id, opened, asked)

    async def redeem(self, asked: LinkRedeemed) -> ChatKey:
        """By a link, with what its channel knows already.

        Raises:
            NotFound: the link opens nothing, or no more.
            NotAllowed: the last conversation was blocked a short time ago.
            Unavailable: not now; the link still works.
        """
        redeemed = await self._keys.redeem(asked.token)
        try:
            await self._check_not_blocked(redeemed.person_id)
            known = await self._people.open_chat(redeemed.person_id)
            if known is not None:
                return await self._key(redeemed.person_id, known)
            link = redeemed.asked
            opened = Opened(
                channel=link.channel,
                language=link.language,
                skill=link.skill if link.skill in self._skills else "",
                facts=link.facts,
            )
            return await self._begin(redeemed.person_id, opened)
        except BaseException:
            await asyncio.shield(self._keys.give_back(asked.token, redeemed))
            raise

    async def _begin(self, person_id: str, opened: Opened, asked: ChatStart | None = None) -> ChatKey:
        contact_id = str(uuid.uuid5(_ATTEMPTS, asked.attempt)) if asked and asked.attempt else ""
        if contact_id and (known := await self._opened_before(contact_id)):
            return await self._key(known, contact_id)
        nickname = " ".join(asked.nickname.split()) if asked else ""
        head = await self._log.begin(opened, person_id=person_id, nickname=nickname, contact_id=contact_id)
        return await self._key(person_id, head.contact_id)

    async def _opened_before(self, contact_id: str) -> str | None:
        """With whom this attempt has opened a chat already."""
        async with self._database.session() as session:
            known = await chats.get(session, contact_id)
        return known.person_id if known else None

    async def _key(self, person_id: str, contact_id: str) -> ChatKey:
        return ChatKey(contact_id=contact_id, key=await self._keys.make_key(person_id, contact_id))

    @asynccontextmanager
    async def _claimed(self, key: str) -> AsyncIterator[None]:
        """Alone with this key, in whatever process."""
        until_s = asyncio.get_running_loop().time() + CLAIM_MS / 1000
        while not (claim := await self._keys.claim(key, CLAIM_MS)):
            if asyncio.get_running_loop().time() > until_s:
                raise Overloaded(
                    "상담을 여는 중입니다. 잠시 뒤 다시 누르십시오.",
                    "this chat is being opened. Try again in a moment.",
                )
            await asyncio.sleep(_LOOK_S)
        try:
            yield
        finally:
            await asyncio.shield(self._keys.release(key, claim))

    async def _check_not_blocked(self, person_id: str) -> None:
        async with self._database.session() as session:
            last = await chat_keys.last_chat(session, person_id)
        if last is None or not last.blocked or last.ended_at_ms is None:
            return
        wait_ms = last.ended_at_ms + BLOCK_MS - self._clock()
        if wait_ms > 0:
            hours = -(-wait_ms // 3_600_000)
            raise NotAllowed(
                f"지난 상담이 차단되어 {hours}시간 뒤에 새 상담을 시작할 수 있습니다. 급하면 120으로 전화하거나 "
                "107 손말이음센터를 이용해 주십시오.",
                f"your last chat was blocked; a new one can be started in {hours} h. If it is urgent, call 120, or use "
                "the relay service at 107.",
            )

    def _check_skill(self, skill: str) -> None:
        if skill not in self._skills:
            raise BadRequest(
                "고른 분야가 없습니다. 화면을 새로 고쳐 다시 골라 주십시오.",
                "there is no such subject. Reload the page and choose again.",
            )

"""All channels of a site, put together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import httpx
from fastapi import APIRouter
from starlette.requests import HTTPConnection

from bus.base import Bus
from chat_gateway.channels.ars import ArsLinks
from chat_gateway.channels.counts import ChannelCounts
from chat_gateway.channels.dispatch import Dispatch
from chat_gateway.channels.hooks import Hooks, ports_of
from chat_gateway.channels.inbound import Inbox
from chat_gateway.channels.kakao_skill import KakaoSkill
from chat_gateway.channels.pictures_in import PicturesIn
from chat_gateway.channels.port import ChannelPort
from chat_gateway.channels.replies import Replies, Tell
from chat_gateway.courier import Courier
from chat_gateway.keys import Keys
from chat_gateway.log import ChatLog
from chat_gateway.options import Options
from chat_gateway.people import People
from chat_gateway.photos import Photos
from chat_gateway.rules import Rules
from contracts.clock import Clock, wall_ms
from contracts.errors import SangdamError
from contracts.panel import Staff
from store.database import Database

log = logging.getLogger(__name__)

FORGET_S: Final = 3_600.0


class Channels:
    """Webhooks, courier, reply windows, links of the visible ARS.

    Args:
        bus: wakes the courier.
        database: of the gateway.
        chat_log: of all conversations.
        rules: of the site.
        options: which channels are on.
        people: who is who.
        keys: make links.
        photos: keep pictures.
        authenticate: staff by their session.
        tell: shows a reply window to the staff of a conversation.
        clock: wall time.
        ports: instead of those that the options switch on.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        chat_log: ChatLog,
        *,
        rules: Rules,
        options: Options,
        people: People,
        keys: Keys,
        photos: Photos,
        authenticate: Callable[[HTTPConnection], Awaitable[Staff]],
        tell: Tell,
        clock: Clock = wall_ms,
        ports: Mapping[str, ChannelPort] | None = None,
    ) -> None:
        self.ports = ports_of(options) if ports is None else ports
        self.counts = ChannelCounts()
        self._client = httpx.AsyncClient(trust_env=True, limits=httpx.Limits(max_connections=100))
        self._pictures = PicturesIn(self._client, chat_log, photos)
        self.inbox = Inbox(
            database,
            bus,
            chat_log,
            people=people,
            pictures=self._pictures,
            rules=rules,
            counts=self.counts,
            clock=clock,
        )
        self.replies = Replies(database, people, self.ports, tell=tell, clock=clock)
        self.dispatch = Dispatch(
            self._client,
            database,
            chat_log,
            people=people,
            keys=keys,
            rules=rules,
            public_url=options.public_url,
            counts=self.counts,
            clock=clock,
        )
        self.courier = Courier(
            bus,
            database,
            chat_log,
            self.ports,
            dispatch=self.dispatch,
            counts=self.counts,
            clock=clock,
        )
        self.router = APIRouter()
        self.router.include_router(KakaoSkill(options, keys, people, self.counts).router)
        self.router.include_router(Hooks(self.ports, self.inbox, self.counts).router)
        self.router.include_router(ArsLinks(options, keys, people, authenticate).router)

    async def run(self) -> None:
        """Until cancelled; then what is in hand is finished, within limits."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.courier.run())
                tasks.create_task(self.replies.run())
                tasks.create_task(self._forget())
        finally:
            await self._pictures.close()
            await self._client.aclose()

    async def _forget(self) -> None:
        while True:
            try:
                await self.inbox.forget_old()
            except SangdamError as error:
                log.warning("channels: nothing forgotten: %s", error)
            await asyncio.sleep(FORGET_S)

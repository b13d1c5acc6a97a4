"""May this be answered? Agents are told until when, and are refused before a reply is taken that cannot go out."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from chat_gateway.channels.port import ChannelPort, channel_of
from chat_gateway.channels.windows import shut, told
from chat_gateway.people import People
from contracts.chat import (
    MAX_TEXT,
    Body,
    Channel,
    ChatEntry,
    ChatHead,
    Edited,
    Noted,
    Party,
    Photo,
    Place,
    ReplyWindow,
    Said,
)
from contracts.clock import Clock, wall_ms
from contracts.errors import SangdamError
from store import chat_deliveries, chats
from store.database import Database

log = logging.getLogger(__name__)

MAX_CHATS: Final = 20_000
"""Whose channel is remembered; of others the database is asked."""

MAX_WAITING: Final = 2_000
"""Windows to be told; of more, agents hear when they open the conversation."""

_SPOKEN: Final = (Said, Photo, Place)

Tell = Callable[[str, ReplyWindow], None]
"""To the staff who attend this conversation at this gateway."""


class Replies:
    """Where replies of each conversation go, and until when.

    Args:
        database: asked for conversations that this process has not heard of.
        people: know when they wrote.
        ports: the channels that are on.
        tell: shows a window to staff.
        clock: wall time.
    """

    def __init__(
        self,
        database: Database,
        people: People,
        ports: Mapping[str, ChannelPort],
        *,
        tell: Tell,
        clock: Clock = wall_ms,
    ) -> None:
        self._database = database
        self._people = people
        self._ports = ports
        self._tell = tell
        self._clock = clock
        self._channels: OrderedDict[str, Channel | None] = OrderedDict()
        self._news: asyncio.Queue[str] = asyncio.Queue(MAX_WAITING)

    def heard(self, _head: ChatHead | None, entry: ChatEntry) -> None:
        """An entry, from anywhere: replies go where the citizen spoke last."""
        if isinstance(entry.body, Noted) and channel_of(entry.client_id) is not None:
            self._ask(entry.contact_id)  # a remark on what the provider told, e.g. that its session is over
        if entry.author.side != "citizen" or not isinstance(entry.body, _SPOKEN):
            return
        channel, before = channel_of(entry.client_id), self._channels.get(entry.contact_id)
        self._remember(entry.contact_id, channel)
        if channel is not None or before is not None:
            self._ask(entry.contact_id)

    def _ask(self, contact_id: str) -> None:
        if not self._news.full():
            self._news.put_nowait(contact_id)

    async def check(self, contact_id: str, who: Party, body: Body, client_id: str = "") -> None:
        """Before a submit: of staff, and only what goes to the citizen. What was taken in time and is sent again
        because its answer was lost is not refused.

        Raises:
            Conflict: the channel takes no replies any more.
            Unavailable: the database is away.
        """
        if who.side != "staff" or not isinstance(body, (*_SPOKEN, Edited)):
            return
        channel = await self._channel(contact_id)
        if channel is None:
            return
        found = await self._window(contact_id, channel)
        if found is not None and self._clock() < found.until_ms:
            return
        if not client_id or not await self._is_written(contact_id, client_id):
            raise shut(channel, found.until_ms if found else 0)

    async def window(self, contact_id: str) -> ReplyWindow | None:
        """For staff who open the conversation; None: our own page takes replies at any time."""
        channel = await self._channel(contact_id)
        return None if channel is None else await self._window(contact_id, channel)

    async def run(self) -> None:
        """Tell staff of windows that a citizen's message opened anew, or made needless. Until cancelled."""
        while True:
            contact_id = await self._news.get()
            try:
                found = await self.window(contact_id)
            except SangdamError as error:
                log.warning("reply window of %s not told: %s", contact_id, error)
                continue
            self._tell(contact_id, found or _always(contact_id))

    async def _channel(self, contact_id: str) -> Channel | None:
        if contact_id in self._channels:
            return self._channels[contact_id]
        async with self._database.session() as session:
            rows = await chat_deliveries.of(session, contact_id)
            client_id = await chat_deliveries.wrote_by(session, contact_id) if rows else None
        channel = channel_of(client_id) if client_id is not None else None
        if rows and client_id is None:
            channel = next((port.name for port in self._ports.values() if port.name == rows[0].channel), None)
        self._remember(contact_id, channel)
        return channel

    async def _window(self, contact_id: str, channel: Channel) -> ReplyWindow | None:
        port = self._ports.get(channel)
        reached = await self._people.reached_in(contact_id, channel)
        if port is None or reached is None:
            return None
        return told(contact_id, channel, port.terms, reached.wrote_ms)

    async def _is_written(self, contact_id: str, client_id: str) -> bool:
        async with self._database.session() as session:
            return bool(await chats.by_client_ids(session, [(contact_id, client_id)]))

    def _remember(self, contact_id: str, channel: Channel | None) -> None:
        self._channels[contact_id] = channel
        self._channels.move_to_end(contact_id)
        if len(self._channels) > MAX_CHATS:
            self._channels.popitem(last=False)


def _always(contact_id: str) -> ReplyWindow:
    """The citizen is on our own page now."""
    return ReplyWindow(contact_id=contact_id, channel="web", until_ms=0, max_chars=MAX_TEXT)

"""One entry to one citizen elsewhere: in parts, patiently, each noted when it is out; what cannot be sent is told."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx

from chat_gateway.channels import outgoing, words
from chat_gateway.channels.ars import page_link
from chat_gateway.channels.counts import ChannelCounts
from chat_gateway.channels.port import ChannelPort, Outbound, TryLater, Undeliverable
from chat_gateway.channels.split import split
from chat_gateway.channels.windows import NAMES, shut, window
from chat_gateway.keys import Keys
from chat_gateway.log import ChatLog
from chat_gateway.people import People, Reached
from chat_gateway.rules import Rules
from contracts.chat import MAX_TEXT, SYSTEM, Channel, ChatEntry, ChatHead, Noted, Notice, Photo, Said
from contracts.chat_http import LinkAsked
from contracts.clock import Clock, wall_ms
from contracts.errors import Conflict, SangdamError
from store import chat_deliveries, chat_people
from store.database import Database

log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 1.0
LAST_WAIT_S: Final = 60.0
PATIENCE_S: Final = 30 * 60.0
"""A provider that is away for so long: the agent is told that it was not sent."""

AT_ONCE: Final = 16
"""Requests to one provider side by side."""

LetGo = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Errand:
    """One entry on its way."""

    port: ChannelPort
    entry: ChatEntry
    parts: tuple[str, ...]
    is_let_go: LetGo

    @property
    def contact_id(self) -> str:
        return self.entry.contact_id

    @property
    def channel(self) -> Channel:
        return self.port.name

    def serial(self, number: int) -> str:
        return f"{self.contact_id.replace('-', '')[:20]}{self.entry.seq:x}.{number:x}"


class Dispatch:
    """Sends entries.

    Args:
        client: for the providers.
        database: keeps how far it is.
        chat_log: takes the notes to staff.
        people: know where a citizen is reached.
        keys: make links to our own page.
        rules: of the site.
        public_url: of our own page; empty: no links.
        counts: of this process's channels.
        clock: wall time.
        first_wait_s: before the second try; doubled each time.
        patience_s: of all tries together.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        database: Database,
        chat_log: ChatLog,
        *,
        people: People,
        keys: Keys,
        rules: Rules,
        public_url: str,
        counts: ChannelCounts,
        clock: Clock = wall_ms,
        first_wait_s: float = FIRST_WAIT_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._client = client
        self._database = database
        self._log = chat_log
        self._people = people
        self._keys = keys
        self._rules = rules
        self._public_url = public_url
        self._counts = counts
        self._clock = clock
        self._first_wait_s = first_wait_s
        self._patience_s = patience_s
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._paused_until: dict[str, float] = {}
        """Monotonic, by channel: the provider asked for so much patience."""

    async def send(
        self, port: ChannelPort, head: ChatHead, entry: ChatEntry, done: int, is_let_go: LetGo
    ) -> bool:
        """Send the entry from its part `done` on; noted after each.

        Returns:
            False: somebody else has the conversation by now, and goes on.

        Raises:
            Unavailable: the database is away.
        """
        text = words.outgoing(entry, head, self._rules, await self._link(entry, head))
        parts = split(text, port.terms.limit, port.terms.unit)
        errand = _Errand(port, entry, parts, is_let_go)
        for number in range(done, len(parts)):
            try:
                is_out = await self._part(errand, number)
            except (Undeliverable, Conflict) as error:
                await self._tell(errand, number, error)
                break
            if not is_out:
                return False
            self._counts.sent[port.name] += 1
            is_last = number + 1 == len(parts)
            await self._note(errand, 0 if is_last else number + 1)
        else:
            if parts:
                self._log.got(entry.contact_id, "citizen", entry.seq, 0)
        return True

    async def _part(self, errand: _Errand, number: int) -> bool:
        """Raises: Undeliverable; Conflict: the window is shut."""
        began, wait_s = time.monotonic(), self._first_wait_s
        while not errand.is_let_go(errand.contact_id):
            if not await self._turn_comes(errand):
                return False
            try:
                async with self._turns.setdefault(errand.channel, asyncio.Semaphore(AT_ONCE)):
                    to = await self._reached(errand)
                    await errand.port.send(self._client, to, self._message(errand, to, number))
            except TryLater as error:
                if time.monotonic() - began > self._patience_s:
                    raise Undeliverable(error.ko, error.en) from None
                self._counts.retried[errand.channel] += 1
                log.warning("%s: tried again: %s", errand.channel, error)
                if error.wait_s is not None:
                    self._paused_until[errand.channel] = time.monotonic() + error.wait_s
                else:
                    await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311  no secret
                    wait_s = min(2 * wait_s, LAST_WAIT_S)
            else:
                return True
        return False

    async def _turn_comes(self, errand: _Errand) -> bool:
        """Wait until the provider may be asked again."""
        while (left_s := self._paused_until.get(errand.channel, 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(min(left_s, 1.0))
            if errand.is_let_go(errand.contact_id):
                return False
        return True

    async def _reached(self, errand: _Errand) -> Reached:
        reached = await self._people.reached_in(errand.contact_id, errand.channel)
        if reached is None:
            raise Undeliverable("받을 곳을 모릅니다.", "it is not known where the citizen is reached.")
        return reached

    def _message(self, errand: _Errand, to: Reached, number: int) -> Outbound:
        """Raises: Conflict: the window is shut."""
        entry, now_ms = errand.entry, self._clock()
        open_for = window(errand.port.terms, to.wrote_ms)
        is_person = outgoing.by_person(entry)
        if not open_for.is_open(now_ms, by_person=is_person):
            raise shut(errand.channel, open_for.until_ms if is_person else open_for.automatic_until_ms)
        is_last = number + 1 == len(errand.parts)
        replies = entry.body.replies if isinstance(entry.body, Said | Notice) and is_last else ()
        return Outbound(
            errand.parts[number], errand.serial(number), is_person, open_for.is_late(now_ms), replies
        )

    async def _link(self, entry: ChatEntry, head: ChatHead) -> str:
        """To the same conversation on our own page, for what is better there."""
        wanted = isinstance(entry.body, Photo) or (
            isinstance(entry.body, Notice) and entry.body.key == "greeting"
        )
        if not wanted or not self._public_url:
            return ""
        async with self._database.session() as session:
            person_id = await chat_people.person_of_chat(session, head.contact_id)
        if person_id is None:
            return ""
        token, _ = await self._keys.make_link(
            LinkAsked(channel="web", language=head.language, skill=head.skill), person_id
        )
        return page_link(self._public_url, token)

    async def _note(self, errand: _Errand, part: int, failed: str = "") -> None:
        """The entry is done with, or `part` parts of it are out."""
        seq = errand.entry.seq - 1 if part else errand.entry.seq
        async with self._database.session() as session:
            await chat_deliveries.sent(
                session, errand.contact_id, errand.channel, seq=seq, part=part, failed=failed
            )

    async def _tell(self, errand: _Errand, number: int, error: SangdamError) -> None:
        """Staff see it in the conversation; the next entry is tried anew."""
        entry, channel = errand.entry, errand.channel
        self._counts.undelivered[channel] += 1
        log.warning("%s: not delivered: %s#%d: %s", channel, entry.contact_id, entry.seq, error)
        if words.says_something(entry):
            name, of = NAMES.get(channel, channel), len(errand.parts)
            which = f"{number + 1}/{of}번째 부분부터 " if of > 1 else ""
            text = (
                f"{name}에 보내지 못했습니다(#{entry.seq}, {which}“{outgoing.excerpt(entry)}”). {error.ko} / "
                f"Not delivered on {channel} (#{entry.seq}). {error.en}"
            )
            identity = f"undelivered-{channel}-{entry.seq}"
            await self._log.submit(entry.contact_id, SYSTEM, Noted(text=text[:MAX_TEXT]), identity)
        await self._note(errand, 0, failed=error.en[:500])

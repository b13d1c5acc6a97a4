"""What citizens did elsewhere goes into the log: into their open conversation, or a new one.

A provider delivers at least once, and again when a process died in between. So a message is written under a client
id made of the provider's own, and noted as taken only after that: neither a crash nor two deliveries at once double
or lose it.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import Final

from bus.base import Bus
from chat_gateway.channels import waking, words
from chat_gateway.channels.beginning import Beginnings
from chat_gateway.channels.counts import ChannelCounts
from chat_gateway.channels.pictures_in import PicturesIn
from chat_gateway.channels.port import ChannelPort, Inbound, Parsed, client_id
from chat_gateway.channels.split import split
from chat_gateway.log import ChatLog
from chat_gateway.people import People
from chat_gateway.rules import Rules
from contracts.chat import (
    CITIZEN,
    MAX_TEXT,
    SYSTEM,
    Body,
    Channel,
    Noted,
    Opened,
    Said,
    Solved,
    Stayed,
    Withdrawn,
)
from contracts.clock import Clock, wall_ms
from contracts.errors import BadInput, Conflict, NotAllowed, NotFound
from store import chat_deliveries, chat_people
from store.database import Database

log = logging.getLogger(__name__)

STALE_MS: Final = 3 * 24 * 3_600_000
"""Providers deliver again for up to 36 hours; what is older was recorded by somebody and is played again."""

ANSWER_S: Final = 0.7
"""Pictures may take so long: a provider is answered within a second."""

KEPT_MS: Final = 30 * 24 * 3_600_000
"""What was taken is remembered so long."""

_MAX_PARTS: Final = 10
_MAX_REACHED: Final = 20_000


class Inbox:
    """Takes what a provider delivered.

    Args:
        database: with what was taken already.
        bus: wakes the courier of a conversation that reaches a provider for the first time.
        chat_log: of all conversations.
        people: who is who.
        pictures: fetches them.
        rules: of the site.
        counts: of this process's channels.
        clock: wall time.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        chat_log: ChatLog,
        *,
        people: People,
        pictures: PicturesIn,
        rules: Rules,
        counts: ChannelCounts,
        clock: Clock = wall_ms,
    ) -> None:
        self._database = database
        self._bus = bus
        self._log = chat_log
        self._people = people
        self._pictures = pictures
        self._rules = rules
        self._counts = counts
        self._clock = clock
        self._beginnings = Beginnings(database, chat_log, people, clock)
        self._reached: OrderedDict[tuple[str, Channel], None] = OrderedDict()

    async def take(self, port: ChannelPort, parsed: Parsed) -> None:
        """All that a request brought; durable on return. Messages of one person in their order.

        Raises:
            Unavailable: not now; what was not taken yet is to be delivered again.
        """
        for why, count in parsed.skipped.items():
            self._counts.received[f"{port.name}.{why}"] += count
        until_s = asyncio.get_running_loop().time() + ANSWER_S
        by_person: dict[str, list[Inbound]] = {}
        for message in parsed.messages:
            by_person.setdefault(message.external_id, []).append(message)
        results = await asyncio.gather(
            *(self._take_of_person(port, messages, until_s) for messages in by_person.values()),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def forget_old(self) -> None:
        """Clear away what no provider delivers again."""
        async with self._database.session() as session:
            await chat_people.forget(session, self._clock() - KEPT_MS)

    async def _take_of_person(self, port: ChannelPort, messages: list[Inbound], until_s: float) -> None:
        fresh = await self._fresh(port, messages)
        if not fresh:
            return
        person_id = await self._people.person_of(port.name, fresh[0].external_id)
        said = [message for message in fresh if message.kind == "said"]
        if said:
            await self._wrote(port.name, max(said, key=lambda message: message.at_ms))
        done: list[str] = []
        try:
            for message in fresh:
                what = await self._one(port, message, person_id, until_s)
                self._counts.received[f"{port.name}.{what}"] += 1
                done.append(message.provider_id)
        finally:
            if done:
                async with self._database.session() as session:
                    await chat_people.take_all(session, port.name, done, self._clock())

    async def _fresh(self, port: ChannelPort, messages: list[Inbound]) -> list[Inbound]:
        """What was not taken yet, each once."""
        async with self._database.session() as session:
            taken = await chat_people.taken(session, port.name, {one.provider_id for one in messages})
        fresh: dict[str, Inbound] = {}
        for message in messages:
            if message.at_ms and message.at_ms < self._clock() - STALE_MS:
                self._counts.received[f"{port.name}.stale"] += 1
            elif message.provider_id in taken or message.provider_id in fresh:
                self._counts.received[f"{port.name}.duplicate"] += 1
            else:
                fresh[message.provider_id] = message
        return list(fresh.values())

    async def _one(self, port: ChannelPort, message: Inbound, person_id: str, until_s: float) -> str:
        try:
            return await self._handle(port, message, person_id, until_s)
        except (BadInput, NotAllowed, NotFound, Conflict) as error:
            # It would be refused again as often as it came.
            log.warning("%s: refused: %s", port.name, error)
            return "refused"

    async def _handle(self, port: ChannelPort, message: Inbound, person_id: str, until_s: float) -> str:
        match message.kind:
            case "said":
                return await self._said(port, message, person_id, until_s)
            case "deleted":
                return await self._deleted(port.name, message, person_id)
            case "closed":
                await self._people.close_window(port.name, message.external_id)
                await self._remark(port.name, message, person_id, _CLOSED)
            case "reacted":
                return await self._reacted(port.name, message, person_id)
            case "read":
                await self._read(port.name, person_id)
        return message.kind

    # -- said ----------------------------------------------------------------------------------------------

    async def _said(self, port: ChannelPort, message: Inbound, person_id: str, until_s: float) -> str:
        identities = [client_id(port.name, message.provider_id, part) for part in PicturesIn.PARTS_BEGIN]
        async with self._database.session() as session:
            written = await chat_people.said_in(session, person_id, identities)
            known = await chat_people.open_chat(session, person_id)
        if written is not None:
            # Its process died before this was noted: what is written already is not written again.
            await self._write(port, written[0], message, until_s)
            return "duplicate"
        try:
            contact_id = known or await self._begun(port.name, message, person_id)
            await self._reached_by(contact_id, port.name)
            await self._write(port, contact_id, message, until_s)
        except Conflict:
            # It ended just now: what is said begins the next one.
            contact_id = await self._begun(port.name, message, person_id)
            await self._reached_by(contact_id, port.name)
            await self._write(port, contact_id, message, until_s)
        return "said"

    async def _begun(self, channel: Channel, message: Inbound, person_id: str) -> str:
        return await self._beginnings.begin(Opened(channel=channel), person_id, message.nickname[:40])

    async def _wrote(self, channel: Channel, message: Inbound) -> None:
        at_ms = min(message.at_ms or self._clock(), self._clock())
        await self._people.wrote(channel, message.external_id, at_ms, message.details)

    async def _write(self, port: ChannelPort, contact_id: str, message: Inbound, until_s: float) -> None:
        for part, text in enumerate(split(message.text, MAX_TEXT)[:_MAX_PARTS]):
            identity = client_id(port.name, message.provider_id, part)
            await self._submit(contact_id, await self._meant(contact_id, text), text, identity)
        if message.images:
            await self._pictures.take(port, contact_id, message, until_s)

    async def _submit(self, contact_id: str, body: Body, text: str, identity: str) -> None:
        try:
            await self._log.submit(contact_id, CITIZEN, body, identity)
        except Conflict:
            if isinstance(body, Said):
                raise
            await self._log.submit(contact_id, CITIZEN, Said(text=text), identity)

    async def _meant(self, contact_id: str, text: str) -> Body:
        """Words that are buttons on our own page do here what they do there."""
        word = text.strip().strip("[]")
        if word == self._rules.stay_reply or word in words.SOLVED:
            head = await self._log.head(contact_id)
            if word in words.SOLVED and head.offered and head.staff_wrote_ms is None:
                return Solved()
            if word == self._rules.stay_reply and (head.warned_at_ms is not None or head.state == "resting"):
                return Stayed()
        return Said(text=text)

    async def _reached_by(self, contact_id: str, channel: Channel) -> None:
        """Replies go there from now on. Said once of a conversation."""
        if (contact_id, channel) in self._reached:
            return
        async with self._database.session() as session:
            is_new = await chat_deliveries.begin(session, contact_id, channel)
        if is_new:
            await waking.wake(self._bus, contact_id, self._clock())
        self._reached[contact_id, channel] = None
        if len(self._reached) > _MAX_REACHED:
            self._reached.popitem(last=False)

    # -- what else can be done -----------------------------------------------------------------------------

    async def _deleted(self, channel: Channel, message: Inbound, person_id: str) -> str:
        """Taken back there: taken back here while that can be, and told to staff afterwards."""
        found = await self._entries_of(channel, message.of, person_id)
        try:
            for contact_id, seq in found:
                identity = client_id(channel, message.provider_id, seq)
                await self._log.submit(contact_id, CITIZEN, Withdrawn(of_seq=seq), identity)
        except (Conflict, NotAllowed, NotFound):
            numbers = ", ".join(f"#{seq}" for _, seq in found)
            await self._remark(channel, message, person_id, f"{_DELETED} ({numbers})")
        return "deleted" if found else "unknown"

    async def _entries_of(self, channel: Channel, provider_id: str, person_id: str) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        async with self._database.session() as session:
            for begin in PicturesIn.PARTS_BEGIN:
                for part in range(begin, begin + _MAX_PARTS):
                    identity = client_id(channel, provider_id, part)
                    place = await chat_people.said_in(session, person_id, [identity])
                    if place is None:
                        break
                    found.append(place)
        return found

    async def _reacted(self, channel: Channel, message: Inbound, person_id: str) -> str:
        contact_id = await self._people.open_chat(person_id)
        if contact_id is None or (await self._log.head(contact_id)).state == "resting":
            return "reaction_ignored"  # it wakes nobody
        identity = client_id(channel, message.provider_id)
        await self._log.submit(contact_id, CITIZEN, Said(text=message.text), identity)
        return "reacted"

    async def _read(self, channel: Channel, person_id: str) -> None:
        """Providers tell of the last message that was read: everything that is out by then was."""
        contact_id = await self._people.open_chat(person_id)
        if contact_id is None:
            return
        async with self._database.session() as session:
            rows = await chat_deliveries.of(session, contact_id)
        for row in rows:
            if row.channel == channel and row.sent_seq:
                self._log.got(contact_id, "citizen", row.sent_seq, row.sent_seq)

    async def _remark(self, channel: Channel, message: Inbound, person_id: str, text: str) -> None:
        contact_id = await self._people.open_chat(person_id)
        if contact_id is not None:
            identity = client_id(channel, message.provider_id)
            await self._log.submit(contact_id, SYSTEM, Noted(text=text), identity)


_CLOSED: Final = (
    "시민이 상담방을 나갔거나 채널의 상담이 끝나, 시민이 다시 글을 보낼 때까지 답장을 보낼 수 없습니다. / "
    "The citizen left, or the provider's session is over: no replies until they write again."
)
_DELETED: Final = (
    "시민이 보낸 곳에서 이 글을 지웠습니다. / The citizen deleted this message where it was written."
)

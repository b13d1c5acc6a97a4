"""A page's side of one conversation, without I/O: for tests, benches and the scripted citizen.

What is said is sent one at a time: the next one after the ack of the last, so that the order stands whatever breaks.
"""

import uuid
from collections.abc import Callable
from typing import Final

from pydantic import TypeAdapter

from chat_gateway.conversation import head_after
from chat_gateway.view import ChatLine, lines
from contracts.chat import (
    Ack,
    Attend,
    Body,
    ChatEntry,
    ChatHead,
    ChatMessage,
    ChatRefused,
    ChatSnapshot,
    Got,
    Happened,
    Open,
    Receipted,
    Receipts,
    Replayed,
    Side,
    Submit,
)

_MESSAGES: Final[TypeAdapter[ChatMessage]] = TypeAdapter(ChatMessage)


def read(text: str) -> ChatMessage:
    """One message of the gateway."""
    return _MESSAGES.validate_json(text)


class ChatClient:
    """One conversation. Whoever has many on one connection has one of these each, and says `open` once.

    Args:
        contact_id: the conversation.
        side: whose page this is.
        new_id: makes client ids.
    """

    def __init__(
        self,
        contact_id: str,
        *,
        side: Side = "citizen",
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.contact_id = contact_id
        self.side: Side = side
        self.head: ChatHead | None = None
        self.entries: list[ChatEntry] = []
        self.receipts = Receipts()
        self.unacked: dict[str, Body] = {}
        """What was said and is not known to be in the log, by client id, oldest first."""
        self.acks: dict[str, int] = {}
        """Client id → number in the log, of all that was acked."""
        self.refused: dict[str, ChatRefused] = {}
        """What was refused for good."""
        self.wait_ms: int | None = None
        """After a refusal for now: wait so long, then send what `again` gives."""
        self.repeats = 0
        """Entries that came although they were known."""
        self._new_id = new_id
        self._under_way: str | None = None
        self._told = 0
        self._out: list[str] = []

    # -- saying --------------------------------------------------------------------------------------------

    def opened(self, ticket: str = "") -> list[str]:
        """What a new connection begins with."""
        return [Open(ticket=ticket).model_dump_json(), *self.resumed()]

    def resumed(self) -> list[str]:
        """The same after `open` was said: follow from what is known, and send what is unacked again."""
        self._out.clear()
        self._under_way = None
        self._told = 0
        self.wait_ms = None
        first = self._next()
        return [self._attend(), *([first] if first else [])]

    def say(self, body: Body, client_id: str = "") -> tuple[str, str | None]:
        """Put something into the log.

        Returns:
            Its client id, and what to send now. None: something else is under way; `outgoing` has it in its turn.
        """
        client_id = client_id or self._new_id()
        self.unacked[client_id] = body
        return client_id, self._next()

    def again(self) -> str | None:
        """What to send after `wait_ms`."""
        self.wait_ms = None
        return self._next()

    def outgoing(self) -> list[str]:
        """What the messages that came call for: receipts, the next one to be said, an `attend`."""
        arrived = next((entry.seq for entry in reversed(self.entries) if entry.author.side != self.side), 0)
        if arrived > self._told:
            self._told = arrived
            self._out.append(Got(contact_id=self.contact_id, delivered=arrived).model_dump_json())
        if frame := self._next():
            self._out.append(frame)
        out, self._out = self._out, []
        return out

    def seen(self, seq: int) -> str:
        """What tells that everything up to this number was read."""
        self._told = max(self._told, seq)
        return Got(contact_id=self.contact_id, delivered=self._told, read=seq).model_dump_json()

    # -- hearing -------------------------------------------------------------------------------------------

    def receive(self, text: str) -> ChatMessage:
        """Take one message of the gateway; send `outgoing` after it."""
        message = read(text)
        self.hear(message)
        return message

    def hear(self, message: ChatMessage) -> None:
        """The same of a message that was read already; those of other conversations change nothing."""
        match message:
            case ChatSnapshot() if message.head.contact_id == self.contact_id:
                self._start(message)
            case Replayed() if message.head.contact_id == self.contact_id:
                self._replay(message)
            case Happened() if message.entry.contact_id == self.contact_id:
                self._happened(message.entry)
            case Ack() if message.contact_id == self.contact_id:
                self._in_log(message.client_id, message.seq)
            case ChatRefused() if message.contact_id == self.contact_id and message.client_id:
                self._refuse(message)
            case Receipted() if message.contact_id == self.contact_id:
                self.receipts = highest(self.receipts, message.receipts)
            case _:
                pass

    def lines(self) -> tuple[ChatLine, ...]:
        """What is on the screen."""
        return lines(self.entries)

    @property
    def last_seq(self) -> int:
        return self.head.last_seq if self.head else 0

    def _start(self, snapshot: ChatSnapshot) -> None:
        self.head = snapshot.head
        self.entries = list(snapshot.entries)
        # Newer ones may have overtaken it, unless the log is another one.
        is_same_log = snapshot.reason in {"first", "too_old"}
        self.receipts = highest(self.receipts, snapshot.receipts) if is_same_log else snapshot.receipts
        for entry in snapshot.entries:
            self._in_log(entry.client_id, entry.seq)

    def _replay(self, replayed: Replayed) -> None:
        news = [entry for entry in replayed.entries if entry.seq > self.last_seq]
        joins = news[0].seq == self.last_seq + 1 if news else replayed.head.last_seq <= self.last_seq
        if self.head is None or self.head.epoch != replayed.head.epoch or not joins:
            self._out.append(Attend(contact_id=self.contact_id).model_dump_json())
            return
        self.repeats += len(replayed.entries) - len(news)
        for entry in news:
            self._happened(entry)
        if self.last_seq == replayed.head.last_seq:
            self.head = replayed.head
        self.receipts = highest(self.receipts, replayed.receipts)

    def _happened(self, entry: ChatEntry) -> None:
        if self.head is not None and entry.seq <= self.head.last_seq:
            self.repeats += 1
        elif self.head is None or entry.seq > self.head.last_seq + 1:
            self._out.append(self._attend())
        else:
            self.head = head_after(self.head, entry)
            self.entries.append(entry)
            self._in_log(entry.client_id, entry.seq)

    def _in_log(self, client_id: str, seq: int) -> None:
        if self.unacked.pop(client_id, None) is not None:
            self.acks[client_id] = seq
        if client_id and client_id == self._under_way:
            self._under_way = None

    def _refuse(self, refusal: ChatRefused) -> None:
        if refusal.client_id == self._under_way:
            self._under_way = None
        if refusal.client_id not in self.unacked:
            return
        if refusal.again:
            self.wait_ms = refusal.wait_ms
        else:
            del self.unacked[refusal.client_id]
            self.refused[refusal.client_id] = refusal

    def _next(self) -> str | None:
        """The first unacked one, if none is under way and nothing has to be waited for."""
        if self._under_way is not None or self.wait_ms is not None or not self.unacked:
            return None
        client_id, body = next(iter(self.unacked.items()))
        self._under_way = client_id
        return Submit(contact_id=self.contact_id, client_id=client_id, body=body).model_dump_json()

    def _attend(self) -> str:
        epoch = self.head.epoch if self.head else ""
        return Attend(contact_id=self.contact_id, epoch=epoch, last_seq=self.last_seq).model_dump_json()


def highest(one: Receipts, other: Receipts) -> Receipts:
    """Receipts only ever rise, in whatever order they come."""
    return Receipts(
        citizen_delivered=max(one.citizen_delivered, other.citizen_delivered),
        citizen_read=max(one.citizen_read, other.citizen_read),
        staff_delivered=max(one.staff_delivered, other.staff_delivered),
        staff_read=max(one.staff_read, other.staff_read),
    )

"""The gateway's side of one connection, without sockets, clock or database. Specification: `docs/chat-protocol.md`.

What a shell does with it:

    expect → read head, entries, receipts → start(snapshot or replayed) → while behind: read more, offer
    entry committed or followed → offer: `gap` → read from the database what lies between, offer it in order
    writer: take, send; `is_behind` → close 1013, the page comes back and resumes
"""

import json
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from chat_gateway.outbox import LIMIT, Outbox
from contracts.chat import (
    MAX_FRAME_BYTES,
    PROTOCOL_VERSION,
    Attend,
    ChatEntry,
    ChatHead,
    ChatRefused,
    ChatRequest,
    ChatSnapshot,
    Happened,
    Open,
    Party,
    QueuePlace,
    Receipted,
    Replayed,
    ReplyWindow,
    Typing,
    Waiting,
)
from contracts.errors import BadRequest, SangdamError, TooManyAttempts, Unavailable
from contracts.event import Model

OPEN_S: Final = 10.0
"""A connection that has not said `open` within this time is closed."""

KEPT: Final = 200
"""Entries that a snapshot shows, and that a replay may bring, at most."""

AGAIN_MS: Final = 2000
"""After a refusal for now, when nothing better is known."""

Resume = Literal["replay", "first", "epoch", "too_old", "ahead"]
Offer = Literal["sent", "known", "gap", "full"]

_REQUESTS: Final[TypeAdapter[ChatRequest]] = TypeAdapter(ChatRequest)
_MAX_NAME: Final = 64
_NOTHING: Final = -1
"""The cursor of a conversation whose snapshot is still to come."""


class Connection:
    """One page's connection: what it may say now, how far it is in each conversation, what waits to be sent."""

    __slots__ = ("_cursors", "_newest", "_outbox", "is_behind", "is_open")

    def __init__(self, limit: int = LIMIT) -> None:
        self._cursors: dict[str, int] = {}
        self._newest: dict[str, int] = {}
        self._outbox = Outbox(limit)
        self.is_open = False
        """`open` was said."""
        self.is_behind = False
        """The line ran over: nothing more goes in. Close with 1013."""

    # -- what comes in -------------------------------------------------------------------------------------

    def receive(self, text: str | None) -> ChatRequest:
        """Read one message.

        Args:
            text: None for a binary message.

        Raises:
            BadRequest: binary, more than 16 KiB, no JSON, none of the messages, another version, something before
                `open`, or `open` twice. Before `is_open` the connection is to be closed, later only refused.
        """
        request = _read(text)
        if isinstance(request, Open):
            self._opened(request)
        elif not self.is_open:
            raise BadRequest(
                "연결하면 open을 먼저 보내야 합니다. 화면을 새로 고치십시오.",
                "the first message has to be open. Reload the page.",
            )
        return request

    def _opened(self, request: Open) -> None:
        if self.is_open:
            raise BadRequest("open은 한 번만 보냅니다.", "open is said once.")
        if request.version != PROTOCOL_VERSION:
            raise BadRequest(
                f"화면과 서버의 대화 규약 판이 다릅니다(화면 {request.version}, 서버 {PROTOCOL_VERSION}). "
                "화면을 새로 고치십시오.",
                f"the page speaks version {request.version}, the server {PROTOCOL_VERSION}. Reload the page.",
            )
        self.is_open = True

    # -- how far it is -------------------------------------------------------------------------------------

    def expect(self, contact_id: str) -> None:
        """Follow a conversation whose snapshot is being read: what is offered meanwhile is a `gap`, and noted."""
        self._cursors[contact_id] = _NOTHING
        self._newest.pop(contact_id, None)

    def start(self, message: ChatSnapshot | Replayed) -> bool:
        """Send what `expect` waited for; from its `last_seq` on entries are sent. False: full, close with 1013."""
        self.attend(message.head.contact_id, message.head.last_seq)
        return self.queue(message)

    def attend(self, contact_id: str, last_seq: int) -> None:
        """Entries after this one are sent."""
        self._cursors[contact_id] = last_seq
        if self._newest.get(contact_id, 0) <= last_seq:
            self._newest.pop(contact_id, None)

    def leave(self, contact_id: str) -> None:
        self._cursors.pop(contact_id, None)
        self._newest.pop(contact_id, None)

    def cursor(self, contact_id: str) -> int | None:
        """The last entry that was queued for this page; None: not attended, or its snapshot is still to come."""
        cursor = self._cursors.get(contact_id)
        return None if cursor == _NOTHING else cursor

    def behind(self, contact_id: str) -> int | None:
        """The newest entry that was offered and could not be sent, None when there is none."""
        return self._newest.get(contact_id)

    def attended(self) -> tuple[str, ...]:
        """The conversations that this page follows."""
        return tuple(self._cursors)

    # -- what goes out -------------------------------------------------------------------------------------

    def offer(self, entry: ChatEntry, text: str | None = None) -> Offer:
        """Queue an entry if it is the next one.

        Args:
            entry: as this reader may see it.
            text: `happened(entry)`, where it was made for several readers already.

        Returns:
            `known`: it was sent before, or the conversation is not attended. `gap`: something lies between, read
            it from the database and offer it first; `behind` remembers. `full`: close with 1013.
        """
        cursor = self._cursors.get(entry.contact_id)
        if cursor is None or entry.seq <= cursor:
            return "known"
        if self.is_behind:
            return "full"
        if cursor == _NOTHING or entry.seq > cursor + 1:
            self._newest[entry.contact_id] = max(entry.seq, self._newest.get(entry.contact_id, 0))
            return "gap"
        if not self._put(text or happened(entry)):
            return "full"
        self.attend(entry.contact_id, entry.seq)
        return "sent"

    def queue(self, message: Model, *, sheddable_key: str | None = None, text: str | None = None) -> bool:
        """Queue a message that is no entry. Never waits.

        Newer receipts, places, windows and numbers of the queue replace older ones; live typing gives way when the
        line is full.

        Args:
            message: any message of the gateway but `entry`.
            sheddable_key: it may be left out, together with others of this key.
            text: `message` as JSON, where it was made for several readers already.

        Returns:
            False when the line ran over: close with 1013.
        """
        text = text or message.model_dump_json()
        if sheddable_key is not None:
            return self._put(text, key=sheddable_key, may_shed=True)
        if isinstance(message, Typing):
            key = f"typing/{message.contact_id}/{message.side}/{message.name}"
            return self._put(text, key=key, replaces=message.event != "edit", may_shed=True)
        if isinstance(message, Receipted | QueuePlace | ReplyWindow):
            return self._put(text, key=f"{message.type}/{message.contact_id}", replaces=True)
        if isinstance(message, Waiting):
            return self._put(text, key="waiting", replaces=True)
        return self._put(text)

    def take(self) -> str | None:
        """The next message to send, None when nothing waits."""
        return self._outbox.take()

    @property
    def shed(self) -> int:
        """Messages of live typing that were left out."""
        return self._outbox.shed

    def __len__(self) -> int:
        return len(self._outbox)

    def _put(self, text: str, *, key: str = "", replaces: bool = False, may_shed: bool = False) -> bool:
        if self.is_behind:
            return False
        self.is_behind = not self._outbox.put(text, key=key, replaces=replaces, may_shed=may_shed)
        return not self.is_behind


def happened(entry: ChatEntry) -> str:
    """The message that brings an entry, as JSON."""
    return Happened(entry=entry).model_dump_json()


def resume(head: ChatHead, attend: Attend, oldest_kept_seq: int = 1) -> Resume:
    """`replay`: send what came after `attend.last_seq`; otherwise a snapshot, and this is its reason.

    Args:
        head: the conversation now.
        attend: what the page knows.
        oldest_kept_seq: of the entries that can be sent again; at most `KEPT` are.
    """
    if not attend.epoch:
        return "first"
    if attend.epoch != head.epoch:
        return "epoch"
    if attend.last_seq > head.last_seq:
        return "ahead"
    oldest = max(oldest_kept_seq, head.last_seq - KEPT + 1)
    return "replay" if attend.last_seq >= oldest - 1 else "too_old"


def refusal(
    error: SangdamError, contact_id: str = "", client_id: str = "", *, wait_ms: int = AGAIN_MS
) -> ChatRefused:
    """What a page is told of an error. What is only not now is to be sent again after `wait_ms`."""
    again = isinstance(error, Unavailable | TooManyAttempts)
    return ChatRefused(
        contact_id=contact_id,
        client_id=client_id,
        code=error.code,
        ko=error.ko,
        en=error.en,
        again=again,
        wait_ms=wait_ms if again else 0,
    )


def named(text: str | None) -> tuple[str, str]:
    """Contact and client id of a message that was not understood, for its refusal; empty where there are none.

    Without them a page would send it again and again.
    """
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(message, dict):
        return "", ""
    names = (message.get("contact_id"), message.get("client_id"))
    contact_id, client_id = (
        name if isinstance(name, str) and len(name) <= _MAX_NAME else "" for name in names
    )
    return contact_id, client_id


def passed_on(typing: Typing, who: Party, *, live_typing: bool) -> Typing:
    """Live typing as the other side may see it: the words only while the citizen has that switched on.

    Then an agent's page shows its own, too, as EN 301 549 wants of both directions; what is put in from a guide it
    keeps to itself until it is sent. Without the words it says that something is being written, not what.
    """
    signed = typing.model_copy(update={"side": who.side, "name": who.name})
    if live_typing:
        return signed
    is_composing = typing.event != "stop"
    event: Literal["edit", "stop"] = "edit" if is_composing else "stop"
    return signed.model_copy(update={"event": event, "actions": (), "text": "", "is_composing": is_composing})


def _read(text: str | None) -> ChatRequest:
    if text is None:
        raise BadRequest("글자 메시지만 받습니다.", "text messages only.")
    if len(text) > MAX_FRAME_BYTES or len(text.encode(errors="replace")) > MAX_FRAME_BYTES:
        raise BadRequest(
            f"메시지가 너무 깁니다(최대 {MAX_FRAME_BYTES}바이트). 나누어 보내십시오.",
            f"message too long (at most {MAX_FRAME_BYTES} bytes). Send it in parts.",
        )
    try:
        return _REQUESTS.validate_json(text)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False)[0]["loc"])) or "JSON"
        raise BadRequest(
            f"메시지를 알아들을 수 없습니다({where}). 화면을 새로 고치십시오.",
            f"message not understood ({where}). Reload the page.",
        ) from None

"""The JSON of `/api/chat`: what a citizen's page asks for outside of its WebSocket, and what staff do."""

from typing import Literal

from pydantic import Field

from contracts.chat import Channel, ChatEntry, Label
from contracts.event import ContactId, Language, Model


class ChatLinks(Model):
    """Ways to a person in sign language or by relay, always in sight."""

    relay_ko: str
    relay_url: str
    sign_ko: str
    sign_url: str


class ChatTopic(Model):
    """A choice before the chat; `skill` is the queue."""

    skill: str
    ko: str
    en: str


class ChatSite(Model):
    """GET /api/chat/site, for everybody."""

    name_ko: str
    name_en: str
    is_open: bool
    hours_ko: str
    hours_en: str
    topics: tuple[ChatTopic, ...]
    links: ChatLinks
    photo_max_bytes: int
    push_key: str = ""
    """VAPID public key; empty: no web push."""
    mail: bool = False
    """Transcripts can be sent by e-mail."""


class ChatStart(Model):
    """POST /api/chat → ChatKey: a new conversation, or the one that this key's person has open."""

    channel: Literal["web", "widget"] = "web"
    language: Language = "ko"
    skill: str = Field(default="", max_length=40)
    nickname: Label = ""
    key: str = Field(default="", max_length=200)
    """Of an earlier conversation of this browser."""
    attempt: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{22,64})?$")
    """Random, made by the page once: asked again with the same, because the answer was lost, it is the same chat."""


class ChatKey(Model):
    """What the page keeps: whoever has it has the conversation."""

    contact_id: ContactId
    key: str


class TicketAsked(Model):
    """POST /api/chat/ticket → ChatTicket."""

    contact_id: ContactId
    key: str = Field(max_length=200)


class ChatTicket(Model):
    ticket: str
    """For the next connection or request (`Authorization: Bearer …`), signed; never in an address."""
    lives_s: int


class LinkRedeemed(Model):
    """POST /api/chat/link → ChatKey: a one-time link, by POST so that link previews do not use it up."""

    token: str = Field(max_length=200)


class PhotoKept(Model):
    """POST /api/chat/photos (the file is the body) → PhotoKept. GET /api/chat/photos/{photo_id} → JPEG."""

    photo_id: str
    width: int
    height: int
    size_bytes: int


class EntriesBefore(Model):
    """GET /api/chat/entries?before=SEQ → EntriesBefore, oldest first."""

    entries: tuple[ChatEntry, ...]
    has_more: bool


class MailAsked(Model):
    """POST /api/chat/mail → 202: the transcript to this address, which is not kept."""

    address: str = Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")


class PushAsked(Model):
    """PUT /api/chat/push → 204; DELETE takes it back."""

    endpoint: str = Field(max_length=1000)
    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)


class CannedAnswer(Model):
    title: str
    text: str


class CannedAnswers(Model):
    """GET /api/chat/canned, for staff."""

    answers: tuple[CannedAnswer, ...]
    skills: tuple[ChatTopic, ...]
    colleagues: tuple["Colleague", ...] = ()


class Colleague(Model):
    """Who takes chats now."""

    staff_id: str
    name: str
    load: float
    """0-1 of their capacity."""


class LinkAsked(Model):
    """POST /api/chat/links → LinkMade: for staff and the ARS, a link that opens a chat once."""

    channel: Channel = "ars"
    skill: str = Field(default="", max_length=40)
    language: Language = "ko"
    facts: dict[str, str] = Field(default={}, max_length=12)
    phone: str = Field(default="", max_length=20)
    """Where the link is sent by SMS; kept as a keyed hash only."""


class LinkMade(Model):
    url: str
    expires_ms: int


class ServedRow(Model):
    """Of one 상담유형: how many chats, and how many of them ended with a guide alone."""

    topic: str
    chats: int
    offered: int
    self_served: int


class ServedFigures(Model):
    """GET /api/quality/chats?days=N, for supervisors."""

    since_ms: int
    rows: tuple[ServedRow, ...]
    waited_p50_s: float | None = None
    waited_p90_s: float | None = None
    rating_mean: float | None = None
    rated: int = 0

"""A live chat: its entries, its head, and what a page and the gateway say to each other (WebSocket `/ws/chat`).

A conversation is a log of entries, numbered from 1 without gaps by the database's transaction. All that must not
be lost is an entry; the head is the fold of all entries, so a fresh snapshot equals an older one plus the entries
since. Receipts and live typing are no entries. Specification: `docs/chat-protocol.md`.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from contracts.event import ContactId, Language, Model

PROTOCOL_VERSION: Final = 1
"""Rises when an older peer could misread a newer one. Unknown fields are ignored, so new ones do not raise it."""

MAX_TEXT: Final = 2000
"""Code points of one message."""

MAX_FRAME_BYTES: Final = 16 * 1024
EDIT_MS: Final = 60_000
"""What was said can be edited or withdrawn for so long."""

Channel = Literal["web", "widget", "ars", "instagram", "kakao"]
ChatState = Literal["waiting", "serving", "resting", "ended"]
"""In the queue; with an agent; nobody is bound and the citizen may come back; over."""

Side = Literal["citizen", "staff", "system"]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Label = Annotated[str, StringConstraints(max_length=40)]


class Party(Model):
    """Who says or does something."""

    side: Side
    staff_id: str = ""
    """Of staff, and never told to citizens."""
    name: str = ""
    """Shown to the other side: an agent's name, a citizen's nickname."""
    sees_all: bool = False
    """A supervisor."""


CITIZEN: Final = Party(side="citizen")
SYSTEM: Final = Party(side="system")

# -- what an entry says ------------------------------------------------------------------------------------


class Opened(Model):
    """The first entry."""

    kind: Literal["opened"] = "opened"
    channel: Channel
    language: Language = "ko"
    skill: str = ""
    """What it is about, as the citizen chose: the queue it waits in."""
    facts: dict[str, str] = Field(default={}, max_length=12)
    """What the channel knows already, e.g. what was chosen in the visible ARS."""
    simulated: bool = False


class Said(Model):
    kind: Literal["said"] = "said"
    text: Text
    replies: tuple[Label, ...] = Field(default=(), max_length=8)
    """Buttons that answer it with their own words; of staff and system only."""
    suggestion_id: str = ""
    """The guide card from which the agent took it."""
    profane: tuple[tuple[int, int], ...] = ()
    """Start and end, in code points, of what the gateway marked; told to staff only."""


class Photo(Model):
    kind: Literal["photo"] = "photo"
    photo_id: str = Field(max_length=64)
    width: int = 0
    height: int = 0
    size_bytes: int = 0
    """Set by the gateway, from the photo that was uploaded before."""
    description: str = Field(default="", max_length=200)


class Place(Model):
    kind: Literal["place"] = "place"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy_m: float | None = Field(default=None, ge=0)
    label: str = Field(default="", max_length=200)


class Edited(Model):
    kind: Literal["edited"] = "edited"
    of_seq: int
    text: Text


class Withdrawn(Model):
    kind: Literal["withdrawn"] = "withdrawn"
    of_seq: int


class LiveTyping(Model):
    """What both write is shown while it is written, or no more. The citizen switches it on, either side off."""

    kind: Literal["live_typing"] = "live_typing"
    on: bool


class Stayed(Model):
    """The citizen is still there: one key."""

    kind: Literal["stayed"] = "stayed"


class Solved(Model):
    """A guide that was offered while waiting answered it: ends the contact as self-served."""

    kind: Literal["solved"] = "solved"
    article_id: str = ""
    topic: str = Field(default="", max_length=200)
    """상담유형 of that guide; set by the gateway."""


class Rated(Model):
    kind: Literal["rated"] = "rated"
    score: int = Field(ge=1, le=5)
    comment: str = Field(default="", max_length=500)


class Ended(Model):
    kind: Literal["ended"] = "ended"
    reason: str = Field(default="", max_length=200)


class Noted(Model):
    """For staff only."""

    kind: Literal["noted"] = "noted"
    text: Text


class Taken(Model):
    """Staff take a conversation that waits or rests."""

    kind: Literal["taken"] = "taken"


class Assigned(Model):
    kind: Literal["assigned"] = "assigned"
    agent: Party


class Transferred(Model):
    """On to a colleague or a queue, with the history and a note for staff only."""

    kind: Literal["transferred"] = "transferred"
    staff_id: str = ""
    skill: str = ""
    note: str = Field(default="", max_length=500)


class Requeued(Model):
    """Back to the queue without anybody's wish: the agent's line is lost, or the citizen came back."""

    kind: Literal["requeued"] = "requeued"
    reason: Literal["agent_lost", "returned", "transferred"]
    front: bool = True


class Joined(Model):
    """A supervisor is in the conversation, to watch or to talk: announced."""

    kind: Literal["joined"] = "joined"
    watching: bool = True


class Left(Model):
    kind: Literal["left"] = "left"


class Urgent(Model):
    """Words of an emergency: to the top of the queue, with a banner."""

    kind: Literal["urgent"] = "urgent"
    words: tuple[str, ...]


class Notice(Model):
    """The system says something to the citizen: greeting, out of hours, a warning before resting."""

    kind: Literal["notice"] = "notice"
    key: Literal["greeting", "after_hours", "agent_lost", "idle_warning", "resting", "emergency"]
    ko: str
    en: str
    replies: tuple[Label, ...] = ()


class OfferedGuide(Model):
    article_id: str
    title: str
    passage: str
    source: str = ""
    department: str = ""
    revised: str = ""
    category: str = ""


class Offered(Model):
    """Published guides, while a person is waited for."""

    kind: Literal["offered"] = "offered"
    guides: tuple[OfferedGuide, ...]


class Rested(Model):
    """Nothing was said for long: the agent is free, the conversation stays open for the citizen's return."""

    kind: Literal["rested"] = "rested"


class Blocked(Model):
    """Staff end it because of abuse, and the citizen cannot go on in it."""

    kind: Literal["blocked"] = "blocked"
    reason: str = Field(min_length=1, max_length=200)


class Hidden(Model):
    """Stands where an entry is that is not for this reader, so that numbers stay without gaps."""

    kind: Literal["hidden"] = "hidden"
    spoken: bool = False
    """Something was said here and withdrawn: the head counts it as said."""


Body = Annotated[
    Opened
    | Said
    | Photo
    | Place
    | Edited
    | Withdrawn
    | LiveTyping
    | Stayed
    | Solved
    | Rated
    | Ended
    | Noted
    | Taken
    | Assigned
    | Transferred
    | Requeued
    | Joined
    | Left
    | Urgent
    | Notice
    | Offered
    | Rested
    | Blocked
    | Hidden,
    Field(discriminator="kind"),
]


class ChatEntry(Model):
    """One line of the log; never changed, except that withdrawing empties the text of what was withdrawn."""

    contact_id: ContactId
    seq: int
    at_ms: int
    author: Party
    client_id: str = ""
    """As its sender named it; unique in the conversation."""
    body: Body


class ChatHead(Model):
    """The conversation as of `last_seq`: the fold of all entries up to it."""

    contact_id: ContactId
    epoch: str
    """Of the log: another one says that the numbers known so far mean nothing."""
    last_seq: int = 0
    state: ChatState = "waiting"
    channel: Channel = "web"
    language: Language = "ko"
    skill: str = ""
    nickname: str = ""
    facts: dict[str, str] = {}
    simulated: bool = False
    opened_at_ms: int = 0
    queued_at_ms: int = 0
    """Waiting since; the time that counts for who is longest waiting."""
    front: bool = False
    """Ahead of all that are not urgent: it has waited before."""
    agent: Party | None = None
    """Whose conversation it is now, or was when it rested or ended."""
    watchers: tuple[Party, ...] = ()
    live_typing: bool = False
    urgent: bool = False
    citizen_wrote_ms: int | None = None
    """The last thing said or shown by the citizen, None before the first."""
    staff_wrote_ms: int | None = None
    """The last thing said by staff."""
    unanswered_since_ms: int | None = None
    """The first thing said by the citizen that no staff answered; None when nothing waits for an answer."""
    warned_at_ms: int | None = None
    """Of the warning before resting that nothing followed."""
    stayed_ms: int | None = None
    offered: tuple[str, ...] = ()
    """Article ids that were offered while waiting."""
    topic: str = ""
    """상담유형 of the guide that solved it or was offered first."""
    solved_by: Literal["", "self", "staff"] = ""
    rating: int | None = None
    blocked: bool = False
    ended_at_ms: int | None = None


class Receipts(Model):
    """The last entry that a side has got, and has read; only ever rising."""

    citizen_delivered: int = 0
    citizen_read: int = 0
    staff_delivered: int = 0
    staff_read: int = 0


# -- page to gateway ---------------------------------------------------------------------------------------


class Open(Model):
    """The first message of a connection, within 10 s. Citizens bring a ticket; staff have their cookie."""

    type: Literal["open"] = "open"
    version: int = PROTOCOL_VERSION
    ticket: str = Field(default="", max_length=1000)


class Attend(Model):
    """Follow a conversation from what is known: `replayed`, or `snapshot` where that cannot be."""

    type: Literal["attend"] = "attend"
    contact_id: ContactId
    epoch: str = Field(default="", max_length=64)
    """Empty: nothing is known."""
    last_seq: int = Field(default=0, ge=0)


class Leave(Model):
    type: Literal["leave"] = "leave"
    contact_id: ContactId


class Submit(Model):
    """Put into the log; `ack` or `refused` answers. Sent again with the same `client_id` it is the same entry."""

    type: Literal["send"] = "send"
    contact_id: ContactId
    client_id: ClientId
    body: Body


class Got(Model):
    """Everything up to these numbers has arrived, and was seen."""

    type: Literal["got"] = "got"
    contact_id: ContactId
    delivered: int = Field(ge=0)
    read: int = Field(default=0, ge=0)


Insert = tuple[Literal["t"], int, str]
"""Insert this text before this position, in code points."""
Erase = tuple[Literal["e"], int, int]
"""Erase so many code points before this position."""
Action = Insert | Erase


class Typing(Model):
    """Real-time text, after XEP-0301: changes of the field, in order. Passed on, not kept."""

    type: Literal["typing"] = "typing"
    contact_id: ContactId
    draft: str = Field(max_length=64)
    """Of this text: a new one after each message that was sent."""
    seq: int = Field(ge=0)
    """Rises by one within a draft; after a gap, wait for a reset."""
    event: Literal["edit", "reset", "stop"]
    actions: tuple[Action, ...] = Field(default=(), max_length=500)
    text: str = Field(default="", max_length=MAX_TEXT)
    """Of a reset: the whole field."""
    is_composing: bool = False
    """Without live typing: an empty `edit` says that something is being written, not what."""
    side: Side = "citizen"
    """Set by the gateway."""
    name: str = ""


class Available(Model):
    """Staff take part in the queue, or no more."""

    type: Literal["available"] = "available"
    on: bool
    capacity: int | None = Field(default=None, ge=1, le=20)


class ChatPing(Model):
    type: Literal["ping"] = "ping"
    sent_ms: int


ChatRequest = Annotated[
    Open | Attend | Leave | Submit | Got | Typing | Available | ChatPing, Field(discriminator="type")
]

# -- gateway to page ---------------------------------------------------------------------------------------


class Welcome(Model):
    type: Literal["welcome"] = "welcome"
    version: int = PROTOCOL_VERSION
    you: Party
    server_ms: int
    available: Available | None = None
    """Of staff: as it was when they were here last."""


class ChatSnapshot(Model):
    """All that is to be shown; what was known before is replaced."""

    type: Literal["snapshot"] = "snapshot"
    head: ChatHead
    entries: tuple[ChatEntry, ...]
    """The last ones; earlier ones by `GET /api/chat/entries`."""
    receipts: Receipts
    reason: Literal["first", "epoch", "too_old", "ahead"] = "first"


class Replayed(Model):
    """What happened since `last_seq`."""

    type: Literal["replayed"] = "replayed"
    head: ChatHead
    entries: tuple[ChatEntry, ...]
    receipts: Receipts


class Happened(Model):
    """Each entry once, in the order of its number. The page's own head is folded on."""

    type: Literal["entry"] = "entry"
    entry: ChatEntry


class Ack(Model):
    """It is in the log, durably."""

    type: Literal["ack"] = "ack"
    contact_id: ContactId
    client_id: str
    seq: int
    at_ms: int


class ChatRefused(Model):
    type: Literal["refused"] = "refused"
    contact_id: str = ""
    client_id: str = ""
    code: str
    ko: str
    en: str
    again: bool = False
    """Not now: keep it and send it again, after `wait_ms`."""
    wait_ms: int = 0


class Receipted(Model):
    type: Literal["receipts"] = "receipts"
    contact_id: ContactId
    receipts: Receipts


class QueuePlace(Model):
    """Where a waiting citizen stands."""

    type: Literal["queue"] = "queue"
    contact_id: ContactId
    position: int
    """1: next."""
    expected_s: int | None
    """None: not known."""
    is_open: bool = True
    """False: outside the hours."""


class ReplyWindow(Model):
    """The channel takes replies until then. Of a page of our own: always, and `until_ms` means nothing."""

    type: Literal["window"] = "window"
    contact_id: ContactId
    channel: Channel
    until_ms: int
    max_chars: int


class Waiting(Model):
    """For staff: the queue now."""

    type: Literal["waiting"] = "waiting"
    count: int
    longest_ms: int
    """How long the first has waited."""
    urgent: int
    agents: int
    """Who take chats now."""


class ChatPong(Model):
    type: Literal["pong"] = "pong"
    sent_ms: int
    server_ms: int


class ChatReconnect(Model):
    """The process goes away: come back after so long."""

    type: Literal["reconnect"] = "reconnect"
    after_ms: int


ChatMessage = Annotated[
    Welcome
    | ChatSnapshot
    | Replayed
    | Happened
    | Ack
    | ChatRefused
    | Receipted
    | Typing
    | QueuePlace
    | ReplyWindow
    | Waiting
    | ChatPong
    | ChatReconnect,
    Field(discriminator="type"),
]

CLOSE_BEHIND: Final = 1013
"""Too much waits for this reader: connect again and resume."""
CLOSE_GOING_AWAY: Final = 1012
CLOSE_NOT_ALLOWED: Final = 1008
"""No valid ticket or sign-in: get another one first."""
CLOSE_LEFT: Final = 1000

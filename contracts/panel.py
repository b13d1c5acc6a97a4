"""What the agent panel and the server say to each other (WebSocket `/ws/panel` and the JSON of `/api`).

The panel's whole state of a contact is one `ContactView`: a fresh snapshot equals an older one plus the
events since. `console/view.py` and `web/src/view.ts` hold the same reducer.
"""

from typing import Annotated, Literal

from pydantic import Field

from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, LanguageChosen
from contracts.event import ContactId, Language, Model, Role
from contracts.suggestion import AnswerOffered, NothingFound, Outcome, SuggestionOffered
from contracts.summary import SummaryDrafted, SummaryEdited, SummaryText, SummaryWriting
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard, Utterance

StaffRole = Literal["agent", "editor", "supervisor", "admin"]
"""An editor writes guides and sees no contacts but their own."""


class Staff(Model):
    staff_id: str
    """The login."""
    name: str
    role: StaffRole


class Card(Model):
    """A suggestion and what the agent did with it, oldest first."""

    offer: SuggestionOffered
    outcomes: tuple[Outcome, ...] = ()
    """Each kind once, in the order in which they last happened, so that a record heard twice adds nothing."""
    answer: AnswerOffered | None = None
    """At its highest revision; shown only beside the card of the same revision."""


class ContactView(Model):
    """All that the panel shows of one contact."""

    contact: ContactStateChanged
    ended_at_ms: int | None = None
    """`at_ms` of the first record that says `ended`, None while it does not."""
    held_since_ms: int | None = None
    """`at_ms` of the first record of the present hold, None while it is not held."""
    roles: dict[int, Role] = {}
    """Channel → role: `contact.roles` with `corrected` over them; wins over the role in an utterance."""
    corrected: dict[int, Role] = {}
    """What a person said (RolesChanged), channel by channel; later metadata does not undo it."""
    utterances: tuple[Utterance, ...] = ()
    """By start_ms, then channel, then id; one entry an utterance, at its highest revision (a partial never
    replaces a final); withdrawn ones are gone."""
    withdrawn: dict[str, int] = {}
    """Utterance id → revision of the empty final that withdrew it; only a later final brings it back."""
    sounds: tuple[SoundHeard, ...] = ()
    """By start_ms, then channel, then id; one entry a sound, with its end once that is known."""
    recognition: RecognitionChanged | None = None
    """At its highest revision; None: everything is transcribed."""
    detected: LanguageDetected | None = None
    """The last by `at_ms`."""
    chosen: LanguageChosen | None = None
    """The last by `at_ms`; stands above `detected`. With neither, Korean."""
    cards: tuple[Card, ...] = ()
    """In the order in which they were first offered."""
    early: dict[str, tuple[Outcome, ...]] = {}
    """Suggestion id → what was done with a card whose offer is still to come."""
    nothing: NothingFound | None = None
    """The last question without a guide, None once a card with the same or a later `at_ms` was offered."""
    draft: SummaryDrafted | None = None
    writing: SummaryWriting | None = None
    """A newer draft that is being written; None when one of its revision or a higher one is there. In memory only."""
    edited: SummaryEdited | None = None


class ContactEntry(Model):
    """A line of the contact rail."""

    contact: ContactStateChanged
    ended_at_ms: int | None = None
    summary_saved: bool = False


# -- server to panel ---------------------------------------------------------------------------------------


class Hello(Model):
    type: Literal["hello"] = "hello"
    staff: Staff
    server_ms: int
    contacts: tuple[ContactEntry, ...]
    """Own contacts of today, newest first."""
    complete: bool = True
    """False while the database is away: these are the contacts of the last minutes alone, and another hello
    follows when it is back."""


class Snapshot(Model):
    type: Literal["snapshot"] = "snapshot"
    view: ContactView


class Pushed(Model):
    type: Literal["event"] = "event"
    event: AnyEvent


class Pong(Model):
    type: Literal["pong"] = "pong"
    sent_ms: int
    server_ms: int


class Refused(Model):
    type: Literal["error"] = "error"
    contact_id: str = ""
    """The contact that was to be watched; empty when something else was asked."""
    code: str
    ko: str
    en: str


class Reconnect(Model):
    """The server is going away; come back after this long."""

    type: Literal["reconnect"] = "reconnect"
    after_ms: int


PanelMessage = Annotated[Hello | Snapshot | Pushed | Pong | Refused | Reconnect, Field(discriminator="type")]

# -- panel to server ---------------------------------------------------------------------------------------


class Watch(Model):
    """Show this contact: a snapshot comes, then its events.

    When the database is away and the server does not have the whole contact in memory, a refusal comes
    instead, after what it does have as events; later events follow. Ask again for the snapshot.
    """

    type: Literal["watch"] = "watch"
    contact_id: ContactId


class Unwatch(Model):
    type: Literal["unwatch"] = "unwatch"
    contact_id: ContactId


class Ping(Model):
    type: Literal["ping"] = "ping"
    sent_ms: int


class Report(Model):
    """What the agent did with a card."""

    type: Literal["outcome"] = "outcome"
    contact_id: ContactId
    suggestion_id: str
    outcome: Outcome


class Search(Model):
    type: Literal["search"] = "search"
    contact_id: ContactId
    search_id: str
    query: str = Field(max_length=200)


PanelRequest = Annotated[Watch | Unwatch | Ping | Report | Search, Field(discriminator="type")]

# -- HTTP --------------------------------------------------------------------------------------------------


class SignIn(Model):
    """POST /api/sign-in → Staff. GET /api/me → Staff, 401 without a sign-in. POST /api/sign-out → 204."""

    login: str = Field(max_length=64)
    password: str = Field(max_length=256)


class SummaryEdit(Model):
    """PUT /api/contacts/{id}/summary: the whole text, at each pause of the keys → SummaryEdited.

    409 when an edit of this or a higher revision is there: the error's JSON carries that SummaryEdited as
    `newer`, and its `revision` + 1 is the next one to send.
    """

    revision: int
    text: SummaryText
    saved: bool = False
    drafted: int | None = None
    """As in `SummaryEdited`."""


class RolesEdit(Model):
    """PUT /api/contacts/{id}/roles → 204. POST /api/contacts/{id}/summary/draft, no body → 202."""

    roles: dict[int, Role]


class LanguageEdit(Model):
    """PUT /api/contacts/{id}/language → 204: what is said from now on is transcribed in this language."""

    language: Language


class Article(Model):
    """GET /api/articles/{id}: the whole guide."""

    article_id: str
    title: str
    category: str = ""
    department: str = ""
    district: str = ""
    agency: str = ""
    keywords: tuple[str, ...] = ()
    revised: str
    """ISO date."""
    checked: str = ""
    source: str = ""
    sample: bool = False
    version: int = 0
    valid_from: str = ""
    valid_until: str = ""
    stale: bool = False
    body: str
    """Markdown."""

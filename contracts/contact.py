"""A contact's life: state changes, who is on which channel, requests about it. Topic `contact.events`."""

from typing import Literal

from contracts.event import Event, Language, Role

ContactKind = Literal["call", "chat"]
ContactState = Literal["ringing", "talking", "held", "transferred", "ended"]


class ContactStateChanged(Event):
    """The contact is now in `state`. Each record carries the whole contact, so any one of them is enough."""

    type: Literal["contact.state"] = "contact.state"
    revision: int
    """Rises by one with each change; a lower one that arrives late is ignored."""
    kind: ContactKind = "call"
    state: ContactState
    agent_id: str | None = None
    """Login of the agent whose contact it is; nobody else but supervisors may see it."""
    title: str = ""
    """What the panel shows for the other party, already masked, e.g. '010-****-1234' or a file's name."""
    source: str = ""
    """Where it comes from: `replay`, `microphone`, later `siprec`, `rtp`, …; of a chat its channel."""
    roles: dict[int, Role] = {}
    """Channel → role, from metadata; never guessed from who spoke first."""
    started_at_ms: int
    """Wall time at which sample 0 of the contact was heard."""
    simulated: bool = False
    """A sample or test call, shown as such."""
    instance: str = ""
    """The process that feeds the contact; when it dies, another one ends the contact."""
    urgent: bool = False
    """Words of an emergency were said in it: the panel shows a banner."""
    reason: str = ""
    """Why it ended or moved, in words for the operator; empty when normal."""


class RolesChanged(Event):
    """A person said who is who; the whole contact is relabelled everywhere."""

    type: Literal["contact.roles"] = "contact.roles"
    roles: dict[int, Role]
    staff_id: str


class SummaryRequested(Event):
    """The agent asks for a draft now, during the contact."""

    type: Literal["contact.summary_requested"] = "contact.summary_requested"
    staff_id: str


class LanguageChosen(Event):
    """A person said which language is spoken: what is said from now on is transcribed in it."""

    type: Literal["contact.language"] = "contact.language"
    language: Language
    staff_id: str

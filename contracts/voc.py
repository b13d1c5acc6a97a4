"""What contacts are about, and alerts of rises: values of the bus, the store and the supervisor's page.

An alert is one event in the city, whatever topics, districts and windows it shows in. What the detector saw is its
`Finding`, at its highest revision; what people did about it is a log of actions, folded into an `AlertHead`.
"""

from typing import Annotated, Literal

from pydantic import Field

from contracts.contact import ContactKind
from contracts.event import Event, Model

Danger = Literal["gas", "fire", "flood", "crowd", "outage", "collapse"]
"""What the public-safety lane listens for: 가스, 화재, 침수, 인파, 정전·단수, 붕괴·싱크홀."""

Lane = Literal["usual", "safety"]
"""Each lane has its own budget of false alarms."""

AlertKind = Literal["rise", "slow_rise", "new_phrase", "cluster"]
"""More contacts than usual within hours; over weeks; about something never said before; in neighbouring districts."""

Severity = Literal["watch", "warning", "severe"]
"""관심, 주의, 심각."""

AlertState = Literal["new", "acknowledged", "assigned", "closed"]

CloseReason = Literal["real", "false_alarm", "expected", "duplicate"]
"""A real event; chance; known before (a festival, a deadline); the same as another alert."""


class About(Model):
    """What one contact is about: a pure function of its finals, whatever order they came in."""

    contact_id: str
    at_ms: int
    """When the contact began: it counts in this hour, however late its words come."""
    kind: ContactKind = "call"
    simulated: bool = False
    topic: str = ""
    """Code of the site's 상담유형; empty: none, or not known yet."""
    district: str = ""
    place: str = ""
    """The neighbourhood or place that was named, as it was said."""
    danger: Danger | None = None
    complaint: tuple[str, ...] = ()
    """불만 표현: the words, as they were said; empty: none. Nothing is guessed of how somebody feels."""
    phrases: tuple[str, ...] = ()
    """Nouns and compound nouns the caller said, the most telling first, 12 at most."""
    theme_id: str = ""
    """Of contacts that say alike things; empty: none."""
    label: str = ""
    """Of the topic, e.g. `상하수도 > 누수·단수·수질`."""


class Quote(Model):
    """What a citizen said, masked. Shown only when enough contacts stand behind the alert."""

    contact_id: str
    text: str
    at_ms: int
    district: str = ""


class TopicCount(Model):
    topic: str
    label: str
    contacts: int


class PlaceCount(Model):
    district: str
    contacts: int


class PhraseCount(Model):
    phrase: str
    contacts: int
    is_new: bool = False
    """Never said before the event."""


class Finding(Model):
    """What the detector saw of one event, over all windows, topics and districts that belong to it."""

    alert_id: str
    """A UUID, given when the event is first seen."""
    revision: int
    kind: AlertKind
    lane: Lane
    severity: Severity
    title: str
    """e.g. `마포구 · 누수·단수·수질`."""
    raised_at_ms: int
    """When the alert was raised."""
    first_ms: int
    """Beginning of the first window in which the rise shows: first seen."""
    last_ms: int
    """End of the last window in which it shows."""
    window_ms: int
    """Of the most telling window."""
    seen: int
    """Contacts in that window."""
    expected: float
    """Contacts that are usual for it."""
    p_value: float
    """How likely that many are by chance, in that window, before counting how often was looked."""
    contacts: int
    """In the whole event."""
    topics: tuple[TopicCount, ...] = ()
    districts: tuple[PlaceCount, ...] = ()
    phrases: tuple[PhraseCount, ...] = ()
    danger: Danger | None = None
    complaints: int = 0
    """Contacts with 불만 표현."""
    department: str = ""
    """Suggested by the site's table; empty: none fits."""
    quotes: tuple[Quote, ...] = ()
    simulated: bool = False
    """Most of its contacts are simulated."""


class AlertAcknowledged(Model):
    kind: Literal["acknowledged"] = "acknowledged"


class AlertAssigned(Model):
    kind: Literal["assigned"] = "assigned"
    department: str = Field(min_length=1, max_length=80)
    person: str = Field(default="", max_length=80)
    note: str = Field(default="", max_length=1000)


class AlertActed(Model):
    """What the department did: from then on the chart tells whether contacts fell."""

    kind: Literal["acted"] = "acted"
    note: str = Field(min_length=1, max_length=1000)
    done_at_ms: int
    """When it was done, which may be before it was written down."""


class AlertMuted(Model):
    """No further mail, and no new alert of the same topics and districts, until then."""

    kind: Literal["muted"] = "muted"
    until_ms: int
    """0: no longer muted."""


class AlertNoted(Model):
    kind: Literal["noted"] = "noted"
    note: str = Field(min_length=1, max_length=1000)


class AlertClosed(Model):
    kind: Literal["closed"] = "closed"
    reason: CloseReason
    note: str = Field(default="", max_length=1000)


class AlertReopened(Model):
    kind: Literal["reopened"] = "reopened"


AlertDeed = Annotated[
    AlertAcknowledged | AlertAssigned | AlertActed | AlertMuted | AlertNoted | AlertClosed | AlertReopened,
    Field(discriminator="kind"),
]


class AlertAction(Model):
    """What somebody did about an alert. Only ever appended."""

    action_id: int
    at_ms: int
    staff_id: str
    deed: AlertDeed


class AlertHead(Model):
    """Fold of the actions."""

    state: AlertState = "new"
    department: str = ""
    """Assigned; empty: nobody yet."""
    person: str = ""
    muted_until_ms: int = 0
    acknowledged_at_ms: int | None = None
    assigned_at_ms: int | None = None
    acted_at_ms: int | None = None
    """`done_at_ms` of the first deed of the department."""
    closed_at_ms: int | None = None
    reason: CloseReason | None = None


class HourPoint(Model):
    """Contacts of an hour that belong to the alert's topics and districts."""

    hour_ms: int
    seen: int
    expected: float
    upper: float
    """Seldom (1 in 100) exceeded by chance."""
    is_whole: bool = True
    """False: the hour is not over yet; `expected` is for the part that is."""


class Effect(Model):
    """Did contacts fall after the first deed?"""

    acted_at_ms: int
    before_per_h: float
    """Contacts an hour above the usual, from first seen to the deed."""
    after_per_h: float
    """The same, since the deed, 24 h at most."""
    hours_after: float
    verdict: Literal["fell", "fell_partly", "not_fallen", "too_early"]


class AlertLine(Model):
    """A line of the inbox."""

    finding: Finding
    head: AlertHead


class AlertView(Model):
    """GET /api/voc/alerts/{alert_id}; also the answer to a deed."""

    finding: Finding
    head: AlertHead
    actions: tuple[AlertAction, ...] = ()
    """Oldest first."""
    series: tuple[HourPoint, ...] = ()
    """From 24 h before it was first seen."""
    effect: Effect | None = None
    departments: tuple[str, ...] = ()
    """Those of the site's table, to choose from."""
    names: dict[str, str] = {}
    """Of those who acted, by `staff_id`."""


class AlertCommand(Model):
    """POST /api/voc/alerts/{alert_id}/actions. The same `client_id` again changes nothing."""

    client_id: str = Field(min_length=8, max_length=64)
    deed: AlertDeed


class AlertList(Model):
    """GET /api/voc/alerts?state=open|closed|all&days=30, the newest first."""

    alerts: tuple[AlertLine, ...]


class AlertChanged(Event):
    """An alert is new, or what is known or done about it changed. Topic `voc.alerts`, keyed by the alert.

    The alert itself is in the store: this says to look. `contact_id` holds the alert's id.
    """

    type: Literal["voc.alert"] = "voc.alert"
    lane: Lane
    severity: Severity
    state: AlertState
    is_new: bool = False

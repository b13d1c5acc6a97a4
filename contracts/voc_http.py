"""The supervisor's page: the JSON of `/api/voc`, for supervisors and admins. Alerts stand in `contracts/voc.py`."""

from typing import Literal

from pydantic import Field

from contracts.contact import ContactKind, ContactState
from contracts.event import Model
from contracts.voc import AlertLine, Danger, PlaceCount, TopicCount


class LiveNumbers(Model):
    """The centre now."""

    calls_waiting: int
    calls_talking: int
    """Held ones among them."""
    chats_waiting: int
    chats_talking: int
    longest_wait_s: float | None = None
    """Of all who wait, calls and chats; None: nobody waits."""
    contacts_today: int
    usual_today: float | None = None
    """Usual until this time of such a day; None while the usual is being learnt."""
    final_p50_ms: int | None = None
    """End of speech → final on the panels of this process, over the last five minutes; None: nothing was said."""
    final_p95_ms: int | None = None
    complaints_share: float | None = None
    """Of the contacts of the last hour, those with 불만 표현; None: none."""


class HeatCell(Model):
    seen: int
    usual: float | None = None
    """For the part of the hour that is over; None while it is being learnt."""


class HeatRow(Model):
    topic: str
    label: str
    cells: tuple[HeatCell, ...]
    """As many as the map has hours."""
    contacts: int


class HeatMap(Model):
    """Hour x topic. The topics with most contacts, and those of open alerts."""

    hours_ms: tuple[int, ...]
    """Beginnings of hours, oldest first; the last one is not over."""
    rows: tuple[HeatRow, ...]


class DistrictTile(Model):
    """A district on the map of tiles, which stand as the districts lie, not as large as they are."""

    district: str
    row: int
    column: int
    seen: int
    usual: float | None = None
    topics: tuple[TopicCount, ...] = ()
    """The three with most contacts."""


class VocContact(Model):
    """A contact on a list: live, or behind a figure."""

    contact_id: str
    kind: ContactKind
    title: str
    state: ContactState | None = None
    """None: only its figures are known."""
    agent_id: str | None = None
    started_at_ms: int
    topic: str = ""
    label: str = ""
    district: str = ""
    place: str = ""
    danger: Danger | None = None
    complaint: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    urgent: bool = False
    simulated: bool = False
    can_open: bool = False
    """It can be opened on the panel, which is written down."""


class Learning(Model):
    """The usual is not known well yet, and the page says so."""

    weeks: float
    """Of data so far."""
    weeks_needed: float
    since_ms: int


class Board(Model):
    """GET /api/voc/board?hours=24&topic=&district= , never older than 5 s. `topic` narrows the map of districts, `district` the heat map."""

    at_ms: int
    live: LiveNumbers
    heat: HeatMap
    districts: tuple[DistrictTile, ...]
    elsewhere: PlaceCount
    """Contacts that name no district."""
    alerts: tuple[AlertLine, ...]
    """Open ones, safety first, then the newest; 50 at most."""
    contacts: tuple[VocContact, ...]
    """Not ended, the newest first; 100 at most."""
    contacts_more: int = 0
    """Those that are not on the list."""
    learning: Learning | None = None
    simulated_share: float = 0.0
    """Of the contacts on the heat map."""
    detector_at_ms: int | None = None
    """When the detector last looked; None: never."""


class VocContacts(Model):
    """GET /api/voc/contacts?topic=&district=&danger=&alert_id=&since_ms=&until_ms=&limit=, the newest first."""

    contacts: tuple[VocContact, ...]
    total: int


class HistoryPoint(Model):
    at_ms: int
    seen: int
    usual: float | None = None


class VocHistory(Model):
    """GET /api/voc/history?topic=&district=&hours= : by hour up to 14 days, by day beyond."""

    step: Literal["hour", "day"]
    points: tuple[HistoryPoint, ...]


class VocRules(Model):
    """GET and PUT /api/voc/rules: what a supervisor sets."""

    budget: float = Field(default=5, ge=0.5, le=100)
    """False alarms a week that the usual lane may raise, over all topics together."""
    safety_budget: float = Field(default=2, ge=0.5, le=100)
    """The same of the public-safety lane."""


class VocRulesView(Model):
    rules: VocRules
    alarms: float
    """Alerts a week over the last four weeks, the usual lane."""
    safety_alarms: float
    false_alarms: float
    """Of both lanes, those closed as chance, a week."""
    held_back: int = 0
    """Events of the last seven days that raised no alert, as the week's budget was used up by stronger ones."""


class ReportLine(Model):
    week: str
    """ISO week, e.g. `2026-W47`."""
    asked_at_ms: int
    made_at_ms: int | None = None
    """None: being made."""
    error: str = ""
    files: tuple[str, ...] = ()
    """Of `html`, `pdf`, `csv`, `parquet`: those there are. GET /api/voc/reports/{week}/{file}."""


class ReportList(Model):
    """GET /api/voc/reports, the newest week first; POST /api/voc/reports/{week} asks for one."""

    reports: tuple[ReportLine, ...]

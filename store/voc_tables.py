"""The tables of trends and alerts; see `store/tables.py`. What citizens say stands in none of them but as masked quotes."""

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.contact import ContactKind
from contracts.voc import (
    AlertCommand,
    AlertHead,
    AlertState,
    Danger,
    Effect,
    Finding,
    HourPoint,
    Lane,
    Severity,
)
from contracts.voc_track import AlertTrack
from store.tables import ROW_ID, Base, JsonText


class VocContactRow(Base):
    """What a contact is about: one row a contact. The counts below are sums over these rows."""

    __tablename__ = "voc_contacts"
    __table_args__ = (
        Index(None, "at_ms"),
        Index(None, "topic", "at_ms"),
        Index(None, "district", "at_ms"),
        Index(
            "ix_voc_contacts_danger",
            "at_ms",
            postgresql_where=text("danger IS NOT NULL"),
            sqlite_where=text("danger IS NOT NULL"),
        ),
    )

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int]
    kind: Mapped[ContactKind] = mapped_column(Text)
    simulated: Mapped[bool]
    topic: Mapped[str]
    label: Mapped[str]
    district: Mapped[str]
    place: Mapped[str]
    danger: Mapped[Danger | None] = mapped_column(Text)
    complaint: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    phrases: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    theme_id: Mapped[str]


class VocHourRow(Base):
    """Contacts by hour, topic and district. The hour is UTC's, which is Korea's."""

    __tablename__ = "voc_hours"

    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Hours since 1970."""
    topic: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str] = mapped_column(primary_key=True)
    contacts: Mapped[int]
    complaints: Mapped[int]
    simulated: Mapped[int]


class VocDayRow(Base):
    """The same by day of the site's time zone, for weeks and years."""

    __tablename__ = "voc_days"
    __table_args__ = (Index(None, "topic", "day"),)

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Days since 1970-01-01, by the site's calendar."""
    topic: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str] = mapped_column(primary_key=True)
    contacts: Mapped[int]
    complaints: Mapped[int]
    simulated: Mapped[int]


class VocPhraseRow(Base):
    """In how many contacts a phrase was said, ever: the background of new words."""

    __tablename__ = "voc_phrases"

    phrase: Mapped[str] = mapped_column(primary_key=True)
    contacts: Mapped[int]
    first_ms: Mapped[int]
    """Beginning of the first contact that said it."""


class VocThemeRow(Base):
    """Contacts that say alike things, whatever their topic."""

    __tablename__ = "voc_themes"
    __table_args__ = (Index(None, "last_ms"),)

    theme_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    phrases: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    contacts: Mapped[int]
    first_ms: Mapped[int]
    last_ms: Mapped[int]
    centroid: Mapped[bytes] = mapped_column(LargeBinary)
    """float32, little endian, of the encoder's length; empty where the theme was found by phrases."""


class VocUsualRow(Base):
    """What is usual for a series in each hour of the week, as the detector learnt it last: for the pages."""

    __tablename__ = "voc_usual"

    scope: Mapped[str] = mapped_column(primary_key=True)
    """`all`, `topic:CODE`, `district:NAME` or `topic:CODE/district:NAME`."""
    made_at_ms: Mapped[int]
    weeks: Mapped[float]
    """Of data that it was learnt from."""
    week: Mapped[tuple[float, ...]] = mapped_column(JsonText(tuple[float, ...]))
    """168 numbers, contacts an hour; the first is Monday 00:00 of the site's time zone."""


class VocAlertRow(Base):
    __tablename__ = "voc_alerts"
    __table_args__ = (Index(None, "state", "raised_at_ms"), Index(None, "raised_at_ms"))

    alert_id: Mapped[str] = mapped_column(primary_key=True)
    raised_at_ms: Mapped[int]
    last_ms: Mapped[int]
    lane: Mapped[Lane] = mapped_column(Text)
    severity: Mapped[Severity] = mapped_column(Text)
    state: Mapped[AlertState] = mapped_column(Text)
    revision: Mapped[int]
    """Of the finding."""
    finding: Mapped[Finding] = mapped_column(JsonText(Finding))
    head: Mapped[AlertHead] = mapped_column(JsonText(AlertHead))
    series: Mapped[tuple[HourPoint, ...]] = mapped_column(JsonText(tuple[HourPoint, ...]))
    effect: Mapped[Effect | None] = mapped_column(JsonText(Effect))
    track: Mapped[AlertTrack] = mapped_column(JsonText(AlertTrack))
    told_revision: Mapped[int]
    """Of the finding that the bus was last told of."""


class VocActionRow(Base):
    """What was done about an alert. Only ever appended to."""

    __tablename__ = "voc_actions"
    __table_args__ = (Index(None, "alert_id", "action_id"), UniqueConstraint("alert_id", "client_id"))

    action_id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    alert_id: Mapped[str]
    client_id: Mapped[str]
    at_ms: Mapped[int]
    staff_id: Mapped[str]
    command: Mapped[AlertCommand] = mapped_column(JsonText(AlertCommand))


class VocDeliveryRow(Base):
    """A mail or webhook call that is to be made: tried again until it is or is too old."""

    __tablename__ = "voc_deliveries"
    __table_args__ = (
        Index(
            "ix_voc_deliveries_due",
            "due_ms",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )

    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    """`alert/reason/way`, so that it is put down once."""
    alert_id: Mapped[str]
    way: Mapped[str]
    """`mail` or `webhook`."""
    state: Mapped[str]
    """`waiting`, `sent` or `given_up`."""
    attempts: Mapped[int]
    made_at_ms: Mapped[int]
    due_ms: Mapped[int]
    body: Mapped[str]
    error: Mapped[str]


class VocNoteRow(Base):
    """What the voc processes of a site share: who looks next, thresholds, what supervisors set."""

    __tablename__ = "voc_notes"

    name: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int]
    value: Mapped[str]


class VocReportRow(Base):
    """The report of a week and its files."""

    __tablename__ = "voc_reports"

    week: Mapped[str] = mapped_column(primary_key=True)
    asked_at_ms: Mapped[int]
    made_at_ms: Mapped[int | None]
    error: Mapped[str]
    html: Mapped[bytes] = mapped_column(LargeBinary)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    csv: Mapped[bytes] = mapped_column(LargeBinary)
    parquet: Mapped[bytes] = mapped_column(LargeBinary)

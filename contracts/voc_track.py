"""What the detector keeps of an alert between its steps: which series rose, so that it knows the event again."""

from contracts.event import Model
from contracts.voc import AlertHead, AlertKind, Danger, Finding, Lane


class Strand(Model):
    """A series that was above its threshold: its contacts belong to the event."""

    kind: AlertKind
    lane: Lane
    topic: str = ""
    """Empty: any."""
    districts: tuple[str, ...] = ()
    """Empty: the whole city."""
    danger: Danger | None = None
    """None: with or without."""
    phrase: str = ""
    """Empty: any."""


class AlertTrack(Model):
    strands: tuple[Strand, ...] = ()
    strength: float = 0.0
    """How far beyond its threshold the alert has ever been, in powers of ten."""
    was: tuple[str, ...] = ()
    """Alerts that grew together with this one and were closed as duplicates."""


class KeptAlert(Model):
    """All that is kept of an alert but its chart."""

    finding: Finding
    head: AlertHead
    track: AlertTrack = AlertTrack()
    told_revision: int = 0
    """Of the finding that the bus was last told of."""


class Held(Model):
    """An event that the week's budget held back."""

    key: str
    """Of its leading strand."""
    at_ms: int
    """First held back."""
    last_ms: int
    lane: Lane
    title: str
    strength: float

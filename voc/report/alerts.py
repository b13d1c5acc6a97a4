"""A week's alerts: what was seen, what was done, how long it took, and whether contacts fell. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from contracts.voc import AlertActed, AlertAction, AlertHead, Effect, Finding, Quote
from privacy.redaction import redact

MAX_QUOTES: Final = 2
MAX_ALERTS: Final = 60
"""Told one by one; of more, the gravest."""
_GRAVITY: Final = {"severe": 0, "warning": 1, "watch": 2}


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """As the store has it."""

    finding: Finding
    head: AlertHead
    effect: Effect | None = None
    actions: tuple[AlertAction, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRow:
    finding: Finding
    head: AlertHead
    effect: Effect | None
    deeds: tuple[str, ...]
    """What departments did, in the words of whoever wrote it down, masked."""
    quotes: tuple[Quote, ...]
    """None where too few contacts stand behind the alert."""

    @property
    def phrases(self) -> tuple[str, ...]:
        """New ones first."""
        ranked = sorted(self.finding.phrases, key=lambda phrase: (not phrase.is_new, -phrase.contacts))
        return tuple(phrase.phrase for phrase in ranked[:5])


@dataclass(frozen=True, slots=True)
class Taken:
    """How long one step took."""

    alerts: int
    """That have come as far."""
    median_min: float | None = None
    p90_min: float | None = None


@dataclass(frozen=True, slots=True)
class AlertFigures:
    rows: tuple[AlertRow, ...] = ()
    """The gravest first."""
    raised: int = 0
    safety: int = 0
    """Of the public-safety lane."""
    real: int = 0
    false_alarms: int = 0
    expected: int = 0
    """Closed as known before, or as the same as another."""
    open: int = 0
    fell: int = 0
    """Contacts fell afterwards, wholly or partly."""
    not_fallen: int = 0
    too_early: int = 0
    acknowledged: Taken = Taken(0)
    """From raised."""
    assigned: Taken = Taken(0)
    """From acknowledged."""
    acted: Taken = Taken(0)
    """From assigned."""
    whole: Taken = Taken(0)
    """From raised to acted."""


def alert_figures(records: Sequence[AlertRecord], quotes_from: int) -> AlertFigures:
    """All of the week's alerts, counted and told."""
    heads = [(record.finding.raised_at_ms, record.head) for record in records]
    reasons = [head.reason for _, head in heads if head.state == "closed"]
    verdicts = [record.effect.verdict for record in records if record.effect]
    ranked = sorted(
        records,
        key=lambda one: (_GRAVITY[one.finding.severity], one.finding.lane != "safety", -one.finding.contacts),
    )
    return AlertFigures(
        rows=tuple(_row(record, quotes_from) for record in ranked[:MAX_ALERTS]),
        raised=len(records),
        safety=sum(record.finding.lane == "safety" for record in records),
        real=reasons.count("real"),
        false_alarms=reasons.count("false_alarm"),
        expected=reasons.count("expected") + reasons.count("duplicate"),
        open=sum(head.state != "closed" for _, head in heads),
        fell=verdicts.count("fell") + verdicts.count("fell_partly"),
        not_fallen=verdicts.count("not_fallen"),
        too_early=verdicts.count("too_early"),
        acknowledged=_taken((raised, head.acknowledged_at_ms) for raised, head in heads),
        assigned=_taken((head.acknowledged_at_ms, head.assigned_at_ms) for _, head in heads),
        acted=_taken((head.assigned_at_ms, head.acted_at_ms) for _, head in heads),
        whole=_taken((raised, head.acted_at_ms) for raised, head in heads),
    )


def _row(record: AlertRecord, quotes_from: int) -> AlertRow:
    finding = record.finding
    is_quotable = finding.contacts >= quotes_from
    deeds = [action.deed.note for action in record.actions if isinstance(action.deed, AlertActed)]
    return AlertRow(
        finding,
        record.head,
        record.effect,
        tuple(redact(deed).text for deed in deeds[:3]),
        _apart(finding.quotes)[:MAX_QUOTES] if is_quotable else (),
    )


def _apart(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    """One of each contact."""
    return tuple({quote.contact_id: quote for quote in quotes}.values())


def _taken(spans: Iterable[tuple[int | None, int | None]]) -> Taken:
    """Of those that have both ends. What was written down late counts as at once, never as before."""
    minutes = sorted(
        max(0, end - begin) / 60_000 for begin, end in spans if begin is not None and end is not None
    )
    if not minutes:
        return Taken(0)
    return Taken(len(minutes), median(minutes), minutes[min(len(minutes) - 1, int(0.9 * len(minutes)))])

"""Decisions and findings of made-up events."""

from math import log10

from contracts.voc import About, AlertHead, Finding
from contracts.voc_track import KeptAlert
from tests.unit.voc.events import (
    MAPO,
    NEIGHBOURS,
    NOW,
    SITE,
    WATER,
    signal,
)
from voc.alerting.alerts import Change, Decisions, Situation, decide
from voc.alerting.events import Event, events
from voc.alerting.evidence import Contacts
from voc.alerting.findings import Evidence, finding
from voc.rules import load_rules
from voc.series import Signal

RULES = load_rules()
MINUTE = 60_000


def made(*signals: Signal) -> list[Event]:
    return events(signals, {}, NEIGHBOURS, lambda one: -log10(one.p_value))


def water(many: list[About], district: str = MAPO, **more) -> Event:
    (event,) = made(signal(many, WATER, [district], **more))
    return event


def decided(
    found: list[Event], *known: KeptAlert, contacts: list[About] = (), now_ms: int = NOW, **more
) -> Decisions:
    every = Contacts(contacts)
    theirs = {
        one.finding.alert_id: frozenset(every.of(one.track.strands, one.finding.first_ms, now_ms))
        for one in known
    }
    situation = Situation(
        known=known,
        contact_ids=theirs,
        at_ms={one.contact_id: one.at_ms for one in contacts},
        neighbours=NEIGHBOURS,
        labels=SITE.labels,
        rules=more.pop("rules", RULES),
        budgets=more.pop("budgets", {"usual": 5.0, "safety": 2.0}),
        now_ms=now_ms,
    )
    return decide(found, situation)


def closed(minutes_ago: float = 60, reason: str = "real", **more) -> AlertHead:
    return AlertHead(state="closed", closed_at_ms=NOW - int(minutes_ago * MINUTE), reason=reason, **more)


def whole(change: Change, own: list[About], rest: list[About] = (), known=None, **more) -> Finding:
    evidence = Evidence(own, Contacts([*own, *rest]), known or {}, SITE.labels, is_learnt=True)
    return finding(change, evidence, RULES, new_id="new", now_ms=NOW, **more)

"""Who gets which waiting conversation, and how long the others will wait. Pure: time is data.

Urgent ones first, then those that were here before (`front`), then who waits longest. An agent never has more than
the capacity, save for urgent ones. The plan depends on its arguments alone, so that several gateways that see the
same queue plan the same.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from contracts.chat import Channel
from contracts.event import Language

RELAX_MS: Final = 180_000
"""Who waited for so long is no longer kept for the agents of its topic, only for those of its language."""

_TINY: Final = 1e-9

Kind = tuple[str, Language, bool]
"""Skill, language, and whether it waited long: conversations of a kind may go to the same agents."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A conversation that waits."""

    contact_id: str
    queued_at_ms: int
    skill: str = ""
    language: Language = "ko"
    channel: Channel = "web"
    urgent: bool = False
    front: bool = False

    @property
    def order(self) -> tuple[bool, bool, int, str]:
        return (not self.urgent, not self.front, self.queued_at_ms, self.contact_id)


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent who takes conversations now."""

    staff_id: str
    capacity: float
    load: float = 0.0
    """Of the capacity: the sum of the weights of what they have."""
    skills: frozenset[str] = frozenset()
    """Empty: every one."""
    languages: frozenset[str] = frozenset()

    def takes(self, kind: Kind) -> bool:
        return self.speaks(kind[1]) and (not kind[0] or not self.skills or kind[0] in self.skills)

    def speaks(self, language: Language) -> bool:
        return not self.languages or language in self.languages


@dataclass(frozen=True, slots=True)
class Assignment:
    contact_id: str
    staff_id: str


@dataclass(slots=True)
class _Room:
    """What the agents have left while a plan is made."""

    desks: Mapping[str, Desk]
    load: dict[str, float]
    kept: set[str] = field(default_factory=set)
    """Their room is kept for a heavier conversation that came first."""

    def fits(self, staff_id: str, weight: float) -> bool:
        load = self.load[staff_id]
        return load + weight <= self.desks[staff_id].capacity + _TINY or load <= _TINY

    def has_some(self, staff_id: str) -> bool:
        return staff_id not in self.kept and self.load[staff_id] < self.desks[staff_id].capacity - _TINY

    def share(self, staff_id: str) -> float:
        return self.load[staff_id] / self.desks[staff_id].capacity


def plan(
    waiting: Iterable[Waiter], desks: Sequence[Desk], weights: Mapping[str, float], now_ms: int
) -> tuple[Assignment, ...]:
    """Who gets what, now.

    Args:
        waiting: in any order.
        desks: who takes conversations; none twice.
        weights: channel → how much of the capacity a conversation takes; 1 where nothing is said.
        now_ms: wall time, as `queued_at_ms`.
    """
    room = _Room({desk.staff_id: desk for desk in desks}, {desk.staff_id: desk.load for desk in desks})
    able: dict[Kind, tuple[str, ...]] = {}
    full: set[Kind] = set()
    planned: list[Assignment] = []
    for waiter in sorted(waiting, key=lambda one: one.order):
        kind = kind_of(waiter, now_ms)
        if kind in full and not waiter.urgent:
            continue
        if kind not in able:
            able[kind] = who_may(kind, desks)
        candidates = able[kind]
        weight = weights.get(waiter.channel, 1.0)
        chosen = _choose(waiter, candidates, weight, room)
        if chosen:
            room.load[chosen] += weight
            planned.append(Assignment(waiter.contact_id, chosen))
        elif not (some := [one for one in candidates if room.has_some(one)]):
            full.add(kind)
        else:
            # Too heavy for what is left: that room is kept, or lighter ones would pass it forever.
            room.kept.add(min(some, key=lambda one: (room.share(one), one)))
    return tuple(planned)


def _choose(waiter: Waiter, candidates: Sequence[str], weight: float, room: _Room) -> str | None:
    free = [one for one in candidates if room.has_some(one) and room.fits(one, weight)]
    if not free and waiter.urgent:
        free = list(candidates)
    return min(free, key=lambda one: (room.share(one), _drawn(waiter.contact_id, one)), default=None)


def _drawn(contact_id: str, staff_id: str) -> bytes:
    """Among agents with as much to do: by lot, and by the same one at each gateway."""
    return hashlib.blake2b(f"{contact_id} {staff_id}".encode(), digest_size=8).digest()


def kind_of(waiter: Waiter, now_ms: int) -> Kind:
    return waiter.skill, waiter.language, now_ms - waiter.queued_at_ms >= RELAX_MS


def who_may(kind: Kind, desks: Iterable[Desk]) -> tuple[str, ...]:
    """Agents of the topic and the language. Where there is none, or after long waiting, those of the language;
    where nobody speaks it, those of the topic; else everybody: a person who understands little is better than none.
    """
    desks = tuple(desks)
    skill, language, is_long = kind
    speaking = tuple(desk.staff_id for desk in desks if desk.speaks(language))
    if is_long and speaking:
        return speaking
    return (
        tuple(desk.staff_id for desk in desks if desk.takes(kind))
        or speaking
        or tuple(desk.staff_id for desk in desks if not desk.skills or skill in desk.skills)
        or tuple(desk.staff_id for desk in desks)
    )


def positions(waiting: Iterable[Waiter], desks: Sequence[Desk], now_ms: int) -> dict[str, int]:
    """Contact id → 1 for who is next. Only those count who are ahead and may go to one of the same agents."""
    able: dict[Kind, frozenset[str]] = {}
    ahead: Counter[Kind] = Counter()
    placed: dict[str, int] = {}
    for waiter in sorted(waiting, key=lambda one: one.order):
        kind = kind_of(waiter, now_ms)
        if kind not in able:
            able[kind] = frozenset(who_may(kind, desks))
        mine = able[kind]
        placed[waiter.contact_id] = 1 + sum(
            count for other, count in ahead.items() if not mine or mine & able[other]
        )
        ahead[kind] += 1
    return placed


def expected_s(position: int, service_s: Sequence[float], slots: float) -> int | None:
    """Seconds until it is somebody's turn, from how long conversations took; None: not known.

    With `slots` conversations going on at once, one ends about each `service / slots` seconds.

    Args:
        position: 1: next.
        service_s: how long conversations of the last hour took, with an agent.
        slots: conversations that the agents who are there can have at once.
    """
    if slots <= 0 or not service_s:
        return None
    return round(position * median(service_s) / slots)

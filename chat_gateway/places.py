"""What those who wait are told of their place, and staff of the queue. Pure: time is data."""

from collections.abc import Callable, Sequence
from typing import Final

from chat_gateway.routing import Desk, Kind, Waiter, expected_s, kind_of, positions, who_may
from chat_gateway.rules import Rules
from contracts.chat import QueuePlace, Waiting

_STEP_S: Final = 60
"""Expected waits are told in such steps, rounded up."""
_AGAIN_MS: Final = 5000
"""Staff are told so often while somebody waits, for the longest wait grows."""
_LEAST_MS: Final = 1000


Place = tuple[int, int | None, bool]
"""Position, expected seconds, open. Made into messages only where somebody is to be told: thousands may wait."""


class Places:
    """As of the last `update`."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._places: dict[str, Place] = {}
        self._told: dict[str, Place] = {}
        self._waiting = Waiting(count=0, longest_ms=0, urgent=0, agents=0)
        self._told_waiting: Waiting | None = None
        self._told_waiting_ms = 0

    def update(
        self, waiters: Sequence[Waiter], desks: Sequence[Desk], service_s: Sequence[float], now_ms: int
    ) -> None:
        """Args: waiters: who still waits; service_s: how long conversations took of late; now_ms: wall time."""
        is_open = self._rules.is_open(now_ms)
        waits = {waiter.contact_id: waiter for waiter in waiters}
        slots: dict[Kind, float] = {}
        self._places = {}
        for contact_id, position in positions(waiters, desks, now_ms).items():
            kind = kind_of(waits[contact_id], now_ms)
            if kind not in slots:
                able = frozenset(who_may(kind, desks))
                slots[kind] = sum(desk.capacity for desk in desks if desk.staff_id in able)
            wait_s = _stepped(expected_s(position, service_s, slots[kind]))
            self._places[contact_id] = (position, wait_s, is_open)
        first_ms = min((waiter.queued_at_ms for waiter in waiters), default=now_ms)
        self._waiting = Waiting(
            count=len(waiters),
            longest_ms=max(0, now_ms - first_ms),
            urgent=sum(waiter.urgent for waiter in waiters),
            agents=len(desks),
        )

    def of(self, contact_id: str) -> QueuePlace | None:
        """None: it does not wait, or only since a moment ago. The next `news` tells it."""
        self._told.pop(contact_id, None)
        place = self._places.get(contact_id)
        return None if place is None else _message(contact_id, place)

    def news(self, is_here: Callable[[str], bool]) -> list[QueuePlace]:
        """What citizens who are here do not know yet."""
        here = {contact_id: place for contact_id, place in self._places.items() if is_here(contact_id)}
        new = [
            _message(contact_id, place)
            for contact_id, place in here.items()
            if self._told.get(contact_id) != place
        ]
        self._told = here
        return new

    def waiting(self) -> Waiting:
        """The queue, as of now."""
        return self._waiting

    def waiting_news(self, now_ms: int) -> Waiting | None:
        """The same when staff are to be told: changed, at most each second."""
        told, now = self._told_waiting, self._waiting
        since_ms = abs(now_ms - self._told_waiting_ms)
        is_same = told is not None and _figures(told) == _figures(now)
        if since_ms < (_AGAIN_MS if is_same else _LEAST_MS) or (is_same and not now.count):
            return None
        self._told_waiting, self._told_waiting_ms = now, now_ms
        return now


def _message(contact_id: str, place: Place) -> QueuePlace:
    position, wait_s, is_open = place
    return QueuePlace(contact_id=contact_id, position=position, expected_s=wait_s, is_open=is_open)


def _figures(waiting: Waiting) -> tuple[int, int, int]:
    return waiting.count, waiting.urgent, waiting.agents


def _stepped(seconds: int | None) -> int | None:
    return None if seconds is None else max(_STEP_S, -(-seconds // _STEP_S) * _STEP_S)

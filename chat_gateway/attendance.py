"""At which gateways somebody follows a conversation, and which entries were heard already. Pure: time is data."""

from collections import OrderedDict
from typing import Final

MAX_CONTACTS: Final = 20_000
"""Remembered of each; the longest untouched goes first."""

LIVES_MS: Final = 15 * 60_000
"""A gateway that died said no goodbye: what it said holds so long."""

AGAIN_MS: Final = 5 * 60_000
"""So it is said again before."""

MAX_MISSING: Final = 64
"""Entries of a conversation that may still come late."""


class Attendance:
    """Conversations that are followed at other gateways too: live typing is passed on to there alone.

    Args:
        max_contacts: remembered.
    """

    def __init__(self, max_contacts: int = MAX_CONTACTS) -> None:
        self._max = max_contacts
        self._elsewhere: OrderedDict[str, dict[str, int]] = OrderedDict()
        """Contact → gateway → until when that holds, ms."""

    def heard(self, contact_id: str, gateway: str, attending: bool, now_ms: int) -> None:
        """Another gateway said so."""
        gateways = self._elsewhere.setdefault(contact_id, {})
        if attending:
            gateways[gateway] = now_ms + LIVES_MS
        else:
            gateways.pop(gateway, None)
        if not gateways:
            del self._elsewhere[contact_id]
            return
        self._elsewhere.move_to_end(contact_id)
        if len(self._elsewhere) > self._max:
            self._elsewhere.popitem(last=False)

    def is_elsewhere(self, contact_id: str, now_ms: int) -> bool:
        gateways = self._elsewhere.get(contact_id)
        if not gateways:
            return False
        for gateway in [gateway for gateway, until_ms in gateways.items() if until_ms <= now_ms]:
            del gateways[gateway]
        if not gateways:
            del self._elsewhere[contact_id]
        return bool(gateways)

    def __len__(self) -> int:
        return len(self._elsewhere)


class Seen:
    """Tells each entry's first coming from all later ones. Entries of a conversation may come out of order.

    Of a conversation that is new here, what came before its first entry counts as seen.
    """

    def __init__(self, max_contacts: int = MAX_CONTACTS) -> None:
        self._max = max_contacts
        self._last: OrderedDict[str, int] = OrderedDict()
        self._missing: dict[str, set[int]] = {}

    def is_new(self, contact_id: str, seq: int) -> bool:
        """Whether it comes for the first time; from now on it has come."""
        last = self._last.get(contact_id)
        if last is not None and seq <= last:
            return self._came_late(contact_id, seq)
        if last is not None and seq > last + 1:
            missing = self._missing.setdefault(contact_id, set())
            missing.update(range(max(last + 1, seq - MAX_MISSING), seq))
            while len(missing) > MAX_MISSING:
                missing.remove(min(missing))
        self._last[contact_id] = seq
        self._last.move_to_end(contact_id)
        if len(self._last) > self._max:
            forgotten, _ = self._last.popitem(last=False)
            self._missing.pop(forgotten, None)
        return True

    def _came_late(self, contact_id: str, seq: int) -> bool:
        missing = self._missing.get(contact_id)
        if not missing or seq not in missing:
            return False
        missing.remove(seq)
        if not missing:
            del self._missing[contact_id]
        return True

    def __len__(self) -> int:
        return len(self._last)

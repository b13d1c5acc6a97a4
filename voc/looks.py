"""When to look again at what the store knows of a contact. Pure: time is data.

The store is written by the console, a moment behind the bus, or far behind after an outage; and the worker that had
a contact before may write what it knew a moment after it lost it. So the store is looked at some seconds after each
taking over and each end, until it knows the contact's newest state, and once more later: topics are not read in step.
"""

from typing import Final

AGAIN_MS: Final = 5_000
LAST_MS: Final = 30_000
GIVE_UP_MS: Final = 900_000


class Looks:
    """Contacts and the times of their next look."""

    def __init__(self) -> None:
        self._at_ms: dict[str, int] = {}
        self._since_ms: dict[str, int] = {}
        self._last: set[str] = set()
        """Those whose next look is the last one."""

    def __contains__(self, contact_id: str) -> bool:
        return contact_id in self._at_ms

    def begin(self, contact_id: str, now_ms: int, *, after_ms: int | None = None) -> None:
        """Look at this contact after a while, and again as often as needed."""
        self._at_ms[contact_id] = now_ms + (AGAIN_MS if after_ms is None else after_ms)
        self._since_ms[contact_id] = now_ms
        self._last.discard(contact_id)

    def due(self, now_ms: int, limit: int) -> list[str]:
        """Those whose time has come, `limit` at most."""
        found = (contact_id for contact_id, at_ms in self._at_ms.items() if at_ms <= now_ms)
        return [contact_id for contact_id, _ in zip(found, range(limit), strict=False)]

    def looked(self, contact_id: str, now_ms: int, *, behind: bool) -> bool:
        """The store was looked at. `behind`: it knows an older state of the contact than we do, or none.

        Returns:
            Whether that was the last look.
        """
        if behind and now_ms - self._since_ms[contact_id] < GIVE_UP_MS:
            self._at_ms[contact_id] = now_ms + AGAIN_MS
            return False
        if behind or contact_id in self._last:
            self.drop(contact_id)
            return True
        self._last.add(contact_id)
        self._at_ms[contact_id] = now_ms + LAST_MS
        return False

    def drop(self, contact_id: str) -> None:
        self._at_ms.pop(contact_id, None)
        self._since_ms.pop(contact_id, None)
        self._last.discard(contact_id)

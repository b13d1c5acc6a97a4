"""When to look again at what the store knows of a contact. Pure: time is data.

The store is written by the console, a moment behind the bus, or far behind after an outage. Whoever takes over a
contact may find there less than its last owner heard. So the store is looked at again some seconds after each
draft, and until it has the draft itself: then it has also what was before it.
"""

from typing import Final

from contracts.summary import SummaryDrafted

AGAIN_MS: Final = 5_000
LAST_MS: Final = 30_000
"""After the store has the draft one more look follows: topics are not read in step."""
GIVE_UP_MS: Final = 900_000


class Checks:
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

    def due(self, now_ms: int) -> list[str]:
        return [contact_id for contact_id, at_ms in self._at_ms.items() if at_ms <= now_ms]

    def looked(
        self, contact_id: str, now_ms: int, ours: SummaryDrafted | None, stored: SummaryDrafted | None
    ) -> None:
        """The store was looked at; `ours` is the newest draft known, `stored` the one found there."""
        behind = ours is not None and (stored is None or stored.revision < ours.revision)
        if behind and now_ms - self._since_ms[contact_id] < GIVE_UP_MS:
            self._at_ms[contact_id] = now_ms + AGAIN_MS
        elif contact_id in self._last or behind:
            self.drop(contact_id)
        else:
            self._last.add(contact_id)
            self._at_ms[contact_id] = now_ms + LAST_MS

    def drop(self, contact_id: str) -> None:
        self._at_ms.pop(contact_id, None)
        self._since_ms.pop(contact_id, None)
        self._last.discard(contact_id)

"""What waits for one panel's socket. Pure: a bounded line in which newer partials replace older ones."""

from collections import OrderedDict
from typing import Final

LIMIT: Final = 512
"""About a minute of one busy call; a panel that is further behind is better served by a fresh snapshot."""


class Outbox:
    """Messages in order. Partials may be replaced or left out, nothing else ever is.

    A partial that takes another's place goes to the end of the line: moved forward, it could overtake the
    snapshot that it belongs to.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._waiting: OrderedDict[int | str, str] = OrderedDict()
        self._count = 0
        self.shed = 0
        """Partials that were left out or replaced."""

    def put(self, message: str) -> bool:
        """Append; False when the line is full of what may not be left out."""
        self._count += 1
        return self._append(self._count, message)

    def put_partial(self, utterance_id: str, message: str) -> bool:
        """Append in place of an older partial of the same utterance."""
        self.forget_partial(utterance_id)
        return self._append(utterance_id, message)

    def forget_partial(self, utterance_id: str) -> None:
        """Its final is here."""
        if self._waiting.pop(utterance_id, None) is not None:
            self.shed += 1

    def take(self) -> str | None:
        """The next message, None when nothing waits."""
        return self._waiting.popitem(last=False)[1] if self._waiting else None

    def __len__(self) -> int:
        return len(self._waiting)

    def _append(self, key: int | str, message: str) -> bool:
        if len(self._waiting) >= self._limit:
            oldest_partial = next((key for key in self._waiting if isinstance(key, str)), None)
            if oldest_partial is None:
                return False
            self.forget_partial(oldest_partial)
        self._waiting[key] = message
        return True

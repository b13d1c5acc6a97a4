"""What waits for one connection's socket. Pure: a bounded line in which live typing gives way first."""

from typing import Final

LIMIT: Final = 256
"""Messages; who is further behind is better served by a fresh connection and a resume."""

MAX_CHARS: Final = 8 * 1024 * 1024
"""Of all messages together. One that is longer by itself (it cannot be, but for a huge snapshot) still goes out."""


class Outbox:
    """Messages in order. What was put with `may_shed` may be left out, nothing else ever is.

    A plain dict instead of a deque: an idle connection, of which there are thousands, pays 64 bytes for it.
    """

    __slots__ = ("_chars", "_count", "_limit", "_waiting", "shed")

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._waiting: dict[int, tuple[str, str, bool]] = {}
        self._count = 0
        self._chars = 0
        self.shed = 0
        """Messages that were left out because the line was full."""

    def put(self, text: str, *, key: str = "", replaces: bool = False, may_shed: bool = False) -> bool:
        """Append.

        Args:
            text: the message as it is sent.
            key: what the message is about, where `replaces` or `may_shed` is given.
            replaces: older ones of this key say nothing any more and are taken out. The new one goes to the end:
                moved forward it could overtake the snapshot that it belongs to.
            may_shed: it and all others of its key may be left out (changes after one that is missing are of no use).

        Returns:
            False when the line is full of what may not be left out: the connection is to be closed.
        """
        if replaces:
            self._forget(key)
        while self._is_full_for(text):
            oldest = next((key for _, key, sheds in self._waiting.values() if sheds), None)
            if oldest is None:
                if may_shed:
                    self.shed += 1
                return may_shed
            self.shed += self._forget(oldest)
        self._count += 1
        self._chars += len(text)
        self._waiting[self._count] = (text, key, may_shed)
        return True

    def take(self) -> str | None:
        """The next message, None when nothing waits."""
        if not self._waiting:
            return None
        text, _, _ = self._waiting.pop(next(iter(self._waiting)))
        self._chars -= len(text)
        if not self._waiting:
            self._waiting.clear()  # gives the room of a burst back
        return text

    def __len__(self) -> int:
        return len(self._waiting)

    def _is_full_for(self, text: str) -> bool:
        if not self._waiting:
            return False
        return len(self._waiting) >= self._limit or self._chars + len(text) > MAX_CHARS

    def _forget(self, key: str) -> int:
        gone = [number for number, (_, of, _) in self._waiting.items() if of == key]
        for number in gone:
            self._chars -= len(self._waiting.pop(number)[0])
        return len(gone)

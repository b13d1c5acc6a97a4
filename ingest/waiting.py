"""What calls have said and the bus has not taken yet: in order, and bounded. Pure.

Live audio cannot be paused. While the bus is away it waits here; when it has waited for too long, or all of it
is too much, the oldest frames go, whole, so that the recogniser sees a gap on the sample clock and not a shift.
States and the last frames of channels always stay.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

MAX_MS: Final = 60_000
"""Audio of one channel that waits."""


class Item(NamedTuple):
    """One record to publish."""

    topic: str
    contact_id: str
    value: bytes
    audio_ms: int = 0
    """Of a frame that may be dropped; 0 of what may not."""


class Waiting:
    """Items of several calls; those of one call keep their order."""

    def __init__(self, max_bytes: int) -> None:
        """Args:
        max_bytes: of all items; audio is dropped beyond it.
        """
        self.bytes = 0
        self._max_bytes = max_bytes
        self._calls: OrderedDict[str, deque[Item]] = OrderedDict()
        """Those that have waited longest come first."""
        self._audio_ms: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(map(len, self._calls.values()))

    def put(self, items: Iterable[Item], channels: int = 1) -> Counter[str]:
        """Append items of one call of so many channels. Returns how many frames were dropped for them, by call."""
        for item in items:
            self._calls.setdefault(item.contact_id, deque()).append(item)
            self._add(item)
        return self._trim(item.contact_id, MAX_MS * channels)

    def take(self, max_items: int, max_bytes: int) -> list[Item]:
        """Take items out, those first that have waited longest; one at least, if there is any."""
        taken: list[Item] = []
        room = max_bytes
        while self._calls and len(taken) < max_items and room > 0:
            contact_id, items = next(iter(self._calls.items()))
            while items and len(taken) < max_items and room > 0:
                item = items.popleft()
                self._subtract(item)
                room -= len(item.value)
                taken.append(item)
            if not items:
                del self._calls[contact_id]
                del self._audio_ms[contact_id]
        return taken

    def give_back(self, items: Sequence[Item]) -> Counter[str]:
        """Put items that were taken to the front again. Returns how many frames were dropped, by call."""
        for item in reversed(items):
            self._calls.setdefault(item.contact_id, deque()).appendleft(item)
            self._calls.move_to_end(item.contact_id, last=False)
            self._add(item)
        return self._trim()

    def _trim(self, contact_id: str = "", max_ms: int = MAX_MS) -> Counter[str]:
        dropped: Counter[str] = Counter()
        while contact_id and self._audio_ms[contact_id] > max_ms:
            self._drop_oldest(contact_id)
            dropped[contact_id] += 1
        while self.bytes > self._max_bytes:
            (longest, audio_ms), *_ = self._audio_ms.most_common(1)
            if audio_ms <= 0:
                break
            self._drop_oldest(longest)
            dropped[longest] += 1
        return dropped

    def _drop_oldest(self, contact_id: str) -> None:
        items = self._calls[contact_id]
        at = next(index for index, item in enumerate(items) if item.audio_ms)
        self._subtract(items[at])
        del items[at]

    def _add(self, item: Item) -> None:
        self.bytes += len(item.value)
        self._audio_ms[item.contact_id] += item.audio_ms

    def _subtract(self, item: Item) -> None:
        self.bytes -= len(item.value)
        self._audio_ms[item.contact_id] -= item.audio_ms

"""When channels end: with their last frame, with their call, or because nothing comes any more. No I/O."""

from collections.abc import Callable
from typing import Final

from asr.calls import HUNG_UP_MS
from asr.scheduler import ChannelKey
from contracts.clock import Clock

SILENT_MS: Final = 120_000
"""A channel without frames for this long is taken as ended: its sender died."""

_REMEMBERED: Final = 4_096
"""Channels that ended lately: where they did."""


class Ends:
    """`monotonic` gives milliseconds for durations."""

    def __init__(self, monotonic: Clock) -> None:
        self._monotonic = monotonic
        self._heard_ms: dict[ChannelKey, int] = {}
        self._closing: set[ChannelKey] = set()
        self._ended: dict[ChannelKey, int] = {}

    def __contains__(self, contact_id: str) -> bool:
        """The contact has a channel that has not ended."""
        return any(key[0] == contact_id for key in (*self._heard_ms, *self._closing))

    def __len__(self) -> int:
        return len(self._heard_ms) + len(self._closing)

    def hear(self, key: ChannelKey) -> None:
        """A frame came."""
        self._heard_ms[key] = self._monotonic()

    def is_past(self, key: ChannelKey, end_sample: int) -> bool:
        """What ends there comes again, or too late: the channel ended after it."""
        return end_sample <= self._ended.get(key, -1)

    def silent(self, is_over: Callable[[str], bool]) -> list[ChannelKey]:
        """Channels whose sender died; sooner known if their call is over."""
        now = self._monotonic()
        return [
            key
            for key, at in self._heard_ms.items()
            if now - at > (HUNG_UP_MS if is_over(key[0]) else SILENT_MS)
        ]

    def close(self, key: ChannelKey) -> None:
        """All of its endpoints are known; what waits is still to be transcribed."""
        self._heard_ms.pop(key, None)
        self._closing.add(key)

    def due(self, is_busy: Callable[[ChannelKey], bool]) -> list[ChannelKey]:
        """Channels that closed and have nothing left to transcribe."""
        return [key for key in self._closing if not is_busy(key)]

    def end(self, key: ChannelKey, end_sample: int) -> None:
        """It is over; what of it comes once more does not begin another."""
        self.forget(key)
        self._ended[key] = end_sample
        if len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def forget(self, key: ChannelKey) -> None:
        """It is gone, and may come again."""
        self._heard_ms.pop(key, None)
        self._closing.discard(key)

    def forget_past(self) -> None:
        """Another worker may have gone on: nothing is known of ends any more."""
        self._ended.clear()

"""The load of the bus bench, and what became of it: 800 channels' records, numbered and stamped.

The standard library alone: other clients run it in environments of their own. Stamps are CLOCK_MONOTONIC, which
all processes of a machine share.
"""

import os
import struct
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

CALLS: Final = 400
CHANNELS: Final = 2
"""As ingest publishes: the frames of a call's channels go in one append, under the call's key."""
RECORD_BYTES: Final = 1024
_STAMP: Final = struct.Struct("<BIq")
_NOISE: Final = os.urandom(1 << 20)
"""Speech in µ-law does not compress either, so lz4 finds nothing in it."""

Keyed = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a run."""

    number: int
    """Below 256; stands in every record."""
    name: str
    rate: int
    """Records a second, 0: as fast as they are taken."""
    records: int
    """How many are sent; a multiple of the channels of a call."""


def phases(seconds: float, full_speed: int) -> list[Phase]:
    """Warm-up, 500/s, 4,000/s (a frame of 200 ms of 800 channels), and full speed.

    Args:
        seconds: length of each paced phase but the warm-up.
        full_speed: records of the last one.
    """
    return [
        Phase(0, "warm_up", 2_000, 4_000),
        Phase(1, "500", 500, int(500 * seconds) // CHANNELS * CHANNELS),
        Phase(2, "4000", 4_000, int(4_000 * seconds) // CHANNELS * CHANNELS),
        Phase(3, "full", 0, full_speed // CHANNELS * CHANNELS),
    ]


def appends(phase: Phase, began_ns: int) -> Iterator[tuple[int, str, Sequence[bytes]]]:
    """(when it is due, key, values) of every append, in order; at full speed it is due when it is asked for."""
    for first in range(0, phase.records, CHANNELS):
        due_ns = began_ns + first * 1_000_000_000 // phase.rate if phase.rate else time.monotonic_ns()
        key = f"call-{first // CHANNELS % CALLS:03d}"
        yield due_ns, key, [_record(phase.number, first + channel, due_ns) for channel in range(CHANNELS)]


def _record(phase: int, number: int, due_ns: int) -> bytes:
    at = number * 7919 % (len(_NOISE) - RECORD_BYTES)
    return _STAMP.pack(phase, number, due_ns) + _NOISE[at : at + RECORD_BYTES - _STAMP.size]


@dataclass(slots=True)
class _Heard:
    numbers: set[int] = field(default_factory=set)
    ages_ns: list[int] = field(default_factory=list)
    first_due_ns: int = 0
    last_ns: int = 0


class Tally:
    """What a receiver handled."""

    def __init__(self) -> None:
        self._heard: dict[int, _Heard] = {}
        self._last: dict[tuple[int, str], int] = {}
        self.doubled = 0
        self.out_of_order = 0

    def handle(self, records: Sequence[Keyed]) -> None:
        """Records just fetched, in the order in which they came."""
        now_ns = time.monotonic_ns()
        for key, value in records:
            phase, number, due_ns = _STAMP.unpack_from(value)
            heard = self._heard.setdefault(phase, _Heard(first_due_ns=due_ns))
            if number in heard.numbers:
                self.doubled += 1
                continue
            heard.numbers.add(number)
            heard.ages_ns.append(now_ns - due_ns)
            heard.last_ns = now_ns
            if number < self._last.get((phase, key), -1):
                self.out_of_order += 1
            self._last[phase, key] = number

    def count(self, phase: int) -> int:
        heard = self._heard.get(phase)
        return len(heard.numbers) if heard else 0

    def figures(self, phase: int) -> dict[str, float]:
        """Latency from when a record was due to be published until it was handled, and the pace from the first
        to the last.
        """
        heard = self._heard.get(phase)
        if not heard:
            return {"handled": 0}
        ages = sorted(heard.ages_ns)
        seconds = (heard.last_ns - heard.first_due_ns) / 1e9
        return {
            "handled": len(ages),
            "p50": round(ages[len(ages) // 2] / 1e6, 2),
            "p99": round(ages[len(ages) * 99 // 100] / 1e6, 2),
            "max": round(ages[-1] / 1e6, 1),
            "records_per_s": round(len(ages) / seconds, 1),
        }

    def faults(self) -> Counter[str]:
        return Counter(doubled=self.doubled, out_of_order=self.out_of_order)

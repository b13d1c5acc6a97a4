"""Which windows are transcribed next, over all channels of all calls. Pure: time is data.

Finals first. A channel has at most one pending partial, the newest. A partial waits for the cadence, which
stretches as soon as finals have to wait, and half of the workers never take one: partials get what finals leave.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ChannelKey = tuple[str, int]
"""Contact id and channel number."""


@dataclass(frozen=True, slots=True)
class Job:
    """A window of a channel: samples on the channel's clock."""

    key: ChannelKey
    start_sample: int
    end_sample: int
    final: bool
    early: bool = False
    """Speech rests and may have ended: this is the window that the final will have, if so."""
    speech_end_sample: int = 0
    """Where the voice stopped; `end_sample` has some silence after it."""
    length_ms: int = 0
    voiced_ms: int = 0
    asked_ms: int = 0
    """When it was handed in: queue wait is counted from here. Monotonic."""
    late: bool = False
    """Its audio piled up before this worker came: that it waits says nothing about the load."""
    number: int = 0
    """Tells jobs for the same window apart."""

    @property
    def whole(self) -> bool:
        """Transcribed as a final is, because it is one or may become one."""
        return self.final or self.early

    def is_same_window(self, other: "Job") -> bool:
        """Same audio, so same text."""
        return (self.key, self.start_sample, self.end_sample) == (
            other.key,
            other.start_sample,
            other.end_sample,
        )


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    max_finals: int = 2
    """Finals a batch. On a CPU two of them take a second, and more would all be late."""
    max_partials: int = 4
    workers: int = 1
    """Batches in work at the same time: what waits is shared among them."""
    cadence_ms: int = 500
    """A partial a channel at most this often, when the machine is free."""
    slowest_ms: int = 5_000
    """The cadence stretches up to this."""
    target_wait_ms: int = 40
    """Finals that wait longer stretch the cadence."""


_STRETCH: Final = 1.25
_RELAX: Final = 0.97
"""The cadence rises fast and falls slowly: TCP's way of sharing a line without measuring it."""
_RELAX_MS: Final = 1_000
"""One step of relaxing when no finals come at all."""
_SMOOTHING: Final = 0.2


class Scheduler:
    """Hand in jobs, take batches, tell when they are done."""

    def __init__(self, settings: SchedulerSettings | None = None) -> None:
        self.settings = settings or SchedulerSettings()
        self.stale_partials = 0
        """Partials replaced, or of audio that piled up: not transcribed."""
        self.cadence_ms = float(self.settings.cadence_ms)
        """Time between two partials of a channel under the present load."""
        self._finals: dict[ChannelKey, deque[tuple[int, Job]]] = {}
        self._waiting = 0
        self._partials: dict[ChannelKey, Job] = {}
        self._early: dict[ChannelKey, Job] = {}
        self._last_partial_ms: dict[ChannelKey, int] = {}
        self._finals_in_work: set[ChannelKey] = set()
        """Of early ones too: a channel's finals come one after the other."""
        self._partials_in_work: set[ChannelKey] = set()
        self._partial_batches = 0
        self._relaxed_ms = 0
        self._turn_ms: dict[ChannelKey, int] = {}
        self._mean_wait_ms = 0.0

    @property
    def waiting_finals(self) -> int:
        return self._waiting

    @property
    def pressed(self) -> bool:
        """Finals had to wait lately: rather a little worse than later."""
        return self.cadence_ms > self.settings.cadence_ms

    @property
    def catches_up(self) -> bool:
        """There are finals of audio that piled up; what came since waits behind them."""
        return any(queue[0][1].late for queue in self._finals.values())

    def wait_ms(self, now_ms: int) -> float:
        """How long finals wait for a worker: their moving mean, or the oldest that still waits. Late ones do not count."""
        waiting = (job.asked_ms for queue in self._finals.values() for _, job in queue if not job.late)
        return max(self._mean_wait_ms, now_ms - min(waiting, default=now_ms))

    def add(self, job: Job) -> None:
        """A final is queued; a partial replaces the channel's older one; a final drops its partial."""
        if job.early:
            if job.late:
                return
            self._early[job.key] = job
            # What was said last is waited for by the cadence no longer: nothing newer comes.
            self._last_partial_ms.pop(job.key, None)
            return
        if self._partials.pop(job.key, None):
            self.stale_partials += 1
        self._early.pop(job.key, None)
        if not job.final:
            if job.late:
                self.stale_partials += 1
            else:
                self._partials[job.key] = job
            return
        # A channel's turn comes no faster than speech is spoken: a recording that is fed fast, or a backlog,
        # queues like a live call and holds up nobody else.
        turn = max(job.asked_ms, self._turn_ms.get(job.key, 0))
        self._turn_ms[job.key] = turn + job.length_ms
        self._finals.setdefault(job.key, deque()).append((turn, job))
        self._waiting += 1

    def drop_partial(self, key: ChannelKey) -> None:
        """The channel's open utterance was none, or is told already."""
        self._partials.pop(key, None)
        self._early.pop(key, None)

    def answered(self, job: Job) -> Job | None:
        """The waiting final that `job`, done early, has answered already; it waits no longer."""
        queue = self._finals.get(job.key)
        if not queue or not queue[0][1].is_same_window(job):
            return None
        return self._pop(job.key)

    def forget(self, key: ChannelKey) -> None:
        """The channel is gone with all that waits for it."""
        self.drop_partial(key)
        self._last_partial_ms.pop(key, None)
        self._turn_ms.pop(key, None)
        self._waiting -= len(self._finals.pop(key, ()))

    def pending(self, key: ChannelKey) -> list[Job]:
        """Finals of a channel that are still to be transcribed."""
        return [job for _, job in self._finals.get(key, ())]

    def next_batch(self, now_ms: int) -> list[Job]:
        """The next windows to transcribe together, possibly none yet; `done` must follow."""
        batch = self._ready_finals() or self._ready_early() or self._ready_partials(now_ms)
        for job in batch:
            if job.final and not job.late:
                self._waited(now_ms - job.asked_ms)
            if job.whole:
                self._finals_in_work.add(job.key)
            else:
                self._partials_in_work.add(job.key)
                self._last_partial_ms[job.key] = now_ms
        if batch and not batch[0].whole:
            self._partial_batches += 1
        if not self._waiting and now_ms - self._relaxed_ms >= _RELAX_MS:
            self._relaxed_ms = now_ms
            self._waited(0)
        return batch

    def next_due_ms(self) -> int | None:
        """When a pending partial becomes due; None when none does before `done` or `add`."""
        return min((self._due_ms(job) for job in self._free_partials()), default=None)

    def done(self, jobs: Sequence[Job]) -> None:
        """A batch was transcribed."""
        for job in jobs:
            (self._finals_in_work if job.whole else self._partials_in_work).discard(job.key)
        if jobs and not jobs[0].whole:
            self._partial_batches -= 1

    def _pop(self, key: ChannelKey) -> Job:
        queue = self._finals[key]
        _, job = queue.popleft()
        self._waiting -= 1
        if not queue:
            del self._finals[key]
        return job

    def _ready_finals(self) -> list[Job]:
        ready = [(queue[0][0], key) for key, queue in self._finals.items() if key not in self._finals_in_work]
        share = min(-(-len(ready) // self.settings.workers), self.settings.max_finals)
        return [self._pop(key) for _, key in heapq.nsmallest(share, ready)]

    def _ready_early(self) -> list[Job]:
        """One at a time, the oldest: it may become a final, and it may not."""
        free = [job for job in self._early.values() if job.key not in self._finals_in_work]
        first = min(free, key=lambda job: job.asked_ms, default=None)
        return [self._early.pop(first.key)] if first else []

    def _ready_partials(self, now_ms: int) -> list[Job]:
        due = [job for job in self._free_partials() if self._due_ms(job) <= now_ms]
        batch = heapq.nsmallest(self.settings.max_partials, due, key=self._due_ms)
        for job in batch:
            del self._partials[job.key]
        return batch

    def _free_partials(self) -> list[Job]:
        if self._partial_batches >= max(1, self.settings.workers // 2):
            return []
        return [job for job in self._partials.values() if job.key not in self._partials_in_work]

    def _due_ms(self, job: Job) -> int:
        return self._last_partial_ms.get(job.key, 0) + int(self.cadence_ms)

    def _waited(self, wait_ms: int) -> None:
        """Congestion control: finals that wait stretch the cadence of partials."""
        self._mean_wait_ms += _SMOOTHING * (wait_ms - self._mean_wait_ms)
        factor = _STRETCH if wait_ms > self.settings.target_wait_ms else _RELAX
        fastest, slowest = self.settings.cadence_ms, self.settings.slowest_ms
        self.cadence_ms = min(slowest, max(fastest, self.cadence_ms * factor))

"""Which windows are transcribed next, over all channels of all calls. Pure: time is data.

Finals first, oldest first. A channel has at most one pending partial, the newest; it waits for the cadence,
and the cadence stretches with the time a batch takes, so that partials give way when the machine is busy.
"""

from collections import deque
from dataclasses import dataclass

ChannelKey = tuple[str, int]
"""Contact id and channel number."""


@dataclass(frozen=True, slots=True)
class Job:
    """A window of a channel: samples on the channel's clock."""

    key: ChannelKey
    start_sample: int
    end_sample: int
    final: bool
    speech_end_sample: int = 0
    """Where the voice stopped; `end_sample` has some silence after it."""
    voiced_ms: int = 0
    asked_ms: int = 0
    """When it was handed in: queue wait is counted from here."""


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    max_batch: int = 4
    """Windows a batch. CPU encoding gains nothing beyond a few; a GPU wants more."""
    cadence_ms: int = 400
    """A partial a channel at most this often, when the machine is free."""
    load_factor: float = 1.6
    """Cadence is at least this many times the recent batch time: the rest of the time is the finals'."""


class Scheduler:
    """Hand in jobs, take batches."""

    def __init__(self, settings: SchedulerSettings | None = None) -> None:
        self.settings = settings or SchedulerSettings()
        self.stale_partials = 0
        """Partials replaced or dropped before they were transcribed."""
        self._finals: deque[Job] = deque()
        self._partials: dict[ChannelKey, Job] = {}
        self._last_partial_ms: dict[ChannelKey, int] = {}
        self._batch_ms = 0.0

    @property
    def waiting_finals(self) -> int:
        return len(self._finals)

    @property
    def cadence_ms(self) -> int:
        """Time between two partials of a channel under the present load."""
        return max(self.settings.cadence_ms, int(self.settings.load_factor * self._batch_ms))

    def add(self, job: Job) -> None:
        """A final is queued; a partial replaces the channel's older one; a final drops its partial."""
        if self._partials.pop(job.key, None):
            self.stale_partials += 1
        if job.final:
            self._finals.append(job)
        else:
            self._partials[job.key] = job

    def drop_partial(self, key: ChannelKey) -> None:
        """The channel's open utterance was none."""
        self._partials.pop(key, None)

    def forget(self, key: ChannelKey) -> None:
        """The channel is gone with all that waits for it."""
        self._partials.pop(key, None)
        self._last_partial_ms.pop(key, None)
        self._finals = deque(job for job in self._finals if job.key != key)

    def pending(self, key: ChannelKey) -> list[Job]:
        """Finals of a channel that are still to be transcribed."""
        return [job for job in self._finals if job.key == key]

    def next_batch(self, now_ms: int) -> list[Job]:
        """The next windows to transcribe together, possibly none yet."""
        finals = [self._finals.popleft() for _ in range(min(len(self._finals), self.settings.max_batch))]
        if finals:
            return finals
        due = sorted(
            (job for job in self._partials.values() if self._due_ms(job) <= now_ms), key=self._due_ms
        )
        batch = due[: self.settings.max_batch]
        for job in batch:
            del self._partials[job.key]
            self._last_partial_ms[job.key] = now_ms
        return batch

    def next_due_ms(self) -> int | None:
        """When a pending partial becomes due; None when nothing is pending. Finals are due at once."""
        return min((self._due_ms(job) for job in self._partials.values()), default=None)

    def took(self, batch_ms: float) -> None:
        """Tell how long a batch took: the cadence follows its moving mean."""
        self._batch_ms += 0.3 * (batch_ms - self._batch_ms)

    def _due_ms(self, job: Job) -> int:
        return self._last_partial_ms.get(job.key, 0) + self.cadence_ms

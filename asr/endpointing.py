"""Where an utterance opens and closes, from voice-activity probabilities. Pure: time is a count of samples."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Times in milliseconds; the defaults were tuned on Korean read and telephone speech."""

    threshold: float = 0.4
    """Speech starts at this probability …"""
    keep_threshold: float = 0.2
    """… and goes on down to this one (hysteresis, as in Silero's own iterator)."""
    silence_ms: int = 500
    """Silence that closes an utterance: DESIGN's promise counts from here."""
    min_speech_ms: int = 96
    """Less voiced time is a click, not speech; '네' has about 150 ms."""
    before_ms: int = 320
    """Audio kept before the first voiced window: Korean lax onsets are quiet."""
    after_ms: int = 320
    """Audio kept after the last voiced window."""
    max_ms: int = 14_000
    """A longer utterance is cut at its quietest place, so that it fits the 15 s window."""
    search_ms: int = 4_000
    """How far back from the cut the quietest place is looked for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Speech began. `start_sample` names the utterance and never changes."""

    start_sample: int


@dataclass(frozen=True, slots=True)
class Closed:
    """Speech ended, or the utterance grew too long.

    `start_sample` to `end_sample` is what to transcribe; `speech_end_sample` is where the voice stopped.
    """

    start_sample: int
    end_sample: int
    speech_end_sample: int
    voiced_samples: int


@dataclass(frozen=True, slots=True)
class Discarded:
    """What opened was too short to be speech."""

    start_sample: int


Endpoint = Opened | Closed | Discarded


class Endpointer:
    """One channel's endpoints. Feed the probability of each window in order.

    Args:
        window: samples in a window.
        rate_hz: samples in a second.
        first_sample: channel time of the first window.
    """

    def __init__(
        self, *, window: int, rate_hz: int, first_sample: int = 0, settings: EndpointSettings | None = None
    ) -> None:
        self.settings = settings or EndpointSettings()
        self._window = window
        self._per_ms = rate_hz // 1000
        self._now = first_sample
        self._floor = first_sample
        self._start: int | None = None
        self._voice_end = 0
        self._voiced = 0
        self._recent: list[float] = []

    @property
    def open_since(self) -> int | None:
        """First sample of the open utterance, or None."""
        return self._start

    @property
    def keep_from(self) -> int:
        """Audio before this sample is never asked for again."""
        if self._start is not None:
            return self._start
        return max(self._floor, self._now - self.settings.before_ms * self._per_ms)

    @property
    def believable(self) -> bool:
        """The open utterance has enough voice for a partial."""
        return self._start is not None and self._voiced >= self.settings.min_speech_ms * self._per_ms

    def process(self, probability: float) -> list[Endpoint]:
        """Take the next window; at most one endpoint of each kind comes back, in order."""
        settings = self.settings
        start_of_window = self._now
        self._now += self._window
        if self._start is None:
            if probability < settings.threshold:
                return []
            self._start = max(self._floor, start_of_window - settings.before_ms * self._per_ms)
            self._voiced, self._recent = 0, []
        voiced = probability >= (settings.keep_threshold if self._voiced else settings.threshold)
        self._recent.append(probability)
        opened: list[Endpoint] = []
        if voiced:
            if not self._voiced:
                opened = [Opened(self._start)]
            self._voice_end = self._now
            self._voiced += self._window
        elif self._now - self._voice_end >= settings.silence_ms * self._per_ms:
            return [self._close(min(self._now, self._voice_end + settings.after_ms * self._per_ms))]
        if self._now - self._start >= settings.max_ms * self._per_ms:
            return [*opened, *self._cut()]
        return opened

    def finish(self) -> list[Endpoint]:
        """The channel ended: close what is open."""
        if self._start is None:
            return []
        return [self._close(min(self._now, self._voice_end + self.settings.after_ms * self._per_ms))]

    def _close(self, end: int) -> Endpoint:
        assert self._start is not None
        start, self._start = self._start, None
        self._floor = end
        if self._voiced < self.settings.min_speech_ms * self._per_ms:
            return Discarded(start)
        return Closed(start, end, self._voice_end, self._voiced)

    def _cut(self) -> list[Endpoint]:
        """Close at the quietest of the last windows and go on from there without losing a sample."""
        search = min(len(self._recent) - 1, self.settings.search_ms * self._per_ms // self._window)
        tail = self._recent[-search:]
        quietest = min(range(len(tail)), key=lambda i: (sum(tail[max(0, i - 2) : i + 3]), -i))
        after = len(tail) - 1 - quietest
        cut = self._now - after * self._window
        rest = tail[quietest + 1 :]
        rest_voiced = sum(p >= self.settings.keep_threshold for p in rest) * self._window
        voice_end = self._voice_end
        self._voice_end = min(voice_end, cut)
        self._voiced -= rest_voiced
        closed = self._close(cut)
        self._start, self._voiced, self._recent = cut, rest_voiced, rest
        self._voice_end = max(voice_end, cut)
        return [closed, Opened(cut)]

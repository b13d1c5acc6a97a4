"""Where an utterance opens and closes, from voice-activity probabilities. Pure: time is a count of samples."""

from collections import deque
from dataclasses import dataclass
from statistics import fmean
from typing import Final, NamedTuple


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Times in milliseconds; the defaults were tuned on Korean read speech, plain and by telephone.

    A higher threshold saves nothing and loses quiet speakers (CER by telephone, half of the dialogue and a quarter of the
    talks: .144 here, .166 at 0.4).
    """

    threshold: float = 0.25
    """Speech starts at this probability …"""
    keep_threshold: float = 0.1
    """… and goes on down to this one (hysteresis, as in Silero's own iterator)."""
    silence_ms: int = 500
    """Silence that closes an utterance: DESIGN's promise counts from here."""
    min_speech_ms: int = 128
    """Less voiced time is a click, not speech; each of the real '네' that were measured has 256 ms or more."""
    before_ms: int = 320
    """Audio kept before the first voiced window: Korean lax onsets are quiet."""
    after_ms: int = 192
    """Audio kept after the last voiced window; so long a rest lets the final begin early. 320 ms hear nothing more."""
    max_ms: int = 14_000
    """A longer utterance is cut at its quietest place, so that it fits the 15 s window."""
    search_ms: int = 4_000
    """How far back from the cut the quietest place is looked for."""
    rehear_ms: int = 30_000
    """Who joins in the midst of a channel waits for a pause, at most this long: see `Endpointer`."""


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
    voice: float = 1.0
    """Mean probability of its voiced windows."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Speech rests. If it does not go on, `Closed` will follow with the same values."""

    start_sample: int
    end_sample: int
    speech_end_sample: int
    voiced_samples: int
    voice: float = 1.0


@dataclass(frozen=True, slots=True)
class Discarded:
    """What opened was too short to be speech."""

    start_sample: int


Endpoint = Opened | Paused | Closed | Discarded


class Place(NamedTuple):
    """Who begins to hear at `begin`, or before, finds the same utterances from `since` on."""

    since: int
    begin: int


_REST_WINDOWS: Final = 32
"""Rests lie on a grid of so many windows (1 s): everybody who hears the same audio rests at the same samples."""
_FIRST_REST_WINDOWS: Final = 8
"""The first rest of a pause lies on a finer grid (0.26 s), so that nearly every pause between utterances has one."""
_PLACES: Final = 256
"""Places to begin that are kept: four minutes of silence."""
_WARM_UP_MS: Final = 2_000
"""Who begins to hear has cold voice activity; after this time it judges like one that heard everything."""
_COLD_MS: Final = 1_000
"""Before this time it is not believed that there is a pause."""


class Endpointer:
    """One channel's endpoints. Feed the probability of each window in order.

    In a pause the channel rests now and then: whatever came before is forgotten, by voice activity too. So a
    worker that takes over from another, and joins in the midst of the channel, finds the same endpoints from
    the first rest on. What it hears before is speech whose beginning it missed: the other has published that,
    if the new one begins at `rehear_from`, or, where there was no pause, `settings.rehear_ms` before the oldest
    sample still needed.

    Args:
        window: samples in a window.
        rate_hz: samples in a second.
        first_sample: channel time of the first window.
        settings: times and thresholds; `keep_threshold` is not above `threshold`.
        joins: the channel is heard from its midst on.
    """

    def __init__(
        self,
        *,
        window: int,
        rate_hz: int,
        first_sample: int = 0,
        settings: EndpointSettings | None = None,
        joins: bool = False,
    ) -> None:
        self.settings = settings or EndpointSettings()
        self.places = deque([Place(first_sample, first_sample)], maxlen=_PLACES)
        self._window = window
        self._per_ms = rate_hz // 1000
        self._first = first_sample
        self._now = first_sample
        self._floor = first_sample
        self._noise_end = first_sample
        self._pause = self._per_ms * max(
            self.settings.silence_ms, self.settings.before_ms + self.settings.after_ms
        )
        self._after = self._per_ms * self.settings.after_ms
        self._joins = joins
        self._warm_up = _WARM_UP_MS * self._per_ms
        self._start: int | None = None
        self._continues = False
        self._voice_end = 0
        self._voiced = 0
        self._peak = 0.0
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
    def voice_end(self) -> int:
        """Where voice was last heard."""
        return self._voice_end

    @property
    def believable(self) -> bool:
        """The open utterance has enough voice for a partial."""
        return self._start is not None and self._voiced >= self.settings.min_speech_ms * self._per_ms

    @property
    def sure(self) -> bool:
        """The open utterance had a moment that was more likely voice than not."""
        return self._peak >= 0.5

    @property
    def rests(self) -> bool:
        """The next window is judged with nothing remembered; voice activity must start afresh too."""
        quiet = self._now - self._noise_end - self._pause
        if self._start is not None or quiet < 0:
            return False
        if self._joins and self._now - self._first < _COLD_MS * self._per_ms:
            return False
        fine = _FIRST_REST_WINDOWS * self._window
        return self._now % (_REST_WINDOWS * self._window) == 0 or (quiet < fine and self._now % fine == 0)

    def rehear_from(self, needed: int) -> int | None:
        """The last place to begin for whoever needs what was said from `needed` on; None if it is forgotten.

        `needed` does not fall from call to call.
        """
        while len(self.places) > 1 and self.places[1].since <= needed:
            self.places.popleft()
        return self.places[0].begin if self.places[0].since <= needed else None

    def process(self, probability: float, *, plain: bool = True) -> list[Endpoint]:
        """Take the next window; at most one endpoint of each kind comes back, in order.

        `plain`: nothing but the voice has a say in it. Otherwise (music plays) who begins here knows too little.
        """
        settings = self.settings
        start_of_window = self._now
        if self.rests:
            self._joins = False
            begin = start_of_window - self._pause - self._warm_up
            if plain and begin > self.places[-1].begin and begin >= self._first:
                # What opens from now on may reach back so far, and what came before ended earlier.
                self.places.append(Place(start_of_window - settings.before_ms * self._per_ms, begin))
        self._now += self._window
        voiced = probability >= settings.keep_threshold
        if voiced:
            self._noise_end = self._now
        if self._joins:
            if start_of_window - self._first < settings.rehear_ms * self._per_ms:
                return []
            self._joins = False
        opened: list[Endpoint] = []
        if self._start is None:
            if probability < settings.threshold:
                return []
            self._start = max(self._floor, start_of_window - settings.before_ms * self._per_ms)
            self._voiced, self._peak, self._recent, self._continues = 0, 0.0, [], False
            opened = [Opened(self._start)]
        self._recent.append(probability)
        self._peak = max(self._peak, probability)
        if voiced:
            self._voice_end = self._now
            self._voiced += self._window
        elif self._now - self._voice_end >= settings.silence_ms * self._per_ms:
            return [self._close(self._padded_end())]
        elif self.believable and start_of_window < self._voice_end + self._after <= self._now:
            return [Paused(self._start, self._padded_end(), self._voice_end, self._voiced, self._voice())]
        if self.believable and self._now - self._start >= settings.max_ms * self._per_ms:
            return [*opened, *self._cut()]
        return opened

    def retract(self, since_sample: int) -> list[Endpoint]:
        """What was heard since then was no voice after all; `process` goes on with what comes."""
        while len(self.places) > 1 and self.places[-1].since > since_sample:
            self.places.pop()
        if self._start is None:
            return []
        self._voice_end = min(self._voice_end, since_sample)
        if since_sample > self._start + self.settings.before_ms * self._per_ms + self._window:
            return []
        start, self._start = self._start, None
        return [Discarded(start)]

    def finish(self) -> list[Endpoint]:
        """The channel ended: close what is open."""
        if self._start is None:
            return []
        return [self._close(self._padded_end())]

    def _padded_end(self) -> int:
        return min(self._now, self._voice_end + self._after)

    def _close(self, end: int) -> Endpoint:
        assert self._start is not None
        start, self._start = self._start, None
        # What was cut off from speech is speech, however short.
        needed = self._window if self._continues else self.settings.min_speech_ms * self._per_ms
        if self._voiced < needed:
            return Discarded(start)
        self._floor = end
        return Closed(start, end, min(self._voice_end, end), self._voiced, self._voice())

    def _voice(self) -> float:
        voiced = [p for p in self._recent if p >= self.settings.keep_threshold]
        return fmean(voiced) if voiced else 0.0

    def _cut(self) -> list[Endpoint]:
        """Close at the quietest of the last windows; if there is voice after it, go on without a gap."""
        tail = self._recent[-max(1, self.settings.search_ms * self._per_ms // self._window) :]
        quietest = min(range(len(tail)), key=lambda i: (tail[i] + fmean(tail[max(0, i - 2) : i + 3]), -i))
        rest = tail[quietest + 1 :]
        rest_voiced = sum(p >= self.settings.keep_threshold for p in rest) * self._window
        cut = self._now - len(rest) * self._window
        self._continues = True
        self._voiced -= rest_voiced
        voice_end = self._voice_end
        if voice_end < cut:
            return [self._close(min(cut, self._padded_end()))]
        closed = self._close(cut)
        self._start, self._voiced, self._recent = cut, rest_voiced, rest
        self._voice_end = max(voice_end, cut)
        return [closed, Opened(cut)]

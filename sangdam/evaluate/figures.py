"""What a channel's transcript is worth beside what was really said on it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from contracts.transcript import Utterance
from sangdam.evaluate.asr import letters
from sangdam.evaluate.load import LoadChannel, Turn
from sangdam.latency import percentile

_COVERED = 0.5
"""A final covers a turn when it holds so much of it."""


@dataclass(slots=True)
class Heard:
    """One channel of a run: what was said, and what came back."""

    said: LoadChannel
    began_ms: float
    """Wall time at which the channel's first sample was due."""
    arrivals: list[tuple[int, Utterance]] = field(default_factory=list)
    """With the wall time of their arrival in ms."""

    def finals(self) -> list[tuple[int, Utterance]]:
        """Each final once, when it came first, in the order of speech."""
        first: dict[str, tuple[int, Utterance]] = {}
        for at, event in self.arrivals:
            if event.status == "final":
                first.setdefault(event.utterance_id, (at, event))
        return sorted(first.values(), key=lambda arrival: arrival[1].start_ms)


def final_delays(channels: Iterable[Heard]) -> list[float]:
    """For each turn, ms from the true end of its speech until its last final is there.

    Counted from when the sample was due on the line, so that a feeder or an ingest that falls behind counts
    as well.
    """
    delays = []
    for heard in channels:
        finals = heard.finals()
        for turn in heard.said.turns:
            over = [(at, event) for at, event in finals if overlap_ms(turn, event) > 0]
            if over:
                last_at, _ = max(over, key=lambda arrival: arrival[1].end_ms)
                delays.append(last_at - (heard.began_ms + turn.end_ms))
    return delays


def overlap_ms(turn: Turn, event: Utterance) -> int:
    """Milliseconds that both have."""
    return max(0, min(turn.end_ms, event.end_ms) - max(turn.start_ms, event.start_ms))


def lost_turns(channels: Iterable[Heard], *, with_text: bool, shortest_ms: int = 300) -> int:
    """Turns of which less than half is in finals.

    Args:
        channels: what was heard.
        with_text: finals without text do not count: a guard or the model took the words away.
        shortest_ms: shorter turns may be missed.
    """
    lost = 0
    for heard in channels:
        finals = [event for _, event in heard.finals() if event.text or not with_text]
        for turn in heard.said.turns:
            length = turn.end_ms - turn.start_ms
            covered = sum(overlap_ms(turn, event) for event in finals)
            lost += length >= shortest_ms and bool(turn.text) and covered < _COVERED * length
    return lost


def error_rate(channels: Sequence[Heard]) -> float | None:
    """Letters wrong, over letters said: all finals of a channel against all its turns."""
    errors = said = 0
    for heard in channels:
        truth = letters("".join(turn.text for turn in heard.said.turns))
        errors += Levenshtein.distance(truth, letters("".join(e.text for _, e in heard.finals())))
        said += len(truth)
    return errors / said if said else None


def milliseconds(values: Sequence[float]) -> tuple[int | None, int | None]:
    """Median and 95th percentile, rounded."""
    half, most = percentile(values, 0.5), percentile(values, 0.95)
    return (None if half is None else round(half), None if most is None else round(most))

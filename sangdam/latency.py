"""How late words, finals, cards and summaries are on the panel. Pure: records in, milliseconds out."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.suggestion import SuggestionOffered
from contracts.summary import SummaryDrafted
from contracts.transcript import Utterance

_SLICE_MS = 100


@dataclass(slots=True)
class Arrivals:
    """What reached the panel, with the wall time of its arrival in ms."""

    utterances: list[tuple[int, Utterance]] = field(default_factory=list)
    offers: list[tuple[int, SuggestionOffered]] = field(default_factory=list)
    drafts: list[tuple[int, SummaryDrafted]] = field(default_factory=list)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest-rank percentile, None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def partial_delays(utterances: Sequence[tuple[int, Utterance]], *, speed: float, lead_ms: int) -> list[float]:
    """Each tenth of a second of speech until a text that covers it is on the panel.

    A word is counted from when it was spoken, not from the end of the window it was recognised in: this is
    what an agent sees. `lead_ms` is the silence that an utterance has before its first voice.
    """
    by_utterance: dict[str, list[tuple[int, Utterance]]] = defaultdict(list)
    for arrival in utterances:
        by_utterance[arrival[1].utterance_id].append(arrival)
    delays = []
    for shown in by_utterance.values():
        final = max(shown, key=lambda arrival: arrival[1].revision)[1]
        if not final.text:
            continue
        for at in range(final.start_ms + lead_ms, final.end_ms, _SLICE_MS):
            first = min(
                (a for a in shown if a[1].end_ms >= at and a[1].text), key=lambda a: a[0], default=None
            )
            if first:
                spoken = first[1].heard_ms - (first[1].end_ms - at) / speed
                delays.append(first[0] - spoken)
    return delays


def final_delays(utterances: Sequence[tuple[int, Utterance]]) -> list[float]:
    """End of speech until the final; the silence that closes the utterance is in it."""
    return [at - event.heard_ms for at, event in utterances if event.status == "final" and event.text]


def summary(arrivals: Arrivals, *, speed: float, lead_ms: int) -> dict[str, float | None]:
    """The figures of DESIGN's table, in ms; None where nothing was there to measure."""
    draft = next(((at, d) for at, d in arrivals.drafts if d.complete and d.ended_at_ms), None)
    cards = [float(at - offer.final_at_ms) for at, offer in arrivals.offers]
    figures = {
        "partial_p95": percentile(partial_delays(arrivals.utterances, speed=speed, lead_ms=lead_ms), 0.95),
        "final_p95": percentile(final_delays(arrivals.utterances), 0.95),
        "suggestion_p95": percentile(cards, 0.95),
        "summary": float(draft[0] - (draft[1].ended_at_ms or 0)) if draft else None,
    }
    return {name: None if value is None else round(value) for name, value in figures.items()}

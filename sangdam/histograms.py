"""How late words, finals, cards and drafts are on the panels, as histograms. Fed event by event, cheaply.

`sangdam/latency.py` computes the same of a whole call, exactly. Here a word counts as soon as any text that covers
it is shown, also one that is withdrawn later, and recordings are taken to be played at their own pace.
"""

from collections import OrderedDict
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Histogram

from asr.endpointing import EndpointSettings
from contracts.codec import AnyEvent
from contracts.suggestion import SuggestionOffered
from contracts.summary import SummaryDrafted
from contracts.transcript import Utterance

OLD_MS: Final = 120_000
"""An event this old was read again from the bus after an outage, so its lateness is the outage's, not ours."""

T = TypeVar("T")

_SLICE_MS: Final = 100
_MAX_KNOWN: Final = 5_000

# Fine round what is promised (DESIGN: 1.0, 0.5 + 1.0, 1.0 and 5 s at p95), coarse beyond.
_SECOND: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
_SECOND_AND_A_HALF: Final = (0.5, 0.75, 1.0, 1.25, 1.4, 1.5, 1.6, 1.75, 2.0, 3.0, 5.0, 10.0, 30.0)
_FIVE_SECONDS: Final = (1.0, 2.0, 3.0, 4.0, 4.5, 5.0, 5.5, 6.0, 8.0, 10.0, 15.0, 30.0, 60.0)


class Latencies:
    """From the stamps of events and the time at which the console shows them."""

    def __init__(self, registry: CollectorRegistry, *, since_ms: int) -> None:
        """`since_ms`: wall time; what was published before it is not counted."""
        self._since_ms = since_ms
        self._lead_ms = EndpointSettings().before_ms
        self._covered: OrderedDict[str, int] = OrderedDict()
        """Utterance → channel time up to which its words are on the panels."""
        self._drafted: OrderedDict[str, None] = OrderedDict()
        self.word = Histogram(
            "sangdam_word_to_partial_seconds",
            "Speech, by tenths of a second, until a text that covers it is on the panels.",
            buckets=_SECOND,
            registry=registry,
        )
        self.final = Histogram(
            "sangdam_speech_to_final_seconds",
            "End of speech until the final is on the panels, the silence that ends it (0.5 s) included.",
            buckets=_SECOND_AND_A_HALF,
            registry=registry,
        )
        self.card = Histogram(
            "sangdam_final_to_card_seconds",
            "A final until the guide card that it led to is on the panels.",
            buckets=_SECOND,
            registry=registry,
        )
        self.summary = Histogram(
            "sangdam_end_to_summary_seconds",
            "End of a contact until its first complete draft is on the panels.",
            buckets=_FIVE_SECONDS,
            registry=registry,
        )

    def observe(self, event: AnyEvent, shown_ms: int) -> None:
        """Count an event that is shown now."""
        if event.at_ms < self._since_ms or shown_ms - event.at_ms > OLD_MS:
            return
        match event:
            case Utterance():
                self._words(event, shown_ms)
            case SuggestionOffered():
                _observe(self.card, shown_ms - event.final_at_ms)
            case SummaryDrafted(complete=True, ended_at_ms=int(ended_at_ms)):
                if event.contact_id not in self._drafted:
                    _remember(self._drafted, event.contact_id, None)
                    _observe(self.summary, shown_ms - ended_at_ms)
            case _:
                pass

    def _words(self, event: Utterance, shown_ms: int) -> None:
        covered = self._covered.pop(event.utterance_id, event.start_ms + self._lead_ms)
        if event.text:
            late_ms = shown_ms - event.heard_ms
            # A word spoken earlier in the text waited longer by just that.
            for at in range(covered, event.end_ms, _SLICE_MS):
                _observe(self.word, late_ms + event.end_ms - at)
                covered = at + _SLICE_MS
            if event.status == "final":
                _observe(self.final, late_ms)
        if event.status == "partial":
            _remember(self._covered, event.utterance_id, covered)


def _observe(histogram: Histogram, delay_ms: int) -> None:
    # Clocks of two machines may differ by some milliseconds: nothing is shown before it happened.
    histogram.observe(max(0, delay_ms) / 1000)


def _remember(known: OrderedDict[str, T], key: str, value: T) -> None:
    known[key] = value
    if len(known) > _MAX_KNOWN:
        known.popitem(last=False)

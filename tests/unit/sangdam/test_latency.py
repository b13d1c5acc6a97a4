"""The figures of DESIGN's table, on arrivals whose answer can be said by hand."""

import datetime as dt

import pytest

from contracts.suggestion import Snippet, SuggestionOffered
from contracts.summary import SummaryDrafted
from contracts.transcript import Utterance
from sangdam.latency import Arrivals, final_delays, partial_delays, percentile, summary

CONTACT = "00000000-0000-4000-8000-000000000001"
BEGAN = 1_000_000
"""Wall time of the call's first sample."""


def utterance(
    end_ms: int,
    revision: int,
    *,
    start_ms: int = 0,
    text: str = "여보세요",
    final: bool = False,
    speed: float = 1,
    number: int = 0,
) -> Utterance:
    return Utterance(
        contact_id=CONTACT,
        at_ms=0,
        utterance_id=f"{CONTACT}/0/{number}",
        revision=revision,
        status="final" if final else "partial",
        channel=0,
        role="caller",
        start_ms=start_ms,
        end_ms=end_ms,
        text=text,
        heard_ms=BEGAN + int(end_ms / speed),
    )


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.5, 50), (0.95, 95), (0.951, 96), (0.99, 99), (1.0, 100)]
)
def test_percentile_is_a_value_that_was_seen(share: float, expected: int) -> None:
    assert percentile([*range(100, 0, -1)], share) == expected


def test_percentile_of_little() -> None:
    assert percentile([], 0.95) is None
    assert percentile([7.0], 0.95) == 7


def test_a_word_counts_from_when_it_was_spoken() -> None:
    """One partial, 1 s of speech, on the panel 0.3 s after its end: the first word waited 1.3 s."""
    arrivals = [(BEGAN + 1300, utterance(1000, 1)), (BEGAN + 2000, utterance(1000, 9, final=True))]
    delays = partial_delays(arrivals, speed=1, lead_ms=0)
    assert delays == [1300, 1200, 1100, 1000, 900, 800, 700, 600, 500, 400]


def test_the_first_text_that_covers_a_word_counts() -> None:
    """Partials at 0.5 s and 1 s, each shown 0.2 s late; the final changes nothing but the last tenths."""
    arrivals = [
        (BEGAN + 700, utterance(500, 1)),
        (BEGAN + 1200, utterance(1000, 2)),
        (BEGAN + 9000, utterance(1200, 3, final=True)),
    ]
    delays = partial_delays(arrivals, speed=1, lead_ms=0)
    assert delays[:6] == [700, 600, 500, 400, 300, 200]
    assert delays[6:11] == [600, 500, 400, 300, 200]
    assert delays[11:] == [9000 - 1100]


def test_order_of_arrival_does_not_matter() -> None:
    arrivals = [(BEGAN + 1200, utterance(1000, 2, final=True)), (BEGAN + 700, utterance(500, 1))]
    assert partial_delays(arrivals, speed=1, lead_ms=0) == partial_delays(arrivals[::-1], speed=1, lead_ms=0)


def test_silence_before_the_voice_and_empty_partials_do_not_count() -> None:
    arrivals = [
        (BEGAN + 400, utterance(300, 1, text="")),
        (BEGAN + 600, utterance(500, 2, final=True)),
    ]
    assert partial_delays(arrivals, speed=1, lead_ms=300) == [300, 200]


def test_what_was_withdrawn_does_not_count() -> None:
    arrivals = [(BEGAN + 700, utterance(500, 1)), (BEGAN + 900, utterance(500, 2, text="", final=True))]
    assert partial_delays(arrivals, speed=1, lead_ms=0) == []
    assert final_delays(arrivals) == []


def test_a_faster_replay_shortens_the_speech_not_the_work() -> None:
    """At four times the pace 1 s of speech takes 0.25 s; the text came 0.3 s after its end."""
    arrivals = [(BEGAN + 250 + 300, utterance(1000, 1, final=True, speed=4))]
    delays = partial_delays(arrivals, speed=4, lead_ms=0)
    assert delays[0] == 550
    assert delays[-1] == 300 + 100 / 4
    assert final_delays(arrivals) == [300]


def test_utterances_are_kept_apart() -> None:
    arrivals = [
        (BEGAN + 300, utterance(200, 1, final=True)),
        (BEGAN + 5300, utterance(5100, 1, start_ms=5000, final=True, number=1)),
    ]
    assert partial_delays(arrivals, speed=1, lead_ms=0) == [300, 200, 300]
    assert final_delays(arrivals) == [100, 200]


def offer(final_at_ms: int) -> SuggestionOffered:
    return SuggestionOffered(
        contact_id=CONTACT,
        at_ms=0,
        suggestion_id=f"{CONTACT}/a",
        revision=1,
        utterance_id=f"{CONTACT}/1/0",
        query="소파",
        reason="",
        snippet=Snippet(article_id="a", title="a", text="a", revised=dt.date(2024, 1, 1), score=1),
        final_at_ms=final_at_ms,
    )


def drafted(*, complete: bool, ended_at_ms: int | None) -> SummaryDrafted:
    return SummaryDrafted(
        contact_id=CONTACT,
        at_ms=0,
        revision=1,
        engine="extractive",
        label="핵심 발화",
        lines=(),
        complete=complete,
        ended_at_ms=ended_at_ms,
    )


def test_the_table() -> None:
    arrivals = Arrivals(
        utterances=[(BEGAN + 1700, utterance(1000, 1, final=True))],
        offers=[(BEGAN + 1900 + late, offer(BEGAN + 1700)) for late in range(0, 100, 5)],
        drafts=[
            (BEGAN + 3000, drafted(complete=False, ended_at_ms=None)),
            (BEGAN + 9000, drafted(complete=True, ended_at_ms=BEGAN + 7600)),
            (BEGAN + 20_000, drafted(complete=True, ended_at_ms=BEGAN + 7600)),
        ],
    )
    assert summary(arrivals, speed=1, lead_ms=0) == {
        "partial_p95": 1700,
        "final_p95": 700,
        "suggestion_p95": 290,
        "summary": 1400,
    }


def test_nothing_happened() -> None:
    assert set(summary(Arrivals(), speed=1, lead_ms=0).values()) == {None}

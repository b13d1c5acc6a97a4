"""How late finals are, over the last minutes."""

import uuid

from console.arrivals import Arrivals
from contracts.transcript import Utterance

NOW = 1_800_000_000_000


def final(
    delay_ms: int, *, at_ms: int = NOW, text: str = "네", status: str = "final", length_ms: int = 900
) -> Utterance:
    contact = str(uuid.uuid4())
    return Utterance(
        contact_id=contact,
        at_ms=at_ms,
        utterance_id=f"{contact}/0/0",
        revision=1,
        status=status,
        channel=0,
        role="caller",
        start_ms=0,
        end_ms=length_ms,
        text=text,
        heard_ms=at_ms - delay_ms,
    )


def test_percentiles_are_of_the_last_five_minutes() -> None:
    arrivals = Arrivals()
    assert arrivals.percentiles(NOW) is None
    for delay_ms in range(100, 2100, 100):
        arrivals.hear(final(delay_ms), NOW)
    assert arrivals.percentiles(NOW) == (1000, 1900)
    arrivals.hear(final(50, at_ms=NOW + 200_000), NOW + 200_000)
    assert arrivals.percentiles(NOW + 299_999) == (1000, 1900)
    assert arrivals.percentiles(NOW + 300_000) == (50, 50)
    assert arrivals.percentiles(NOW + 600_000) is None


def test_only_speech_that_became_words_counts() -> None:
    arrivals = Arrivals()
    for unheard in (final(900, status="partial"), final(900, text=""), final(900, length_ms=0)):
        arrivals.hear(unheard, NOW)
    assert arrivals.percentiles(NOW) is None
    arrivals.hear(final(-40), NOW)
    assert arrivals.percentiles(NOW) == (0, 0), "a clock that is behind makes no word come early"


def test_the_window_is_bounded() -> None:
    arrivals = Arrivals(limit=3)
    for delay_ms in (10, 20, 30, 40):
        arrivals.hear(final(delay_ms), NOW)
    assert arrivals.percentiles(NOW) == (30, 40)

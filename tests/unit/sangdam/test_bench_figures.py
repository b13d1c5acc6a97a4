"""Figures of a bench on transcripts whose answer can be said by hand."""

import numpy as np
import pytest

from contracts.transcript import Utterance
from sangdam.evaluate.capacity import MAX_CHANNELS, largest
from sangdam.evaluate.figures import Heard, error_rate, final_delays, lost_turns, milliseconds
from sangdam.evaluate.load import LoadChannel, Turn

CONTACT = "00000000-0000-4000-8000-000000000001"
BEGAN = 1_000_000.0


def final(start_ms: int, end_ms: int, text: str) -> Utterance:
    return Utterance(
        contact_id=CONTACT,
        at_ms=0,
        utterance_id=f"{CONTACT}/0/{start_ms}",
        revision=1,
        status="final",
        channel=0,
        role="caller",
        start_ms=start_ms,
        end_ms=end_ms,
        text=text,
        heard_ms=0,
    )


def heard(turns: list[Turn], *arrivals: tuple[int, Utterance]) -> Heard:
    channel = LoadChannel(np.zeros(0, np.int16), 8000, tuple(turns))
    return Heard(channel, BEGAN, [(int(BEGAN) + at, event) for at, event in arrivals])


TURNS = [Turn(1000, 3000, "여보세요, 다산콜이죠?"), Turn(5000, 6000, "네")]


def test_a_turn_ends_with_the_last_final_that_covers_it() -> None:
    """The turn of 2 s came in two finals; the one that comes again after a restart counts once."""
    channel = heard(
        TURNS,
        (2500, final(900, 1900, "여보세요")),
        (3900, final(2000, 3100, "다산콜이죠")),
        (6700, final(4900, 6100, "네")),
        (9000, final(4900, 6100, "네")),
    )
    assert final_delays([channel]) == [900, 700]
    assert error_rate([channel]) == 0
    assert lost_turns([channel], with_text=True) == 0


def test_what_no_final_covers_is_lost() -> None:
    channel = heard(TURNS, (2500, final(900, 1900, "여보세요")), (6700, final(4900, 6100, "")))
    assert lost_turns([channel], with_text=False) == 1
    assert lost_turns([channel], with_text=True) == 2
    assert lost_turns([heard([Turn(0, 200, "네")])], with_text=True) == 0


def test_letters_are_compared_without_spaces_and_signs() -> None:
    assert error_rate([heard(TURNS, (0, final(0, 1, "여보세요다산콜이줘네")))]) == pytest.approx(1 / 10)
    assert error_rate([]) is None


def test_milliseconds() -> None:
    assert milliseconds([]) == (None, None)
    assert milliseconds([10.4, 20, 30]) == (20, 30)


@pytest.mark.parametrize("truth", [0, 1, 2, 3, 7, 15])
async def test_capacity_of_few_channels_is_exact(truth: int) -> None:
    tried: list[int] = []

    async def passes(channels: int) -> bool:
        tried.append(channels)
        return channels <= truth

    assert await largest(passes) == truth
    assert len(set(tried)) == len(tried) <= 9


@pytest.mark.parametrize("truth", [40, 333, MAX_CHANNELS])
@pytest.mark.parametrize("start", [1, 100])
async def test_capacity_of_many_channels_is_near(truth: int, start: int) -> None:
    async def passes(channels: int) -> bool:
        return channels <= truth

    assert truth * 15 / 16 - 1 <= await largest(passes, start=start) <= truth

"""A worker that takes over while music plays, or shortly after."""

import asyncio
import zlib

import numpy as np
import pytest

from contracts.transcript import SoundHeard
from sangdam.evaluate.noises import music, ringing

A = "00000000-0000-0000-0000-000000000001"


def ear(_states, windows) -> list[float]:
    """Bursts of a level are voice; a chord now and then is taken for one."""
    return [
        (0.95 if np.abs(w).max() > 500 / 32768 else 0.02)
        if np.ptp(w[:64]) == 0
        else (0.4 if zlib.crc32(w.tobytes()) % 14 == 0 else 0.04)
        for w in windows
    ]


def sounds(place) -> list[SoundHeard]:
    return [e for e in place.events if isinstance(e, SoundHeard)]


async def speak(place, made, service) -> None:
    sent = service.counts.frames
    for at in range(0, len(made), 10):
        sent += len(made[at : at + 10])
        await place.send(made[at : at + 10])
        await place.until(lambda so_far=sent: service.counts.frames >= so_far)


@pytest.mark.parametrize("share", [0.05, 0.17, 0.26, 0.33, 0.4, 0.5, 0.58, 0.66, 0.75, 0.9])
async def test_a_call_with_a_ring_tone_and_music_on_hold(open_rig, commits_at_once, make, bursts, share):
    heard = np.concatenate(
        [
            ringing(7, 8000),
            bursts((0, 1.0), (1, 1.2), (0, 0.9), (2, 0.8), (0, 0.5)),
            music(18, 8000, seed=3),
            bursts((0, 0.9), (3, 1.2), (0, 0.7), (4, 0.8), (0, 1.1)),
            music(9, 8000, seed=5),
            bursts((5, 0.8), (0, 4.0), (6, 1.0), (0, 1.0)),
        ]
    )
    made = make(heard, A)
    alone = await open_rig()
    alone.ear = ear
    async with alone.worker():
        await alone.send(made)
        await alone.until(lambda: alone.ended)
    known = alone.texts
    assert len(known) >= 5
    place = await open_rig()
    place.ear = ear
    stop = round(len(made) * share)
    async with place.worker() as first:
        await speak(place, made[:stop], first)
        await asyncio.sleep(0.05)
    async with place.worker():
        await place.send(made[stop:])
        await place.until(lambda: place.ended)
    assert place.is_exact(known)
    # How loud somebody spoke before is forgotten, so that music may be found to begin a moment earlier or later.
    for one in sounds(place):
        assert any(one.sound == e.sound and abs(one.start_ms - e.start_ms) < 1_000 for e in sounds(alone))

"""A recording of one channel as a call of several: each party's speech on a channel of its own. Pure.

Nobody speaks on the other channels meanwhile, so that whatever follows hears the parties apart, as in a
recording that kept them apart. Where two speak at once, both are on the channel of the louder voice.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contracts.audio import Pcm16
from models.diarizer import SpeakerTurn


@dataclass(frozen=True, slots=True)
class Change:
    """From this sample on the audio belongs to this channel."""

    sample: int
    channel: int


def find_changes(turns: Sequence[SpeakerTurn], rate_hz: int) -> tuple[Change, ...]:
    """Who has the audio from when on: each turn up to the middle of the pause after it, the first from 0.

    Empty where fewer than two speak.
    """
    if len({turn.speaker for turn in turns}) < 2:
        return ()
    changes = [Change(0, turns[0].speaker)]
    for before, turn in itertools.pairwise(turns):
        if turn.speaker != changes[-1].channel:
            middle_s = (before.end_s + turn.start_s) / 2
            changes.append(Change(round(middle_s * rate_hz), turn.speaker))
    return tuple(changes)


def spread(block: Pcm16, start_sample: int, changes: Sequence[Change]) -> Pcm16:
    """A block of one channel, on the channels of its speakers.

    Args:
        block: shape (samples, 1).
        start_sample: place of its first sample in the recording.
        changes: as `find_changes` gives them, not empty.

    Returns:
        Shape (samples, channels): each sample on one of them, 0 on the others.
    """
    at = np.arange(start_sample, start_sample + len(block))
    change = np.searchsorted([change.sample for change in changes], at, side="right") - 1
    channel = np.array([change.channel for change in changes])[change]
    apart = np.zeros((len(block), count_channels(changes)), np.int16)
    apart[np.arange(len(block)), channel] = block[:, 0]
    return apart


def count_channels(changes: Sequence[Change]) -> int:
    """How many channels the recording takes."""
    return 1 + max(change.channel for change in changes)

"""Whether a channel's open utterance is transcribed while it is spoken. Pure."""

from typing import Final

from asr.channel import Channel
from contracts.transcript import RecognitionMode

FIRST_PARTIAL_MS: Final = 700
"""An utterance's first window, 0.32 s of it before the voice: the text of less is a guess that changes."""

AFTER_MUSIC_MS: Final = 60_000
DOUBTFUL_MS: Final = 1_500
"""For a minute after music nothing is transcribed before it has lasted for 1.5 s: chords are taken for voices."""


def wants_partials(channel: Channel, mode: RecognitionMode) -> bool:
    """The call has partials, and what is heard is hardly music."""
    if mode != "full" or channel.sounds.undecided:
        return False
    if channel.music_at is None or channel.ms(channel.end_sample - channel.music_at) > AFTER_MUSIC_MS:
        return True
    since = channel.endpointer.open_since
    return since is not None and channel.ms(channel.end_sample - since) >= DOUBTFUL_MS


def partial_since(channel: Channel, mode: RecognitionMode) -> int | None:
    """Where a window of the open utterance begins, if it would show anything new."""
    endpointer = channel.endpointer
    since = endpointer.open_since
    if since is None or endpointer.voice_end <= channel.offered_voice:
        return None
    if not endpointer.believable or not endpointer.sure:
        return None
    if channel.ms(channel.end_sample - since) < FIRST_PARTIAL_MS or not wants_partials(channel, mode):
        return None
    return since

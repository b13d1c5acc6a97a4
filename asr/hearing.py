"""Audio becomes endpoints and sounds: voice activity batched over channels, one window of each at a time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from asr.channel import Channel
from asr.endpointing import Closed, Discarded, Endpoint, Paused
from asr.sounds import SoundEnded, SoundStarted
from models.vad import VoiceActivity

Float32 = npt.NDArray[np.float32]

WEAK = 0.5
"""Who speaks just before a sound has a mean probability of voice above this; chords and attacks have .2 to .5."""

Heard = Endpoint | SoundStarted | SoundEnded


class Ear:
    """Blocks while it listens: call it off the event loop, from one thread."""

    def __init__(self, voice: VoiceActivity) -> None:
        self._voice = voice

    def listen(self, channels: Sequence[Channel]) -> list[tuple[Channel, list[Heard]]]:
        """Voice activity and sounds over all new windows of these channels, and what follows from them."""
        heard: list[tuple[Channel, list[Heard]]] = [(channel, []) for channel in channels]
        waiting = list(heard)
        while waiting:
            ready = []
            for channel, found in waiting:
                window = channel.next_window()
                if window is not None:
                    ready.append((channel, found, window))
                elif channel.ended:
                    found.extend(channel.sounds.finish())
                    found.extend(_decided(channel, channel.endpointer.finish(), finished=True))
            for rate_hz in {channel.rate_hz for channel, _, _ in ready}:
                group = [entry for entry in ready if entry[0].rate_hz == rate_hz]
                probabilities = self._voice(
                    [channel.voice for channel, _, _ in group], [window for _, _, window in group]
                )
                for (channel, found, window), probability in zip(group, probabilities, strict=True):
                    found.extend(_process(channel, window, probability))
            waiting = [(channel, found) for channel, found, _ in ready]
        return heard


def _process(channel: Channel, window: Float32, probability: float) -> list[Heard]:
    sounds, endpointer = channel.sounds, channel.endpointer
    hushed = sounds.hushes
    heard: list[Heard] = [*sounds.process(window, probability)]
    endpoints: list[Endpoint] = []
    since = sounds.hushed_since
    if since is not None:
        probability = 0.0
        if not hushed:
            channel.undecided = _without(channel.undecided, since, channel)
            endpoints += endpointer.retract(since)
    endpoints += endpointer.process(probability, plain=sounds.plain)
    return heard + _decided(channel, endpoints)


def _decided(channel: Channel, endpoints: list[Endpoint], *, finished: bool = False) -> list[Heard]:
    """What may go on to the recogniser: nothing, while it sounds as if it might be music."""
    channel.undecided += endpoints
    if channel.sounds.undecided and not finished:
        return []
    decided, channel.undecided = channel.undecided, []
    return [*decided]


def _without(endpoints: list[Endpoint], since: int, channel: Channel) -> list[Endpoint]:
    """What a sound opened and closed before it was recognised is no utterance."""
    lead = channel.endpointer.settings.before_ms * channel.rate_hz // 1000 + channel.window
    return [
        Discarded(one.start_sample)
        if isinstance(one, Closed | Paused) and (one.start_sample + lead >= since or one.voice < WEAK)
        else one
        for one in endpoints
    ]

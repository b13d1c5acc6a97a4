"""How far back a worker that takes a call over has to hear, and whether it finds the same utterances; prints JSON.

    python -m bench.rehearing RECORDING... [--music SECONDS]

Each recording (whatever FFmpeg reads) is a call of as many channels as it has; `--music` puts so much of it on hold
in the middle. At every second of every channel a first worker is taken to be killed with nothing in work; a second
one begins where the first would have committed to, with cold voice activity and no memory of sounds.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from asr.channel import Channel
from asr.endpointing import Closed, EndpointSettings
from asr.hearing import Ear
from contracts.audio import AudioFrame, Codec, Pcm16
from ingest.media import open_media, read_blocks
from models.mel import LogMel
from sangdam.evaluate.noises import music
from sangdam.recogniser import load_voice
from sangdam.settings import Settings

_CONTACT = "00000000-0000-0000-0000-000000000001"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--music", type=float, default=0.0, metavar="SECONDS")
    options = parser.parse_args(arguments)
    ear = Ear(load_voice(Settings()))
    back_s: list[float] = []
    kills = same = others = 0
    for path in options.recordings:
        for track, rate_hz in tracks(path, options.music):
            found = compare(ear, track, rate_hz)
            back_s += [back for back, _, _ in found]
            kills += len(found)
            same += sum(missing + other == 0 for _, missing, other in found)
            others += sum(missing + other for _, missing, other in found)
    p50, p95, longest = np.percentile(back_s, [50, 95, 100]).round(1)
    figures = {"kills": kills, "exact": same, "utterances_that_differ": others}
    json.dump({**figures, "rehear_s": {"p50": p50, "p95": p95, "max": longest}}, sys.stdout, indent=1)
    return 0


def tracks(path: Path, hold_s: float) -> Iterator[tuple[Pcm16, int]]:
    """The channels of a recording."""
    media = open_media(path)
    audio = np.concatenate(list(read_blocks(media)))
    for number in range(audio.shape[1]):
        track = audio[:, number].astype(np.int16)
        if hold_s:
            middle = len(track) // 2
            played = music(hold_s, media.rate_hz, seed=number)
            track = np.concatenate([track[:middle], played.astype(np.int16), track[middle:]])
        yield track, media.rate_hz


def compare(ear: Ear, track: Pcm16, rate_hz: int) -> list[tuple[float, int, int]]:
    """For a kill at each second: seconds to hear again, utterances that are missed, and that are other ones."""
    first = open_at(0, rate_hz)
    known: list[Closed] = []
    kills = []
    for at in range(0, len(track), rate_hz):
        known += hear(ear, first, track, at, at + rate_hz)
        needed = first.needed_from([])
        kills.append((first.end_sample, needed, max(0, first.rehear_from(needed))))
    known += [e for e in first.endpointer.finish() if isinstance(e, Closed)]
    results = []
    for end, needed, begin in kills:
        second = open_at(begin // 800 * 800, rate_hz)
        until = min(len(track), end + 20 * rate_hz)
        found = {e.start_sample for e in hear(ear, second, track, begin // 800 * 800, until)}
        due = {e.start_sample for e in known if e.start_sample >= needed and e.end_sample + rate_hz < until}
        results.append(
            ((end - begin) / rate_hz, len(due - found), len(found - {e.start_sample for e in known}))
        )
    return results


def open_at(sample: int, rate_hz: int) -> Channel:
    """A channel whose first frame begins there."""
    return Channel(frame(np.zeros(0, np.int16), sample, rate_hz), EndpointSettings(), LogMel(80))


def frame(audio: Pcm16, start: int, rate_hz: int) -> AudioFrame:
    return AudioFrame(
        _CONTACT, 0, "caller", Codec.PCM16, rate_hz, start, len(audio), 0, audio.astype("<i2").tobytes()
    )


def hear(ear: Ear, channel: Channel, track: Pcm16, begin: int, end: int) -> Sequence[Closed]:
    """Frames of 0.1 s; gives the utterances that closed."""
    closed: list[Closed] = []
    step = channel.rate_hz // 10
    for at in range(begin, min(end, len(track)), step):
        channel.accept(frame(track[at : min(at + step, end)], at, channel.rate_hz))
        for _, found in ear.listen([channel]):
            closed += [one for one in found if isinstance(one, Closed)]
        channel.forget_before(channel.needed_from([]))
    return closed


if __name__ == "__main__":
    sys.exit(main())

"""Render the sample calls: ``python -m samples.render [NAME …]``.

Reads ``samples/dialogues/NAME.yaml``, writes ``samples/calls/NAME.flac`` and beside it ``NAME.json`` with what
is said when. Needs the packages of ``samples/requirements.txt``. The calls are kept in the repository, because
a synthesis elsewhere (other processor, other ONNX Runtime) need not sound the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zlib
from dataclasses import asdict
from pathlib import Path

import soundfile

from samples.korean_speech.call import CHANNELS, RATE_HZ, Call, render_call
from samples.korean_speech.dialogue import Dialogue, DialogueError, read_dialogue
from samples.korean_speech.voice import Kokoro, VoiceError

DIALOGUES = Path(__file__).parent / "dialogues"
CALLS = Path(__file__).parent / "calls"

LICENCE = "CC BY 3.0"
ATTRIBUTION = (
    "Synthetic speech, no real person. Kokoro-82M weights by hexgrad (Apache-2.0), ONNX export by thewh1teagle "
    "(MIT). Its voices {voices} derive from Koniwa recordings, https://github.com/koniwa/koniwa (CC BY 3.0), "
    "changed: made to speak Korean. Text and hold music: Sangdam project."
)


def main(arguments: list[str] | None = None) -> int:
    """Render the named dialogues, or all; returns the exit status."""
    names = [path.stem for path in sorted(DIALOGUES.glob("*.yaml"))]
    parser = argparse.ArgumentParser(prog="python -m samples.render", description="Render the sample calls.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which (all if none): {', '.join(names)}")
    wanted: list[str] = parser.parse_args(arguments).names or names
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"no dialogue {', '.join(unknown)}; there are {', '.join(names)}")
    try:
        dialogues = {name: read_dialogue(DIALOGUES / f"{name}.yaml") for name in wanted}
        voice = Kokoro()
    except (DialogueError, VoiceError) as error:
        print(error, file=sys.stderr)
        return 1
    for number, (name, dialogue) in enumerate(dialogues.items(), start=1):
        print(f"[{number}/{len(dialogues)}] {name} … ", end="", file=sys.stderr, flush=True)
        began = time.monotonic()
        call = render_call(dialogue, voice, seed=zlib.crc32(name.encode()))
        write_call(name, dialogue, call)
        print(f"{call.seconds:.0f} s, took {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 0


def write_call(name: str, dialogue: Dialogue, call: Call) -> None:
    """Write ``NAME.flac`` (two channels, 16 bit) and ``NAME.json``."""
    soundfile.write(CALLS / f"{name}.flac", call.audio, RATE_HZ, format="FLAC", subtype="PCM_16")
    sidecar = {
        "title": dialogue.title,
        "synthetic": True,
        "licence": LICENCE,
        "attribution": ATTRIBUTION.format(voices=" and ".join(sorted({dialogue.agent, dialogue.caller}))),
        "rate_hz": RATE_HZ,
        "channels": {str(channel): role for role, channel in CHANNELS.items()},
        "events": [asdict(event) for event in call.events],
        "turns": [asdict(turn) for turn in call.turns],
    }
    text = json.dumps(sidecar, ensure_ascii=False, indent=1)
    (CALLS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

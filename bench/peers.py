"""Our recogniser against other streaming servers: same weights, same audio, same machine, one run; prints JSON.

    python bench/peers.py --json [--peers a,b] [--seconds 30] [--max-channels 16] [--manifest TSV] [--phone]

Systems: `sangdam bench asr`, and the servers of whisper-live, whisperlivekit and RealtimeSTT from PyPI, each in an
environment of its own (made on the first run, in the user's cache). All transcribe with Whisper base from one
CTranslate2 folder, int8, on the CPU with all cores. How each is set, and why: `peer_servers.py`.

The load is `sangdam.evaluate.load.make_load`: 40 % speech of real utterances. A trial with one channel is twice as
long, as quality and cost are taken from it. For each peer a fresh server, then 1, 2, 4, … channels until two trials
failed; between the last that passed and the first that failed it looks once more.

What is measured:

- final latency: from the true end of speech to the arrival of the final text that covers it. Ours says where its
  finals begin and end; for peers see `peer_score.py`. What a client does to send audio is in none.
- `capacity`: most channels with a p95 of 1.5 s and no turn lost; for ours as `sangdam bench asr --capacity` finds it.
- `capacity_3s`: most channels with a p95 of 3 s and at most a tenth of the turns lost. A server whose own way to end
  an utterance takes longer than 1.5 s would have no capacity at all; where `capacity` is 0, the ratio uses this one,
  and 1 where both are 0.
- CPU: of the server and its children, from the first sample to the last; what it still does afterwards is not
  counted. Ours is one process, so feeding, ingest and bus are counted in, and so is the end.
- `cpu_at_capacity`: the same where each system has as many channels as it can.
- error rate: letters of all final text of a channel against all that was said on it; a peer's text that stays
  uncommitted counts as final.

After the load each line stays open and silent for up to 12 s, and text that comes then is taken.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

# Run as a file: its folder would hide the packages `bus` and `asr` behind benches of those names.
if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.peer_env import NotInstalled, environment, pinned
from bench.peer_servers import PEERS, Peer
from bench.peer_trial import IN_TIME_S, PeerFailed, trial
from models.resolve import resolve_whisper
from sangdam import settings
from sangdam.evaluate.load import LoadChannel, lay_out, read_utterances

LAX_S: Final = 3.0
LAX_LOST: Final = 0.1
GOALS: Final = {"capacity": 8.0, "cpu": 0.2, "cer": 0.0}
_FAILURES: Final = 2
_TRIAL_LIMIT_S: Final = 240
"""Beside the audio: start, warm-up and waiting have their own, shorter limits."""
_OURS_LIMIT_S: Final = 1200

Figures = dict[str, object]


def _number(figures: Mapping[str, object], name: str) -> float:
    value = figures[name]
    assert isinstance(value, int | float)
    return float(value)


def _final_p95_s(figures: Figures) -> float:
    latency = figures["latency_ms"]
    assert isinstance(latency, dict)
    late = latency["final_p95"]
    return float("inf") if late is None else late / 1000


def strict(figures: Figures) -> bool:
    return "error" not in figures and _final_p95_s(figures) <= IN_TIME_S and not figures["finals_lost"]


def lax(figures: Figures) -> bool:
    if "error" in figures or _final_p95_s(figures) > LAX_S:
        return False
    return _number(figures, "finals_lost") <= LAX_LOST * _number(figures, "turns")


def next_channels(tried: Mapping[int, bool], most: int) -> int | None:
    """How many channels to try after these trials (True: passed); None: enough is known."""
    good = max((channels for channels, passed in tried.items() if passed), default=0)
    failed = [channels for channels, passed in tried.items() if not passed]
    if not failed:
        return min(2 * good, most) if 0 < good < most else (1 if not tried else None)
    if len(failed) >= _FAILURES or min(failed) - good <= 1:
        return None
    return (good + min(failed)) // 2


async def measure_peer(peer: Peer, model: Path, loads: "Loads", most: int) -> Figures:
    """All trials of one peer; what fails is said in `error`."""
    about: Figures = {"version": pinned(peer.name, peer.distribution), "settings": peer.settings}
    try:
        folder = await asyncio.to_thread(environment, peer.name)
    except NotInstalled as error:
        return about | {"error": f"not installed: {error}"}
    trials: list[Figures] = []
    tried: dict[int, bool] = {}
    while (channels := next_channels(tried, most)) is not None:
        figures = await _one(peer, folder, model, loads, channels)
        trials.append({"kept": strict(figures), "kept_3s": lax(figures)} | figures)
        tried[channels] = lax(figures)
        _tell(peer.name, trials[-1])
    first = trials[0]
    return about | {
        "trials": trials,
        "capacity": max((int(_number(one, "channels")) for one in trials if one["kept"]), default=0),
        "capacity_3s": max((int(_number(one, "channels")) for one in trials if one["kept_3s"]), default=0),
        "cpu_s_per_audio_s": first.get("cpu_s_per_audio_s"),
        "cer": first.get("cer"),
        **({"error": first["error"]} if "error" in first else {}),
    }


async def _one(peer: Peer, folder: Path, model: Path, loads: "Loads", channels: int) -> Figures:
    load = loads.of(channels)
    limit_s = loads.seconds_of(channels) + _TRIAL_LIMIT_S
    try:
        async with asyncio.timeout(limit_s):
            return await trial(peer, folder, model, load, os.cpu_count() or 1)
    except PeerFailed as error:
        return {"channels": channels, "error": str(error)}
    except TimeoutError:
        return {"channels": channels, "error": f"not over after {limit_s:.0f} s"}


class Loads:
    """The same audio for every system."""

    def __init__(self, manifest: Path | None, seconds: float, *, phone: bool) -> None:
        self._spoken = read_utterances(manifest, phone=phone)
        self._seconds = seconds

    def seconds_of(self, channels: int) -> float:
        return self._seconds * (2 if channels == 1 else 1)

    def of(self, channels: int) -> list[LoadChannel]:
        return lay_out(self._spoken, channels, self.seconds_of(channels))


def measure_ours(model: Path, options: argparse.Namespace, start: int) -> Figures:
    """`sangdam bench asr`: one channel, then the capacity, in processes of their own."""
    common = ["--model", str(model), "--json", *(["--phone"] if options.phone else [])]
    if options.manifest:
        common += ["--manifest", str(options.manifest)]
    one = _sangdam([*common, "--channels", "1", "--seconds", str(2 * options.seconds)])
    found = _sangdam([*common, "--capacity", "--channels", str(start), "--seconds", str(options.seconds)])
    trials = [one, *found["trials"]] if isinstance(found["trials"], list) else [one]
    return {
        "version": version("sangdam"),
        "settings": {name: one[name] for name in ("model", "device", "compute_type")},
        "trials": trials,
        "capacity": found["capacity"],
        "capacity_3s": max(
            [
                int(_number(found, "capacity")),
                *(int(_number(each, "channels")) for each in trials if lax(each)),
            ]
        ),
        "cpu_s_per_audio_s": one["cpu_s_per_audio_s"],
        "cer": one["cer"],
    }


def _sangdam(arguments: Sequence[str]) -> Figures:
    done = subprocess.run(
        [sys.executable, "-m", "sangdam", "bench", "asr", *arguments],
        check=True,
        timeout=_OURS_LIMIT_S,
        stdout=subprocess.PIPE,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    )
    figures: Figures = json.loads(done.stdout)
    return figures


def compare(ours: Figures, peers: Mapping[str, Figures]) -> Figures:
    """Ours beside the best peer, figure by figure; None where there is nothing to compare."""
    measured = {name: one for name, one in peers.items() if one.get("cpu_s_per_audio_s") is not None}
    if not measured or "error" in ours:
        return dict.fromkeys(GOALS)
    capacities = {name: _counted(one) for name, one in measured.items()}
    widest = max(capacities, key=lambda name: capacities[name][0])
    most, note = capacities[widest]
    able = {name: one for name, one in measured.items() if one["capacity_3s"]} or measured
    cheapest = min(able, key=lambda name: _number(able[name], "cpu_s_per_audio_s"))
    truest = min(measured, key=lambda name: _number(measured[name], "cer"))
    wider = _number(ours, "capacity") / max(1, most)
    cheaper = _number(ours, "cpu_s_per_audio_s") / _number(able[cheapest], "cpu_s_per_audio_s")
    worse = _number(ours, "cer") - _number(measured[truest], "cer")
    return {
        "capacity": {
            "ratio": round(wider, 2),
            "peer": widest,
            "note": note,
            "goal": f">= {GOALS['capacity']:g}",
            "kept": wider >= GOALS["capacity"],
        },
        "cpu": {
            "ratio": round(cheaper, 3),
            "peer": cheapest,
            "goal": f"<= {GOALS['cpu']:g}",
            "kept": cheaper <= GOALS["cpu"],
        },
        "cpu_at_capacity": _at_capacity(ours, measured),
        "cer": {
            "difference": round(worse, 4),
            "peer": truest,
            "goal": f"<= {GOALS['cer']:g}",
            "kept": worse <= GOALS["cer"],
        },
    }


def _at_capacity(ours: Figures, peers: Mapping[str, Figures]) -> Figures | None:
    """Cost of a channel where each has as many as it can: ours beside the cheapest peer."""
    mine = _cost(ours)
    costs = {name: cost for name, one in peers.items() if (cost := _cost(one)) is not None}
    if mine is None or not costs:
        return None
    cheapest = min(costs, key=lambda name: costs[name])
    ratio = mine / costs[cheapest]
    goal = GOALS["cpu"]
    return {"ratio": round(ratio, 3), "peer": cheapest, "goal": f"<= {goal:g}", "kept": ratio <= goal}


def _cost(system: Figures) -> float | None:
    channels = max(1, _counted(system)[0])
    trials = system.get("trials")
    for one in trials if isinstance(trials, list) else []:
        if one.get("channels") == channels and one.get("cpu_s_per_audio_s") is not None:
            return float(one["cpu_s_per_audio_s"])
    return None


def _counted(peer: Figures) -> tuple[int, str]:
    """The capacity that the ratio uses, and which one it is."""
    capacity, capacity_3s = int(_number(peer, "capacity")), int(_number(peer, "capacity_3s"))
    if capacity:
        return capacity, "capacity"
    if capacity_3s:
        return capacity_3s, "capacity is 0: capacity_3s"
    return 0, "both capacities are 0: counted as 1"


def _tell(name: str, figures: Figures) -> None:
    told = {
        key: figures.get(key) for key in ("kept", "kept_3s", "latency_ms", "finals_lost", "turns", "error")
    }
    print(f"{name}: {figures['channels']}채널 / channels {told}", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", default=",".join(PEERS), help="names, with commas between; empty: none")
    parser.add_argument(
        "--seconds", type=float, default=30, help="of each channel; twice that with one channel"
    )
    parser.add_argument("--max-channels", type=int, default=16, help="most for a peer")
    parser.add_argument("--manifest", type=Path, help="TSV of utterances, as for `sangdam bench asr`")
    parser.add_argument("--phone", action="store_true", help="as a telephone hears it")
    parser.add_argument("--skip-ours", action="store_true", help="measure the peers alone")
    parser.add_argument("--json", action="store_true", help="JSON is what it prints anyway")
    options = parser.parse_args()
    unknown = set(filter(None, options.peers.split(","))) - set(PEERS)
    if unknown:
        parser.error(f"모르는 이름 / unknown peers: {', '.join(unknown)}; {', '.join(PEERS)}")
    folder = os.environ.get("SANGDAM_TEST_DATA")
    if not options.manifest and folder and Path(folder, "audio", "manifest.tsv").is_file():
        options.manifest = Path(folder, "audio", "manifest.tsv")
    return options


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    model = resolve_whisper("base", settings.load().models_dir)
    loads = Loads(options.manifest, options.seconds, phone=options.phone)
    peers: dict[str, Figures] = {}
    for name in filter(None, options.peers.split(",")):
        peers[name] = asyncio.run(measure_peer(PEERS[name], model, loads, options.max_channels))
    best = max((_counted(one)[0] for one in peers.values() if "capacity" in one), default=0)
    # Where the goal is, there the search begins.
    start = int(GOALS["capacity"]) * max(1, best)
    try:
        ours: Figures = {"error": "skipped"} if options.skip_ours else measure_ours(model, options, start)
    except (subprocess.SubprocessError, json.JSONDecodeError, KeyError) as error:
        ours = {"error": str(error)}
    about = {
        "model": model.name,
        "compute_type": "int8",
        "cores": os.cpu_count(),
        "audio": "manifest" if options.manifest else "samples",
        "phone": options.phone,
        "seconds": options.seconds,
    }
    figures = about | {"systems": {"sangdam": ours, **peers}, "ratios": compare(ours, peers)}
    print(json.dumps(figures, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()

"""`sangdam bench`: how many calls this machine transcribes, how late, at what cost; what the bus carries."""

import asyncio
import dataclasses
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from asr.admission import EVERYONE
from asr.endpointing import EndpointSettings
from asr.service import AsrService
from bus.base import Bus
from models.whisper import Whisper
from sangdam import settings
from sangdam.commands import bench_bus, bench_chat, bench_failover
from sangdam.commands.showing import show
from sangdam.evaluate.capacity import largest
from sangdam.evaluate.costs import POLICIES, site
from sangdam.evaluate.load import SPEECH_SHARE, Spoken, lay_out, read_utterances
from sangdam.evaluate.realtime import PATIENCE_S, on_time, report, run
from sangdam.evaluate.rig import ServiceOf
from sangdam.evaluate.soak import soak_call, soak_music
from sangdam.recogniser import Recogniser, load_recogniser
from sangdam.terminal import bar, print_json, pull_progress, say

app = typer.Typer(help="속도와 비용을 잰다 / measure speed and cost", no_args_is_help=True)

BEHIND_MS: Final = 1000
"""DESIGN's promise: a final within the endpoint's silence and one second."""
_WARM_UP_S: Final = 6.0
_TRIAL_PATIENCE_S: Final = 10.0
"""A trial that needs longer after its last frame is lost anyhow."""

Figures = dict[str, object]

app.command("bus")(bench_bus.bus)
app.command("chat")(bench_chat.chat)
app.command("failover")(bench_failover.failover)


@app.callback()
def bench() -> None:
    """속도와 비용을 잰다 / measure speed and cost."""


@app.command()
def asr(
    *,
    channels: Annotated[int, typer.Option(min=1, max=500, help="동시 채널 수 / channels at once")] = 1,
    seconds: Annotated[float, typer.Option(min=5, help="채널마다 몇 초 / seconds of each")] = 30,
    speech: Annotated[
        float, typer.Option(min=0.01, max=0.9, help="말하는 비율 / share of speech")
    ] = SPEECH_SHARE,
    phone: Annotated[
        bool, typer.Option("--phone", help="전화기를 흉내 낸다 / as a telephone hears it")
    ] = False,
    manifest: Annotated[
        Path | None,
        typer.Option(help="file, text 열이 있는 TSV, 없으면 예시 통화 / TSV of utterances, else the samples"),
    ] = None,
    capacity: Annotated[
        bool, typer.Option("--capacity", help="감당하는 채널 수를 찾는다 / find the most channels in time")
    ] = False,
    soak: Annotated[
        bool, typer.Option("--soak", help="긴 통화와 대기 음악 / a long call, and hold music")
    ] = False,
    soak_hours: Annotated[float, typer.Option(min=0.2, help="긴 통화의 시간 / hours of the call")] = 4,
    music_hours: Annotated[float, typer.Option(min=0.02, help="대기 음악의 시간 / hours of music")] = 2,
    seed: Annotated[int, typer.Option(help="발화의 순서와 잡음 / of order and noise")] = 0,
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON")] = False,
) -> None:
    """여러 통화를 실시간으로 인식한다 / transcribe many calls in real time.

    Calls are fed, ingested, carried by the bus and transcribed in this one process; CPU and memory are its own.
    """
    options = settings.load(model=model)
    with pull_progress() as pulled:
        recogniser = load_recogniser(options, pulled)
    spoken = read_utterances(manifest or _known_manifest(), phone=phone or soak)
    work = _Bench(recogniser, spoken, seconds, speech, seed)
    if soak:
        figures = asyncio.run(work.soak(soak_hours, music_hours))
    elif capacity:
        figures = asyncio.run(work.capacity(channels))
    else:
        figures = asyncio.run(work.once(channels))
    about: Figures = {
        "model": recogniser.path.name,
        "device": recogniser.device,
        "compute_type": recogniser.compute_type,
        "cores": os.cpu_count(),
        "audio": "manifest" if manifest or _known_manifest() else "samples",
        "phone": phone or soak,
    }
    if json:
        print_json(about | figures)
    else:
        show(about | figures)


@app.command()
def cost_model(
    channels: Annotated[int, typer.Option(min=1, help="동시 채널 수 / channels at once")] = 800,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON")] = False,
) -> None:
    """H200과 large-v3-turbo로 필요한 장비를 계산한다 / compute what a site of this size needs."""
    figures = {name: site(channels, policy=policy) for name, policy in POLICIES.items()}
    if json:
        print_json(figures)
    else:
        show(figures)


class _Bench:
    """Runs on one loaded model."""

    def __init__(
        self, recogniser: Recogniser, spoken: list[Spoken], seconds: float, speech: float, seed: int
    ) -> None:
        self._recogniser = recogniser
        self._spoken = spoken
        self._seconds = seconds
        self._speech = speech
        self._seed = seed

    async def once(self, channels: int) -> Figures:
        await self._warm_up()
        return await self._trial(channels, self._service)

    async def capacity(self, start: int) -> Figures:
        """Trials without admission: the machine is measured, not what is let in."""
        limit_ms = EndpointSettings().silence_ms + BEHIND_MS
        trials: list[Figures] = []

        async def passes(channels: int) -> bool:
            figures = await self._trial(channels, self._everything, _TRIAL_PATIENCE_S)
            kept = on_time(figures, limit_ms)
            trials.append({"kept": kept} | figures)
            latency = figures["latency_ms"]
            say(
                f"{channels}채널: {'감당함' if kept else '넘침'} {latency}",
                f"{channels} channels: {'in time' if kept else 'too many'}",
            )
            return kept

        await self._warm_up()
        found = await largest(passes, start=start)
        return {"capacity": found, "final_limit_ms": limit_ms, "trials": trials}

    async def soak(self, hours: float, music_hours: float) -> Figures:
        whisper = self._recogniser.whisper
        with bar("긴 통화 / a long call", unit=" s") as progress:
            call = await soak_call(self._spoken, hours, whisper, self._everything, progress.move)
        with bar("대기 음악과 침묵 / hold music and silence", unit=" min") as progress:
            music = await soak_music(music_hours, whisper, self._everything, progress.move)
        return {"soak": {"call": call, "music": music}}

    async def _warm_up(self) -> None:
        load = lay_out(self._spoken, 1, _WARM_UP_S, self._seed)
        await run(load, self._recogniser.whisper, self._service)

    async def _trial(self, channels: int, service_of: ServiceOf, patience_s: float = PATIENCE_S) -> Figures:
        load = lay_out(self._spoken, channels, self._seconds, self._seed, share=self._speech)
        with bar(f"{channels}채널 / {channels} channels", unit=" s") as progress:
            whisper = self._recogniser.whisper
            seen = await run(load, whisper, service_of, progress=progress.move, patience_s=patience_s)
        return report(seen)

    def _service(self, bus: Bus, whisper: Whisper) -> AsrService:
        return dataclasses.replace(self._recogniser, whisper=whisper).service(bus)

    def _everything(self, bus: Bus, whisper: Whisper) -> AsrService:
        """Admits every call, however far behind it is."""
        settings = dataclasses.replace(self._recogniser.settings(), admission=EVERYONE)
        return dataclasses.replace(self._recogniser, whisper=whisper).service(bus, settings)


def _known_manifest() -> Path | None:
    """Real speech is not part of the project; developers who have it name its folder."""
    folder = os.environ.get("SANGDAM_TEST_DATA")
    path = Path(folder, "audio", "manifest.tsv") if folder else None
    return path if path and path.is_file() else None

"""`sangdam demo`: a sample call and a simulated city in the browser, or `--once` on the command line."""

import asyncio
import logging
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from contracts.errors import SangdamError
from ingest.media import open_media
from ingest.replay import Recording, open_recording, tell_apart
from ingest.replay import play as play_recording
from sangdam import settings
from sangdam.added_models import load_added
from sangdam.application import (
    SAMPLE_CALLS,
    Application,
    listen,
    make_folder,
    open_application,
    running,
)
from sangdam.citizen import DEFAULT_SCRIPT, Citizen, Script, read_script
from sangdam.demo import load_sample_guides, play_once
from sangdam.recogniser import load_recogniser
from sangdam.services import SERVICES, AssistPart, ConsolePart, IngestPart
from sangdam.settings import Settings
from sangdam.simulation.city_now import CityNow
from sangdam.simulation.demo_city import settle, with_city
from sangdam.staff import DEMO_AGENT, DEMO_LEAD, ensure_demo_staff
from sangdam.stopping import Stop
from sangdam.terminal import bar, out, print_json, pull_progress, say
from sangdam.web import serve_web

log = logging.getLogger(__name__)

DEFAULT_CALL = SAMPLE_CALLS / "bulky-waste.flac"


def demo(  # noqa: PLR0917  typer passes them by name
    once: Annotated[
        bool, typer.Option("--once", help="통화 하나를 끝까지 처리하고 결과를 낸다 / one call, then print")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="결과를 JSON으로 / print JSON")] = False,
    call: Annotated[Path | None, typer.Option(help="통화 녹음 파일 / a recording")] = None,
    speed: Annotated[
        float, typer.Option(min=0.25, max=100, help="재생 속도, 1 = 실시간 / pace, 1 = real time")
    ] = 1.0,
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="웹 포트 / port of the page, 0: any free")
    ] = None,
    browser: Annotated[bool, typer.Option(help="브라우저를 연다 / open a browser")] = True,
    play: Annotated[
        bool, typer.Option(help="화면이 열리면 예시 통화를 건다 / play a call when the page opens")
    ] = True,
    citizen: Annotated[
        bool,
        typer.Option(
            "--citizen",
            help="통화 대신, 대본대로 채팅하는 시민을 부른다 / a citizen who chats by a script, instead of a call",
        ),
    ] = False,
    script: Annotated[
        Path, typer.Option(help="그 대본, 예: samples/chats의 파일 / that script")
    ] = DEFAULT_SCRIPT,
    city: Annotated[
        bool,
        typer.Option(
            help="모의 도시: 네 주의 상담과 지금 시작되는 단수 / a simulated city: four weeks of contacts, and an outage now"
        ),
    ] = True,
) -> None:
    """예시 통화와 채팅이 상담 화면에 실시간으로 나타난다 / a sample call or chat appears on the agent's panel.

    시민의 채팅 화면도 함께 열립니다. 거기에 쓰면 상담 화면에 보입니다. 팀장 화면에는 모의 도시의 상담이 세어지고, 지금
    시작되는 단수가 경보로 나타납니다.
    The citizens' chat page opens beside it: what is written there appears on the panel. The supervisor's page counts
    the contacts of a simulated city, and an outage of water that begins now appears as an alert.
    """
    options = settings.load(model=model, port=port)
    recording = call or DEFAULT_CALL
    if once:
        open_media(recording)
        asyncio.run(_once(options, recording, speed=speed, as_json=json))
    else:
        guest = Guest(
            recording if play and not citizen else None, read_script(script) if citizen else None, speed
        )
        asyncio.run(_stoppable(with_city(options) if city else options, guest, browser=browser, city=city))


async def _once(options: Settings, recording: Path, *, speed: float, as_json: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="sangdam-") as folder:
        apart = options.model_copy(update={"data_dir": Path(folder), "bus": "", "database": ""})
        say("음성 인식 모델을 읽습니다", "loading the speech model")
        with pull_progress() as progress:
            recogniser = await asyncio.to_thread(load_recogniser, apart, progress)
        added = await asyncio.to_thread(load_added, apart, SERVICES)
        async with open_application(apart, recogniser, added=added) as application:
            guides = await load_sample_guides(application.database)
            say(f"예시 안내문 {guides}건을 찾을 수 있게 준비합니다", f"indexing {guides} sample guides")
            opened = await _open(application, recording)
            with bar(f"통화 재생 / playing {recording.name}", unit=" s") as playing:
                result = await play_once(application, opened, speed=speed, progress=playing.move)
    if as_json:
        print_json(result)
    else:
        show(result)


@dataclass(frozen=True)
class Guest:
    """Who comes as soon as somebody looks at the panel."""

    call: Path | None
    chat: Script | None
    speed: float


async def _stoppable(options: Settings, guest: Guest, *, browser: bool, city: bool) -> None:
    with Stop().on_signals() as stop:
        await _pages(options, guest, stop, browser=browser, city=city)


async def _pages(options: Settings, guest: Guest, stop: Stop, *, browser: bool, city: bool) -> None:
    apart = options.model_copy(update={"data_dir": options.data_dir / "demo", "bus": "", "database": ""})
    make_folder(apart.data_dir)
    listening = listen("127.0.0.1", options.port)
    port = listening.getsockname()[1]
    # Two names of one machine: browsers keep their cookies apart, so agent and supervisor stand side by side.
    url, lead_url = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    say("음성 인식 모델을 읽습니다", "loading the speech model")
    with pull_progress() as progress:
        recogniser = await asyncio.to_thread(load_recogniser, apart, progress)
    added = await asyncio.to_thread(load_added, apart, SERVICES)
    async with open_application(apart, recogniser, added=added) as application:
        guides = await load_sample_guides(application.database)
        await ensure_demo_staff(application.database)
        living = await _settled(application, apart) if city else None
        with stop.serving():
            async with running(application), _living(living):
                say(f"예시 안내문 {guides}건을 찾을 수 있게 준비합니다", f"indexing {guides} sample guides")
                await application.part(AssistPart).ready.wait()
                say(f"상담 화면: {url} (끝내려면 Ctrl+C)", "the agent's panel; Ctrl+C ends it")
                say(f"시민 화면: {url}/chat/", "the citizens' chat page")
                say(f"팀장 화면: {lead_url}/#/board", "the supervisor's page")
                if living:
                    at = living.scripts.outage.at
                    spot = f"{at.district} {at.place}"
                    say(
                        f"모의 도시: {spot}에서 지금 단수가 시작됩니다. 1~2분 안에 팀장 화면에 경보가 뜹니다",
                        "simulated city: water is out there from now on; the alert comes within a minute or two",
                    )
                if browser:
                    for address in (url, f"{url}/chat/", f"{lead_url}/#/board"):
                        await asyncio.to_thread(webbrowser.open, address)
                first = asyncio.create_task(_first(application, guest, url))
                app = application.web(
                    demo_sign_in={
                        "127.0.0.1": DEMO_AGENT.staff_id,
                        "[::1]": DEMO_AGENT.staff_id,
                        "localhost": DEMO_LEAD.staff_id,
                    }
                )
                assert app is not None, "all services run"
                await serve_web(app, listening, application.parts, stop)
                first.cancel()


async def _settled(application: Application, options: Settings) -> CityNow:
    """The city with its past."""
    with bar("모의 도시의 지난 네 주 / four weeks of a simulated city", unit="") as filling:
        return await settle(application, options, progress=filling.move)


@asynccontextmanager
async def _living(city: CityNow | None) -> AsyncIterator[None]:
    """The city's calls beside the block; they end with it."""
    calling = asyncio.create_task(city.run(), name="simulated city") if city else None
    if calling:
        calling.add_done_callback(_ended)
    try:
        yield
    finally:
        if calling:
            calling.cancel()
            await asyncio.wait([calling], timeout=5)


def _ended(calling: asyncio.Task[None]) -> None:
    """A city that fell silent by a fault leaves the rest of the demonstration as it is."""
    if not calling.cancelled() and (error := calling.exception()):
        log.error("simulated city: %s", error, exc_info=error)


async def _open(application: Application, call: Path) -> Recording:
    """A checked recording; of one channel, with its parties told apart."""
    recording = await asyncio.to_thread(open_recording, call)
    if recording.media.channels > 1:
        return recording
    with bar("화자 구분 / telling the speakers apart", unit=" s") as telling:
        return await asyncio.to_thread(
            tell_apart, recording, application.part(IngestPart).diarizer, telling.move
        )


async def _first(application: Application, guest: Guest, url: str) -> None:
    """The guest comes as soon as somebody looks."""
    recording = await _open(application, guest.call) if guest.call else None
    while not len(application.part(ConsolePart).service.panels):  # noqa: ASYNC110  once, at the start of a demonstration
        await asyncio.sleep(0.2)
    if recording:
        calls = application.part(IngestPart).calls
        await play_recording(calls, recording, agent_id=DEMO_AGENT.staff_id, speed=guest.speed)
    if guest.chat:
        say(f"시민이 채팅을 시작합니다: {guest.chat.title}", "a citizen starts a chat")
        try:
            await Citizen(url, guest.chat, speed=guest.speed).play()
        except SangdamError as error:
            say(f"시민의 채팅이 끊겼습니다: {error.ko}", error.en)


def show(result: dict[str, Any]) -> None:
    """The result for people."""
    for utterance in result["utterances"]:
        who = {"caller": "민원인", "agent": "상담사"}.get(utterance["role"], "미상")
        out.print(f"{utterance['start_ms'] / 1000:6.1f} s  [bold]{who}[/]  {escape(utterance['text'])}")
        for card in result["suggestions"]:
            if card["utterance_id"] == utterance["utterance_id"]:
                out.print(f"{'':10}[cyan]안내: {escape(card['title'])}[/] [dim]{escape(card['reason'])}[/]")
    summary = result["summary"]
    out.print(f"\n[bold]{summary['label']}[/]")
    fields = {"inquiry": "문의내용", "handling": "처리내용", "followup": "후속조치"}
    for line in summary["lines"]:
        out.print(f"  {fields[line['field']]}: {escape(line['text'])}")
    if summary["category"]:
        out.print(f"  상담유형: {summary['category']['label']}")
    out.print(f"[dim]{result['latency_ms']} ms[/]")

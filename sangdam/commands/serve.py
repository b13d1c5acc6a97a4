"""`sangdam serve`: all services in one process, or some of them."""

import asyncio
import socket
from typing import Annotated

import typer

from contracts.errors import BadSetting
from sangdam import collector, settings
from sangdam.added_models import load_added
from sangdam.application import Application, open_foundation, running
from sangdam.metrics import Metrics
from sangdam.ops import Status, ops_served
from sangdam.recogniser import Recogniser, load_recogniser
from sangdam.services import SERVICES, WEB, build, choose
from sangdam.settings import Settings
from sangdam.site import address_of, listen, make_folder
from sangdam.stopping import LIMIT_S, Stop, give_up_after
from sangdam.terminal import pull_progress, say
from sangdam.traces import tracing
from sangdam.web import serve_web


def serve(
    services: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SERVICE",
            help=f"돌릴 서비스, 없으면 모두 / services to run, none: all ({', '.join(SERVICES)})",
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="화면을 들을 주소 / address of the pages")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="화면의 포트 / port of the pages, 0: any free")
    ] = None,
    ops_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="/healthz, /readyz, /metrics의 포트 / their port, 0: any free"),
    ] = None,
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
) -> None:
    """서비스를 한 프로세스로 돌린다 / run services in one process.

    한 컴퓨터의 여러 프로세스는 SANGDAM_DATA_DIR의 내장 버스와 SQLite를 함께 씁니다. 내장 버스는 컴퓨터 사이에서
    나누어 쓸 수 없고, 그렇게 해도 알아차리지 못합니다. 여러 컴퓨터에는 SANGDAM_BUS=kafka://…와
    SANGDAM_DATABASE=postgresql+asyncpg://…가 필요합니다.

    Processes of one machine share the embedded bus and SQLite in SANGDAM_DATA_DIR. An embedded bus cannot be
    shared between machines, and nothing notices when somebody tries: several machines need
    SANGDAM_BUS=kafka://… and SANGDAM_DATABASE=postgresql+asyncpg://….
    """
    names = choose(services or [])
    options = settings.load(host=host, port=port, ops_port=ops_port, model=model)
    check(options, names)
    asyncio.run(_serve(options, names))


def check(options: Settings, names: tuple[str, ...]) -> None:
    """Raises: BadSetting, where processes of a site would sign cookies each with a secret of its own."""
    if options.bus_engine != "embedded" and WEB & set(names) and options.secret is None:
        raise BadSetting(
            "Kafka를 쓰는 화면, 채팅, 통화 서버는 모두 같은 SANGDAM_SECRET(32자 이상)이 있어야 합니다. 만들기: openssl rand -base64 48",
            "with Kafka all ingest, chat and console processes need the same SANGDAM_SECRET of at least 32 characters; "
            "make one with: openssl rand -base64 48",
        )
    if options.bus_engine != "embedded" and "chat_gateway" in names and options.vault_key is None:
        raise BadSetting(
            "Kafka를 쓰는 채팅 서버는 모두 같은 SANGDAM_VAULT_KEY(32자 이상)가 있어야 합니다. 만들기: openssl rand -base64 48",
            "with Kafka all chat processes need the same SANGDAM_VAULT_KEY of at least 32 characters; "
            "make one with: openssl rand -base64 48",
        )


async def _serve(options: Settings, names: tuple[str, ...]) -> None:
    make_folder(options.data_dir)
    listening = listen(options.host, options.port) if WEB & set(names) else None
    ops = listen(options.ops_host, options.ops_port, "--ops-port", "SANGDAM_OPS_PORT")
    status = Status(names)
    metrics = Metrics(status, options)
    stop = Stop(status.stop)
    with stop.on_signals():
        async with (
            tracing(options.traces, names, status.instance),
            ops_served(ops, status, metrics.scrape),
        ):
            say(
                f"운영 정보: http://{address_of(ops)}/metrics",
                "health, readiness and metrics of this process",
            )
            async with open_foundation(options, names, status.instance) as foundation:
                status.foundation = foundation
                recogniser = await _load(options, names)
                added = await asyncio.to_thread(load_added, options, names)
                parts = build(names, foundation, recogniser, metrics.observe, added)
                status.parts = parts
                application = Application(foundation, parts)
                with stop.serving():
                    async with running(application, lambda: give_up_after(LIMIT_S)):
                        await _until(stop, application, listening, status)


async def _load(options: Settings, names: tuple[str, ...]) -> Recogniser | None:
    if "asr" not in names:
        return None
    say("음성 인식 모델을 읽습니다", "loading the speech model")
    with pull_progress() as progress:
        return await asyncio.to_thread(load_recogniser, options, progress)


async def _until(
    stop: Stop, application: Application, listening: socket.socket | None, status: Status
) -> None:
    """Serve until told to stop."""
    if not stop.is_set():
        status.phase = "running"
    app = application.web()
    announced = asyncio.create_task(_announce(application))
    try:
        if app is None or listening is None:
            await stop.wait()
            return
        address = address_of(listening)
        if "console" in application.parts:
            say(f"상담 화면: http://{address}", "the agent's panel is open. Ctrl+C ends it")
        if "chat_gateway" in application.parts:
            say(f"시민 화면: http://{address}/chat/", "the citizens' chat page")
        if "console" not in application.parts and "ingest" in application.parts:
            say(f"통화 받기: http://{address}/api/ingest", "calls come in here. Ctrl+C ends it")
        await serve_web(app, listening, application.parts, stop)
    finally:
        announced.cancel()


async def _announce(application: Application) -> None:
    for part in application.parts.values():
        await part.ready.wait()
    collector.settle()
    say(f"준비되었습니다: {', '.join(application.parts)}", "ready")

"""`sangdam serve`: all services in one process."""

import asyncio
from typing import Annotated

import typer

from sangdam import settings
from sangdam.application import listen, make_folder, open_application, running, serve_web
from sangdam.recogniser import load_recogniser
from sangdam.settings import Settings
from sangdam.terminal import pull_progress, say


def serve(
    host: Annotated[str | None, typer.Option(help="들을 주소 / address")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="들을 포트 / port")] = None,
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
) -> None:
    """모든 서비스를 한 프로세스로 돌린다 / run all services in one process."""
    asyncio.run(_serve(settings.load(host=host, port=port, model=model)))


async def _serve(options: Settings) -> None:
    make_folder(options.data_dir)
    listening = listen(options.host, options.port)
    address, port = listening.getsockname()[:2]
    say("음성 인식 모델을 읽습니다", "loading the speech model")
    with pull_progress() as progress:
        recogniser = await asyncio.to_thread(load_recogniser, options, progress)
    async with open_application(options, recogniser) as application, running(application):
        say(f"상담 화면: http://{address}:{port}", "the agent's panel is open. Ctrl+C ends it")
        await serve_web(application, listening)

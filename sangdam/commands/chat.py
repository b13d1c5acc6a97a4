"""`sangdam chat citizen | push-key`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from chat_gateway.web_push import new_push_key, public_push_key
from contracts.chat import ChatEntry, Notice, Offered, Said
from sangdam import settings
from sangdam.citizen import DEFAULT_SCRIPT, Citizen, read_script
from sangdam.terminal import out, say

app = typer.Typer(help="채팅 상담 / live chat", no_args_is_help=True)


@app.callback()
def chat() -> None:
    """채팅 상담 / live chat."""


@app.command()
def citizen(
    *,
    url: Annotated[
        str, typer.Option(help="사이트 주소, 없으면 이 컴퓨터의 SANGDAM_PORT / the site, else this machine's")
    ] = "",
    script: Annotated[
        Path, typer.Option(help="대본, 예: samples/chats의 파일 / what is said")
    ] = DEFAULT_SCRIPT,
    speed: Annotated[
        float, typer.Option(min=0.25, max=50, help="빠르기, 1 = 사람처럼 / pace, 1 = as people")
    ] = 1.0,
) -> None:
    """시민 한 사람이 대본대로 채팅한다 / a citizen chats by a script, typing live."""
    lines = read_script(script)
    options = settings.load()
    address = url or f"http://127.0.0.1:{options.port}"
    say(f"시민이 {address}/chat/ 에서 상담을 시작합니다: {lines.title}", "a citizen starts a chat")
    asyncio.run(Citizen(address, lines, speed=speed, heard=show_entry).play())


@app.command("push-key")
def push_key() -> None:
    """웹 푸시의 열쇠(VAPID)를 새로 만든다: SANGDAM_PUSH_KEY에 넣는다 / make a new key for web push."""
    private = new_push_key()
    out.print(private, soft_wrap=True)
    say(f"공개 열쇠: {public_push_key(private)}", "the public half; pages get it by themselves")


def show_entry(entry: ChatEntry) -> None:
    """One line for people."""
    match entry.body:
        case Said(text=text):
            who = {"citizen": "시민", "staff": "상담사"}.get(entry.author.side, "안내")
        case Notice(ko=text):
            who = "안내"
        case Offered(guides=guides):
            who, text = "안내 글", ", ".join(guide.title for guide in guides)
        case _:
            return
    out.print(f"[bold]{who}[/] {escape(text)}")

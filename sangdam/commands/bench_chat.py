"""`sangdam bench chat`: how many conversations one gateway holds, how late, what gets lost."""

import asyncio
from typing import Annotated, Final

import typer

from sangdam.commands.showing import show
from sangdam.evaluate.chat import run
from sangdam.evaluate.chat_loaders import Plan
from sangdam.evaluate.peers import ROOT, peer_interpreter
from sangdam.terminal import bar, print_json

_PEER: Final = ROOT / "bench" / "chat_peer.py"


def chat(
    *,
    connections: Annotated[
        int, typer.Option(min=2, max=50_000, help="연결된 시민 / citizens connected")
    ] = 5_000,
    rate: Annotated[
        float, typer.Option(min=1, max=20_000, help="모두 합해 초당 메시지 / messages a second in all")
    ] = 1_000,
    seconds: Annotated[float, typer.Option(min=1, max=3_600, help="부하를 거는 시간 / of the load")] = 20,
    typists: Annotated[
        int | None, typer.Option(min=0, help="내내 쓰는 시민, 없으면 2 % / citizens who type all the time")
    ] = None,
    stall: Annotated[
        float,
        typer.Option(min=1, max=600, help="멈춘 화면과 함께 몇 초 / seconds with a page that stands still"),
    ] = 10,
    alone: Annotated[
        bool, typer.Option("--alone", help="다른 채팅 서버 없이 / without another chat server")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON")] = False,
) -> None:
    """게이트웨이 하나에 수천 대화: 메모리, 지연, 잃은 것, 겹친 것 / thousands of chats on one gateway.

    One gateway process on a core of its own with the embedded bus and SQLite; citizens and agents are real
    WebSockets from other processes. A message is timed from when it was due at its sender to its arrival at the
    other screen, typing from the keystroke. Beside it a chat server on python-socketio, with and without a database.
    """
    plan = Plan(
        connections=connections,
        rate=rate,
        seconds=seconds,
        typists=connections // 50 if typists is None else min(typists, connections),
        stall_s=stall,
    )
    interpreter = "" if alone else peer_interpreter("bench.chat_peers")
    with bar("채팅 / chats") as progress:
        figures = asyncio.run(run(plan, interpreter, _PEER, progress.move))
    if json:
        print_json(figures)
    else:
        show(figures)

"""`sangdam bench failover`: what it costs that a recogniser dies in the middle of calls."""

from pathlib import Path
from typing import Annotated

import typer

from sangdam.commands.showing import show
from sangdam.evaluate.failover import RECORDINGS, Engine, Plan, run
from sangdam.terminal import bar, print_json, say


def failover(
    *,
    engine: Annotated[Engine, typer.Option(help="버스 / which engine")] = "kafka",
    calls: Annotated[int, typer.Option(min=1, max=len(RECORDINGS), help="동시 통화 / calls at once")] = 2,
    seconds: Annotated[float, typer.Option(min=12, max=55, help="통화의 길이 / length of a call")] = 20,
    kills: Annotated[int, typer.Option(min=1, max=100, help="몇 번 죽이는가 / how many kills")] = 2,
    session: Annotated[
        float, typer.Option(min=1, max=300, help="죽은 것으로 보는 시간, 초 / bus session in seconds")
    ] = 10,
    model: Annotated[Path | None, typer.Option(help="모델 폴더 / model folder")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON")] = False,
) -> None:
    """인식기 하나를 통화 중에 죽인다: 다음 문장까지의 시간, 잃은 것, 겹친 것 / kill one of two recognisers mid-speech.

    Real processes of every service on a local Kafka and PostgreSQL. `recovery_s` is from the kill to the next final
    of its calls on an agent's panel; `finals_lost` and `finals_doubled` are against the same calls undisturbed.
    """
    say("브로커와 서비스를 띄웁니다", "starting a broker and the services")
    plan = Plan(engine=engine, calls=calls, seconds=seconds, kills=kills, session_s=session)
    with bar("장애 / failover") as progress:
        figures = run(plan, model, progress.move)
    if json:
        print_json(figures)
    else:
        show(figures)

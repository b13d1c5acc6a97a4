"""`sangdam bench bus`: what the bus carries, how late, at what cost."""

import asyncio
from typing import Annotated

import typer

from sangdam.commands.showing import show
from sangdam.evaluate.bus_run import RAW, Engine, Run, run_embedded, run_kafka
from sangdam.terminal import bar, print_json, say


def bus(
    *,
    engine: Annotated[Engine, typer.Option(help="버스 / which engine")] = "embedded",
    bootstrap: Annotated[
        str, typer.Option(help="브로커 주소, 없으면 하나를 띄운다 / a broker, else one is started")
    ] = "",
    alone: Annotated[
        bool, typer.Option("--alone", help="다른 Kafka 클라이언트 없이 / without other Kafka clients")
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=600, help="속도마다 몇 초 / seconds at each rate")
    ] = 5,
    records: Annotated[
        int, typer.Option(min=1_000, max=10_000_000, help="전속력으로 보낼 기록 / records at full speed")
    ] = 50_000,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="몇 번씩 / how often each")] = 2,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON")] = False,
) -> None:
    """초당 기록 수, 보내서 처리될 때까지의 시간, CPU / records a second, publish to handled, CPU.

    800 channels' records of 1 KB at 500 and 4,000 a second and as fast as they are taken; sender and receiver are
    processes of their own. Kafka: kafka-python, aiokafka and confluent-kafka are measured beside it, on the same
    broker. Medians of the rounds.
    """
    run = Run(seconds=seconds, records=records, rounds=rounds)
    if engine == "kafka" and not bootstrap:
        say("로컬 Kafka를 띄웁니다", "starting a local Kafka")
    with bar(f"버스 {engine} / bus") as progress:
        if engine == "embedded":
            figures = asyncio.run(run_embedded(run, progress.move))
        else:
            figures = asyncio.run(run_kafka(run, bootstrap, () if alone else RAW, progress.move))
    if json:
        print_json(figures)
    else:
        show(figures)

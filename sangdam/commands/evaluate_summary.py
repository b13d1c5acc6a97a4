"""`sangdam eval summary`: can drafts be trusted, and what do agents keep of them?"""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from console.measures import TYPING_CHARS_PER_S, quality
from models.openai_server import OpenAIServer
from sangdam import settings
from sangdam.application import SAMPLES
from sangdam.evaluate.summary import Move, evaluate_summary
from sangdam.terminal import bar, print_json
from store import measures
from store.database import Database


def summary(
    *,
    folder: Annotated[Path, typer.Option(help="예시 대화 폴더 / folder of labelled conversations")] = SAMPLES
    / "summaries",
    samples: Annotated[
        Path,
        typer.Option(help="dialogues와 conversations가 있는 폴더 / folder with dialogues and conversations"),
    ] = SAMPLES,
    split: Annotated[
        Literal["tune", "test"], typer.Option(help="어느 대화로 잴지 / which conversations")
    ] = "test",
    llm_url: Annotated[
        str, typer.Option(help="OpenAI 호환 서버, /v1까지 / a server that speaks the OpenAI protocol")
    ] = "",
    llm_model: Annotated[str, typer.Option(help="그 서버의 모델 이름 / the model's name there")] = "",
    database: Annotated[
        str | None,
        typer.Option(help="저장된 상담 이력도 잰다: 데이터베이스 주소 / saved summaries too: a database URL"),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="며칠 동안 / of so many days")] = 30,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="틀린 줄도 보인다 / list what went wrong")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON (the only form)")] = True,  # noqa: ARG001
) -> None:
    """상담 이력 초안을 믿을 수 있는지 잰다 / are false figures marked, inventions withheld, injections harmless?"""
    with bar("상담 이력 초안 / summary drafts") as progress:
        figures = asyncio.run(
            _figures(
                folder,
                samples,
                split,
                llm=(llm_url, llm_model),
                database=database,
                days=days,
                verbose=verbose,
                move=progress.move,
            )
        )
    print_json(figures)


async def _figures(
    folder: Path,
    samples: Path,
    split: Literal["tune", "test"],
    *,
    llm: tuple[str, str],
    database: str | None,
    days: int,
    verbose: bool,
    move: Move,
) -> dict[str, Any]:
    url, name = llm
    key = settings.load().llm_key if url else None
    model = OpenAIServer(url, name, key=key.get_secret_value() if key else None) if url else None
    try:
        found = await evaluate_summary(folder, samples, part=split, model=model, verbose=verbose, move=move)
    finally:
        if model is not None:
            await model.close()
    return found if database is None else {**found, "saved": await _saved(database, days)}


async def _saved(url: str, days: int) -> dict[str, Any]:
    """What agents made of the drafts of the last days."""
    now_ms = round(dt.datetime.now(tz=dt.UTC).timestamp() * 1000)
    opened = await Database.open(url)
    try:
        async with opened.session() as session:
            sums = await measures.figures(session, now_ms - days * measures.DAY_MS, now_ms + 1)
    finally:
        await opened.close()
    told = quality(sums, TYPING_CHARS_PER_S)
    return {
        **told.total.model_dump(),
        "unedited_share": round(told.total.unedited / told.total.drafted, 4) if told.total.drafted else None,
        "engines": {one.engine: one.figures.model_dump() for one in told.engines},
    }

"""`sangdam eval asr | retrieval`: quality on labelled data, as JSON."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from sangdam import settings
from sangdam.evaluate.asr import evaluate_asr
from sangdam.evaluate.retrieval import evaluate_retrieval
from sangdam.terminal import bar, print_json

app = typer.Typer(help="품질을 잰다 / measure quality on labelled data", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON (the only form)")]


@app.command()
def asr(
    manifest: Annotated[Path, typer.Option(help="file, text 열이 있는 TSV / TSV with columns file, text")],
    phone: Annotated[
        bool, typer.Option("--phone", help="전화기를 흉내 낸다 / as a telephone hears it")
    ] = False,
    model: Annotated[str | None, typer.Option(help="모델 이름이나 폴더 / model name or folder")] = None,
    json: AsJson = True,  # noqa: ARG001  JSON is the only form
) -> None:
    """실시간 인식과 오프라인 인식의 글자 오류율 / character error rate of streaming beside offline."""
    options = settings.load(model=model)
    with bar("음성 인식 평가 / speech recognition", unit=" s") as progress:
        print_json(asyncio.run(evaluate_asr(options, manifest, phone=phone, progress=progress.move)))


@app.command()
def retrieval(
    articles: Annotated[Path, typer.Option(help="안내문 CSV / guide articles")],
    queries: Annotated[
        Path, typer.Option(help="query, article_id 열이 있는 TSV / TSV with columns query, article_id")
    ],
    json: AsJson = True,  # noqa: ARG001  JSON is the only form
) -> None:
    """제목으로 물어 본문을 찾는다 / query by title, find by body."""
    with bar("검색 평가 / retrieval") as progress:
        print_json(evaluate_retrieval(articles, queries, progress.move))

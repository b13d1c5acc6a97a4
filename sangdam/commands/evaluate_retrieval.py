"""`sangdam eval retrieval`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from assist import weights as weighing
from sangdam.application import SAMPLE_GUIDES, SAMPLES
from sangdam.evaluate.retrieval import evaluate_retrieval
from sangdam.terminal import bar, print_json

CALLER_QUERIES: Final = SAMPLES / "queries" / "caller-queries.tsv"


def retrieval(
    *,
    articles: Annotated[
        Path, typer.Option(help="안내문 파일이나 폴더, 없으면 예시 / guides, else the samples")
    ] = SAMPLE_GUIDES,
    queries: Annotated[
        Path,
        typer.Option(help="query, article_id 열이 있는 TSV, 없으면 예시 / TSV of queries, else the samples"),
    ] = CALLER_QUERIES,
    noise: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="잘못 들린 음절의 비율 / share of misheard syllables"),
    ] = None,
    split: Annotated[
        str,
        typer.Option(help="split 열이 있으면 그 가운데 이것만, 'all'은 모두 / of split queries only these"),
    ] = "test",
    weights: Annotated[
        Path | None, typer.Option(help="다른 가중치 / weights of 'sangdam assist tune'")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON (the only form)")] = True,  # noqa: ARG001
) -> None:
    """안내문 검색을 잰다. 문의가 제목이면 본문만 색인한다 / search of guides; by body alone where queries are titles."""
    with bar("검색 평가 / retrieval") as progress:
        figures = evaluate_retrieval(
            articles,
            queries,
            progress.move,
            split="" if split == "all" else split,
            noise=noise,
            weights=weighing.read(weights) if weights else None,
        )
    print_json(figures)

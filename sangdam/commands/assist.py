"""`sangdam assist tune`."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from assist import weights as weighing
from assist.dense import DenseIndex
from models.encoder import Encoder
from models.morphemes import Morphemes
from sangdam import settings
from sangdam.application import SAMPLE_GUIDES, SAMPLES
from sangdam.evaluate.retrieval import Asked, Near, read_guides, read_queries
from sangdam.evaluate.tuning import Material, Outcome, split_queries, split_unanswered, titles_of, tune
from sangdam.terminal import bar, err, print_json, say
from store.articles import StoredArticle

_QUERIES: Final = SAMPLES / "queries"
_ROWS: Final = (
    ("recall_at_1", "첫째가 맞음 / first is right"),
    ("recall_at_5", "다섯 안에 있음 / within five"),
    ("log_loss", "점수의 어긋남 / untruth of scores"),
)

app = typer.Typer(help="상담 도우미를 조정한다 / adapt the assistant", no_args_is_help=True)


@app.callback()
def assist_group() -> None:
    """Keeps `tune` a subcommand."""


@app.command("tune")
def tune_(
    *,
    articles: Annotated[
        Path, typer.Option(help="안내문 파일이나 폴더, 없으면 예시 / guides, else the samples")
    ] = SAMPLE_GUIDES,
    queries: Annotated[
        Path, typer.Option(help="query, article_id 열이 있는 TSV / TSV with columns query, article_id")
    ] = _QUERIES / "caller-queries.tsv",
    unanswered: Annotated[
        Path | None,
        typer.Option(help="답이 없는 문의, query 열이 있는 TSV / TSV of queries that no guide answers"),
    ] = None,
    titles: Annotated[
        Path | None,
        typer.Option(
            help="제목으로 본문을 찾아 배울 안내문, 없으면 위의 안내문 / guides to learn from by their titles"
        ),
    ] = None,
    without: Annotated[
        Path | None,
        typer.Option("--except", help="배우지 않을 제목의 TSV / TSV of titles that are not learned from"),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="뜻으로 찾는 모델, 그 가중치도 배운다 / encoder whose weight is learned too"),
    ] = None,
    out: Annotated[Path, typer.Option(help="가중치를 쓸 파일 / file for the weights")] = Path("weights.yaml"),
) -> None:
    """검색의 가중치를 문의에서 배워 파일에 쓴다 / learn the weights of the search from queries; writes a file."""
    guides = read_guides(articles)
    learned, kept = split_queries(queries)
    if unanswered is None and articles == SAMPLE_GUIDES:
        unanswered = _QUERIES / "unanswered.tsv"
    nothing, nothing_kept = split_unanswered(unanswered) if unanswered else ([], [])
    held_out: list[Asked] = read_queries(without) if without else []
    bodies = read_guides(titles) if titles else guides
    material = Material(
        articles=guides,
        tune=learned,
        test=kept,
        unanswered_tune=nothing,
        unanswered_test=nothing_kept,
        bodies=bodies,
        titles=titles_of(bodies, held_out),
    )
    before = weighing.shipped()
    near = _near(encoder, guides) if encoder else None
    say("형태소 분석기를 불러옵니다", "loading the morpheme analyser")
    morphemes = Morphemes()
    morphemes.warm_up()
    with bar("문의 읽기 / queries") as progress:
        outcome = tune(
            material,
            before,
            morphemes.nouns_and_terms,
            morphemes.nouns_and_terms_of,
            step=progress.move,
            near=near,
        )
    out.write_text(outcome.weights.to_yaml(_note(material, encoder)), encoding="utf-8")
    _show(outcome, len(kept), len(nothing_kept))
    say(f"{out}에 썼습니다", f"written to {out}")
    print_json({"weights": str(out), "before": outcome.before, "after": outcome.after})


def _near(encoder: str, guides: list[StoredArticle]) -> Near:
    options = settings.load()
    say(f"{encoder}(으)로 안내문을 읽습니다", f"encoding the guides with {encoder}")
    dense = DenseIndex.build(
        guides, Encoder.load(encoder, models_dir=options.models_dir, offline=options.offline)
    )
    return dense.near


def _note(material: Material, encoder: str | None) -> str:
    by = f" and the encoder {encoder}" if encoder else ""
    return (
        "검색의 가중치 / weights of the search, see assist/weights.py. Learned by 'sangdam assist tune'\n"
        f"on {dt.datetime.now(tz=dt.UTC).date()} from {len(material.tune)} queries to {len(material.articles)} guides,\n"
        f"{len(material.unanswered_tune)} turns without an answer, {len(material.titles)} titles{by}."
    )


def _show(outcome: Outcome, answered: int, unanswered: int) -> None:
    table = Table(title=f"따로 둔 문의 / queries kept apart: {answered} + {unanswered}")
    for heading in ("", "전 / before", "후 / after"):
        table.add_column(heading)
    for name, label in _ROWS:
        table.add_row(label, f"{outcome.before[name]:.3f}", f"{outcome.after[name]:.3f}")
    err.print(table)

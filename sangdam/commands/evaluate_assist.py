"""`sangdam eval assist`: does the right guide come at the right moment, and nothing else?"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from assist.agencies import load_agencies
from assist.importer import import_articles
from assist.index import ArticleIndex
from assist.search import Searcher
from models.morphemes import Morphemes
from sangdam.application import SAMPLE_GUIDES, SAMPLES
from sangdam.evaluate.assist import evaluate_assist
from sangdam.evaluate.assist_labels import read_conversations
from sangdam.terminal import bar, print_json, say


def assist(
    *,
    conversations: Annotated[
        Path, typer.Option(help="예시 통화 폴더 / folder of labelled conversations")
    ] = SAMPLES / "conversations",
    articles: Annotated[Path, typer.Option(help="안내문 / guide articles")] = SAMPLE_GUIDES,
    split: Annotated[
        Literal["tune", "test", "all"], typer.Option(help="어느 통화로 잴지 / which conversations")
    ] = "test",
    verbose: Annotated[
        bool,
        typer.Option("--verbose", help="틀린 카드와 놓친 카드도 보인다 / list wrong and missed cards too"),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON (the only form)")] = True,  # noqa: ARG001
) -> None:
    """통화를 되돌려 안내 카드의 정밀도와 때를 잰다 / replay conversations: are guide cards right and in time?"""
    say("안내문을 색인합니다", "indexing the guides")
    guides = import_articles(articles, dt.datetime.now(tz=dt.UTC).date()).accepted
    agencies = load_agencies()
    known = {article.article_id for article in guides} | {agency.card_id for agency in agencies}
    labelled = [each for each in read_conversations(conversations, known) if split in ("all", each.split)]
    searcher = Searcher(ArticleIndex(guides, Morphemes().nouns_and_terms))
    with bar("통화 되돌리기 / conversations") as progress:
        figures = evaluate_assist(labelled, searcher.search, agencies, progress.move, verbose=verbose)
    print_json({"split": split, "articles": len(guides), "engine": searcher.engine, **figures})

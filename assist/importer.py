"""Guides from files into articles: the good ones go in, each bad one is told with its line and its reason."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assist.article_fields import Refusal, RowRefused, article_of
from assist.article_files import read_csv, read_json_lines, read_markdown
from contracts.errors import BadArticle, NotFound
from store.articles import StoredArticle

_READERS: Final = {
    ".csv": read_csv,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".md": read_markdown,
}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file or folder held."""

    accepted: tuple[StoredArticle, ...]
    refused: tuple[Refusal, ...]


def import_articles(path: Path, imported_on: dt.date) -> ImportReport:
    """Read all guides of a file or folder; see `iterate_articles`."""
    accepted: list[StoredArticle] = []
    refused: list[Refusal] = []
    for item in iterate_articles(path, imported_on):
        if isinstance(item, Refusal):
            refused.append(item)
        else:
            accepted.append(item)
    return ImportReport(tuple(accepted), tuple(refused))


def iterate_articles(path: Path, imported_on: dt.date) -> Iterator[StoredArticle | Refusal]:
    """Read guides one by one: `.csv`, `.jsonl`, a Markdown file, or a folder of Markdown files.

    A folder's `README.md` is about the guides and none itself.

    Args:
        path: the file or folder.
        imported_on: stands for the date of revision where a row has none.

    Raises:
        NotFound: there is nothing at `path`.
        BadArticle: the file is of no kind we read.
    """
    seen: dict[str, str] = {}
    for file in _files(path):
        for line, row in _READERS[file.suffix.lower()](file):
            where = f"{file.name}:{line}"
            yield _article(row, where, seen, imported_on)


def _article(
    row: dict[str, object] | RowRefused, where: str, seen: dict[str, str], imported_on: dt.date
) -> StoredArticle | Refusal:
    if isinstance(row, RowRefused):
        return row.at(where)
    try:
        article = article_of(row, imported_on)
    except RowRefused as refused:
        return refused.at(where)
    first = seen.setdefault(article.article_id, where)
    if first == where:
        return article
    return Refusal(
        where,
        "duplicate-id",
        f"id {article.article_id!r}이(가) {first}에 이미 있습니다",
        f"id {article.article_id!r} is already at {first}",
    )


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in sorted(path.rglob("*.md")) if file.name.lower() != "readme.md"]
    if not path.exists():
        raise NotFound(
            f"{path}이(가) 없습니다. 경로를 확인해 주십시오.", f"{path} does not exist: check the path."
        )
    if path.suffix.lower() not in _READERS:
        raise BadArticle(
            f"{path.name}은(는) 읽을 수 없는 형식입니다. .csv, .jsonl, .md 파일이나 .md 폴더를 주십시오.",
            f"{path.name}: no format we read; give a .csv, .jsonl or .md file, or a folder of .md files.",
        )
    return [path]

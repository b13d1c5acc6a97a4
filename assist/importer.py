"""Guides from files into articles: the good ones go in, each bad one is told with its line and its reason."""

import datetime as dt
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assist.article_fields import Refusal, RowRefused, article_of, is_dated
from assist.article_files import Row, read_csv, read_json_lines, read_markdown
from assist.article_html import read_html
from contracts.errors import BadArticle, NotFound
from store.articles import StoredArticle

_READERS: Final[dict[str, Callable[[Path], Iterator[Row]]]] = {
    ".csv": read_csv,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".md": read_markdown,
    ".html": read_html,
    ".htm": read_html,
}
_PAGES: Final = frozenset({".md", ".html", ".htm"})
"""One guide each; without an `id` it is the file's name."""

_NO_ID: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file or folder held."""

    accepted: tuple[StoredArticle, ...]
    refused: tuple[Refusal, ...]
    undated: frozenset[str] = frozenset()
    """Ids of those whose `revised` is only the day of the import."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A row that is an article."""

    article: StoredArticle
    where: str
    """File and line."""
    dated: bool


def import_articles(
    path: Path, imported_on: dt.date, on_file: Callable[[int, int], None] | None = None
) -> ImportReport:
    """Read all guides of a file or folder; see `iterate_articles`.

    Args:
        path: the file or folder.
        imported_on: stands for the date of revision where a row has none.
        on_file: told after each file how many of how many are read.
    """
    return report_of(iterate_articles(path, imported_on, on_file))


def import_bytes(data: bytes, file_name: str, imported_on: dt.date) -> ImportReport:
    """Read all guides of a file that somebody sends; blocks.

    Args:
        data: its bytes.
        file_name: tells the kind, and the id of a guide that has none.
        imported_on: stands for the date of revision where a row has none.

    Raises:
        BadArticle: the file is of no kind we read.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(file_name).name[-100:] or "file")
        path.write_bytes(data)
        return import_articles(path, imported_on)


def report_of(items: Iterable[Imported | Refusal]) -> ImportReport:
    """All of it at once."""
    accepted: list[StoredArticle] = []
    refused: list[Refusal] = []
    undated: set[str] = set()
    for item in items:
        if isinstance(item, Refusal):
            refused.append(item)
            continue
        accepted.append(item.article)
        if not item.dated:
            undated.add(item.article.article_id)
    return ImportReport(tuple(accepted), tuple(refused), frozenset(undated))


def iterate_articles(
    path: Path, imported_on: dt.date, on_file: Callable[[int, int], None] | None = None
) -> Iterator[Imported | Refusal]:
    """Read guides one by one: `.csv`, `.jsonl`, `.md`, `.html`, or a folder of them and its folders.

    A folder's `README.md` is about the guides and none itself; what begins with a dot is passed over.

    Args:
        path: the file or folder.
        imported_on: stands for the date of revision where a row has none.
        on_file: told after each file how many of how many are read.

    Raises:
        NotFound, BadArticle, OSError: as `files_of`.
    """
    files = files_of(path)
    seen: dict[str, str] = {}
    for number, file in enumerate(files, start=1):
        yield from read_file(file, path, imported_on, seen)
        if on_file:
            on_file(number, len(files))


def read_file(
    file: Path, root: Path, imported_on: dt.date, seen: dict[str, str]
) -> Iterator[Imported | Refusal]:
    """Read the guides of one file.

    Args:
        file: of a kind we read.
        root: the folder that is imported, or the file itself: places are told from there.
        imported_on: stands for the date of revision where a row has none.
        seen: ids that are taken, and where; grows.
    """
    inner = file.relative_to(root) if file != root else Path(file.name)
    kind = file.suffix.lower()
    try:
        for line, row in _READERS[kind](file):
            where = f"{inner.as_posix()}:{line}"
            if kind in _PAGES and not isinstance(row, RowRefused) and not row.get("id"):
                row["id"] = _NO_ID.sub("-", "-".join(inner.with_suffix("").parts)).strip("-.")
            yield _article(row, where, seen, imported_on)
    except OSError as error:
        yield Refusal(
            f"{inner.as_posix()}:1",
            "unreadable",
            f"파일을 읽을 수 없습니다({error.strerror}). 권한을 확인해 주십시오",
            f"cannot be read ({error.strerror}): check its rights",
        )


def files_of(path: Path) -> list[Path]:
    """The files of a folder that may hold guides, sorted; of a file, itself.

    Raises:
        NotFound: there is nothing at `path`.
        BadArticle: the file is of no kind we read.
        OSError: a folder cannot be read: what is in it would seem to be gone.
    """
    if path.is_dir():
        walked = os.walk(path, onerror=_raise)
        found = (Path(folder, name) for folder, _, names in walked for name in names)
        return sorted(file for file in found if _is_guide(file.relative_to(path)) and file.is_file())
    if not path.exists():
        raise NotFound(
            f"{path}이(가) 없습니다. 경로를 확인해 주십시오.", f"{path} does not exist: check the path."
        )
    if path.suffix.lower() not in _READERS:
        raise BadArticle(
            f"{path.name}은(는) 읽을 수 없는 형식입니다. .csv, .jsonl, .md, .html 파일이나 그런 파일의 폴더를 주십시오.",
            f"{path.name}: no format we read; give a .csv, .jsonl, .md or .html file, or a folder of them.",
        )
    return [path]


def place_of(path: Path) -> str:
    """What an import remembers as the place that its articles come from."""
    return str(path.resolve())


class TooManyMissing(BadArticle):
    """Most of what was imported from a place is there no more: rather the wrong folder than the end of all guides."""


def missing(before: Collection[str], there: Collection[str], refused: int) -> list[str]:
    """Articles that came from a place before and are there no more. Pure.

    Args:
        before: ids that were imported from there.
        there: ids that are there now.
        refused: rows there that could not be read.

    Raises:
        BadArticle: a refused row may be one of those that seem to be missing.
        TooManyMissing: more than half are.
    """
    gone = sorted(set(before).difference(there))
    if gone and refused:
        raise BadArticle(
            f"거절한 행이 {refused}건 있어 없어진 글을 가려낼 수 없습니다. 고치면 다시 살펴봅니다.",
            f"{refused} rows were refused: what is missing cannot be told until they are mended.",
        )
    if 2 * len(gone) > len(before):
        raise TooManyMissing(
            f"전에 들여온 글 {len(before)}건 중 {len(gone)}건이 없습니다. 경로가 맞는지 확인하십시오.",
            f"{len(gone)} of the {len(before)} guides imported before are missing. Is this the right place?",
        )
    return gone


def _raise(error: OSError) -> None:
    raise error


def _is_guide(inner: Path) -> bool:
    hidden = any(part.startswith(".") for part in inner.parts)
    return inner.suffix.lower() in _READERS and not hidden and inner.name.lower() != "readme.md"


def _article(
    row: dict[str, object] | RowRefused, where: str, seen: dict[str, str], imported_on: dt.date
) -> Imported | Refusal:
    if isinstance(row, RowRefused):
        return row.at(where)
    try:
        article = article_of(row, imported_on)
    except RowRefused as refused:
        return refused.at(where)
    first = seen.setdefault(article.article_id, where)
    if first == where:
        return Imported(article, where, is_dated(row))
    return Refusal(
        where,
        "duplicate-id",
        f"id {article.article_id!r}이(가) {first}에 이미 있습니다",
        f"id {article.article_id!r} is already at {first}",
    )

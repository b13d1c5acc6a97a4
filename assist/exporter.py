"""Articles as files that `importer` reads back unchanged: JSON Lines, or a folder of Markdown."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

import yaml

from contracts.errors import BadSetting
from store.articles import StoredArticle

_FIELDS: Final = (
    "title",
    "category",
    "department",
    "district",
    "agency",
    "keywords",
    "revised",
    "checked",
    "valid_from",
    "valid_until",
    "source",
    "sample",
)
"""In the order of a front matter; those that are empty are left out."""

_PLAIN_NAME: Final = re.compile(r"[\w][\w.-]*")
_PLAIN: Final = re.compile(r"\w(?:[\w ·./:()~-]*[\w).])?")
"""May stand without quotes, if YAML agrees."""

_MOST_NAME_BYTES: Final = 200
"""Of a file's name without its ending: file systems take 255."""


def export_articles(articles: Iterable[StoredArticle], path: Path) -> int:
    """Write a `.jsonl` file, or else a new or empty folder of Markdown files.

    Returns:
        How many were written.

    Raises:
        BadSetting: the folder holds something, or cannot be written.
    """
    try:
        if path.suffix.lower() in {".jsonl", ".ndjson"}:
            return _write_lines(articles, path)
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise BadSetting(
                f"폴더 {path}이(가) 비어 있지 않습니다. 새 폴더를 정하거나 .jsonl 파일로 내보내십시오.",
                f"the folder {path} is not empty. Name a new one, or a .jsonl file.",
            )
        return _write_folder(articles, path)
    except OSError as error:
        raise BadSetting(
            f"{path}에 쓸 수 없습니다({error.strerror}). 경로와 권한을 확인하십시오.",
            f"cannot write {path} ({error.strerror}). Check path and rights.",
        ) from None


def fields_of(article: StoredArticle) -> dict[str, object]:
    """What of an article is not empty, as `article_fields` reads it; without id and body."""
    fields: dict[str, object] = {}
    for name in _FIELDS:
        value = getattr(article, name)
        if value:
            fields[name] = list(value) if name == "keywords" else value if value is True else str(value)
    return fields


def markdown_of(article: StoredArticle) -> str:
    """The article as a file: front matter and body."""
    fields = {"id": article.article_id, **fields_of(article)}
    head = "".join(f"{name}: {_yaml(value)}\n" for name, value in fields.items())
    return f"---\n{head}---\n\n{article.body}\n"


def file_name_of(article_id: str) -> str:
    """A name that every file system takes and no import passes over."""
    plain = _PLAIN_NAME.fullmatch(article_id) and article_id.lower() != "readme"
    if plain and len(article_id.encode()) <= _MOST_NAME_BYTES:
        return f"{article_id}.md"
    return f"id-{hashlib.sha256(article_id.encode()).hexdigest()[:16]}.md"


def _write_lines(articles: Iterable[StoredArticle], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in _lines(articles):
            file.write(line)
            count += 1
    return count


def _lines(articles: Iterable[StoredArticle]) -> Iterator[str]:
    for article in articles:
        row = {"id": article.article_id, **fields_of(article), "body": article.body}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _write_folder(articles: Iterable[StoredArticle], path: Path) -> int:
    count = 0
    for article in articles:
        (path / file_name_of(article.article_id)).write_text(
            markdown_of(article), encoding="utf-8", newline="\n"
        )
        count += 1
    return count


def _yaml(value: object) -> str:
    """A value on one line of YAML, plain where that reads back as the same, else in quotes."""
    if isinstance(value, list):
        return f"[{', '.join(_quoted(str(part), {'str'}) for part in value)}]"
    return "true" if value is True else _quoted(str(value), {"str", "date"})


def _quoted(text: str, kinds: AbstractSet[str]) -> str:
    if _PLAIN.fullmatch(text) and _kind(text) in kinds:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    # Not as JSON has it: YAML knows no pairs of surrogates.
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def _kind(text: str) -> str:
    """The type as which YAML reads a text; empty where it reads another text."""
    try:
        value = yaml.safe_load(f"[{text}]")
    except (yaml.YAMLError, ValueError):
        return ""
    return type(value[0]).__name__ if len(value) == 1 and str(value[0]) == text else ""

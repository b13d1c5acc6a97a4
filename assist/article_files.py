"""Files of guides as rows of named fields: CSV, JSON Lines, Markdown with front matter.

Each reader yields rows with the line where they begin. A broken row comes as a `RowRefused` in its place, and
the reader goes on behind it: one bad row costs one row.
"""

import csv
import json
from collections import deque
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Final

import yaml

from assist.article_fields import MAX_BODY_CHARS, RowRefused

Row = tuple[int, dict[str, object] | RowRefused]
"""The line where a row begins, counted from 1, and its fields or what is wrong with it."""

MAX_RECORD_CHARS: Final = 2 * MAX_BODY_CHARS
"""Where a quote is still open after so many characters, it was never closed."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where it was built in: ten thousand front matters in 2 s, not 20."""

_ENCODINGS: Final = ("utf-8", "cp949")
_BOM: Final = b"\xef\xbb\xbf"

_UNREADABLE: Final = RowRefused(
    "bad-encoding",
    "글자를 읽을 수 없습니다. UTF-8이나 CP949로 저장해 주십시오",
    "bytes that are no text: save the file as UTF-8 or CP949",
)
_UNCLOSED: Final = RowRefused(
    "unclosed-quote",
    '큰따옴표가 닫히지 않았거나 잘못 쓰였습니다. 따옴표 안의 큰따옴표는 ""로 적어 주십시오',
    'a quote that is not closed or stands astray: write "" for a quote within quotes',
)


def read_csv(path: Path) -> Iterator[Row]:
    """Rows of a CSV file with a header line; fields may hold line breaks inside quotes."""
    source = _LineSource(_lines(path))
    header: list[str] | None = None
    while (line := source.next()) is not None:
        number = line[0]
        cells = _record(line, source, None if header is None else len(header))
        if isinstance(cells, RowRefused):
            yield number, cells
        elif header is None:
            header = [name.strip() for name in cells]
        elif any(cell.strip() for cell in cells):
            yield number, dict(zip(header, cells, strict=True))


def read_json_lines(path: Path) -> Iterator[Row]:
    """Rows of a file with one JSON object a line; empty lines are passed over."""
    for number, line in _lines(path):
        if line is None:
            yield number, _UNREADABLE
        elif line.strip():
            yield number, _object(line)


def read_markdown(path: Path) -> Iterator[Row]:
    """The one row of a Markdown file: its YAML front matter, and the rest as `body`."""
    lines = [line for _, line in _lines(path)]
    text = "".join(line for line in lines if line is not None)
    if None in lines:
        yield lines.index(None) + 1, _UNREADABLE
    elif len(text) > MAX_RECORD_CHARS:
        yield (
            1,
            RowRefused("body-too-long", "글이 너무 깁니다. 나누어 주십시오", "the file is too long: cut it"),
        )
    else:
        yield _front_matter(text)


def _front_matter(text: str) -> Row:
    opening, _, rest = text.partition("\n")
    head, closing, body = rest.partition("\n---")
    if opening.strip() != "---" or not closing:
        return 1, RowRefused(
            "bad-yaml",
            "머리말이 없습니다. 첫 줄과 머리말 끝에 ---를 적어 주십시오",
            "no front matter: it begins and ends with a line of ---",
        )
    try:
        fields = yaml.load(head, _LOADER)  # noqa: S506  a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        return (mark.line + 2 if mark else 2), RowRefused(
            "bad-yaml",
            "머리말을 읽을 수 없습니다. 값에 콜론이나 대괄호가 있으면 따옴표로 감싸 주십시오",
            f"front matter is no YAML: {str(error).splitlines()[0]}",
        )
    if not isinstance(fields, dict):
        return 2, RowRefused(
            "bad-yaml", "머리말에 '이름: 값'이 없습니다", "front matter holds no 'name: value'"
        )
    return 1, {str(name): value for name, value in fields.items()} | {"body": body.partition("\n")[2]}


def _object(line: str) -> dict[str, object] | RowRefused:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return RowRefused("bad-json", "JSON이 아닙니다. 쉼표와 따옴표를 살펴 주십시오", f"no JSON: {error}")
    if not isinstance(value, dict):
        return RowRefused("bad-json", "줄마다 {…} 하나가 있어야 합니다", "each line must be one {…} object")
    return value


# -- CSV ---------------------------------------------------------------------------------------------------

_Line = tuple[int, str | None]
"""A line with its number; None where the bytes are no text."""


class _LineSource:
    """Lines that can be handed back."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._again: deque[_Line] = deque()

    def next(self) -> _Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def hand_back(self, lines: Sequence[_Line]) -> None:
        self._again.extendleft(reversed(lines))


def _record(first: _Line, source: _LineSource, columns: int | None) -> list[str] | RowRefused:
    """The cells of the record that begins at `first`.

    Lines are joined while a quote is open. If that leads nowhere, only the first line is given up: the rows
    that an unclosed quote would swallow are read again.
    """
    text = first[1]
    if text is None:
        return _UNREADABLE
    joined: list[_Line] = []
    while text.count('"') % 2 and len(text) <= MAX_RECORD_CHARS and (line := source.next()) is not None:
        joined.append(line)
        text += line[1] or ""
    cells = _cells(text, columns)
    if isinstance(cells, RowRefused):
        source.hand_back(joined)
        return _UNCLOSED if joined else cells
    return cells


def _cells(text: str, columns: int | None) -> list[str] | RowRefused:
    if len(text) > MAX_RECORD_CHARS and text.count('"') % 2 == 0:
        return RowRefused(
            "body-too-long", "줄이 너무 깁니다. 글을 나누어 주십시오", "the row is too long: cut it"
        )
    try:
        cells = next(csv.reader(StringIO(text, newline=""), strict=True), [])
    except csv.Error:
        return _UNCLOSED
    if columns is not None and cells and len(cells) != columns:
        return RowRefused(
            "bad-columns",
            f"칸이 {len(cells)}개입니다. 머리줄에는 {columns}개가 있습니다",
            f"{len(cells)} columns where the header has {columns}",
        )
    return cells


def _lines(path: Path) -> Iterator[_Line]:
    encoding = _encoding(path)
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                yield number, raw.removeprefix(_BOM).decode(encoding).replace("\r\n", "\n")
            except UnicodeDecodeError:
                yield number, None


def _encoding(path: Path) -> str:
    """The encoding in which fewer lines are broken; UTF-8 on a draw. Neither has line breaks inside letters."""
    broken = dict.fromkeys(_ENCODINGS, 0)
    with path.open("rb") as file:
        for raw in file:
            for encoding in _ENCODINGS:
                try:
                    raw.decode(encoding)
                except UnicodeDecodeError:
                    broken[encoding] += 1
    return min(_ENCODINGS, key=broken.__getitem__)

"""From the named fields of an imported row to a `StoredArticle`, or to the reason why not. Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from store.articles import StoredArticle

MAX_BODY_CHARS: Final = 50_000
"""A guide is a page or two; what is longer is a whole manual that should be cut into guides."""

MAX_TITLE_CHARS: Final = 300

_COLUMNS: Final = {
    "번호": "id", "분류": "category", "제목": "title", "내용": "body",
    "부서": "department", "자치구": "district", "기관": "agency", "키워드": "keywords", "수정일": "revised",
    "확인일": "checked", "시작일": "valid_from", "종료일": "valid_until", "출처": "source", "견본": "sample",
    "article_id": "id",
}  # fmt: skip
"""Other names of our columns; the first four are those of the 120 guide entries in the Seoul open data plaza."""

_LIMITS: Final = {"category": 100, "department": 100, "district": 20, "agency": 100, "source": 500}
"""Characters; the same as in `contracts.guides.GuideText`."""

_ID: Final = re.compile(r"[\w.-]{1,100}")
_DATE: Final = re.compile(r"(\d{4})[-./]?\s*(\d{1,2})[-./]?\s*(\d{1,2})\.?")
_TRUE: Final = frozenset({"true", "1", "yes", "y", "예"})
_FALSE: Final = frozenset({"false", "0", "no", "n", "아니요", ""})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out."""

    where: str
    """File and line, `guides.csv:17`."""
    code: str
    ko: str
    en: str


class RowRefused(Exception):
    """The row cannot become an article; caught by the importer, which knows where the row stands."""

    def __init__(self, code: str, ko: str, en: str) -> None:
        super().__init__(code, ko, en)
        self.code, self.ko, self.en = code, ko, en

    def at(self, where: str) -> Refusal:
        return Refusal(where, self.code, self.ko, self.en)


def article_of(row: Mapping[str, object], imported_on: dt.date) -> StoredArticle:
    """Check and convert the fields of one article.

    Args:
        row: by our English names (`id`, `title`, `body`, …) or the Korean ones.
        imported_on: stands for `revised` where the source does not say when an article was written.

    Raises:
        RowRefused: something is missing or not what it should be.
    """
    fields = {_COLUMNS.get(name, name): value for name, value in row.items()}
    title, body = _text(fields, "title"), _text(fields, "body")
    if not title:
        raise RowRefused("missing-title", "제목이 없습니다. 제목을 적어 주십시오", "no title: write one")
    if len(title) > MAX_TITLE_CHARS:
        raise RowRefused(
            "title-too-long",
            f"제목이 {len(title)}자입니다. {MAX_TITLE_CHARS}자까지 됩니다",
            f"title of {len(title)} characters, at most {MAX_TITLE_CHARS} are allowed",
        )
    if not body:
        raise RowRefused("missing-body", "내용이 없습니다. 내용을 적어 주십시오", "no body: write one")
    if len(body) > MAX_BODY_CHARS:
        raise RowRefused(
            "body-too-long",
            f"내용이 {len(body)}자입니다. {MAX_BODY_CHARS}자까지 되니 여러 글로 나누어 주십시오",
            f"body of {len(body)} characters, at most {MAX_BODY_CHARS} are allowed: cut it into articles",
        )
    valid_from, valid_until = _date(fields, "valid_from"), _date(fields, "valid_until")
    if valid_from and valid_until and valid_from > valid_until:
        raise RowRefused(
            "bad-period",
            f"유효 기간이 거꾸로입니다({valid_from} ~ {valid_until}). 두 날을 확인해 주십시오",
            f"valid from {valid_from} until {valid_until}: ends before it begins",
        )
    return StoredArticle(
        article_id=_id(fields),
        title=title,
        body=body,
        category=_limited(fields, "category"),
        department=_limited(fields, "department"),
        district=_limited(fields, "district"),
        agency=_limited(fields, "agency"),
        keywords=_keywords(fields.get("keywords")),
        revised=_date(fields, "revised") or imported_on,
        checked=_date(fields, "checked"),
        source=_limited(fields, "source"),
        sample=_flag(fields, "sample"),
        valid_from=valid_from,
        valid_until=valid_until,
    )


def is_dated(row: Mapping[str, object]) -> bool:
    """Whether the row says when the article was revised."""
    return any(_COLUMNS.get(name, name) == "revised" and value for name, value in row.items())


def _id(fields: Mapping[str, object]) -> str:
    article_id = _text(fields, "id")
    if not _ID.fullmatch(article_id):
        raise RowRefused(
            "bad-id",
            f"id {article_id[:40]!r}은(는) 쓸 수 없습니다. 글자, 숫자, '-', '_', '.'로 100자까지 적어 주십시오",
            f"id {article_id[:40]!r} is not usable: letters, digits, '-', '_', '.', 1 to 100 of them",
        )
    return article_id


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str | int | float | dt.date) and not isinstance(value, bool):
        # A NUL is no text for PostgreSQL, a lone surrogate none for UTF-8.
        return str(value).replace("\0", "").encode("utf-8", "ignore").decode().strip()
    raise RowRefused("bad-field", f"{name}은(는) 글이어야 합니다", f"{name} must be text")


def _limited(fields: Mapping[str, object], name: str) -> str:
    text, most = _text(fields, name), _LIMITS[name]
    if len(text) > most:
        raise RowRefused(
            "field-too-long",
            f"{name}이(가) {len(text)}자입니다. {most}자까지 됩니다",
            f"{name} of {len(text)} characters, at most {most} are allowed",
        )
    return text


def _keywords(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
    if not all(isinstance(part, str | int | float) for part in parts):
        raise RowRefused(
            "bad-field", "keywords는 낱말의 목록이어야 합니다", "keywords must be a list of words"
        )
    return tuple(dict.fromkeys(word for part in parts if (word := str(part).strip())))


def _date(fields: Mapping[str, object], name: str) -> dt.date | None:
    value = fields.get(name)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = _text(fields, name)
    if not text:
        return None
    match = _DATE.fullmatch(text)
    try:
        return dt.date(*map(int, match.groups())) if match else dt.date.fromisoformat(text)
    except ValueError:
        raise RowRefused(
            "bad-date",
            f"{name}의 날짜 {text[:20]!r}을(를) 읽을 수 없습니다. 2026-11-22처럼 적어 주십시오",
            f"{name}: {text[:20]!r} is no date: write it like 2026-11-22",
        ) from None


def _flag(fields: Mapping[str, object], name: str) -> bool:
    value = fields.get(name)
    text = "" if value is None else str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise RowRefused(
            "bad-field", f"{name}은(는) true나 false여야 합니다", f"{name} must be true or false"
        )
    return text in _TRUE

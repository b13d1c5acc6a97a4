"""A web page as a guide: what it says as Markdown, what it says about itself as fields.

`<main>` or `<article>` is taken where there is one. Scripts, navigation, forms and what is hidden are dropped; so
are pictures and links that lead nowhere outside their site.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from bs4.exceptions import ParserRejectedMarkup
from markdownify import MarkdownConverter

from assist.article_fields import RowRefused

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""A page is mostly not text; what is longer is no guide."""

_DROPPED: Final = (
    "script, style, noscript, template, nav, aside, footer, form, button, iframe, object, svg, canvas, dialog,"
    "input, select, textarea, [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo]"
)
_MAIN: Final = "main, [role=main]"

_META: Final = {
    "revised": ("revised", "article:modified_time", "dcterms.modified", "last-modified", "date",
                "article:published_time", "dcterms.date"),
    "keywords": ("keywords",),
    "category": ("category", "article:section"),
    "title": ("og:title", "title"),
    "source": ("source", "og:url"),
} | {name: (name,) for name in ("id", "department", "district", "agency", "checked", "valid_from", "valid_until", "sample")}  # fmt: skip
"""Our fields and the `<meta>` that may hold them, the best first."""

_DAY: Final = re.compile(r"(\d{4})[-./년]\s*(\d{1,2})[-./월]\s*(\d{1,2})")
_DAYS: Final = frozenset({"revised", "checked", "valid_from", "valid_until"})
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)
_HEAD_BYTES: Final = 4096
"""A page's charset stands within its first 1,024 bytes; some write it later."""

_SPACE: Final = re.compile(r"\s+")
_SPACES: Final = re.compile(r"(?<=\S)[ \t\u00a0\u3000]+|[\t\u00a0\u3000]+")
"""All but the indent of a list within a list."""
_GAPS: Final = re.compile(r"\n{3,}")


def read_html(path: Path) -> Iterator[tuple[int, dict[str, object] | RowRefused]]:
    """The one row of a page."""
    if path.stat().st_size > MAX_PAGE_BYTES:
        yield (
            1,
            RowRefused("page-too-long", "글이 너무 깁니다. 나누어 주십시오", "the page is too long: cut it"),
        )
        return
    yield 1, page_of(path.read_bytes())


def page_of(page: bytes) -> dict[str, object] | RowRefused:
    """The fields of a page; a broken one is read as a browser would, more or less. Pure."""
    text = _decoded(page)
    if text is None:
        return RowRefused(
            "bad-encoding",
            "글자를 읽을 수 없습니다. UTF-8이나 CP949로 저장해 주십시오",
            "bytes that are no text: save the page as UTF-8 or CP949",
        )
    try:
        return _fields(BeautifulSoup(text, "lxml"))
    except (ParserRejectedMarkup, RecursionError, AssertionError):
        return RowRefused(
            "bad-html",
            "웹 문서를 읽을 수 없습니다. 브라우저에서 다시 저장해 주십시오",
            "no page that can be read: save it anew from a browser",
        )


def _decoded(page: bytes) -> str | None:
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        declared = _CHARSET.search(page, 0, _HEAD_BYTES)
        # What is declared is often wrong; UTF-8 cannot be mistaken for anything else.
        encodings = ["utf-8-sig", *([declared.group(1).decode()] if declared else []), "cp949"]
    for encoding in encodings:
        try:
            return page.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def _fields(soup: BeautifulSoup) -> dict[str, object]:
    fields: dict[str, object] = _meta(soup)
    link = soup.find("link", rel="canonical")
    if isinstance(link, Tag) and "source" not in fields:
        fields["source"] = _attribute(link, "href")
    if soup.title:
        fields.setdefault("title", _plain(soup.title))
    main = _main(soup)
    if main is None:
        return fields | {"body": ""}
    if "revised" not in fields and (day := _day_in(main)):
        fields["revised"] = day
    for tag in main.select(_DROPPED):
        tag.decompose()
    heading = main.find("h1")
    if isinstance(heading, Tag) and _plain(heading):
        # The page's own heading is shorter than the window's title, which names the site as well.
        fields["title"] = _plain(heading)
        heading.decompose()
    return fields | {"body": _markdown(main)}


def _main(soup: BeautifulSoup) -> Tag | None:
    """Where the guide is; without a mark for it, all but the site's own header."""
    articles = soup.find_all("article")
    marked = soup.select_one(_MAIN) or (articles[0] if len(articles) == 1 else None)
    if (
        marked is None
        and soup.body
        and any(not heading.find_parent("header") for heading in soup.body.find_all(["h1", "h2"]))
    ):
        for tag in soup.body.find_all("header"):
            tag.decompose()
    return marked or soup.body


def _meta(soup: BeautifulSoup) -> dict[str, object]:
    said: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = (
            _attribute(tag, "name") or _attribute(tag, "property") or _attribute(tag, "http-equiv")
        ).lower()
        said.setdefault(name, _attribute(tag, "content").strip())
    fields: dict[str, object] = {}
    for field, names in _META.items():
        value = next((said[name] for name in names if said.get(name)), "")
        if field in _DAYS and (day := _DAY.search(value)):
            value = "-".join(day.groups())
        elif field == "revised":
            value = ""  # "Mon, 02 Mar …" of a server is no date of a guide
        if value:
            fields[field] = value
    return fields


def _day_in(main: Tag) -> str:
    """The last day that the page tells of itself in a `<time>`."""
    days: list[tuple[int, ...]] = []
    for tag in main.find_all("time"):
        day = _DAY.search(_attribute(tag, "datetime") or tag.get_text())
        if day and not tag.find_parent("table"):
            days.append(tuple(map(int, day.groups())))
    return "-".join(map(str, max(days))) if days else ""


def _markdown(main: Tag) -> str:
    for string in main.find_all(string=True):
        if type(string) is NavigableString and not string.find_parent("pre"):
            # A line's end in the source is a space on the page.
            string.replace_with(_SPACE.sub(" ", string))
    text = _Markdown(
        heading_style="atx",
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        table_infer_header=True,
    ).convert_soup(main)
    lines = (_SPACES.sub(" ", line).rstrip() for line in text.splitlines())
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


class _Markdown(MarkdownConverter):
    """Without what an agent cannot read aloud."""

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002  markdownify's signature
        address = _attribute(el, "href")
        leads_out = address.startswith(("http://", "https://")) and text.strip()
        return f"[{text}]({address})" if leads_out else text

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002  as above
        return _attribute(el, "alt")


def _plain(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return value if isinstance(value, str) else ""

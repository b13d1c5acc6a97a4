"""What the guide editor and the server say to each other: the JSON of `/api/guides` and `/api/gaps`.

An article lives as versions. At most one of them is open (draft or review); the newest published one is what
agents see, until it is retired. Rights: editors, supervisors and admins write; nobody publishes what they wrote
themselves but admins. Agents read what is published, at `/api/articles`.
"""

from typing import Literal

from pydantic import Field

from contracts.event import Model

GuideStatus = Literal["draft", "review", "published", "retired"]

GuideFlag = Literal["stale", "expiring", "expired", "coming", "needs_revision", "unused"]
"""Unchecked for too long; ends within 30 days; has ended; not yet valid; marked 👎 more than helpful, or never of use
though shown often; not shown once in 90 days."""

GapStatus = Literal["open", "drafted", "dismissed"]


class GuideText(Model):
    """What an editor writes. Dates are ISO 8601 days; empty: none."""

    title: str = Field(max_length=300)
    body: str = Field(max_length=50_000)
    """Markdown."""
    category: str = Field(default="", max_length=100)
    department: str = Field(default="", max_length=100)
    district: str = Field(default="", max_length=20)
    """Empty: valid for the whole city."""
    agency: str = Field(default="", max_length=100)
    keywords: tuple[str, ...] = ()
    revised: str = ""
    """When its content last changed; empty: the day it is published."""
    checked: str = ""
    """When somebody last found it still true."""
    valid_from: str = ""
    valid_until: str = ""
    """The last day on which it holds."""
    source: str = Field(default="", max_length=500)
    sample: bool = False


class GuideVersion(Model):
    """GET /api/guides/{id}/versions → tuple, newest first; GET /api/guides/{id}/versions/{version}."""

    article_id: str
    version: int
    """From 1; rises by one."""
    status: GuideStatus
    edit: int
    """Rises with each change of this version: who saves says which one they began from."""
    text: GuideText
    author: str
    """Login; `import` for what came from a file."""
    reviewer: str = ""
    at_ms: int
    """Of the last change."""
    note: str = ""


class GuideUse(Model):
    """What became of an article's cards within the last 90 days."""

    shown: int = 0
    opened: int = 0
    copied: int = 0
    pinned: int = 0
    dismissed: int = 0
    helpful: int = 0
    unhelpful: int = 0
    last_shown_ms: int | None = None


class GuideEntry(Model):
    """A line of the editor's list."""

    article_id: str
    title: str
    category: str
    department: str
    district: str
    status: GuideStatus
    """Of the newest published version where there is one, else of the open one."""
    version: int
    open_status: GuideStatus | None = None
    """Draft or review, where a version is open."""
    open_version: int | None = None
    revised: str
    checked: str = ""
    valid_from: str = ""
    valid_until: str = ""
    sample: bool = False
    flags: tuple[GuideFlag, ...] = ()
    use: GuideUse = GuideUse()


class GuideList(Model):
    """GET /api/guides?text=&flag=&status=&category=&district=&offset=&limit= (limit at most 200, sorted by title;
    `sort=use|stale|title`).
    """

    entries: tuple[GuideEntry, ...]
    total: int
    guides_version: int


class GuideSave(Model):
    """PUT /api/guides/{id}: save the open version, or open a new one → GuideVersion; POST /api/guides: a new article.

    409 when somebody saved since `edit`; the error's JSON carries that GuideVersion as `newer`.
    """

    edit: int = 0
    """Of the open version that was worked on; 0: there was none."""
    text: GuideText
    note: str = Field(default="", max_length=1000)
    gap_id: str = ""
    """The gap that a new article is to fill."""


class GuideMove(Model):
    """POST /api/guides/{id}/move → GuideVersion. `review`, `draft` (back) and `published` move the open version, `retired`
    takes the published one from the agents; `checked` finds it still true, as of today, without a new version.
    """

    to: Literal["review", "draft", "published", "retired", "checked"]
    edit: int = 0
    note: str = Field(default="", max_length=1000)


class GuideImport(Model):
    """POST /api/guides/import, multipart `file` (.csv .jsonl .md .html, at most 20 MiB) → what came of it."""

    accepted: int
    changed: int
    refused: tuple[str, ...]
    """One Korean sentence a row, with its place; at most 100."""
    refused_count: int


class GapQuestion(Model):
    utterance_id: str
    contact_id: str
    """Empty for those who may not open it."""
    at_ms: int
    text: str
    """Masked."""
    best_score: float


class Gap(Model):
    """GET /api/gaps?status=open&days=30 → tuple, most contacts first: questions that no guide answered and that ask the same."""

    gap_id: str
    title: str
    """The question nearest to the middle of all."""
    words: tuple[str, ...] = ()
    """What its questions have in common, at most five."""
    status: GapStatus
    article_id: str = ""
    """The draft that is to fill it."""
    count: int
    contacts: int
    first_at_ms: int
    last_at_ms: int
    days: tuple[int, ...] = ()
    """Questions a day of the last 30 days, oldest first: for a chart."""
    questions: tuple[GapQuestion, ...] = ()
    """Newest first, at most 20."""


class GapMove(Model):
    """POST /api/gaps/{id} → Gap. POST /api/gaps/{id}/draft → GuideVersion: a draft article with the questions in it."""

    status: GapStatus


class GuideDay(Model):
    date: str
    offered: int
    opened: int
    helpful: int
    unhelpful: int
    nothing: int


class GuideFigures(Model):
    """GET /api/guides/figures?days=30: how the guides do, for a chart."""

    days: tuple[GuideDay, ...]
    published: int
    stale: int
    unused: int
    needs_revision: int
    open_gaps: int

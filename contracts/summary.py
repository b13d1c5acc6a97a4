"""Summary drafts, and what the agent made of them. Topic `summaries`."""

from typing import Literal

from contracts.event import Event, Model

SummaryField = Literal["inquiry", "handling", "followup", "agency", "due", "owner", "result"]
"""문의내용, 처리내용, 후속조치; of the follow-up who does it (기관), until when (기한) and whose task it is (담당); and the
결과, one of the site's own words for it. The last four have one line at most."""

DoubtKind = Literal["number", "date", "amount", "phone", "address", "name"]


class Doubt(Model):
    """A piece of a line that nobody said: shown, marked, and left to the agent."""

    start: int
    """First character, in code points of the line's text."""
    end: int
    """Behind the last."""
    kind: DoubtKind


class SummaryLine(Model):
    """One line of a draft with the utterances it rests on; a line without evidence is not offered."""

    field: SummaryField
    text: str
    evidence: tuple[str, ...]
    """Ids of utterances, at least one."""
    doubts: tuple[Doubt, ...] = ()
    """By start, not overlapping."""


class SummaryCategory(Model):
    """상담유형, as far as the words tell."""

    label: str
    confidence: float
    """0-1."""
    evidence: tuple[str, ...] = ()
    code: str = ""
    """The site's own."""


class SummaryDrafted(Event):
    """Our draft. `revision` rises; the agent's own text always wins over it."""

    type: Literal["summary.drafted"] = "summary.drafted"
    revision: int
    engine: str
    """`extractive` or the language model's name."""
    label: str
    """What the draft honestly is: '핵심 발화' for extracted sentences, '요약 초안' for generated ones."""
    lines: tuple[SummaryLine, ...]
    category: SummaryCategory | None = None
    alternatives: tuple[SummaryCategory, ...] = ()
    """Other categories that the words speak for, best first, at most three."""
    withheld: int = 0
    """Lines of the language model that nothing of what was said supports; they are not shown."""
    fallback: str = ""
    """Why this is not the language model's draft, a code: `away`, `late`, `unusable`; empty: it is, or the site has none."""
    basis: str = ""
    """A mark of the words that it rests on: a language model is not asked twice about the same."""
    complete: bool
    """The contact had ended; False for a draft on demand."""
    ended_at_ms: int | None = None
    """Wall time of the contact's end: `at_ms - ended_at_ms` is the latency of the draft."""


class SummaryWriting(Event):
    """A draft that is being written: what stands there so far, a few times a second. Shown, never stored."""

    type: Literal["summary.writing"] = "summary.writing"
    revision: int
    """Of the draft that it will be; it ends with a `SummaryDrafted` of this or a higher revision."""
    engine: str
    seq: int
    """Rises with each record of one draft."""
    lines: tuple[SummaryLine, ...]
    """Those that are whole and whose evidence was found."""


class SummaryText(Model):
    """The fields as the agent edits them, plain text. Which of them a site shows, and how, is its `SummaryForm`."""

    inquiry: str = ""
    handling: str = ""
    followup: str = ""
    agency: str = ""
    due: str = ""
    owner: str = ""
    category: str = ""
    result: str = ""


class SummaryEdited(Event):
    """The agent typed (saved=False) or saved the summary (saved=True)."""

    type: Literal["summary.edited"] = "summary.edited"
    revision: int
    """The editor's own count; a lower one that arrives late is ignored."""
    text: SummaryText
    saved: bool
    staff_id: str
    drafted: int | None = None
    """Revision of the draft that the text was begun from; None: from none."""


FormField = Literal["inquiry", "handling", "followup", "agency", "due", "owner", "category", "result"]


class FormRow(Model):
    """A field of the form as a site wants it."""

    name: FormField
    ko: str
    en: str
    rows: int = 1
    """Lines of its box; 1 and `options`: a choice."""
    options: tuple[str, ...] = ()
    """What may be chosen; other words may still be typed."""
    required: bool = False
    """Missing, it is pointed out, and never holds the agent back."""


class SummaryForm(Model):
    """GET /api/summary-form: the site's form, in its order."""

    rows: tuple[FormRow, ...]

"""Summary drafts, and what the agent made of them. Topic `summaries`."""

from typing import Literal

from contracts.event import Event, Model

SummaryField = Literal["inquiry", "handling", "followup"]
"""문의내용, 처리내용, 후속조치."""


class SummaryLine(Model):
    """One line of a draft with the utterances it rests on; a line without evidence is not offered."""

    field: SummaryField
    text: str
    evidence: tuple[str, ...]
    """Ids of utterances, at least one."""


class SummaryCategory(Model):
    """상담유형, as far as the words tell."""

    label: str
    confidence: float
    evidence: tuple[str, ...] = ()


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
    complete: bool
    """The contact had ended; False for a draft on demand."""
    ended_at_ms: int | None = None
    """Wall time of the contact's end: `at_ms - ended_at_ms` is the latency of the draft."""


class SummaryText(Model):
    """The four fields as the agent edits them, plain text."""

    inquiry: str = ""
    handling: str = ""
    followup: str = ""
    category: str = ""


class SummaryEdited(Event):
    """The agent typed (saved=False) or saved the summary (saved=True)."""

    type: Literal["summary.edited"] = "summary.edited"
    revision: int
    """The editor's own count; a lower one that arrives late is ignored."""
    text: SummaryText
    saved: bool
    staff_id: str

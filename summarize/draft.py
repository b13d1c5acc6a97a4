"""What an engine makes of a contact. The service knows an engine by its draft alone.

Today there is one engine, extraction. A language model is to come as a second function that returns the
same `Draft`, with its own name and the label '요약 초안'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.event import Role
from contracts.summary import SummaryCategory, SummaryDrafted, SummaryLine
from contracts.transcript import Utterance
from summarize.categories import Category, categorise
from summarize.extract import extract


@dataclass(frozen=True, slots=True)
class Draft:
    """Lines with their evidence, and what the draft honestly is."""

    engine: str
    label: str
    lines: tuple[SummaryLine, ...]
    category: SummaryCategory | None


def extractive(
    utterances: Sequence[Utterance], roles: Mapping[int, Role], categories: Sequence[Category]
) -> Draft:
    """Draft from `utterances` in spoken order; the same ones always give the same draft."""
    return Draft(
        engine="extractive",
        label="핵심 발화",
        lines=extract(utterances, roles),
        category=categorise(utterances, roles, categories),
    )


def event_of(
    draft: Draft, contact_id: str, *, revision: int, ended_at_ms: int | None, at_ms: int
) -> SummaryDrafted:
    return SummaryDrafted(
        contact_id=contact_id,
        at_ms=at_ms,
        revision=revision,
        engine=draft.engine,
        label=draft.label,
        lines=draft.lines,
        category=draft.category,
        complete=ended_at_ms is not None,
        ended_at_ms=ended_at_ms,
    )


def says_the_same(one: SummaryDrafted, other: SummaryDrafted) -> bool:
    """Whether two drafts differ in nothing that the agent sees."""
    seen = {"revision": 0, "at_ms": 0, "ended_at_ms": None}
    return one.model_copy(update=seen) == other.model_copy(update=seen)

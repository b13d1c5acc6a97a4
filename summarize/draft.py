"""What an engine makes of a contact. The service knows an engine by its draft alone.

There are two: extraction (here), which is always there, and a language model (`written.py`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.categories import Category, ranked
from contracts.event import Role
from contracts.summary import SummaryCategory, SummaryDrafted, SummaryLine
from contracts.transcript import Utterance
from summarize.extract import extract
from summarize.form import Template
from summarize.next_steps import next_steps
from summarize.results import suggest

EXTRACTIVE: Final = "extractive"


@dataclass(frozen=True, slots=True)
class Draft:
    """Lines with their evidence, and what the draft honestly is."""

    engine: str
    label: str
    lines: tuple[SummaryLine, ...]
    category: SummaryCategory | None
    alternatives: tuple[SummaryCategory, ...] = ()
    withheld: int = 0
    fallback: str = ""


def extractive(
    utterances: Sequence[Utterance],
    roles: Mapping[int, Role],
    categories: Sequence[Category],
    template: Template | None = None,
) -> Draft:
    """Draft from `utterances` in spoken order; the same ones always give the same draft.

    Args:
        utterances: finals.
        roles: channel → role, wins over the role in an utterance.
        categories: the site's codes.
        template: the site's form; without it 결과 and the parts of the follow-up are left out.
    """
    lines = list(extract(utterances, roles))
    if template is not None:
        owners = next((row.options for row in template.form.rows if row.name == "owner"), ())
        lines += [line for line in next_steps(lines, owners) if template.shows(line.field)]
        result = suggest(utterances, roles, template.results)
        lines += [result] if result else []
    best, *others = ranked(utterances, roles, categories) or (None,)
    return Draft(
        engine=EXTRACTIVE,
        label="핵심 발화",
        lines=tuple(lines),
        category=best,
        alternatives=tuple(other for other in others if other is not None),
    )


def event_of(
    draft: Draft,
    contact_id: str,
    *,
    revision: int,
    ended_at_ms: int | None,
    at_ms: int,
    basis: str = "",
) -> SummaryDrafted:
    return SummaryDrafted(
        contact_id=contact_id,
        at_ms=at_ms,
        revision=revision,
        engine=draft.engine,
        label=draft.label,
        lines=draft.lines,
        category=draft.category,
        alternatives=draft.alternatives,
        withheld=draft.withheld,
        fallback=draft.fallback,
        basis=basis,
        complete=ended_at_ms is not None,
        ended_at_ms=ended_at_ms,
    )


def says_the_same(one: SummaryDrafted, other: SummaryDrafted) -> bool:
    """Whether two drafts differ in nothing that the agent sees."""
    seen = {"revision": 0, "at_ms": 0, "ended_at_ms": None, "basis": "", "trace": None}
    return one.model_copy(update=seen) == other.model_copy(update=seen)


def basis_of(utterances: Sequence[Utterance], roles: Mapping[int, Role], *, complete: bool) -> str:
    """A mark of what a draft rests on: a language model is not asked twice about the same words."""
    told = hashlib.sha256(repr((sorted(roles.items()), complete)).encode())
    for one in utterances:
        told.update(repr((one.utterance_id, one.role, one.text)).encode())
    return told.hexdigest()[:16]

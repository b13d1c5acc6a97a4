"""Guides offered to the agent, what became of them, and searches by hand.

Topics `suggestions`, `suggestion.outcomes`, `search.requests`, `search.results`.
"""

import datetime as dt
from typing import Literal

from contracts.event import Event, Model

Outcome = Literal["shown", "opened", "copied", "pinned", "unpinned", "dismissed", "helpful", "unhelpful"]


class Snippet(Model):
    """An article and the passage of it that answers."""

    article_id: str
    title: str
    heading: str = ""
    """The section's heading, empty for the article's first paragraph."""
    text: str
    """The passage, plain text of at most about 300 characters."""
    category: str = ""
    department: str = ""
    district: str = ""
    """Empty: valid for the whole city."""
    agency: str = ""
    """Another agency that is responsible, with its number; empty for the city's own matters."""
    revised: dt.date
    source: str = ""
    sample: bool = False
    score: float
    """0-1, comparable between contacts."""
    matched: tuple[str, ...] = ()
    """Words of the caller that led here, for 'why this?'."""


class SuggestionOffered(Event):
    """A card. `suggestion_id` is `contact/article`: the same guide is offered once, and updated in place."""

    type: Literal["suggestion.offered"] = "suggestion.offered"
    suggestion_id: str
    revision: int
    utterance_id: str
    """The caller's final that led to it."""
    query: str
    reason: str
    """One Korean sentence for the agent, e.g. "'여권', '재발급'을 말씀하셨습니다"."""
    snippet: Snippet
    final_at_ms: int
    """`at_ms` of that final: `at_ms - final_at_ms` is the latency of the card."""


class NothingFound(Event):
    """The caller asked something and no guide fits: said, not hidden."""

    type: Literal["suggestion.none"] = "suggestion.none"
    utterance_id: str
    query: str
    best_score: float


class SuggestionOutcome(Event):
    """What the agent did with a card."""

    type: Literal["suggestion.outcome"] = "suggestion.outcome"
    suggestion_id: str
    outcome: Outcome
    staff_id: str


class SearchRequested(Event):
    """The agent types into the search box."""

    type: Literal["search.requested"] = "search.requested"
    search_id: str
    query: str
    staff_id: str


class SearchAnswered(Event):
    type: Literal["search.answered"] = "search.answered"
    search_id: str
    query: str
    snippets: tuple[Snippet, ...]


def suggestion_id(contact_id: str, article_id: str) -> str:
    return f"{contact_id}/{article_id}"

"""Guides offered to the agent, what became of them, and searches by hand.

Topics `suggestions`, `suggestion.outcomes`, `search.requests`, `search.results`.
"""

import datetime as dt
from typing import Literal

from contracts.event import Event, Model

Outcome = Literal["shown", "opened", "copied", "pinned", "unpinned", "dismissed", "helpful", "unhelpful"]


Engine = Literal["lexical", "dense", "reranked"]
"""How guides were found: by their words alone; by meaning too; and read once more by a cross-encoder."""

SnippetKind = Literal["guide", "agency"]


class Snippet(Model):
    """An article and the passage of it that answers; or, of kind `agency`, a line of the table of other agencies,
    which has no article to open.
    """

    kind: SnippetKind = "guide"

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
    version: int = 0
    """Of the article, as it was when the passage was taken from it; 0 where there are no versions."""
    stale: bool = False
    """Nobody has found it still true for longer than the site allows."""
    valid_until: dt.date | None = None
    """The last day on which it holds; None: no end is known."""
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
    engine: Engine = "lexical"


class AnswerOffered(Event):
    """One plain sentence that the agent can say, made by a language model from the card's passage alone.

    Follows its card on the same topic; one for an older revision of the card than the one shown is not shown.
    """

    type: Literal["answer.offered"] = "answer.offered"
    suggestion_id: str
    revision: int
    """Of the card whose passage it rests on."""
    text: str
    """One Korean sentence; all of its numbers, dates and names stand in `quote`."""
    quote: str
    """The words of the passage that it rests on, as they stand there: its citation."""
    model: str


class NothingFound(Event):
    """The caller asked something and no guide fits: said, not hidden."""

    type: Literal["suggestion.none"] = "suggestion.none"
    utterance_id: str
    query: str
    best_score: float
    candidates: tuple[Snippet, ...] = ()
    """What came nearest, best first, at most three: shown only to those who ask for it."""
    guides_version: int = 0
    """Version of all guides together when this was asked: a gap may have been filled since."""
    engine: Engine = "lexical"


class SuggestionOutcome(Event):
    """What the agent did with a card."""

    type: Literal["suggestion.outcome"] = "suggestion.outcome"
    suggestion_id: str
    outcome: Outcome
    staff_id: str
    article_id: str = ""
    version: int = 0
    """Of the article, as it was shown."""
    query: str = ""
    """What the caller had said, masked."""


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
    engine: Engine = "lexical"


def suggestion_id(contact_id: str, article_id: str) -> str:
    return f"{contact_id}/{article_id}"

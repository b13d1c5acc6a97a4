"""Whether the right guide comes at the right moment, and nothing else: `sangdam eval assist`.

Labelled conversations run through the real conversation logic, the real index and the sample guides. What the
figures mean stands at `evaluate_assist`.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from assist.agencies import Agencies
from assist.cards import STALE_DAYS
from assist.conversation import Conversation, Search
from contracts.suggestion import NothingFound, Snippet, SuggestionOffered
from sangdam.evaluate.assist_labels import Labelled
from sangdam.evaluate.assist_replay import Shown, finals, new_cards, replay

_NAMESPACE: Final = uuid.UUID("5a0d3f0e-7c0b-4b52-9a37-6f1f5c1e1200")

NOTHING_WITHIN: Final = 1
"""'Nothing found' counts on the turn of its question and on so many turns of the caller after it."""

Progress = Callable[[int, int], None]
"""Told how many conversations are done, and of how many."""


@dataclass(slots=True)
class _Counts:
    """Added up over conversations."""

    calls: int = 0
    shown: int = 0
    right: int = 0
    needs: int = 0
    met: int = 0
    updates: int = 0
    repeats: int = 0
    chatter: int = 0
    nothing_due: int = 0
    nothing_said: int = 0
    nothing_right: int = 0
    nothing_met: int = 0
    agency_shown: int = 0
    agency_right: int = 0
    agency_needs: int = 0
    agency_met: int = 0
    turns_to_card: list[int] = field(default_factory=list)
    seconds_to_card: list[float] = field(default_factory=list)
    wrong: list[dict[str, str]] = field(default_factory=list)
    missed: list[dict[str, str]] = field(default_factory=list)


def evaluate_assist(
    conversations: Sequence[Labelled],
    search: Search,
    agencies: Agencies,
    progress: Progress,
    *,
    verbose: bool = False,
) -> dict[str, object]:
    """Replay conversations and compare what was shown with what would have been right.

    Returns:
        `calls`;
        `precision`: share of new cards that were right on the turn on which they came;
        `coverage`: share of needs that got a right card, then or before;
        `cards_per_call`, `updates_per_call`;
        `turns_to_right_card`, `seconds_to_right_card`: median and worst from the turn that shows the need to its
        card, in turns of the caller, and by a reading of speech time from the end of that turn;
        `repeats`: cards that came a second time at the same revision;
        `chatter_per_call`: wrong cards on turns on which nothing was due;
        `nothing_precision`, `nothing_recall`: of 'nothing found', on questions that no guide answers;
        `agency_precision`, `agency_recall`: of cards that name another agency.
        A share of nothing at all is None. With `verbose` the wrong cards and the needs not met as well.
    """
    counts = _Counts()
    for number, labelled in enumerate(conversations, start=1):
        contact_id = str(uuid.uuid5(_NAMESPACE, labelled.name))
        said = finals(labelled, contact_id)
        shown = list(replay(said, Conversation(contact_id, agencies, STALE_DAYS), search))
        _count_cards(labelled, shown, counts)
        _count_needs(labelled, new_cards(shown), [final.end_ms for final in said], counts)
        _count_nothing(labelled, shown, counts)
        progress(number, len(conversations))
    return _figures(counts, verbose=verbose)


def _count_cards(labelled: Labelled, shown: list[Shown], counts: _Counts) -> None:
    counts.calls += 1
    revisions = [
        (c.card.suggestion_id, c.card.revision) for c in shown if isinstance(c.card, SuggestionOffered)
    ]
    counts.repeats += len(revisions) - len(set(revisions))
    new = new_cards(shown)
    counts.updates += len(set(revisions)) - len(new)
    for each, card in new:
        right = card.snippet.article_id in _right_at(labelled, each.turn)
        counts.shown += 1
        counts.right += right
        counts.agency_shown += bool(card.snippet.agency)
        counts.agency_right += right and bool(card.snippet.agency)
        if not right:
            counts.chatter += not any(labelled.turns[each.turn].named)
            counts.wrong.append(_told(labelled, each.turn, card.snippet))


def _right_at(labelled: Labelled, turn: int) -> Collection[str]:
    """Cards that are right on a turn: those of its labels and of earlier ones, up to a change of mind."""
    right: set[str] = set()
    for labels in labelled.turns[: turn + 1]:
        if labels.instead:
            right.clear()
        right.update(labels.named)
    return right


def _count_needs(
    labelled: Labelled,
    new: list[tuple[Shown, SuggestionOffered]],
    ends_ms: list[int],
    counts: _Counts,
) -> None:
    for number, turn in enumerate(labelled.turns):
        for need in turn.right:
            of_agency = any(card.startswith("agency-") for card in need)
            first = next((each for each, card in new if card.snippet.article_id in need), None)
            counts.needs += 1
            counts.agency_needs += of_agency
            if first is None:
                counts.missed.append({"call": labelled.name, "said": turn.text, "due": ", ".join(need)})
                continue
            counts.met += 1
            counts.agency_met += of_agency
            between = labelled.turns[number + 1 : first.turn + 1]
            counts.turns_to_card.append(sum(later.who == "caller" for later in between))
            counts.seconds_to_card.append(max(0.0, (first.at_ms - ends_ms[number]) / 1000))


def _count_nothing(labelled: Labelled, shown: list[Shown], counts: _Counts) -> None:
    due = [number for number, turn in enumerate(labelled.turns) if turn.nothing]
    said = [each.turn for each in shown if isinstance(each.card, NothingFound)]
    counts.nothing_due += len(due)
    counts.nothing_said += len(said)
    counts.nothing_met += sum(any(_answers(labelled, turn, number) for turn in said) for number in due)
    for turn in said:
        right = any(_answers(labelled, turn, number) for number in due)
        counts.nothing_right += right
        if not right:
            counts.wrong.append(
                {"call": labelled.name, "said": labelled.turns[turn].text, "card": "없음 / nothing"}
            )


def _answers(labelled: Labelled, turn: int, asked: int) -> bool:
    """'Nothing found' on `turn` is about the question of turn `asked`."""
    between = labelled.turns[asked + 1 : turn + 1]
    return turn >= asked and sum(later.who == "caller" for later in between) <= NOTHING_WITHIN


def _told(labelled: Labelled, turn: int, snippet: Snippet) -> dict[str, str]:
    said = labelled.turns[turn].text
    return {"call": labelled.name, "said": said, "card": f"{snippet.article_id} ({snippet.score})"}


def _figures(counts: _Counts, *, verbose: bool) -> dict[str, object]:
    figures: dict[str, object] = {
        "calls": counts.calls,
        "precision": _share(counts.right, counts.shown),
        "coverage": _share(counts.met, counts.needs),
        "cards_per_call": _share(counts.shown, counts.calls),
        "updates_per_call": _share(counts.updates, counts.calls),
        "turns_to_right_card": _middle_and_worst(counts.turns_to_card),
        "seconds_to_right_card": _middle_and_worst(counts.seconds_to_card),
        "repeats": counts.repeats,
        "chatter_per_call": _share(counts.chatter, counts.calls),
        "nothing_precision": _share(counts.nothing_right, counts.nothing_said),
        "nothing_recall": _share(counts.nothing_met, counts.nothing_due),
        "agency_precision": _share(counts.agency_right, counts.agency_shown),
        "agency_recall": _share(counts.agency_met, counts.agency_needs),
    }
    return figures | ({"wrong": counts.wrong, "missed": counts.missed} if verbose else {})


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _middle_and_worst(values: Sequence[float]) -> dict[str, float | None]:
    if not values:
        return {"median": None, "worst": None}
    return {"median": round(median(values), 1), "worst": round(max(values), 1)}

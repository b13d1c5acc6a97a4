"""Replays a labelled conversation through the recommender, in its own time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assist.cards import Card
from assist.conversation import Conversation, Search
from contracts.suggestion import SuggestionOffered
from contracts.transcript import Utterance, utterance_id
from sangdam.evaluate.assist_labels import Labelled

SYLLABLES_A_SECOND: Final = 6.0
"""Spoken Korean on the telephone, pauses within a turn included."""

BETWEEN_SPEAKERS_MS: Final = 600
BETWEEN_OWN_TURNS_MS: Final = 1_100
"""Who goes on after a breath that was long enough to end the utterance."""

FINAL_AFTER_MS: Final = 900
"""Endpoint silence and recognition: a final is there so long after its last word."""

_START_MS: Final = 1_763_856_000_000
_CHANNELS: Final = {"caller": 0, "agent": 1, "unknown": 2}


@dataclass(frozen=True, slots=True)
class Shown:
    """What came onto the agent's screen."""

    turn: int
    """Of the conversation: the last one that was said by then."""
    at_ms: int
    """Since the call began."""
    card: Card


def finals(labelled: Labelled, contact_id: str) -> list[Utterance]:
    """Its turns as the recogniser would publish them."""
    found: list[Utterance] = []
    at_ms, before = 0, ""
    for turn in labelled.turns:
        at_ms += BETWEEN_OWN_TURNS_MS if turn.who == before else BETWEEN_SPEAKERS_MS
        start_ms, before = at_ms, turn.who
        at_ms += int(1000 * max(1, sum(letter.isalnum() for letter in turn.text)) / SYLLABLES_A_SECOND)
        channel = _CHANNELS[turn.who]
        found.append(
            Utterance(
                contact_id=contact_id,
                at_ms=_START_MS + at_ms + FINAL_AFTER_MS,
                utterance_id=utterance_id(contact_id, channel, 8 * start_ms),
                revision=1,
                status="final",
                channel=channel,
                role=turn.who,
                start_ms=start_ms,
                end_ms=at_ms,
                text=turn.text,
                heard_ms=_START_MS + at_ms,
            )
        )
    return found


def replay(said: list[Utterance], conversation: Conversation, search: Search) -> Iterator[Shown]:
    """What is shown, in order; turns that broke off are ticked when they are due."""
    nexts: list[Utterance | None] = [*said[1:], None]
    for number, (final, following) in enumerate(zip(said, nexts, strict=True)):
        for card in conversation.on_utterance(final, search, final.at_ms):
            yield Shown(number, final.at_ms - _START_MS, card)
        due_ms = conversation.due_ms
        if due_ms is not None and (following is None or due_ms < following.at_ms):
            for card in conversation.tick(search, due_ms):
                yield Shown(number, due_ms - _START_MS, card)


def new_cards(shown: list[Shown]) -> list[tuple[Shown, SuggestionOffered]]:
    """Cards that take a place of their own; updates do not."""
    return [
        (each, each.card)
        for each in shown
        if isinstance(each.card, SuggestionOffered) and each.card.revision == 1
    ]

"""Many events of any kind, with a few statements."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged
from contracts.suggestion import AnswerOffered, NothingFound, SuggestionOffered, SuggestionOutcome
from contracts.summary import SummaryDrafted, SummaryEdited
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard, Utterance
from store import contacts, hearing, suggestions, summaries, transcripts


async def keep(session: AsyncSession, events: Sequence[AnyEvent]) -> None:
    """Write all that outlives the bus; partials and passing requests are none of it.

    The same events, or older ones, again change nothing. What is in the tables afterwards is the same as if the
    events had been written one after the other.
    """
    for together in _ORDER:
        # Table by table, contact by contact: transactions that write the same rows take them in the same order,
        # so that they wait for each other and do not deadlock.
        mine = sorted(
            (event for event in events if isinstance(event, together)), key=lambda event: event.contact_id
        )
        for kind, run in groupby(mine, key=type):
            await _WRITERS[kind](session, tuple(run))


async def _say_roles(session: AsyncSession, events: Sequence[RolesChanged]) -> None:
    for event in events:
        await contacts.say_roles(session, event.contact_id, event.roles)


_WRITERS: Final[dict[type[AnyEvent], Callable[[AsyncSession, Any], Awaitable[None]]]] = {
    ContactStateChanged: contacts.upsert_many,
    RolesChanged: _say_roles,
    Utterance: transcripts.upsert_many,
    SoundHeard: hearing.upsert_many,
    RecognitionChanged: hearing.upsert_many,
    LanguageDetected: hearing.upsert_many,
    LanguageChosen: hearing.upsert_many,
    SuggestionOffered: suggestions.upsert_many,
    AnswerOffered: suggestions.upsert_answers,
    NothingFound: suggestions.set_all_nothing,
    SuggestionOutcome: suggestions.add_outcomes,
    SummaryDrafted: summaries.upsert_drafts,
    SummaryEdited: summaries.keep_edits,
}

_ORDER: Final[tuple[tuple[type[AnyEvent], ...], ...]] = (
    (ContactStateChanged, RolesChanged),  # what is said of roles needs its contact
    (Utterance,),
    (SoundHeard,),
    (RecognitionChanged,),
    (LanguageDetected,),
    (LanguageChosen,),
    (SuggestionOffered, NothingFound),  # a card answers the question that came before it
    (AnswerOffered,),
    (SuggestionOutcome,),
    (SummaryDrafted,),
    (SummaryEdited,),
)
"""Kinds whose order among each other counts stand together."""

"""Many events of any kind in one transaction."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged
from contracts.suggestion import NothingFound, SuggestionOffered, SuggestionOutcome
from contracts.summary import SummaryDrafted, SummaryEdited
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard, Utterance
from store import contacts, hearing, suggestions, summaries, transcripts


async def keep(session: AsyncSession, events: Sequence[AnyEvent]) -> None:
    """Write all that outlives the bus; partials and passing requests are none of it.

    The same events, or older ones, again change nothing.
    """
    # By contact: transactions that write the same contacts take their rows in the same order.
    for event in sorted(events, key=lambda event: event.contact_id):
        await _keep(session, event)


async def _keep(session: AsyncSession, event: AnyEvent) -> None:
    match event:
        case ContactStateChanged():
            await contacts.upsert(session, event)
        case RolesChanged():
            await contacts.say_roles(session, event.contact_id, event.roles)
        case Utterance():
            await transcripts.upsert(session, event)
        case SoundHeard() | RecognitionChanged() | LanguageDetected() | LanguageChosen():
            await hearing.upsert(session, event)
        case SuggestionOffered():
            await suggestions.upsert(session, event)
        case NothingFound():
            await suggestions.set_nothing(session, event)
        case SuggestionOutcome():
            await suggestions.add_outcome(session, event)
        case SummaryDrafted():
            await summaries.upsert_draft(session, event)
        case SummaryEdited():
            await summaries.save_edit(session, event)
        case _:
            pass

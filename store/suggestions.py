"""Cards that were offered, what became of them, and questions without a guide."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.panel import Card
from contracts.suggestion import AnswerOffered, NothingFound, Outcome, SuggestionOffered, SuggestionOutcome
from store.tables import AnswerRow, NothingRow, OutcomeRow, QuestionRow, SuggestionRow
from store.upsert import insert_into, put_all_newer, put_newer, write_all

_KNOWN: Final = select(SuggestionRow.id).where(
    SuggestionRow.suggestion_id == bindparam("_suggestion_id"),
    SuggestionRow.revision >= bindparam("_revision"),
)
_ANSWERED: Final = (
    update(NothingRow.metadata.tables[NothingRow.__tablename__])
    .where(NothingRow.contact_id == bindparam("_contact_id"), ~_KNOWN.exists())
    .values(answered=True)
)
"""What a card that is not known yet does to the question before it."""


async def upsert(session: AsyncSession, offer: SuggestionOffered) -> bool:
    """Keep a card, unless its revision is known already. An updated card keeps its place.

    A new card also answers the question without a guide that stood before it.

    Returns:
        Whether the cards changed.
    """
    changed = await put_newer(session, SuggestionRow, _offer(offer), key="suggestion_id")
    if changed:
        await session.execute(
            update(NothingRow).where(NothingRow.contact_id == offer.contact_id).values(answered=True)
        )
    return changed


async def upsert_many(session: AsyncSession, offers: Sequence[SuggestionOffered]) -> None:
    """As `upsert` of one after the other; at least one."""
    # First: afterwards nobody can tell which were new.
    await write_all(
        session,
        _ANSWERED,
        [
            {
                "_contact_id": offer.contact_id,
                "_suggestion_id": offer.suggestion_id,
                "_revision": offer.revision,
            }
            for offer in offers
        ],
    )
    await put_all_newer(session, SuggestionRow, [_offer(offer) for offer in offers], key="suggestion_id")


async def add_outcome(session: AsyncSession, outcome: SuggestionOutcome) -> None:
    """Keep what the agent did with a card; the same record twice counts once."""
    await add_outcomes(session, [outcome])


async def add_outcomes(session: AsyncSession, outcomes: Iterable[SuggestionOutcome]) -> None:
    """As `add_outcome` of one after the other; at least one."""
    rows = [
        {
            "suggestion_id": outcome.suggestion_id,
            "contact_id": outcome.contact_id,
            "outcome": outcome.outcome,
            "staff_id": outcome.staff_id,
            "at_ms": outcome.at_ms,
            "article_id": outcome.article_id,
            "version": outcome.version,
            "query": outcome.query,
        }
        for outcome in outcomes
    ]
    await write_all(session, insert_into(session, OutcomeRow).on_conflict_do_nothing(), rows)


async def upsert_answers(session: AsyncSession, answers: Sequence[AnswerOffered]) -> None:
    """Keep answers, each unless one for the same or a newer revision of its card is known; at least one."""
    rows: list[dict[str, object]] = [
        {
            "suggestion_id": answer.suggestion_id,
            "contact_id": answer.contact_id,
            "revision": answer.revision,
            "event": answer,
        }
        for answer in answers
    ]
    await put_all_newer(session, AnswerRow, rows, key="suggestion_id")


async def set_nothing(session: AsyncSession, nothing: NothingFound) -> None:
    """Keep the last question without a guide; the same or an older record changes nothing."""
    await set_all_nothing(session, [nothing])


async def set_all_nothing(session: AsyncSession, questions: Iterable[NothingFound]) -> None:
    """As `set_nothing` of one after the other, and each of them among the questions; at least one."""
    questions = tuple(questions)
    await _add_questions(session, questions)
    insert = insert_into(session, NothingRow)
    new, old = insert.excluded, insert.table.c
    later = or_(
        old.at_ms < new.at_ms, (old.at_ms == new.at_ms) & (old.utterance_id != new.utterance_id)
    )  # two questions of one millisecond count in the order of arrival
    changes = {name: new[name] for name in ("utterance_id", "at_ms", "answered", "event")}
    rows = [
        {
            "contact_id": nothing.contact_id,
            "utterance_id": nothing.utterance_id,
            "at_ms": nothing.at_ms,
            "answered": False,
            "event": nothing,
        }
        for nothing in questions
    ]
    statement = insert.on_conflict_do_update(index_elements=["contact_id"], set_=changes, where=later)
    await write_all(session, statement, rows)


async def of_contact(session: AsyncSession, contact_id: str) -> tuple[list[Card], NothingFound | None]:
    """The contact's cards in the order of their first offer, and its question still without a guide."""
    outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
    done = (
        select(OutcomeRow.suggestion_id, OutcomeRow.outcome)
        .where(OutcomeRow.contact_id == contact_id)
        .order_by(OutcomeRow.at_ms, OutcomeRow.id)
    )
    for suggestion_id, outcome in await session.execute(done):
        outcomes[suggestion_id].append(outcome)
    offered = (
        select(SuggestionRow.event).where(SuggestionRow.contact_id == contact_id).order_by(SuggestionRow.id)
    )
    answered = select(AnswerRow.event).where(AnswerRow.contact_id == contact_id)
    answers = {answer.suggestion_id: answer for answer in await session.scalars(answered)}
    cards = [
        Card(
            offer=offer,
            outcomes=tuple(outcomes[offer.suggestion_id]),
            answer=answers.get(offer.suggestion_id),
        )
        for offer in await session.scalars(offered)
    ]
    nothing = await session.scalar(
        select(NothingRow.event).where(NothingRow.contact_id == contact_id, NothingRow.answered.is_(False))
    )
    return cards, nothing


async def _add_questions(session: AsyncSession, questions: Sequence[NothingFound]) -> None:
    rows = [
        {
            "utterance_id": nothing.utterance_id,
            "contact_id": nothing.contact_id,
            "at_ms": nothing.at_ms,
            "query": nothing.query,
            "best_score": nothing.best_score,
            "guides_version": nothing.guides_version,
        }
        for nothing in questions
    ]
    await write_all(session, insert_into(session, QuestionRow).on_conflict_do_nothing(), rows)


def _offer(offer: SuggestionOffered) -> dict[str, object]:
    return {
        "suggestion_id": offer.suggestion_id,
        "contact_id": offer.contact_id,
        "revision": offer.revision,
        "event": offer,
    }

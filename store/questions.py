"""Questions that no guide answered, on their way into gaps.

Any number of workers may put them there, and all must come to the same gaps. So each writes what it has decided
only if nobody wrote since it last looked (`take_turn`): the others find the count risen, drop what they decided,
and look again. No clock and no lease is needed, and a worker that dies holds nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import Base, CounterRow, GapRow, QuestionRow
from store.upsert import insert_into, rows_written

NEW: Final = ""
"""In place of a gap: nobody has looked at it yet."""

ANSWERED: Final = "-"
"""In place of a gap: a guide answers it by now."""

_TURNS: Final = "gaps"
"""The counter of what was written to gaps."""

_QUESTIONS: Final = Base.metadata.tables[QuestionRow.__tablename__]


@dataclass(frozen=True, slots=True)
class Question:
    utterance_id: str
    at_ms: int
    query: str
    """Masked."""
    best_score: float
    guides_version: int
    """Of all guides together, when it was last looked for in them."""
    gap_id: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What is known of a gap besides its questions."""

    gap_id: str
    title: str
    words: tuple[str, ...]
    made_at_ms: int
    """When its first question was asked; of a gap that is there already, what is there stays."""


_COLUMNS = (
    QuestionRow.utterance_id,
    QuestionRow.at_ms,
    QuestionRow.query,
    QuestionRow.best_score,
    QuestionRow.guides_version,
    QuestionRow.gap_id,
)


async def turn(session: AsyncSession) -> int:
    """Rises whenever gaps are written; 0 before the first time."""
    return await session.scalar(select(CounterRow.value).where(CounterRow.name == _TURNS)) or 0


async def take_turn(session: AsyncSession, seen: int) -> bool:
    """Raise the count, if it is still what was `seen`. Only then may this transaction write gaps.

    Whoever comes second waits for the first to commit, and is told False.
    """
    first = insert_into(session, CounterRow).values(name=_TURNS, value=0)
    await session.execute(first.on_conflict_do_nothing(index_elements=["name"]))
    rise = update(CounterRow).where(CounterRow.name == _TURNS, CounterRow.value == seen)
    return await rows_written(session, rise.values(value=seen + 1)) > 0


async def new(session: AsyncSession, limit: int) -> list[Question]:
    """Questions that nobody has looked at, oldest first."""
    query = select(*_COLUMNS).where(QuestionRow.gap_id == NEW)
    query = query.order_by(QuestionRow.at_ms, QuestionRow.utterance_id).limit(limit)
    return [Question(*row) for row in await session.execute(query)]


async def examples(session: AsyncSession, since_ms: int, gaps: int, each: int) -> dict[str, list[Question]]:
    """Gap id → its newest questions, at most `each`, oldest first; the `gaps` that were asked for last, oldest gap
    first.
    """
    last = (
        select(QuestionRow.gap_id, func.max(QuestionRow.at_ms).label("last"))
        .where(QuestionRow.at_ms >= since_ms, QuestionRow.gap_id.not_in((NEW, ANSWERED)))
        .group_by(QuestionRow.gap_id)
        .order_by(func.max(QuestionRow.at_ms).desc(), QuestionRow.gap_id)
        .limit(gaps)
        .subquery()
    )
    place = func.row_number().over(
        partition_by=QuestionRow.gap_id, order_by=(QuestionRow.at_ms.desc(), QuestionRow.utterance_id)
    )
    numbered = (
        select(*_COLUMNS, GapRow.made_at_ms, place.label("place"))
        .join(last, last.c.gap_id == QuestionRow.gap_id)
        .join(GapRow, GapRow.gap_id == QuestionRow.gap_id)
        .where(QuestionRow.at_ms >= since_ms)
        .subquery()
    )
    query = (
        select(*(numbered.c[column.key] for column in _COLUMNS))
        .where(numbered.c.place <= each)
        .order_by(numbered.c.made_at_ms, numbered.c.gap_id, numbered.c.at_ms, numbered.c.utterance_id)
    )
    found: dict[str, list[Question]] = {}
    for row in await session.execute(query):
        found.setdefault(row.gap_id, []).append(Question(*row))
    return found


async def assign(session: AsyncSession, gap_of: Mapping[str, str]) -> None:
    """Put questions into gaps: utterance id → gap id or ANSWERED."""
    if not gap_of:
        return
    await session.execute(
        update(_QUESTIONS)
        .where(_QUESTIONS.c.utterance_id == bindparam("_question"))
        .values(gap_id=bindparam("_gap")),
        [{"_question": question, "_gap": gap} for question, gap in gap_of.items()],
    )


async def put_gaps(session: AsyncSession, gaps: Sequence[Gap]) -> None:
    """New gaps, and new titles and words of those that are there."""
    if not gaps:
        return
    insert = insert_into(session, GapRow)
    changes = {name: insert.excluded[name] for name in ("title", "words")}
    rows = [asdict(gap) | {"status": "open", "article_id": ""} for gap in gaps]
    await session.execute(insert.on_conflict_do_update(index_elements=["gap_id"], set_=changes), rows)


async def merge(session: AsyncSession, newer: str, older: str) -> bool:
    """Two gaps turned out to ask the same: all questions go to the older one, the newer one is gone.

    Returns:
        False, and nothing is changed, where staff did something with either: then they know them apart.
    """
    if {newer, older} & await touched(session):
        return False
    await session.execute(update(QuestionRow).where(QuestionRow.gap_id == newer).values(gap_id=older))
    await session.execute(delete(GapRow).where(GapRow.gap_id == newer))
    return True


async def touched(session: AsyncSession) -> set[str]:
    """Gaps that staff did something with."""
    return set(await session.scalars(select(GapRow.gap_id).where(GapRow.status != "open")))


async def unsettled(session: AsyncSession, guides_version: int, since_ms: int, limit: int) -> list[Question]:
    """Questions in gaps that were last looked for in older guides than these, newest first; none of dismissed gaps."""
    query = (
        select(*_COLUMNS)
        .join(GapRow, GapRow.gap_id == QuestionRow.gap_id)
        .where(
            GapRow.status != "dismissed",
            QuestionRow.at_ms >= since_ms,
            QuestionRow.guides_version < guides_version,
        )
        .order_by(QuestionRow.at_ms.desc(), QuestionRow.utterance_id)
        .limit(limit)
    )
    return [Question(*row) for row in await session.execute(query)]


async def settle(session: AsyncSession, looked_at: Mapping[str, bool], guides_version: int) -> None:
    """Utterance id → whether these guides answer it. What is answered leaves its gap; gaps without a question go.

    A dismissed gap stays: what is asked like it again is to find it.
    """
    if not looked_at:
        return
    await session.execute(
        update(_QUESTIONS)
        .where(_QUESTIONS.c.utterance_id == bindparam("_question"))
        .values(guides_version=guides_version),
        [{"_question": question} for question in looked_at],
    )
    answered = {question: ANSWERED for question, is_answered in looked_at.items() if is_answered}
    await assign(session, answered)
    if answered:
        asked = select(QuestionRow.utterance_id).where(QuestionRow.gap_id == GapRow.gap_id).exists()
        await session.execute(
            delete(GapRow)
            .where(GapRow.status != "dismissed", ~asked)
            .execution_options(synchronize_session=False)
        )

"""Gaps as editors see them: questions that ask the same and that no guide answers, most often asked first.

How questions come into gaps is `questions`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.guides import GapStatus
from store.questions import ANSWERED, NEW
from store.tables import ContactRow, GapRow, QuestionRow
from store.upsert import rows_written

MAX_GAPS: Final = 100
MAX_QUESTIONS: Final = 20
"""Of one gap, the newest."""

_DAY_MS: Final = 86_400_000


_Counted = Select[str, str, tuple[str, ...], GapStatus, str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, and whose contact it was asked in."""

    utterance_id: str
    contact_id: str
    agent_id: str | None
    at_ms: int
    text: str
    """Masked."""
    best_score: float


@dataclass(frozen=True, slots=True)
class StoredGap:
    gap_id: str
    title: str
    words: tuple[str, ...]
    status: GapStatus
    article_id: str
    count: int
    contacts: int
    first_at_ms: int
    last_at_ms: int
    questions: tuple[AskedQuestion, ...]
    """Newest first."""
    by_day: dict[int, int]
    """Local days since 1970 → questions."""


async def most_asked(
    session: AsyncSession, status: GapStatus, since_ms: int, offset_ms: int
) -> list[StoredGap]:
    """Gaps that were asked for since then, at most MAX_GAPS; those of most contacts first.

    `offset_ms` is the local time's against UTC.
    """
    query = _counted(since_ms).where(GapRow.status == status)
    contacts, last = query.selected_columns["contacts"], query.selected_columns["last"]
    query = query.order_by(contacts.desc(), last.desc(), GapRow.gap_id).limit(MAX_GAPS)
    return await _whole(session, query, since_ms, offset_ms)


async def get(session: AsyncSession, gap_id: str, since_ms: int, offset_ms: int) -> StoredGap | None:
    """One gap, with what was asked since then; None where nothing was."""
    found = await _whole(session, _counted(since_ms).where(GapRow.gap_id == gap_id), since_ms, offset_ms)
    return found[0] if found else None


async def count_open(session: AsyncSession) -> int:
    """How many gaps wait for an editor."""
    asked = select(QuestionRow.utterance_id).where(QuestionRow.gap_id == GapRow.gap_id).exists()
    return await session.scalar(select(func.count()).where(GapRow.status == "open", asked)) or 0


async def set_status(session: AsyncSession, gap_id: str, status: GapStatus) -> bool:
    """Dismiss a gap or open it again, which also parts it from its draft. Whether there is one."""
    change = update(GapRow).where(GapRow.gap_id == gap_id).values(status=status, article_id="")
    return await rows_written(session, change) > 0


async def draft(session: AsyncSession, gap_id: str, article_id: str) -> bool:
    """An article is to fill the gap. False where there is no such gap, or it has its article already."""
    change = (
        update(GapRow)
        .where(GapRow.gap_id == gap_id, GapRow.article_id == "")
        .values(status="drafted", article_id=article_id)
    )
    return await rows_written(session, change) > 0


async def article_of(session: AsyncSession, gap_id: str) -> str:
    """The article that is to fill the gap; empty: none."""
    return await session.scalar(select(GapRow.article_id).where(GapRow.gap_id == gap_id)) or ""


def _counted(since_ms: int) -> _Counted:
    return (
        select(
            GapRow.gap_id,
            GapRow.title,
            GapRow.words,
            GapRow.status,
            GapRow.article_id,
            func.count().label("count"),
            func.count(QuestionRow.contact_id.distinct()).label("contacts"),
            func.min(QuestionRow.at_ms).label("first"),
            func.max(QuestionRow.at_ms).label("last"),
        )
        .join(QuestionRow, QuestionRow.gap_id == GapRow.gap_id)
        .where(QuestionRow.at_ms >= since_ms, QuestionRow.gap_id.not_in((NEW, ANSWERED)))
        .group_by(GapRow.gap_id, GapRow.title, GapRow.words, GapRow.status, GapRow.article_id)
    )


async def _whole(
    session: AsyncSession,
    query: _Counted,
    since_ms: int,
    offset_ms: int,
) -> list[StoredGap]:
    rows = (await session.execute(query)).all()
    ids = [row.gap_id for row in rows]
    questions = await _questions(session, ids, since_ms)
    by_day = await _by_day(session, ids, since_ms, offset_ms)
    return [StoredGap(*row, tuple(questions[row.gap_id]), by_day[row.gap_id]) for row in rows]


async def _questions(
    session: AsyncSession, gap_ids: Sequence[str], since_ms: int
) -> defaultdict[str, list[AskedQuestion]]:
    place = (
        func.row_number()
        .over(partition_by=QuestionRow.gap_id, order_by=(QuestionRow.at_ms.desc(), QuestionRow.utterance_id))
        .label("place")
    )
    numbered = (
        select(QuestionRow, place)
        .where(QuestionRow.gap_id.in_(gap_ids), QuestionRow.at_ms >= since_ms)
        .subquery()
    )
    newest = (
        select(
            numbered.c.gap_id,
            numbered.c.utterance_id,
            numbered.c.contact_id,
            ContactRow.agent_id,
            numbered.c.at_ms,
            numbered.c.query,
            numbered.c.best_score,
        )
        .join(ContactRow, ContactRow.contact_id == numbered.c.contact_id, isouter=True)
        .where(numbered.c.place <= MAX_QUESTIONS)
        .order_by(numbered.c.place)
    )
    found: defaultdict[str, list[AskedQuestion]] = defaultdict(list)
    for gap_id, *question in await session.execute(newest):
        found[gap_id].append(AskedQuestion(*question))
    return found


async def _by_day(
    session: AsyncSession, gap_ids: Sequence[str], since_ms: int, offset_ms: int
) -> defaultdict[str, Counter[int]]:
    day = ((QuestionRow.at_ms + offset_ms) // _DAY_MS).label("day")
    counted = (
        select(QuestionRow.gap_id, day, func.count())
        .where(QuestionRow.gap_id.in_(gap_ids), QuestionRow.at_ms >= since_ms)
        .group_by(QuestionRow.gap_id, "day")
    )
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for gap_id, number, count in await session.execute(counted):
        found[gap_id][number] = count
    return found

"""What the weekly report asks the store for, beside sums and chats: alerts with what was done, new words, gaps."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc import AlertAction, AlertHead, Effect, Finding
from store.questions import ANSWERED, NEW
from store.tables import GapRow, QuestionRow
from store.voc_tables import VocActionRow, VocAlertRow, VocContactRow, VocPhraseRow, VocThemeRow

MAX_ALERTS: Final = 1_000
MAX_WORDS: Final = 100
MAX_THEMES: Final = 50
MAX_GAPS: Final = 200


@dataclass(frozen=True, slots=True)
class WeekAlert:
    finding: Finding
    head: AlertHead
    effect: Effect | None
    actions: tuple[AlertAction, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class WeekTheme:
    name: str
    phrases: tuple[str, ...]
    contacts: int
    """Within the time."""
    first_ms: int
    """Ever."""


@dataclass(frozen=True, slots=True)
class WeekGap:
    title: str
    words: tuple[str, ...]
    status: str
    contacts: int


async def alerts(session: AsyncSession, since_ms: int, until_ms: int) -> list[WeekAlert]:
    """Those raised within the time, oldest first."""
    query = (
        select(VocAlertRow.alert_id, VocAlertRow.finding, VocAlertRow.head, VocAlertRow.effect)
        .where(VocAlertRow.raised_at_ms >= since_ms, VocAlertRow.raised_at_ms < until_ms)
        .order_by(VocAlertRow.raised_at_ms, VocAlertRow.alert_id)
        .limit(MAX_ALERTS)
    )
    rows = (await session.execute(query)).all()
    done = (
        select(VocActionRow)
        .join(VocAlertRow, VocAlertRow.alert_id == VocActionRow.alert_id)
        .where(VocAlertRow.raised_at_ms >= since_ms, VocAlertRow.raised_at_ms < until_ms)
        .order_by(VocActionRow.action_id)
    )
    actions: defaultdict[str, list[AlertAction]] = defaultdict(list)
    for row in await session.scalars(done):
        actions[row.alert_id].append(
            AlertAction(
                action_id=row.action_id, at_ms=row.at_ms, staff_id=row.staff_id, deed=row.command.deed
            )
        )
    return [
        WeekAlert(finding, head, effect, tuple(actions[alert_id])) for alert_id, finding, head, effect in rows
    ]


async def still_open(session: AsyncSession, before_ms: int) -> int:
    """Alerts raised before that nobody has closed."""
    query = select(func.count()).where(VocAlertRow.raised_at_ms < before_ms, VocAlertRow.state != "closed")
    return await session.scalar(query) or 0


async def themes(session: AsyncSession, since_ms: int, until_ms: int) -> list[WeekTheme]:
    """Those of most contacts within the time."""
    count = func.count()
    query = (
        select(VocThemeRow.name, VocThemeRow.phrases, count, VocThemeRow.first_ms)
        .join(VocContactRow, VocContactRow.theme_id == VocThemeRow.theme_id)
        .where(VocContactRow.at_ms >= since_ms, VocContactRow.at_ms < until_ms)
        .group_by(VocThemeRow.theme_id, VocThemeRow.name, VocThemeRow.phrases, VocThemeRow.first_ms)
        .order_by(count.desc(), VocThemeRow.theme_id)
        .limit(MAX_THEMES)
    )
    return [WeekTheme(*row) for row in await session.execute(query)]


async def new_phrases(
    session: AsyncSession, since_ms: int, until_ms: int, at_least: int
) -> list[tuple[str, int]]:
    """Phrases that were said within the time for the first time ever, and by how many contacts since."""
    query = (
        select(VocPhraseRow.phrase, VocPhraseRow.contacts)
        .where(
            VocPhraseRow.first_ms >= since_ms,
            VocPhraseRow.first_ms < until_ms,
            VocPhraseRow.contacts >= at_least,
        )
        .order_by(VocPhraseRow.contacts.desc(), VocPhraseRow.phrase)
        .limit(MAX_WORDS)
    )
    return [(phrase, contacts) for phrase, contacts in await session.execute(query)]


async def gaps(session: AsyncSession, since_ms: int, until_ms: int) -> list[WeekGap]:
    """Questions asked within the time that no guide answers, by what they have in common; most contacts first."""
    contacts = func.count(QuestionRow.contact_id.distinct())
    query = (
        select(GapRow.title, GapRow.words, GapRow.status, contacts)
        .join(QuestionRow, QuestionRow.gap_id == GapRow.gap_id)
        .where(
            QuestionRow.at_ms >= since_ms,
            QuestionRow.at_ms < until_ms,
            QuestionRow.gap_id.not_in((NEW, ANSWERED)),
            GapRow.status != "dismissed",
        )
        .group_by(GapRow.gap_id, GapRow.title, GapRow.words, GapRow.status)
        .order_by(contacts.desc(), GapRow.gap_id)
        .limit(MAX_GAPS)
    )
    return [WeekGap(*row) for row in await session.execute(query)]

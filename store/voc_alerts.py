"""Alerts: what the detector found, what people did about it, what a supervisor set."""

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import NotFound
from contracts.voc import (
    AlertAction,
    AlertCommand,
    AlertHead,
    AlertLine,
    AlertView,
    Effect,
    Finding,
    HourPoint,
)
from contracts.voc_head import check, head_after
from contracts.voc_http import VocRules, VocRulesView
from contracts.voc_track import AlertTrack, KeptAlert
from store import voc_notes
from store.upsert import insert_into, rows_written
from store.voc_tables import VocActionRow, VocAlertRow

WEEK_MS: Final = 7 * 24 * 3_600_000
_NO_TRACK: Final = AlertTrack()
_NAMES: Final = TypeAdapter(tuple[str, ...])

State = Literal["open", "closed", "all"]


_KEPT: Final = (VocAlertRow.finding, VocAlertRow.head, VocAlertRow.track, VocAlertRow.told_revision)


async def open_lines(session: AsyncSession, limit: int = 50) -> list[AlertLine]:
    """Those that nobody closed: safety first, then the newest."""
    query = (
        select(VocAlertRow.finding, VocAlertRow.head)
        .where(VocAlertRow.state != "closed")
        .order_by(
            case((VocAlertRow.lane == "safety", 0), else_=1),
            VocAlertRow.raised_at_ms.desc(),
            VocAlertRow.alert_id,
        )
        .limit(limit)
    )
    return [_line(row) for row in await session.execute(query)]


async def lines(
    session: AsyncSession, *, state: State = "all", since_ms: int = 0, limit: int = 200
) -> list[AlertLine]:
    """Alerts raised since then, the newest first."""
    wanted: list[ColumnElement[bool]] = [VocAlertRow.raised_at_ms >= since_ms]
    if state != "all":
        is_closed = VocAlertRow.state == "closed"
        wanted.append(is_closed if state == "closed" else ~is_closed)
    query = (
        select(VocAlertRow.finding, VocAlertRow.head)
        .where(*wanted)
        .order_by(VocAlertRow.raised_at_ms.desc(), VocAlertRow.alert_id)
        .limit(limit)
    )
    return [_line(row) for row in await session.execute(query)]


async def view(session: AsyncSession, alert_id: str) -> AlertView | None:
    """All of an alert, without the departments to choose from; None: there is none."""
    query = select(VocAlertRow.finding, VocAlertRow.head, VocAlertRow.series, VocAlertRow.effect)
    row = (await session.execute(query.where(VocAlertRow.alert_id == alert_id))).one_or_none()
    if row is None:
        return None
    return AlertView(
        finding=row.finding,
        head=row.head,
        actions=tuple(await actions(session, alert_id)),
        series=row.series,
        effect=row.effect,
    )


async def head(session: AsyncSession, alert_id: str) -> AlertHead | None:
    """What was done about it, in short; None: there is none."""
    query = select(VocAlertRow.head).where(VocAlertRow.alert_id == alert_id)
    return (await session.scalars(query)).one_or_none()


async def actions(session: AsyncSession, alert_id: str) -> list[AlertAction]:
    """What was done about it, oldest first."""
    query = (
        select(VocActionRow.action_id, VocActionRow.at_ms, VocActionRow.staff_id, VocActionRow.command)
        .where(VocActionRow.alert_id == alert_id)
        .order_by(VocActionRow.action_id)
    )
    return [
        AlertAction(action_id=row.action_id, at_ms=row.at_ms, staff_id=row.staff_id, deed=row.command.deed)
        for row in await session.execute(query)
    ]


async def act(
    session: AsyncSession, alert_id: str, command: AlertCommand, staff_id: str, now_ms: int
) -> bool:
    """Append what somebody did.

    Returns:
        False: the command was here before, nothing changed.

    Raises:
        NotFound: no such alert.
        Conflict: it does not fit the state that somebody else brought the alert into.
        BadRequest: a time that cannot be.
    """
    # A write that changes nothing: from here on nobody else folds a head from the same one, on either engine.
    lock = update(VocAlertRow).where(VocAlertRow.alert_id == alert_id).values(state=VocAlertRow.state)
    head = (await session.scalars(lock.returning(VocAlertRow.head))).one_or_none()
    if head is None:
        raise NotFound("그런 경보가 없습니다. 목록을 새로 고치십시오.", "no such alert. Load the list again.")
    known = select(VocActionRow.action_id).where(
        VocActionRow.alert_id == alert_id, VocActionRow.client_id == command.client_id
    )
    if (await session.scalars(known)).one_or_none() is not None:
        return False
    check(head, command.deed, now_ms)
    insert = insert_into(session, VocActionRow).values(
        alert_id=alert_id,
        client_id=command.client_id,
        at_ms=now_ms,
        staff_id=staff_id,
        command=command,
    )
    action_id = (await session.scalars(insert.returning(insert.table.c.action_id))).one()
    action = AlertAction(action_id=action_id, at_ms=now_ms, staff_id=staff_id, deed=command.deed)
    after = head_after(head, action)
    await session.execute(
        update(VocAlertRow).where(VocAlertRow.alert_id == alert_id).values(head=after, state=after.state)
    )
    return True


async def put_finding(
    session: AsyncSession,
    finding: Finding,
    series: Sequence[HourPoint] = (),
    effect: Effect | None = None,
    track: AlertTrack = _NO_TRACK,
) -> bool:
    """Write what the detector knows of an event, unless as much or more is there; whether it was written.

    What people did stays as it is.
    """
    insert = insert_into(session, VocAlertRow).values(
        alert_id=finding.alert_id,
        raised_at_ms=finding.raised_at_ms,
        last_ms=finding.last_ms,
        lane=finding.lane,
        severity=finding.severity,
        state="new",
        revision=finding.revision,
        finding=finding,
        head=AlertHead(),
        series=tuple(series),
        effect=effect,
        track=track,
        told_revision=0,
    )
    names = (
        "raised_at_ms",
        "last_ms",
        "lane",
        "severity",
        "revision",
        "finding",
        "series",
        "effect",
        "track",
    )
    newer = insert.on_conflict_do_update(
        index_elements=["alert_id"],
        set_={name: insert.excluded[name] for name in names},
        where=insert.table.c.revision < insert.excluded.revision,
    )
    return await rows_written(session, newer) > 0


async def put_series(
    session: AsyncSession, alert_id: str, series: Sequence[HourPoint], effect: Effect | None
) -> None:
    """The chart of an alert of which nothing else changed."""
    change = update(VocAlertRow).where(VocAlertRow.alert_id == alert_id)
    await session.execute(change.values(series=tuple(series), effect=effect))


async def followed(session: AsyncSession, now_ms: int, *, closed_within_ms: int = WEEK_MS) -> list[KeptAlert]:
    """Alerts whose charts go on, or that new signals may belong to: open ones, those that were raised, shown or closed
    lately, and muted ones. Oldest first, 500 at most.
    """
    query = (
        select(*_KEPT)
        .where((VocAlertRow.state != "closed") | (VocAlertRow.raised_at_ms >= now_ms - _LOOK_BACK_MS))
        .order_by(VocAlertRow.raised_at_ms.desc(), VocAlertRow.alert_id)
        .limit(500)
    )
    found = [_kept(row) for row in await session.execute(query)]
    return [
        one
        for one in reversed(found)
        if one.head.state != "closed"
        or (one.head.closed_at_ms or 0) >= now_ms - closed_within_ms
        or one.finding.raised_at_ms >= now_ms - closed_within_ms
        or one.head.muted_until_ms > now_ms
    ]


_LOOK_BACK_MS: Final = 100 * 24 * 3_600_000
"""Longer than an alert can be muted."""


async def untold(session: AsyncSession, limit: int = 200) -> list[KeptAlert]:
    """Those of which the bus does not know the newest finding yet."""
    query = (
        select(*_KEPT)
        .where(VocAlertRow.told_revision < VocAlertRow.revision)
        .order_by(VocAlertRow.raised_at_ms.desc())
        .limit(limit)
    )
    return [_kept(row) for row in await session.execute(query)]


async def told(session: AsyncSession, alert_id: str, revision: int) -> None:
    """The bus knows of this revision."""
    change = update(VocAlertRow).where(VocAlertRow.alert_id == alert_id, VocAlertRow.told_revision < revision)
    await session.execute(change.values(told_revision=revision))


async def given_rules(session: AsyncSession) -> VocRules | None:
    """What a supervisor set; None: nobody did."""
    note = await voc_notes.get(session, voc_notes.RULES)
    return None if note is None else VocRules.model_validate_json(note.value)


async def rules(session: AsyncSession) -> VocRules:
    """What holds: set by a supervisor, else the site's file's."""
    if (given := await given_rules(session)) is not None:
        return given
    note = await voc_notes.get(session, voc_notes.SITE_RULES)
    return VocRules() if note is None else VocRules.model_validate_json(note.value)


async def set_rules(session: AsyncSession, rules: VocRules, now_ms: int) -> None:
    await voc_notes.put(session, voc_notes.RULES, rules.model_dump_json(), now_ms)


async def set_site_rules(session: AsyncSession, rules: VocRules, now_ms: int) -> None:
    """Those of the site's file, as voc read it."""
    await voc_notes.put(session, voc_notes.SITE_RULES, rules.model_dump_json(), now_ms)


async def rates(session: AsyncSession, now_ms: int, weeks: int = 4) -> VocRulesView:
    """The rules, and how many alerts there were a week over the last `weeks`."""
    since_ms = now_ms - weeks * WEEK_MS
    query = (
        select(VocAlertRow.lane, func.count())
        .where(VocAlertRow.raised_at_ms >= since_ms, VocAlertRow.raised_at_ms <= now_ms)
        .group_by(VocAlertRow.lane)
    )
    raised = {row[0]: row[1] for row in await session.execute(query)}
    closed = await lines(session, state="closed", since_ms=since_ms, limit=10_000)
    held = [one for one in await voc_notes.held(session) if one.last_ms >= now_ms - WEEK_MS]
    return VocRulesView(
        rules=await rules(session),
        alarms=raised.get("usual", 0) / weeks,
        safety_alarms=raised.get("safety", 0) / weeks,
        false_alarms=sum(line.head.reason == "false_alarm" for line in closed) / weeks,
        held_back=len(held),
    )


async def departments(session: AsyncSession) -> tuple[str, ...]:
    """Those of the site's table, as voc wrote them down; none before voc ran."""
    note = await voc_notes.get(session, voc_notes.DEPARTMENTS)
    return () if note is None else _NAMES.validate_json(note.value)


async def set_departments(session: AsyncSession, names: Sequence[str], now_ms: int) -> None:
    await voc_notes.put(session, voc_notes.DEPARTMENTS, _NAMES.dump_json(tuple(names)).decode(), now_ms)


def _line(row: Row[Finding, AlertHead]) -> AlertLine:
    return AlertLine(finding=row.finding, head=row.head)


def _kept(row: Row[Finding, AlertHead, AlertTrack, int]) -> KeptAlert:
    # What is kept was checked when it was read.
    return KeptAlert.model_construct(
        finding=row.finding, head=row.head, track=row.track, told_revision=row.told_revision
    )

"""Makes the weekly reports that were asked for, and last week's by itself when the week is over."""

import asyncio
import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.clock import Clock, wall_ms
from contracts.errors import SangdamError, Unavailable
from contracts.weeks import week_of
from store import voc_counts, voc_reports
from store.database import Database
from store.voc_reports import FileName
from voc.report import files as report_files
from voc.report.figures import weekly
from voc.report.files import HourRow
from voc.report.page import page
from voc.report.source import Place, hours_of, material_of

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
"""How soon a report that was asked for is begun."""
LIMIT_S: Final = 300.0
"""Of one report, all its files together. A process that died over one gives it up after twice as long."""
MONDAY_H: Final = 6
"""Last week's is made on Monday from this hour on: contacts around midnight are counted by then, and it is there
when people come to work."""


@dataclass(slots=True)
class ReportCounts:
    """What operators want to know; both only rise."""

    made: int = 0
    failed: int = 0
    """Whole reports, not single files of them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report's files, and what is missing."""

    files: Mapping[FileName, bytes] = field(default_factory=dict)
    errors: tuple[SangdamError, ...] = ()

    @property
    def error(self) -> str:
        """For the row: Korean, then English."""
        ko = " ".join(error.ko for error in self.errors)
        en = " ".join(error.en for error in self.errors)
        return f"{ko} / {en}" if self.errors else ""


async def make(database: Database, week: str, place: Place, now_ms: int) -> Made:
    """All files of a week's report; those that cannot be made are told in `errors`.

    Raises:
        BadRequest: no such week.
        Unavailable: the database cannot be read now.
    """
    material = await material_of(database, week, place, now_ms)
    html = await asyncio.to_thread(lambda: page(weekly(material)))
    counted = await hours_of(database, week, place.zone)
    rows = [HourRow(c.hour, c.topic, c.district, c.contacts, c.complaints, c.simulated) for c in counted]
    table = await asyncio.to_thread(report_files.to_csv, rows, place.labels, place.zone)
    files: dict[FileName, bytes] = {"html": html.encode(), "csv": table}
    errors: list[SangdamError] = []
    try:
        files["pdf"] = await report_files.to_pdf(html)
    except SangdamError as error:
        errors.append(error)
    try:
        files["parquet"] = await report_files.to_parquet(rows, place.labels)
    except SangdamError as error:
        errors.append(error)
    return Made(files, tuple(errors))


class ReportMaker:
    """Any number of processes run one: each report is made by one of them.

    Args:
        database: where reports are asked for, and kept.
        place: the site.
        clock: wall time.
        look_s: how often it looks for what was asked.
    """

    def __init__(
        self, database: Database, place: Place, *, clock: Clock = wall_ms, look_s: float = LOOK_S
    ) -> None:
        self._database = database
        self._place = place
        self._clock = clock
        self._look_s = look_s
        self._asked_for = ""
        self.counts = ReportCounts()

    async def run(self) -> None:
        """Work until cancelled; while the database is away, wait for it."""
        while True:
            try:
                await self.look()
            except Unavailable as error:
                log.warning("reports: %s", error)
            await asyncio.sleep(self._look_s)

    async def look(self) -> None:
        """Ask for last week's if it is time, and make what was asked for."""
        now_ms = self._clock()
        await self._ask_last_week(now_ms)
        async with self._database.session() as session:
            weeks = await voc_reports.asked(session)
        for week in weeks:
            async with self._database.session() as session:
                stale_ms = round(2 * LIMIT_S * 1000)
                is_ours = await voc_reports.claim(session, week, self._clock(), stale_ms)
            if is_ours:
                await self._make(week)

    async def _ask_last_week(self, now_ms: int) -> None:
        """Once for each week, and only of weeks that have contacts."""
        now = dt.datetime.fromtimestamp(now_ms / 1000, self._place.zone)
        if now.weekday() == 0 and now.hour < MONDAY_H:
            return
        week = week_of(now.date() - dt.timedelta(days=7))
        if week == self._asked_for:
            return
        monday = now.date() - dt.timedelta(days=now.weekday())
        until = dt.datetime.combine(monday, dt.time(), self._place.zone)
        async with self._database.session() as session:
            bounds = await voc_counts.bounds(session)
            if bounds is None or bounds[0] * 3600 >= until.timestamp():
                return
            await voc_reports.ask(session, week, now_ms, again=False)
        self._asked_for = week

    async def _make(self, week: str) -> None:
        """Make and keep it; an error that is not the database's stands in the row."""
        try:
            async with asyncio.timeout(LIMIT_S):
                made = await make(self._database, week, self._place, self._clock())
        except Unavailable:
            raise
        except TimeoutError:
            made = Made(errors=(_too_slow(week),))
        except SangdamError as error:
            made = Made(errors=(error,))
        except Exception as error:
            # One week's figures must not keep the others, nor counting and alerts, from their work.
            log.exception("report of %s", week)
            made = Made(errors=(_failed(week, error),))
        for one in made.errors:
            log.warning("report of %s: %s", week, one)
        async with self._database.session() as session:
            await voc_reports.keep(session, week, made.files, made.error, self._clock())
        self.counts.made += bool(made.files)
        self.counts.failed += not made.files


def _too_slow(week: str) -> SangdamError:
    return SangdamError(
        f"{week} 보고서를 {LIMIT_S:.0f}초 안에 만들지 못했습니다. 한가할 때 다시 만드십시오.",
        f"the report of {week} was not made within {LIMIT_S:.0f} s; ask for it again at a quieter time.",
    )


def _failed(week: str, error: Exception) -> SangdamError:
    name = type(error).__name__
    return SangdamError(
        f"{week} 보고서를 만들다 멈췄습니다({name}). 기록을 운영 담당자에게 보이십시오.",
        f"making the report of {week} failed ({name}); show the log to whoever runs this.",
    )

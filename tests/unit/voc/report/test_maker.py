"""Reports are made when asked, and last week's by itself; what goes wrong stands in the row and stops nothing."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from contracts.districts import District
from contracts.errors import SangdamError
from contracts.voc import About
from store import voc_contacts, voc_reports
from store.database import Database
from voc.report import files as report_files
from voc.report import maker as report_maker
from voc.report.maker import MONDAY_H, ReportMaker
from voc.report.source import Place

ZONE = ZoneInfo("Asia/Seoul")
PLACE = Place(ZONE, {"3020": "상하수도 > 누수·단수·수질"}, (District("마포구", 0, 0, (), ()),), 5)
WEEK = "2026-W47"


def at(day: int, hour: int) -> int:
    """In November 2026; the 16th is a Monday."""
    return int(dt.datetime(2026, 11, day, hour, tzinfo=ZONE).timestamp() * 1000)


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """PDF and Parquet have their own tests."""

    async def pdf(_html, _limit_s=1.0) -> bytes:
        return b"%PDF"

    async def parquet(_rows, _labels, _limit_s=1.0) -> bytes:
        return b"PAR1"

    monkeypatch.setattr(report_files, "to_pdf", pdf)
    monkeypatch.setattr(report_files, "to_parquet", parquet)


async def put(database: Database, *times: int) -> None:
    abouts = [
        About(contact_id=f"c{time}", at_ms=time, topic="3020", district="마포구", complaint=("너무",))
        for time in times
    ]
    async with database.session() as session:
        await voc_contacts.put(session, abouts, zone=ZONE)


async def lines(database: Database):
    async with database.session() as session:
        return await voc_reports.lines(session)


async def test_what_was_asked_is_made_with_what_the_store_has(database) -> None:
    await put(database, at(16, 0), at(22, 23), at(23, 0), at(15, 23))
    maker = ReportMaker(database, PLACE, clock=lambda: at(18, 12))
    async with database.session() as session:
        await voc_reports.ask(session, WEEK, at(18, 11))
    await maker.look()
    made = next(line for line in await lines(database) if line.week == WEEK)
    assert (made.made_at_ms, made.error) == (at(18, 12), "")
    assert made.files == ("html", "pdf", "csv", "parquet")
    async with database.session() as session:
        table = await voc_reports.file(session, WEEK, "csv")
        page = await voc_reports.file(session, WEEK, "html")
    assert table is not None
    assert page is not None
    rows = table.decode("utf-8-sig").splitlines()
    assert len(rows) == 3, "a head, and the two hours of this week: not the ones beside it"
    assert rows[1].startswith("2026-11-16T00:00+09:00,3020")
    assert rows[2].startswith("2026-11-22T23:00+09:00,3020")
    assert "누수·단수·수질" in page.decode()
    assert maker.counts.made == 2, "and last week's by itself"


async def test_last_weeks_comes_by_itself_on_monday_morning_and_once(database) -> None:
    await put(database, at(17, 9))
    clock = at(23, MONDAY_H - 1)
    maker = ReportMaker(database, PLACE, clock=lambda: clock)
    await maker.look()
    assert await lines(database) == []
    clock = at(23, MONDAY_H)
    await maker.look()
    (line,) = await lines(database)
    assert (line.week, line.made_at_ms) == (WEEK, clock)
    clock = at(24, 9)
    await ReportMaker(database, PLACE, clock=lambda: clock).look()
    (line,) = await lines(database)
    assert line.made_at_ms == at(23, MONDAY_H), (
        "another process, or the same one started again, makes no second"
    )


async def test_a_site_without_contacts_gets_no_report(database) -> None:
    await ReportMaker(database, PLACE, clock=lambda: at(24, 9)).look()
    assert await lines(database) == []
    await put(database, at(23, 12))
    await ReportMaker(database, PLACE, clock=lambda: at(24, 9)).look()
    assert await lines(database) == [], "last week had none"


async def test_two_processes_make_each_report_once(database) -> None:
    await put(database, at(16, 9))
    async with database.session() as session:
        for number in (45, 46, 47):
            await voc_reports.ask(session, f"2026-W{number}", at(18, 11) + number)
    makers = [ReportMaker(database, PLACE, clock=lambda: at(18, 12)) for _ in range(2)]
    await asyncio.gather(*(maker.look() for maker in makers))
    assert sum(maker.counts.made for maker in makers) == 3
    assert all(line.files for line in await lines(database))


async def test_what_cannot_be_made_is_told_and_the_rest_is_there(database, monkeypatch) -> None:
    await put(database, at(16, 9))

    async def no_pango(_html, _limit_s=1.0) -> bytes:
        raise SangdamError("PDF를 만들 Pango가 없습니다.", "no PDF: Pango is missing.")

    monkeypatch.setattr(report_files, "to_pdf", no_pango)
    async with database.session() as session:
        await voc_reports.ask(session, WEEK, 1)
    await ReportMaker(database, PLACE, clock=lambda: at(18, 12)).look()
    line = next(one for one in await lines(database) if one.week == WEEK)
    assert line.files == ("html", "csv", "parquet")
    assert line.error == "PDF를 만들 Pango가 없습니다. / no PDF: Pango is missing."


async def test_a_fault_in_one_report_stands_in_its_row(database, monkeypatch) -> None:
    await put(database, at(16, 9))

    def broken(_weekly) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(report_maker, "page", broken)
    async with database.session() as session:
        await voc_reports.ask(session, WEEK, 1)
    maker = ReportMaker(database, PLACE, clock=lambda: at(18, 12))
    await maker.look()
    line = next(one for one in await lines(database) if one.week == WEEK)
    assert line.made_at_ms is not None
    assert line.files == ()
    assert "ZeroDivisionError" in line.error
    assert maker.counts.failed >= 1


async def test_a_report_that_takes_too_long_is_given_up(database, monkeypatch) -> None:
    await put(database, at(16, 9))

    async def slow(_html, _limit_s=1.0) -> bytes:
        await asyncio.sleep(60)
        return b""

    monkeypatch.setattr(report_files, "to_pdf", slow)
    monkeypatch.setattr(report_maker, "LIMIT_S", 0.3)
    async with database.session() as session:
        await voc_reports.ask(session, WEEK, 1)
    await ReportMaker(database, PLACE, clock=lambda: at(16, 12)).look()
    line = next(one for one in await lines(database) if one.week == WEEK)
    assert line.files == ()
    assert "not made within" in line.error

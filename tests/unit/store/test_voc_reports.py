"""Reports are asked for once, made by one, and kept with what there is of them."""

from store import voc_reports
from store.database import Database

WEEK = "2026-W47"


async def test_a_report_from_asking_to_file(database: Database) -> None:
    async with database.session() as session:
        assert await voc_reports.ask(session, WEEK, 1_000)
        assert not await voc_reports.ask(session, WEEK, 2_000), "it waits already"
        assert await voc_reports.asked(session) == [WEEK]
        assert await voc_reports.file(session, WEEK, "html") is None
    async with database.session() as session:
        await voc_reports.keep(session, WEEK, {"html": b"<p>", "csv": b"a"}, "no PDF", 3_000)
    async with database.session() as session:
        (line,) = await voc_reports.lines(session)
        assert line == await voc_reports.line(session, WEEK)
        assert (line.asked_at_ms, line.made_at_ms, line.error) == (1_000, 3_000, "no PDF")
        assert line.files == ("html", "csv")
        assert await voc_reports.file(session, WEEK, "html") == b"<p>"
        assert await voc_reports.file(session, WEEK, "pdf") is None
        assert await voc_reports.file(session, "2026-W46", "html") is None
        assert await voc_reports.asked(session) == []


async def test_asked_again_the_old_files_stay_until_the_new_ones(database: Database) -> None:
    async with database.session() as session:
        await voc_reports.ask(session, WEEK, 1_000)
        await voc_reports.keep(session, WEEK, {"html": b"old", "pdf": b"old"}, "", 2_000)
        assert not await voc_reports.ask(session, WEEK, 3_000, again=False)
        assert await voc_reports.asked(session) == []
        assert await voc_reports.ask(session, WEEK, 4_000)
        assert await voc_reports.file(session, WEEK, "html") == b"old"
        await voc_reports.keep(session, WEEK, {}, "the disk burnt", 5_000)
        assert await voc_reports.file(session, WEEK, "html") == b"old", "a failure takes nothing away"
        await voc_reports.ask(session, WEEK, 6_000)
        await voc_reports.keep(session, WEEK, {"html": b"new"}, "", 7_000)
        assert await voc_reports.file(session, WEEK, "pdf") is None, "of the same making, or none"


async def test_one_process_makes_it_until_it_is_taken_for_dead(database: Database) -> None:
    async with database.session() as session:
        await voc_reports.ask(session, WEEK, 0)
        assert await voc_reports.claim(session, WEEK, 1_000, 500)
    async with database.session() as session:
        assert not await voc_reports.claim(session, WEEK, 1_400, 500)
        assert await voc_reports.claim(session, WEEK, 1_500, 500)
        await voc_reports.keep(session, WEEK, {"html": b"x"}, "", 1_600)
        assert not await voc_reports.claim(session, WEEK, 1_601, 500), "made"
        await voc_reports.ask(session, WEEK, 1_602)
        assert await voc_reports.claim(session, WEEK, 1_603, 500), "the next one may begin at once"


async def test_the_newest_week_comes_first(database: Database) -> None:
    async with database.session() as session:
        for at, week in enumerate(("2026-W09", "2026-W47", "2025-W52")):
            await voc_reports.ask(session, week, at)
        assert [line.week for line in await voc_reports.lines(session)] == [
            "2026-W47",
            "2026-W09",
            "2025-W52",
        ]
        assert await voc_reports.asked(session) == ["2026-W09", "2026-W47", "2025-W52"]

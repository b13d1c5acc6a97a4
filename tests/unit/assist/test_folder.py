import asyncio
import datetime as dt
import os

import pytest

from assist.folder import FolderReader
from assist.folder_changes import SETTLED_NS, FolderChanges, Known, Stamp
from contracts.errors import BadArticle, NotFound
from store import articles, versions
from store.database import Database

NOW_MS = int(dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC).timestamp() * 1000)
LONG_AGO_NS = NOW_MS * 1_000_000 - 3600 * 10**9


@pytest.fixture
async def database(tmp_path):
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield database
    await database.close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "guides").mkdir()
    return tmp_path / "guides"


@pytest.fixture
def write(folder):
    times = iter(range(10_000))

    def write(name, body, **fields):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        head = "".join(f"{key}: {value}\n" for key, value in fields.items())
        path.write_text(f"---\ntitle: 제목\nrevised: 2026-01-01\n{head}---\n{body}\n", encoding="utf-8")
        at_ns = LONG_AGO_NS + next(times) * 10**9
        os.utime(path, ns=(at_ns, at_ns))
        return path

    return write


def reader(database, folder, **options):
    return FolderReader(database, folder, clock=lambda: NOW_MS, **options)


async def served(database):
    async with database.session() as session:
        return {
            found.article_id: found.body for found in await articles.valid(session, dt.date(2026, 11, 22))
        }


async def counter(database):
    async with database.session() as session:
        return await articles.version(session)


# -- pure --------------------------------------------------------------------------------------------------


def test_what_changed_is_told_by_time_and_size():
    changes = FolderChanges()
    now = 100 * SETTLED_NS
    stamps = {"a.md": Stamp(1, 10), "b.md": Stamp(1, 10)}
    assert changes.look(stamps, now) == (["a.md", "b.md"], [])
    changes.files = {name: Known(stamp, b"x", frozenset({name}), 0) for name, stamp in stamps.items()}
    assert changes.look(stamps, now) == ([], [])
    assert changes.look({"a.md": Stamp(2, 10), "b.md": Stamp(1, 11)}, now) == (["a.md", "b.md"], [])
    assert changes.look({"c.md": Stamp(1, 10)}, now) == (["c.md"], ["a.md", "b.md"])


def test_what_is_being_written_waits():
    changes = FolderChanges()
    stamps = {"a.md": Stamp(1000, 10)}
    assert changes.look(stamps, 1000 + SETTLED_NS - 1) == ([], [])
    assert changes.look(stamps, 1000 + SETTLED_NS) == (["a.md"], [])
    # Another machine's clock may be ahead: that must not hold a file back for hours.
    assert changes.look(stamps, 999) == (["a.md"], [])


def test_what_was_only_touched_is_the_same():
    changes = FolderChanges({"a.md": Known(Stamp(1, 10), b"x", frozenset("a"), 0)})
    assert not changes.is_same("a.md", Stamp(2, 10), b"y")
    assert changes.is_same("a.md", Stamp(2, 10), b"x")
    assert changes.look({"a.md": Stamp(2, 10)}, 100 * SETTLED_NS) == ([], [])


def test_missing_counts_the_second_time():
    changes = FolderChanges()
    assert changes.missing_twice({"a", "b"}) == []
    assert changes.missing_twice({"b", "c"}) == ["b"]
    assert changes.missing_twice(set()) == []
    assert changes.missing_twice({"b"}) == []


# -- on a real folder and database -------------------------------------------------------------------------


async def test_what_is_written_into_the_folder_is_published(database, folder, write):
    write("a.md", "하나")
    write("deep/b.md", "둘")
    (folder / "README.md").write_text("# 이 폴더는", encoding="utf-8")
    mine = reader(database, folder)
    assert await mine.look() == 2
    assert await served(database) == {"a": "하나", "deep-b": "둘"}
    assert await mine.look() == 0
    write("a.md", "하나, 고침")
    (folder / "c.html").write_text("<title>셋</title><p>웹 문서", encoding="utf-8")
    os.utime(folder / "c.html", ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert await mine.look() == 2
    assert await served(database) == {"a": "하나, 고침", "deep-b": "둘", "c": "웹 문서"}
    assert (mine.counts.looks, mine.counts.written) == (3, 4)


async def test_others_may_read_the_same_folder(database, folder, write):
    write("a.md", "하나")
    one, other = reader(database, folder), reader(database, folder)
    assert sum(await asyncio.gather(one.look(), other.look())) == 1
    version = await counter(database)
    assert await reader(database, folder).look() == 0
    assert await counter(database) == version


async def test_an_editors_text_is_not_overwritten_by_the_old_file(database, folder, write):
    write("a.md", "하나")
    await reader(database, folder).look()
    async with database.session() as session:
        text = versions.text_of(await articles.get(session, "a")).model_copy(update={"body": "손으로"})
        draft = await versions.save(session, "a", text, edit=0, author="kim", at_ms=NOW_MS)
        await versions.move(
            session, "a", "published", edit=draft.edit, staff_id="kim", may_publish_own=True, at_ms=NOW_MS
        )
    assert await reader(database, folder).look() == 0
    assert await served(database) == {"a": "손으로"}


async def test_a_broken_file_costs_itself_and_is_told_once(database, folder, write, caplog):
    write("a.md", "하나")
    (folder / "b.md").write_text("머리말 없음", encoding="utf-8")
    os.utime(folder / "b.md", ns=(LONG_AGO_NS, LONG_AGO_NS))
    mine = reader(database, folder)
    assert [await mine.look() for _ in range(3)] == [1, 0, 0]
    assert mine.counts.refused == 1
    assert [record.message.partition(" ")[0] for record in caplog.records] == ["b.md:1:"]
    write("b.md", "둘")
    assert await mine.look() == 1
    assert mine.counts.refused == 0


async def test_a_duplicate_is_taken_when_the_first_is_gone(database, folder, write):
    first = write("a.md", "하나", id="same")
    write("b.md", "둘", id="same")
    mine = reader(database, folder)
    await mine.look()
    assert (await served(database), mine.counts.refused) == ({"same": "하나"}, 1)
    first.unlink()
    await mine.look()
    assert (await served(database), mine.counts.refused) == ({"same": "둘"}, 0)


async def test_vanished_files_stay_unless_asked(database, folder, write):
    paths = [write(f"{name}.md", name) for name in "abcde"]
    keeping, retiring = reader(database, folder), reader(database, folder, retire_missing=True)
    await keeping.look()
    await retiring.look()
    paths[0].unlink()
    await keeping.look()
    await keeping.look()
    await retiring.look()
    assert len(await served(database)) == 5
    await retiring.look()
    assert await served(database) == {name: name for name in "bcde"}
    assert retiring.counts.retired == 1
    # A new process knows nothing of it, and finds nothing to do.
    write("a.md", "a")
    later = reader(database, folder, retire_missing=True)
    assert await later.look() == 1
    assert len(await served(database)) == 5


async def test_what_vanished_while_nobody_looked_is_retired(database, folder, write):
    paths = [write(f"{name}.md", name) for name in "abc"]
    await reader(database, folder).look()
    paths[0].unlink()
    later = reader(database, folder, retire_missing=True)
    await later.look()
    await later.look()
    assert await served(database) == {"b": "b", "c": "c"}


async def test_most_of_the_guides_are_never_retired(database, folder, write):
    paths = [write(f"{name}.md", name) for name in "abc"]
    mine = reader(database, folder, retire_missing=True)
    await mine.look()
    for path in paths[:2]:
        path.unlink()
    for _ in range(2):
        with pytest.raises(BadArticle):
            await mine.look()
    assert len(await served(database)) == 3
    write("a.md", "a")
    (folder / "b.md").write_text("머리말 없음", encoding="utf-8")
    os.utime(folder / "b.md", ns=(LONG_AGO_NS, LONG_AGO_NS))
    with pytest.raises(BadArticle):  # the broken file may be the one that is missing
        await mine.look()
    assert len(await served(database)) == 3


async def test_goes_on_without_its_folder_and_tells_it_once(database, folder, write, caplog):
    away = folder.rename(folder.with_name("away"))
    mine = reader(database, folder, every_s=0.01)
    with pytest.raises(NotFound):
        await mine.look()
    running = asyncio.create_task(mine.run())
    try:
        async with asyncio.timeout(10):
            while mine.counts.failures < 3:
                await asyncio.sleep(0.01)
            assert len([record for record in caplog.records if record.name == "assist.folder"]) == 1
            away.rename(folder)
            write("a.md", "하나")
            while await served(database) != {"a": "하나"}:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert mine.counts.failures >= 3

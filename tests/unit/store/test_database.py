import asyncio
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from contracts.contact import ContactStateChanged
from contracts.errors import BadSetting, Overloaded, StorageFull
from store import articles, contacts, engine, hearing, migration
from store.chat_tables import ChatRow
from store.database import Database
from store.tables import Base
from store.voc_tables import VocContactRow

CONTACT = "00000000-0000-0000-0000-000000000001"


def changed(revision: int = 1, title: str = "") -> ContactStateChanged:
    return ContactStateChanged(
        contact_id=CONTACT, at_ms=1, revision=revision, state="talking", started_at_ms=1, title=title
    )


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite+aiosqlite:///"))


def difference(connection) -> list:
    """Between what migrations made and `store/tables.py`."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert ChatRow.metadata is VocContactRow.metadata
    return compare_metadata(context, VocContactRow.metadata)


async def test_migrations_lead_to_the_tables(database):
    async with database.session() as session:
        assert await (await session.connection()).run_sync(difference) == []


def test_migrations_are_one_line():
    assert len(ScriptDirectory(str(migration.FOLDER)).get_heads()) == 1


async def test_a_database_of_the_first_version_is_brought_forward(new_url):
    target = engine.usable(new_url)
    await migration.upgrade(lambda: engine.new_engine(target, for_migration=True), to="0001")
    first = Database(engine.new_engine(target))
    async with first.session() as session:
        assert await (await session.connection()).run_sync(difference) != []
        await contacts.upsert(session, changed(title="그때의 통화"))
    await first.close()
    database = await Database.open(new_url)
    async with database.session() as session:
        assert (await contacts.get(session, CONTACT)).contact.title == "그때의 통화"
        assert await hearing.of_contact(session, CONTACT) == hearing.Hearing()
        assert await (await session.connection()).run_sync(difference) == []
    await database.close()


async def test_sqlite_is_set_up_for_several_processes(sqlite):
    async with sqlite.session() as session:
        values = [
            (await session.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 1, 1, engine.BUSY_TIMEOUT_MS]


async def test_what_was_committed_outlives_the_program(new_url):
    first = await Database.open(new_url)
    async with first.session() as session:
        await contacts.upsert(session, changed(title="남는다"))
    await first.close()
    await first.close()
    second = await Database.open(new_url)
    async with second.session() as session:
        assert (await contacts.get(session, CONTACT)).contact.title == "남는다"
    await second.close()


async def test_a_block_that_raises_keeps_nothing(database):
    async def half() -> None:
        async with database.session() as session:
            await contacts.upsert(session, changed())
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        await half()
    async with database.session() as session:
        assert await contacts.get(session, CONTACT) is None


async def test_a_cancelled_block_keeps_nothing_and_frees_the_database(database):
    async def never_done() -> None:
        async with database.session() as session:
            await contacts.upsert(session, changed())
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(never_done(), 0.1)
    async with database.session() as session:
        assert await contacts.upsert(session, changed())


async def test_many_writers_at_once(new_url):
    both = [await Database.open(new_url), await Database.open(new_url)]

    async def write(revision: int) -> None:
        async with both[revision % 2].session() as session:
            await contacts.get(session, CONTACT)
            await contacts.upsert(session, changed(revision))

    await asyncio.gather(*(write(revision) for revision in range(1, 41)))
    async with both[0].session() as session:
        assert (await contacts.get(session, CONTACT)).contact.revision == 40
    for database in both:
        await database.close()


OPEN = """
import asyncio, sys
from store.database import Database
async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    await (await Database.open(sys.argv[1])).close()
asyncio.run(main())
"""


def test_processes_that_open_a_new_database_at_once(new_url):
    command = [sys.executable, "-c", OPEN, new_url]
    root = Path(engine.__file__).parents[1]
    running = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


async def test_opened_at_once_in_one_process(tmp_path):
    urls = [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in "aabbccdd"]
    for database in await asyncio.gather(*(Database.open(url) for url in urls)):
        async with database.session() as session:
            assert await articles.version(session) == 0
        await database.close()


async def test_a_file_that_another_process_is_creating_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setitem(engine._SQLITE, "timeout", 0.01)
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 10)
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    opening = asyncio.create_task(Database.open(f"sqlite+aiosqlite:///{tmp_path}/new.db"))
    await asyncio.sleep(0.5)
    other.execute("COMMIT")
    other.close()
    await (await opening).close()


async def test_a_newer_database_is_left_alone(new_url):
    database = await Database.open(new_url)
    async with database.session() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(BadSetting, match="9999"):
        await Database.open(new_url)


async def test_an_older_database_is_brought_forward(new_url):
    database = await Database.open(new_url)
    async with database.session() as session:
        for table in Base.metadata.tables:
            await session.execute(text(f"DROP TABLE {table}"))
        await session.execute(text("DELETE FROM alembic_version"))
    await database.close()
    again = await Database.open(new_url)
    async with again.session() as session:
        assert await articles.version(session) == 0
    await again.close()


async def test_a_migration_that_breaks_off_leaves_nothing(new_url, monkeypatch):
    def breaks_off(self) -> None:
        run(self)
        raise RuntimeError("power cut")

    run = MigrationContext.run_migrations
    monkeypatch.setattr(MigrationContext, "run_migrations", breaks_off)
    with pytest.raises(RuntimeError, match="power cut"):
        await Database.open(new_url)
    made = engine.new_engine(engine.usable(new_url))
    async with made.connect() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []
    await made.dispose()


async def test_full_disk(sqlite):
    async with sqlite.session() as session:
        await contacts.upsert(session, changed(1, "먼저"))
        pages = (await session.execute(text("PRAGMA page_count"))).scalar()

    async def write_much() -> None:
        async with sqlite.session() as session:
            await session.execute(text(f"PRAGMA max_page_count={pages}"))
            await contacts.upsert(session, changed(2, "큰 글" * 100_000))

    with pytest.raises(StorageFull, match="가득"):
        await write_much()
    async with sqlite.session() as session:
        assert (await contacts.get(session, CONTACT)).contact.title == "먼저"


async def test_a_writer_that_never_ends_is_not_waited_for_forever(url, monkeypatch):
    monkeypatch.setitem(engine._SQLITE, "timeout", 0.1)
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 100)
    database = await Database.open(url)
    other = sqlite3.connect(path_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Overloaded):
        async with database.session() as session:
            await contacts.upsert(session, changed())
    other.execute("ROLLBACK")
    other.close()
    async with database.session() as session:
        assert await contacts.upsert(session, changed())
    await database.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "nonsense"),
        ("sqlite:////tmp/x.db", "sqlite\\+aiosqlite"),
        ("oracle://host/x", "sqlite\\+aiosqlite"),
        ("sqlite+aiosqlite://", "no file"),
        ("sqlite+aiosqlite:///:memory:", "no file"),
        ("sqlite+aiosqlite:////dev/null/x/y.db", "/dev/null/x"),
    ],
)
async def test_unusable_urls(url, says):
    with pytest.raises(BadSetting, match=says):
        await Database.open(url)


async def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "notes.db").write_text("여기에는 데이터베이스가 없습니다. " * 100)
    with pytest.raises(BadSetting, match=r"notes\.db"):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path}/notes.db")


async def test_passwords_are_not_told():
    for url in ("postgresql+nodriver://u:secret@127.0.0.1/x", "postgresql:/u:secret@127.0.0.1"):
        with pytest.raises(BadSetting) as caught:
            await Database.open(url)
        assert "secret" not in str(caught.value)


async def test_opening_does_not_block_the_loop(url):
    loop_thread = threading.get_ident()
    seen = []
    original = migration._run

    def noted(*arguments):
        seen.append(threading.get_ident())
        original(*arguments)

    migration._run = noted
    try:
        await (await Database.open(url)).close()
    finally:
        migration._run = original
    assert seen
    assert loop_thread not in seen

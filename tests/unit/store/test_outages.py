"""A PostgreSQL server that is stopped, killed, starved, full or slow: told as errors that say what to do.

Every failure is the real server's own.
"""

import asyncio
import logging
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from contracts.contact import ContactStateChanged
from contracts.errors import BadSetting, Overloaded, StorageFull, Unreachable
from sangdam.local.databases import execute
from sangdam.local.postgres import LocalPostgres
from store import contacts, engine
from store.database import Database

CONTACT = "00000000-0000-0000-0000-000000000001"
LIMIT_S = 20


def changed(revision: int = 1) -> ContactStateChanged:
    return ContactStateChanged(
        contact_id=CONTACT, at_ms=1, revision=revision, state="talking", started_at_ms=1
    )


@pytest.fixture
def server(own_postgres) -> Iterator[LocalPostgres]:
    """Ours to break; runs again for the next test."""
    yield own_postgres
    own_postgres.resume()
    own_postgres.start()


@pytest.fixture
async def open_database(server) -> AsyncIterator[Database]:
    database = await Database.open(server.fresh_database())
    yield database
    await database.close()


async def revision(database: Database) -> int:
    async with asyncio.timeout(LIMIT_S), database.session() as session:
        found = await contacts.get(session, CONTACT)
        return found.contact.revision if found else 0


async def keep(database: Database, number: int) -> None:
    async with asyncio.timeout(LIMIT_S), database.session() as session:
        await contacts.upsert(session, changed(number))


@pytest.mark.parametrize("how", ["restart", "kill"])
async def test_a_restart_between_transactions_goes_unseen(server, open_database, how):
    await asyncio.gather(*(keep(open_database, number) for number in range(1, 6)))
    if how == "kill":
        server.kill()
        server.start()
    else:
        server.restart()
    assert await revision(open_database) == 5
    await asyncio.gather(*(keep(open_database, number) for number in range(6, 11)))
    assert await revision(open_database) == 10


@pytest.mark.parametrize("when", ["before a statement", "before the commit", "during a statement"])
@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_server_that_goes_in_the_middle(server, open_database, how, when):
    await keep(open_database, 1)

    async def interrupted() -> None:
        async with open_database.session() as session:
            await contacts.upsert(session, changed(2))
            going = asyncio.create_task(asyncio.to_thread(getattr(server, how)))
            if when == "during a statement":
                await session.execute(text("SELECT pg_sleep(30)"))
            await going
            if when == "before a statement":
                await contacts.get(session, CONTACT)

    with pytest.raises(Unreachable, match="응답하지 않습니다"):
        await interrupted()
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        await revision(open_database)
    # Wait until it is down: `start` does nothing while it runs.
    await asyncio.to_thread(server.process.wait, LIMIT_S)
    server.start()
    assert await revision(open_database) == 1
    await keep(open_database, 2)
    assert await revision(open_database) == 2


async def test_one_connection_ended_by_an_administrator(server, open_database):
    with pytest.raises(Unreachable):
        async with open_database.session() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert await revision(open_database) == 0


async def test_a_server_that_hangs_is_not_waited_for_forever(server, monkeypatch):
    monkeypatch.setattr(engine, "ANSWER_S", 2.0)
    monkeypatch.setattr(engine, "CONNECT_S", 2.0)
    database = await Database.open(server.fresh_database())
    await keep(database, 1)
    server.pause()
    for _ in ("with the connection that is there", "with a new one"):
        with pytest.raises(Unreachable, match="no answer"):
            await revision(database)
    server.resume()
    assert await revision(database) == 1
    await database.close()


async def test_a_statement_that_takes_too_long(server, monkeypatch):
    monkeypatch.setitem(engine._SERVER, "statement_timeout", "200")
    database = await Database.open(server.fresh_database())
    with pytest.raises(Overloaded):
        async with database.session() as session:
            await session.execute(text("SELECT pg_sleep(10)"))
    assert await revision(database) == 0
    await database.close()


async def test_a_row_that_another_process_holds_for_too_long(server, monkeypatch):
    monkeypatch.setitem(engine._SERVER, "lock_timeout", "200")
    database = await Database.open(server.fresh_database())
    await keep(database, 1)
    async with database.session() as holder:
        await contacts.upsert(holder, changed(2))
        with pytest.raises(Overloaded):
            await keep(database, 3)
    assert await revision(database) == 2
    await database.close()


async def test_two_transactions_in_each_others_way(server, open_database):
    """PostgreSQL ends one of two that wait for each other; that one may be tried again."""
    for name in ("a", "b"):
        async with open_database.session() as session:
            await session.execute(text("INSERT INTO counters VALUES (:name, 0)"), {"name": name})
    met = asyncio.Barrier(2)

    async def raise_both(first: str, second: str) -> None:
        async with open_database.session() as session:
            for name in (first, second):
                await session.execute(
                    text("UPDATE counters SET value = value + 1 WHERE name = :name"), {"name": name}
                )
                if name == first:
                    await met.wait()

    async with asyncio.timeout(LIMIT_S):
        ends = await asyncio.gather(raise_both("a", "b"), raise_both("b", "a"), return_exceptions=True)
    assert sorted(type(end) for end in ends if end) == [Overloaded]


async def test_a_transaction_that_cannot_be_put_in_order(server, open_database):
    await keep(open_database, 1)

    async def overtaken() -> None:
        async with open_database.session() as session:
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
            await contacts.get(session, CONTACT)
            await keep(open_database, 2)
            await contacts.upsert(session, changed(3))

    with pytest.raises(Overloaded):
        await overtaken()
    assert await revision(open_database) == 2


async def test_too_many_connections(server, open_database):
    await keep(open_database, 1)
    execute(server.superuser_url, "ALTER ROLE sangdam CONNECTION LIMIT 0")
    other = Database(engine.new_engine(open_database._engine.url))
    with pytest.raises(Overloaded):
        await revision(other)
    execute(server.superuser_url, "ALTER ROLE sangdam CONNECTION LIMIT -1")
    assert await revision(other) == 1
    await other.close()


async def test_a_pool_that_is_used_up(server, monkeypatch):
    for name, value in (("POOL", 1), ("POOL_MORE", 0), ("POOL_WAIT_S", 0.2)):
        monkeypatch.setattr(engine, name, value)
    database = await Database.open(server.fresh_database())
    async with database.session() as holder:
        await contacts.get(holder, CONTACT)
        with pytest.raises(Overloaded):
            await revision(database)
    assert await revision(database) == 0
    await database.close()


async def test_a_standby_that_only_lets_read(server, open_database):
    await keep(open_database, 1)
    name = open_database._engine.url.database
    execute(server.superuser_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    fresh = Database(engine.new_engine(open_database._engine.url))
    with pytest.raises(Unreachable, match="read-only"):
        await keep(fresh, 2)
    assert await revision(fresh) == 1
    await fresh.close()


async def test_a_statement_that_a_migration_overtook(server, open_database):
    """Rolling upgrade: a column changes under a process that has its statements prepared."""
    await keep(open_database, 1)
    for _ in range(2):
        assert await revision(open_database) == 1
    url = open_database._engine.url.render_as_string(hide_password=False)
    execute(url, "ALTER TABLE contacts ALTER COLUMN ended_at_ms TYPE numeric")
    with pytest.raises(Overloaded):
        await revision(open_database)
    assert await revision(open_database) == 1


@pytest.fixture
def small_disk(server) -> Iterator[Path]:
    """A file system of 16 MB, the server's own."""
    folder = Path(tempfile.mkdtemp(prefix="sangdam-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=0777", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small file system may be mounted here: {done.stderr.strip()}")
    owner = server.folder.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


async def test_a_full_disk(server, small_disk):
    execute(server.superuser_url, f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    url = server.fresh_database()
    name = make_url(url).database
    execute(server.superuser_url, f"ALTER DATABASE {name} SET TABLESPACE small")
    database = await Database.open(url)
    await keep(database, 1)
    much = text("INSERT INTO counters SELECT md5(i::text), i FROM generate_series(1, 1000000) AS i")

    async def too_much() -> None:
        async with database.session() as session:
            await contacts.upsert(session, changed(2))
            await session.execute(much)

    with pytest.raises(StorageFull, match="가득"):
        await too_much()
    assert await revision(database) == 1
    await keep(database, 2)
    await database.close()
    execute(server.superuser_url, f"DROP DATABASE {name}", "DROP TABLESPACE small")


@pytest.mark.parametrize(
    ("state", "told"),
    [("53100", StorageFull), ("58030", StorageFull), ("53200", Overloaded), ("57P03", Unreachable)],
)
async def test_states_that_are_hard_to_bring_about(server, open_database, state, told):
    with pytest.raises(told):
        async with open_database.session() as session:
            await session.execute(text(f"DO $$ BEGIN RAISE 'so' USING ERRCODE = '{state}'; END $$"))


@pytest.mark.parametrize("own", [ConnectionResetError("the block's"), TimeoutError("the block's")])
async def test_an_error_of_the_block_itself_stays_as_it_is(server, open_database, own):
    async def fails() -> None:
        async with open_database.session() as session:
            await contacts.get(session, CONTACT)
            raise own

    with pytest.raises(type(own), match="the block's"):
        await fails()


async def test_a_server_that_starts_later_is_waited_for(server, caplog):
    url = server.fresh_database()
    server.stop()
    caplog.set_level(logging.WARNING, "store")
    opening = asyncio.create_task(Database.open(url))
    while not caplog.records:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(LIMIT_S):
        database = await opening
    assert await revision(database) == 0
    assert len(caplog.records) == 2
    assert "응답하지 않습니다" in caplog.records[0].getMessage()
    assert "응답했습니다" in caplog.records[1].getMessage()
    await database.close()


async def test_a_server_that_never_comes(server):
    server.stop()
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1") as caught:
        await Database.open(server.url, within_s=0.2)
    assert make_url(server.url).password not in str(caught.value)


async def test_waiting_for_a_server_can_be_given_up(server):
    server.stop()
    opening = asyncio.create_task(Database.open(server.url))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert time.monotonic() - began < 2


async def test_waiting_for_another_processs_migration_can_be_given_up(server, open_database):
    url = open_database._engine.url.render_as_string(hide_password=False)
    async with open_database.session() as session:
        await session.execute(text("SELECT pg_advisory_xact_lock(1396788807)"))
        opening = asyncio.create_task(Database.open(url))
        await asyncio.sleep(0.5)
        assert not opening.done()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
    async with asyncio.timeout(LIMIT_S):
        await (await Database.open(url)).close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "no"},
        {"database": "no_such"},
        {"username": "nobody"},
        {"query": {"sslmode": "sometimes"}},
    ],
)
async def test_what_will_not_be_right_later_is_told_at_once(server, wrong):
    url = make_url(server.url).set(**wrong).render_as_string(hide_password=False)
    async with asyncio.timeout(5):
        with pytest.raises(BadSetting):
            await Database.open(url)


async def test_the_password_may_come_apart_from_the_url(server):
    target = make_url(server.fresh_database())
    apart = target.set(password=None).render_as_string(hide_password=False)
    database = await Database.open(apart, password=target.password)
    assert await revision(database) == 0
    await database.close()


async def test_a_name_that_is_not_known(server):
    with pytest.raises(Unreachable, match=r"no-such-host\.invalid"):
        await Database.open("postgresql+asyncpg://u:secret@no-such-host.invalid/x", within_s=0)


@pytest.fixture
def certificate(server) -> Iterator[Path]:
    """The server speaks TLS with a certificate of its own for `localhost`."""
    key, made = server.folder / "server.key", server.folder / "server.crt"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    os.chown(key, server.folder.stat().st_uid, -1)
    made.chmod(0o644)
    for name, value in (("ssl_cert_file", made), ("ssl_key_file", key), ("ssl", "on")):
        execute(server.superuser_url, f"ALTER SYSTEM SET {name} = '{value}'")
    server.restart()
    yield made
    execute(server.superuser_url, "ALTER SYSTEM RESET ALL")
    server.restart()


async def test_tls_with_libpqs_options(server, certificate):
    target = make_url(server.fresh_database()).set(host="localhost")

    def with_options(**options: str) -> str:
        return target.set(query=options).render_as_string(hide_password=False)

    database = await Database.open(with_options(sslmode="verify-full", sslrootcert=str(certificate)))
    async with database.session() as session:
        used = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert await session.scalar(used) is True
    await database.close()
    target = target.set(host="127.0.0.1")
    with pytest.raises(BadSetting, match="certificate is not valid for '127"):
        await Database.open(with_options(sslmode="verify-full", sslrootcert=str(certificate)))
    with pytest.raises(BadSetting, match="No such file"):
        await Database.open(with_options(sslmode="verify-full", sslrootcert="/missing.crt"))

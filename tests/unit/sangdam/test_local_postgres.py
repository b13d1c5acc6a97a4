"""The server that tests and try-outs run for themselves."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from contracts.errors import BadSetting
from sangdam.local import postgres as local
from sangdam.local.databases import drop_database, execute
from sangdam.local.postgres import LocalPostgres

ROOT = Path(local.__file__).parents[2]
RUN = [sys.executable, "-m", "sangdam.local.postgres"]


def let_in(folder: Path) -> None:
    """As root, the server runs as somebody else, who has to get to its folder."""
    if os.geteuid() == 0:
        for one in (folder, *folder.parents):
            if one == Path(tempfile.gettempdir()):
                return
            one.chmod(0o755)


async def ask(url: str, statement: str) -> object:
    asyncpg = pytest.importorskip("asyncpg")
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def gone(port: int, limit_s: float = 20) -> bool:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_what_was_committed_is_there_after_a_crash_too_on_the_same_port(own_postgres, how):
    url, port = own_postgres.fresh_database(), own_postgres.port
    execute(url, "CREATE TABLE kept (what text)", "INSERT INTO kept VALUES ('남는다')")
    if how == "kill":
        own_postgres.kill()
        own_postgres.start()
    else:
        own_postgres.restart()
    assert own_postgres.port == port
    assert asyncio.run(ask(url, "SELECT what FROM kept")) == "남는다"
    drop_database(url)


def test_databases_are_apart_and_their_owner_is_no_superuser(own_postgres):
    first, second = own_postgres.fresh_database(), own_postgres.fresh_database()
    execute(first, "CREATE TABLE mine (x int)")
    assert asyncio.run(ask(second, "SELECT to_regclass('mine')")) is None
    assert asyncio.run(ask(first, "SHOW is_superuser")) == "off"


def test_only_who_knows_the_password_comes_in(own_postgres):
    asyncpg = pytest.importorskip("asyncpg")
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(ask(f"postgresql://sangdam:guess@127.0.0.1:{own_postgres.port}/sangdam", "SELECT 1"))
    assert (own_postgres.folder / "password").stat().st_mode & 0o077 == 0


def test_never_runs_as_root(own_postgres):
    assert Path(f"/proc/{own_postgres.process.pid}").stat().st_uid != 0


def test_a_folder_of_ones_own_outlives_the_server(own_postgres, tmp_path):
    let_in(tmp_path)
    with LocalPostgres(tmp_path / "cluster", durable=False) as server:
        execute(server.url, "CREATE TABLE kept (x int)")
    with LocalPostgres(tmp_path / "cluster", durable=False) as again:
        assert asyncio.run(ask(again.url, "SELECT count(*) FROM kept")) == 0


def test_a_folder_that_its_user_may_not_use(own_postgres, tmp_path):
    if os.geteuid():
        pytest.skip("only root runs the server as somebody else")
    (tmp_path / "closed").mkdir(mode=0o700)
    with pytest.raises(BadSetting, match="postgres"):
        LocalPostgres(tmp_path / "closed" / "cluster").start()


def test_without_postgresql_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(local.shutil, "which", lambda name: None)
    monkeypatch.setattr(local.Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(BadSetting, match="apt-get install postgresql"):
        LocalPostgres()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_does_not_outlive_whoever_started_it(own_postgres, number, tmp_path):
    let_in(tmp_path)
    inside = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        RUN, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True, env=inside
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2].partition("/")[0])
        process.send_signal(number)
    assert gone(port)
    until = time.monotonic() + 20
    while list(tmp_path.iterdir()):
        assert time.monotonic() < until, "its temporary cluster is still there"
        time.sleep(0.05)

"""A PostgreSQL server of one's own, for try-outs and tests. Never for production: nothing is backed up.

`python -m sangdam.local.postgres` runs one in the foreground.
"""

import contextlib
import getpass
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from contracts.errors import BadSetting
from sangdam.local.databases import execute, fresh_database
from sangdam.local.ports import free_port

ROLE: Final = "sangdam"
"""Owns the database of the same name, may create others, is no superuser: as on a real site."""

_START_S: Final = 30.0
_STOP_S: Final = 10.0
_UNPRIVILEGED: Final = ("postgres", "nobody")
_READY_LINE: Final = 7
"""Of `postmaster.pid`: how far the server is (src/include/utils/pidfile.h, LOCK_FILE_LINE_PM_STATUS)."""
_WATCHDOG: Final = (
    "read _; kill -INT $0; "
    "for _ in $(seq 100); do kill -0 $0 2>/dev/null || break; sleep 0.1; done; "
    '[ -z "$1" ] || rm -rf "$1"'
)
"""A shell whose standard input ends with this process, however it ends; the server must not outlive it, nor a
temporary cluster its server."""

_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "log_timezone": "UTC",
}
_NOT_DURABLE: Final = {"fsync": "off", "full_page_writes": "off"}
"""Survives a killed server, not a power cut: the operating system still has what was written."""


class LocalPostgres:
    """A private cluster on a free loopback port, started by `start` or `with`, gone after `stop`.

    PostgreSQL refuses to run as root; root runs it as the user `postgres` or `nobody`.

    Args:
        folder: where the cluster is kept; it outlives `stop`, and a later start finds it again. None: a
            temporary one that goes with `stop`.
        durable: False leaves out fsync, for tests.
        settings: more of `postgresql.conf`, name → value.

    Raises:
        BadSetting: from `start`, when PostgreSQL is not installed or cannot run in the folder.
    """

    def __init__(
        self, folder: Path | None = None, *, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        self._binaries = find_binaries()
        self._user = None if os.geteuid() else _unprivileged_user()
        self._temporary = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="sangdam-postgres-")) if folder is None else folder
        self._settings = {**_SETTINGS, **({} if durable else _NOT_DURABLE), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._password = ""
        self.port = 0

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    @property
    def url(self) -> str:
        """Of the database `sangdam`, as its owner, with the password."""
        return f"postgresql+asyncpg://{ROLE}:{self._password}@127.0.0.1:{self.port}/{ROLE}"

    @property
    def superuser_url(self) -> str:
        return f"postgresql+asyncpg://postgres:{self._password}@127.0.0.1:{self.port}/postgres"

    def fresh_database(self) -> str:
        """Create an empty database; its URL. Tests keep apart by this."""
        return fresh_database(self.url)

    def start(self) -> Self:
        """Run the server; returns once it answers. The port stays the same from then on.

        Nothing happens when it runs already.
        """
        if self._process is not None and self._process.poll() is None:
            return self
        new = not (self._data / "PG_VERSION").exists()
        if new:
            self._make_cluster()
        self._password = (self.folder / "password").read_text()
        self.port = self.port or free_port()
        self._run()
        if new:
            execute(
                self.superuser_url,
                f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self._password}'",
                f"CREATE DATABASE {ROLE} OWNER {ROLE}",
            )
        return self

    def stop(self) -> None:
        """Shut down in order: open transactions are rolled back, connections told. Stopping twice is fine."""
        self._dismiss_watchdog()
        if self._process is not None and self._process.poll() is None:
            self.resume()
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """As a crash would: no goodbye, connections reset. The next start recovers."""
        self._dismiss_watchdog()
        self._signal_all(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        """Stop and start again, on the same port."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Stop answering without closing anything, as a machine that hangs."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`; nothing happens to a server that does not hang."""
        self._signal_all(signal.SIGCONT)

    def close(self) -> None:
        """Stop, and remove a temporary cluster."""
        if not self._temporary:
            self.stop()
        else:
            if self._process is not None:
                self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _make_cluster(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(18))
        if self._user:
            for path in (self.folder, password):
                shutil.chown(path, self._user, pwd.getpwnam(self._user).pw_gid)
        command = [str(self._binaries / "initdb"), "--pgdata", str(self._data), "--username", "postgres"]
        command += ["--pwfile", str(password), "--auth", "scram-sha-256", "--no-sync", "--no-instructions"]
        command += ["--encoding", "UTF8", "--locale", "C"]  # the one locale that every machine has
        with self.log.open("ab") as log:
            failed = self._spawn(command, log).wait(_START_S)
        if failed:
            raise self._failed(self._last_words())

    def _run(self) -> None:
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        until = time.monotonic() + _START_S
        while True:
            with self.log.open("ab") as log:
                self._process = self._spawn(command, log)
            if self._came_up(until):
                self._watchdog = subprocess.Popen(  # noqa: S603
                    [
                        "/bin/sh",
                        "-c",
                        _WATCHDOG,
                        str(self._process.pid),
                        str(self.folder) if self._temporary else "",
                    ],
                    stdin=subprocess.PIPE,
                    start_new_session=True,
                )
                return
            said = self._last_words()
            # The processes of a killed server need a moment to go.
            if "still in use" not in said or time.monotonic() > until:
                self.stop()
                raise self._failed(said)
            time.sleep(0.1)

    def _dismiss_watchdog(self) -> None:
        """Before the server goes: it must not end whoever gets the number next."""
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()
            self._watchdog = None

    def _came_up(self, until: float) -> bool:
        """Wait until the server says that it is ready; False when it ended or took too long."""
        while self.process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError):
                lines = (self._data / "postmaster.pid").read_text().splitlines()
                # Nothing stands in it yet while the server makes it.
                if lines[:1] == [str(self.process.pid)] and lines[_READY_LINE:] == ["ready   "]:
                    return True
            time.sleep(0.02)
        return False

    def _spawn(self, command: list[str], log: BinaryIO) -> subprocess.Popen[bytes]:
        """As the unprivileged user, away from our terminal's Ctrl-C, which is ours to handle."""
        return subprocess.Popen(  # noqa: S603  our own command line
            command,
            user=self._user,
            group=pwd.getpwnam(self._user).pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            start_new_session=True,
        )

    def _signal_all(self, number: signal.Signals) -> None:
        """The server, then the processes that it made for its connections."""
        if self._process is None or self._process.poll() is not None:
            return
        for pid in (self._process.pid, *_children(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])

    def _failed(self, said: str) -> BadSetting:
        who = self._user or getpass.getuser()
        return BadSetting(
            f"PostgreSQL을 '{who}' 사용자로 {self.folder}에서 띄울 수 없습니다: {said.strip()}. "
            "그 사용자가 쓸 수 있는 폴더인지 확인하십시오.",
            f"cannot run PostgreSQL as user '{who}' in {self.folder}: {said.strip()}. "
            "Check that this user may write there.",
        )


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`: where PATH has them, or Debian's folder of the newest version.

    Raises:
        BadSetting: PostgreSQL is not installed.
    """
    on_path = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in (*on_path, *debian):
        if all((folder / name).exists() for name in ("initdb", "postgres")):
            return folder
    raise BadSetting(
        "PostgreSQL이 설치되어 있지 않습니다. 데비안에서는 apt-get install postgresql로 설치하십시오.",
        "PostgreSQL is not installed. On Debian: apt-get install postgresql.",
    )


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def _unprivileged_user() -> str:
    for name in _UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise BadSetting(
        "PostgreSQL은 root로 돌지 않는데, 다른 사용자(postgres, nobody)가 이 컴퓨터에 없습니다.",
        "PostgreSQL does not run as root, and this machine has no user postgres or nobody.",
    )


def _children(pid: int) -> list[int]:
    """Processes whose parent is `pid`, from Linux's /proc; none elsewhere."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = stat.read_text().rpartition(")")[2].split()
            if int(after_name[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def main() -> None:
    """Run one until Ctrl-C, and say where it is."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with LocalPostgres() as server:
        print(f"SANGDAM_DATABASE={server.url}", flush=True)  # noqa: T201
        print("Ctrl-C로 끝냅니다. 자료도 지워집니다. / Ctrl-C ends it, and its data.", file=sys.stderr)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            server.process.wait()


if __name__ == "__main__":
    main()

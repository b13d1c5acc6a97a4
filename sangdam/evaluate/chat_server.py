"""The server under a chat bench: a process on a core of its own, its memory, its CPU time, its records on the bus."""

import contextlib
import os
import resource
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from contracts.errors import Unreachable
from sangdam.evaluate.failover_process import ServedProcess
from sangdam.local.ports import free_port

SERVICE: Final = "chat_gateway"
_START_S: Final = 30.0
_STOP_S: Final = 10.0


def cores() -> tuple[set[int], set[int]]:
    """(the server's, everybody else's); the same where there is only one."""
    all_cores = sorted(os.sched_getaffinity(0))
    return ({all_cores[0]}, set(all_cores[1:]) or {all_cores[0]})


def allow_sockets() -> int:
    """As many open files as this process may have; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@contextlib.contextmanager
def pinned(to: set[int]) -> Iterator[None]:
    """What is started within the block stays on these cores, with all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, to)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Server:
    """A process that is measured."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port

    def rss_kib(self) -> int:
        """Resident memory, from /proc (man 5 proc, VmRSS); pages that are shared with others count too."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise Unreachable("게이트웨이가 끝났습니다.", "the gateway has ended.")

    def cpu_s(self) -> float:
        """User and system time of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def gateway(folder: Path, variables: Mapping[str, str]) -> Iterator[tuple[Server, ServedProcess]]:
    """Ours, by itself; its database and bus lie in `folder`.

    Raises:
        Unreachable: it does not get ready.
    """
    process = ServedProcess("gateway", (SERVICE,), folder, variables)
    with pinned(cores()[0]):
        process.start()
    try:
        process.ready()
        yield Server(process.process.pid, process.port), process
    finally:
        process.stop()


@contextlib.contextmanager
def peer(interpreter: str, script: Path, kind: str, folder: Path) -> Iterator[Server]:
    """The other server.

    Raises:
        Unreachable: it does not listen in time.
    """
    port = free_port()
    with pinned(cores()[0]), (folder / "peer.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  our own script
            [interpreter, str(script), str(port), kind, str(folder)], stdout=log, stderr=log
        )
    try:
        _until_listening(process, port)
        yield Server(process.pid, port)
    finally:
        process.kill()
        process.wait(_STOP_S)


def _until_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise Unreachable("비교 서버가 시작되지 않았습니다.", "the peer did not start.")


def records(bus: Path, topics: Sequence[str] = ()) -> dict[str, int]:
    """How many were ever published on each topic of an embedded bus."""
    with contextlib.closing(sqlite3.connect(f"file:{bus}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT topic, sum(next_off) FROM topic_partition GROUP BY topic"
        ).fetchall()
    return {topic: count for topic, count in rows if not topics or topic in topics}

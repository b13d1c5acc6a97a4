"""One `sangdam serve` process of a failure run: started, killed, stopped for a while and started again."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import httpx

from contracts.errors import Unreachable
from sangdam.local.ports import free_port

READY_S: Final = 90.0
STOP_S: Final = 15.0
_LOOK_S: Final = 0.1
_SAMPLE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')

T = TypeVar("T")


def wait_for(look: Callable[[], T], what: str, limit_s: float = 60.0) -> T:
    """What `look` gives, as soon as that is something.

    Raises:
        Unreachable: it gave nothing within `limit_s`.
    """
    deadline = time.monotonic() + limit_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Unreachable(
                f"{limit_s:.0f}초 안에 되지 않음: {what}.", f"not within {limit_s:.0f} s: {what}."
            )
        time.sleep(_LOOK_S)
    return found


class ServedProcess:
    """Keeps its ports over restarts, so that others find it again."""

    def __init__(
        self, name: str, services: Sequence[str], folder: Path, variables: Mapping[str, str]
    ) -> None:
        """Start nothing yet.

        Args:
            name: of the log file, and for people.
            services: what it serves.
            folder: of the log.
            variables: its environment.
        """
        self.name = name
        self.services = tuple(services)
        self.log = folder / f"{name}.log"
        self.variables = dict(variables)
        self.port, self.ops_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Of its pages and API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Does not wait; see `ready`."""
        ports = ("--port", str(self.port), "--ops-port", str(self.ops_port))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own command
                [sys.executable, "-m", "sangdam", "serve", *self.services, *ports],
                env=self.variables,
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ready(self, limit_s: float = READY_S) -> None:
        """Wait until /readyz says yes.

        Raises:
            Unreachable: it ended, or was not ready in time; its last lines are told.
        """
        try:
            wait_for(lambda: self._is_ready() or not self.lives, f"{self.name} ready", limit_s)
        except Unreachable:
            raise self._failed() from None
        if not self.lives:
            raise self._failed()

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return (
                httpx.get(f"http://127.0.0.1:{self.ops_port}/readyz", timeout=2).status_code == httpx.codes.OK
            )
        return False

    def _failed(self) -> Unreachable:
        return Unreachable(
            f"{self.name}이(가) 준비되지 않았습니다:\n{self.said()[-3000:]}",
            f"{self.name} is not ready; its last lines stand above.",
        )

    def said(self) -> str:
        """Its whole log, over all its lives."""
        with contextlib.suppress(FileNotFoundError):
            return self.log.read_text("utf-8", errors="replace")
        return ""

    def kill(self) -> None:
        """As `kill -9`."""
        self.process.kill()
        self.process.wait(STOP_S)

    def freeze(self) -> None:
        """As a machine that hangs: nothing is closed, nothing goes on."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> float:
        """In order; the seconds that it took."""
        began = time.monotonic()
        if self.lives:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(STOP_S)
        return time.monotonic() - began

    def metrics(self, name: str) -> list[tuple[dict[str, str], float]]:
        """(labels, value) of every sample of a metric, as /metrics tells it."""
        text = httpx.get(f"http://127.0.0.1:{self.ops_port}/metrics", timeout=5).raise_for_status().text
        return [
            (dict(_LABEL.findall(labels)), float(value))
            for found, labels, value in _SAMPLE.findall(text)
            if found == name
        ]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples that have these labels."""
        return sum(value for told, value in self.metrics(name) if labels.items() <= told.items())

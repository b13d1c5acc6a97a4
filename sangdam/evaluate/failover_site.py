"""A site of real processes to break: services, a broker and a database of its own, one signed-in agent.

Everything is killed by its own process id and ends with `close`. The embedded bus with SQLite is the cheap kind.
"""

import contextlib
import os
import secrets
import subprocess
import sys
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import numpy as np

from contracts.codec import AnyEvent
from contracts.errors import BadSetting
from ingest.media import open_media, read_blocks
from sangdam.evaluate.failover_process import ServedProcess, wait_for
from sangdam.evaluate.failover_truth import read_topics
from sangdam.local.kafka import LocalKafka
from sangdam.local.postgres import LocalPostgres
from sangdam.site import SAMPLE_CALLS, SAMPLE_GUIDES

ROOT: Final = Path(__file__).resolve().parents[2]
LOGIN: Final = "kim"
SERVICES: Final = ("ingest", "asr", "assist", "summarize", "console")
SESSION_S: Final = 10.0
"""Of the bus: so long after its death a member's partitions go to the others."""
_COMMAND_S: Final = 120.0


class FailoverSite:
    """Started by `start` or `with`."""

    def __init__(
        self,
        folder: Path,
        *,
        kafka: LocalKafka | None = None,
        postgres: LocalPostgres | None = None,
        processes: Mapping[str, Sequence[str]] | None = None,
        variables: Mapping[str, str] | None = None,
        session_s: float = SESSION_S,
    ) -> None:
        """Args:
        folder: of data and logs.
        kafka, postgres: running ones of the caller's, who closes them; None: embedded.
        processes: name → services; one process a service unless given.
        variables: further ones for all processes.
        session_s: see `SESSION_S`.
        """
        self.folder = folder
        self.kafka = kafka
        self.postgres = postgres
        bus = kafka.url if kafka else f"embedded://{(folder / 'bus.db').resolve()}"
        self.bus_url = f"{bus}?session_s={session_s:g}"
        self._password = secrets.token_urlsafe(12)
        self.variables = clean_environment() | {
            "SANGDAM_DATA_DIR": str(folder),
            "SANGDAM_OFFLINE": "1",
            "SANGDAM_SECRET": secrets.token_urlsafe(48),
            "SANGDAM_BUS": self.bus_url,
            "SANGDAM_LOG": "INFO",
            "PYTHONUTF8": "1",
            "COLUMNS": "200",
            **({"SANGDAM_DATABASE": postgres.url} if postgres else {}),
            **(variables or {}),
        }
        named = processes or {name: (name,) for name in SERVICES}
        self.processes = {
            name: ServedProcess(name, services, folder, self.variables) for name, services in named.items()
        }
        self.client = httpx.Client(timeout=20)

    def __getitem__(self, name: str) -> ServedProcess:
        return self.processes[name]

    def _serving(self, service: str) -> ServedProcess:
        """The first living process of a service."""
        of_it = [one for one in self.processes.values() if service in one.services]
        return next((one for one in of_it if one.lives), of_it[0])

    def start(self) -> None:
        """Topics, an agent and his guides, all processes; returns when all are ready and the agent is signed in."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.kafka:
            self.run("topics", "apply", "--yes")
        self.run("users", "add", LOGIN, given=f"{self._password}\n")
        self.run("articles", "import", str(SAMPLE_GUIDES))
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            process.ready()
        self.sign_in()

    def mend(self) -> None:
        """Start what does not live; what got variables of its own for a while starts again without them."""
        for process in self.processes.values():
            if process.variables != self.variables:
                process.stop()
                process.variables = dict(self.variables)
            if not process.lives:
                process.start()
        for process in self.processes.values():
            process.ready()

    def run(self, *arguments: str, given: str = "") -> str:
        """`sangdam ARGUMENTS` on this site; what it printed.

        Raises:
            BadSetting: it failed.
        """
        done = subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-m", "sangdam", *arguments],
            input=given,
            env=self.variables,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )
        if done.returncode:
            command = " ".join(arguments)
            raise BadSetting(f"sangdam {command}: {done.stderr}", f"sangdam {command} failed.")
        return done.stdout

    def sign_in(self) -> None:
        who = {"login": LOGIN, "password": self._password}
        self.client.post(f"{self._serving('console').url}/api/sign-in", json=who).raise_for_status()

    @property
    def password(self) -> str:
        """The agent's."""
        return self._password

    @property
    def cookie(self) -> str:
        """For WebSockets."""
        return "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())

    @property
    def console_url(self) -> str:
        return self._serving("console").url

    def call(self, recording: Path, *, speed: float = 1.0, ingest: str | None = None) -> str:
        """Play a recording as the agent's call; the contact's id."""
        url = (self.processes[ingest] if ingest else self._serving("ingest")).url
        with recording.open("rb") as file:
            answer = self.client.post(
                f"{url}/api/ingest/recordings",
                params={"speed": speed},
                files={"file": (recording.name, file)},
            )
        return str(answer.raise_for_status().json()["contact_id"])

    def hang_up(self, contact_id: str) -> None:
        url = self._serving("ingest").url
        self.client.post(f"{url}/api/ingest/contacts/{contact_id}/hangup").raise_for_status()

    def view(self, contact_id: str) -> dict[str, Any]:
        """The contact by the console's API, empty where it does not know it (or is not there)."""
        with contextlib.suppress(httpx.TransportError):
            answer = self.client.get(f"{self.console_url}/api/contacts/{contact_id}")
            if answer.status_code == httpx.codes.OK:
                found: dict[str, Any] = answer.json()
                return found
        return {}

    def wait_for_summary(self, contact_id: str, limit_s: float = 60.0) -> dict[str, Any]:
        """The contact's view, once its summary is complete."""

        def look() -> dict[str, Any]:
            view = self.view(contact_id)
            return view if (view.get("draft") or {}).get("complete") else {}

        return wait_for(look, f"a complete summary of {contact_id}", limit_s)

    def truth(self) -> list[AnyEvent]:
        """Every event of every topic but audio, each topic's in order, as the bus has them now."""
        return read_topics(self.bus_url)

    def close(self) -> None:
        self.client.close()
        for process in self.processes.values():
            if process.lives:
                process.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def clean_environment() -> dict[str, str]:
    """Our environment without settings of whoever runs this; weights stay where they are."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SANGDAM_") or name == "SANGDAM_MODELS_DIR"
    }


def cut(name: str, seconds: float, folder: Path) -> Path:
    """The first seconds of a sample call, as a WAV file."""
    media = open_media(SAMPLE_CALLS / f"{name}.flac")
    samples = np.concatenate(list(read_blocks(media)))[: int(seconds * media.rate_hz)]
    path = folder / f"{name}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(media.rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return path

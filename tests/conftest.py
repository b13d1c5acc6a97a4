"""What tests of the whole program share: the command line, a served site, a short call."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

pytest_plugins = ["tests.servers"]

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "calls" / "bulky-waste.flac"
START_S = 120.0
LOGIN, PASSWORD = "kim", "a long enough password"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    status: int
    stdout: str
    stderr: str
    cpu_s: float

    def refused(self, code: str, status: int = 1) -> None:
        """It said what was wrong, once, in Korean and English, and without a stack."""
        assert self.status == status, self.stderr
        assert self.stdout == ""
        assert "Traceback" not in self.stderr
        assert re.findall(r"^오류 (\S+):", self.stderr, re.MULTILINE) == [code], self.stderr
        assert re.findall(r"^error (\S+):", self.stderr, re.MULTILINE) == [code], self.stderr


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    """Ours without settings of whoever runs the tests; weights are never fetched in a test."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SANGDAM_") or name == "SANGDAM_MODELS_DIR"
    }
    own = {
        "SANGDAM_DATA_DIR": str(data_dir),
        "SANGDAM_OFFLINE": "1",
        "SANGDAM_OPS_PORT": "0",
        "PYTHONUTF8": "1",
        "COLUMNS": "200",
    }
    return kept | own | variables


def run(
    data_dir: Path, *arguments: str | Path, given: str = "", limit_s: float = 120, **variables: str
) -> Ran:
    """`sangdam ARGUMENTS` with `given` on its standard input."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "sangdam", *map(str, arguments)],
        input=given,
        env=environment(data_dir, **variables),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(done.returncode, done.stdout, done.stderr, cpu_s)


@pytest.fixture
def sangdam(tmp_path: Path) -> Callable[..., Ran]:
    """Runs `sangdam` on a data folder of this test."""
    return lambda *arguments, **more: run(tmp_path / "data", *arguments, **more)


@pytest.fixture(scope="session")
def run_sangdam() -> Callable[..., Ran]:
    """Runs `sangdam` on a data folder that is given first."""
    return run


@pytest.fixture(scope="session")
def weights() -> Path:
    """The speech model's folder."""
    from contracts.errors import SangdamError
    from models.resolve import resolve_whisper
    from sangdam import settings

    try:
        return resolve_whisper("base", settings.load().models_dir, offline=True)
    except SangdamError:
        pytest.skip("no Whisper weights on this machine: run `sangdam models pull whisper-base`")


class Served:
    """A process of `sangdam serve SERVICE…`."""

    def __init__(self, folder: Path, *services: str, **variables: str) -> None:
        self.log = folder / f"{'-'.join(services)}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sangdam", "serve", *services, "--port", "0"],
                env=environment(folder, **variables),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def url(self, line: str = "상담 화면") -> str:
        """The address that it tells in this line, as soon as it is there; or in `운영 정보`, `통화 받기`."""

        def look() -> str:
            found = re.search(rf"{line}: (http://[^/\s]+)", self.said)
            assert found or self.process.poll() is None, self.said
            return found.group(1) if found else ""

        return self.wait(look, START_S)

    def ops(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url('운영 정보')}{path}", timeout=20)

    def ready(self) -> "Served":
        def look() -> bool:
            assert self.process.poll() is None, self.said
            return self.ops("/readyz").status_code == 200

        self.wait(look, START_S)
        return self

    def metric(self, name: str, **labels: str) -> float:
        """The sum over those that have these labels."""
        from prometheus_client.parser import text_string_to_metric_families

        return sum(
            sample.value
            for family in text_string_to_metric_families(self.ops("/metrics").text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; the exit status and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(60), time.monotonic() - began

    def wait(self, look: Callable[[], Any], limit_s: float = 60.0) -> Any:
        """What `look` gives as soon as that is something."""
        deadline = time.monotonic() + limit_s
        while not (found := look()):
            assert time.monotonic() < deadline, f"waited {limit_s:.0f} s\n{self.said[-3000:]}"
            time.sleep(0.1)
        return found


@pytest.fixture(scope="module")
def serve_all() -> Iterator[Callable[..., Served]]:
    """Starts `sangdam serve SERVICE…` on a data folder that is given first; killed in the end if need be."""
    yield from _serving()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """The same on the folder `site` of this test."""
    (tmp_path / "site").mkdir()
    for start in _serving():
        yield partial(start, tmp_path / "site")


def _serving() -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(folder: Path, *services: str, **variables: str) -> Served:
        started.append(Served(folder, *services, **variables))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.process.kill()
            one.process.wait()


class Site:
    """A data folder with one agent, and `sangdam serve` on it, started and stopped as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(timeout=20)
        added = run(folder, "users", "add", LOGIN, given=f"{PASSWORD}\n")
        assert added.status == 0, added.stderr

    @property
    def url(self) -> str:
        return str(self.client.base_url).rstrip("/")

    @property
    def cookie(self) -> dict[str, str]:
        """For WebSockets."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())}

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sangdam", "serve", "--port", "0"],
                env=environment(self.folder),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        self.client.base_url = httpx.URL(self.wait(self._address, START_S))
        self.wait(lambda: self.client.get("/healthz").status_code == 200)

    def sign_in(self) -> None:
        self.client.post("/api/sign-in", json={"login": LOGIN, "password": PASSWORD}).raise_for_status()

    def stop(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal; the exit status and the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(60), time.monotonic() - began

    def _address(self) -> str:
        assert self.process is not None
        said = self.log.read_text()
        assert self.process.poll() is None, said
        found = re.search(r"상담 화면: (http://\S+)", said)
        return found.group(1) if found else ""

    def call(self, recording: Path, speed: float) -> str:
        """Play a recording as the agent's call; the contact's id."""
        with recording.open("rb") as file:
            answer = self.client.post(
                "/api/ingest/recordings", params={"speed": speed}, files={"file": (recording.name, file)}
            )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["contact_id"])

    def view(self, contact_id: str) -> dict[str, Any]:
        """The contact as a panel sees it; empty where the console has not heard of it yet."""
        answer = self.client.get(f"/api/contacts/{contact_id}")
        return answer.json() if answer.status_code == 200 else {}

    def finals(self, contact_id: str) -> dict[str, str]:
        """Finals by utterance id."""
        said = self.view(contact_id).get("utterances", [])
        return {u["utterance_id"]: u["text"] for u in said if u["status"] == "final"}

    def draft(self, contact_id: str) -> dict[str, Any]:
        """The complete draft, once it is there."""

        def look() -> dict[str, Any]:
            draft = self.view(contact_id).get("draft")
            return draft if draft and draft["complete"] else {}

        return self.wait(look)

    def wait(self, look: Callable[[], Any], limit_s: float = 60.0) -> Any:
        """What `look` gives as soon as that is something."""
        deadline = time.monotonic() + limit_s
        while not (found := look()):
            assert time.monotonic() < deadline, f"waited {limit_s:.0f} s\n{self.log.read_text()[-3000:]}"
            time.sleep(0.1)
        return found

    def close(self) -> None:
        self.client.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def site(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served site with a signed-in agent."""
    made = Site(tmp_path_factory.mktemp("site"))
    try:
        made.start()
        made.sign_in()
        yield made
    finally:
        made.close()


def write_wav(path: Path, samples: np.ndarray, rate_hz: int) -> Path:
    """int16 samples of shape (n, channels) as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="session")
def short_call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 27 seconds of a sample call: a greeting, the request, a question back, the answer to it."""
    from ingest.media import open_media, read_blocks

    media = open_media(SAMPLE)
    samples = np.concatenate(list(read_blocks(media)))[: 27 * media.rate_hz]
    return write_wav(tmp_path_factory.mktemp("calls") / "short.wav", samples, media.rate_hz)

"""One live call of two channels through the whole program, as an agent sees it; prints JSON in 90 s.

    python -m bench.call [SAMPLE]

`sangdam demo` runs as its users run it, all services in one process, Whisper base in int8 on the CPU. The
sample call is played in real time; a panel's WebSocket is where its words, cards and summary are timed. A
microphone knocks every three seconds to see how soon a call is answered meanwhile.
"""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from websockets.sync.client import ClientConnection, connect

from asr.endpointing import EndpointSettings
from bus.open import open_bus
from contracts.clock import wall_ms
from contracts.codec import AnyEvent
from contracts.panel import Pushed
from contracts.suggestion import SuggestionOffered
from contracts.summary import SummaryDrafted
from contracts.topics import TOPICS
from contracts.transcript import Utterance
from sangdam.latency import Arrivals, percentile, summary

ROOT = Path(__file__).parents[1]
SAMPLE = "bulky-waste"
LOGIN, PASSWORD = "bench", "bench password"
START_S = 600.0
"""Weights may have to be fetched first."""
KNOCK_S = 3.0
LOOK_S = 0.1

GOALS_MS = {
    "partial_p95": 1000,
    "final_p95": 1500,
    "suggestion_p95": 1000,
    "summary": 5000,
    "call_answered_p95": 1000,
    "panel_push_p95": 250,
}
"""The design's promises. A push to the panel has none of its own: it is held to that of a chat message."""


@dataclass
class Heard:
    """What a panel was sent: seconds on the monotonic clock, wall time in ms, the text."""

    messages: list[tuple[float, int, str]] = field(default_factory=list)
    drafted: threading.Event = field(default_factory=threading.Event)

    def listen(self, panel: ClientConnection) -> None:
        for text in panel:
            self.messages.append((time.monotonic(), wall_ms(), str(text)))
            if '"type":"summary.drafted"' in str(text) and '"complete":true' in str(text):
                self.drafted.set()
                return

    def events(self) -> list[tuple[float, int, AnyEvent]]:
        return [
            (clock, wall, Pushed.model_validate_json(text).event)
            for clock, wall, text in self.messages
            if json.loads(text)["type"] == "event"
        ]


class Demo:
    """`sangdam demo` as a process of its own, and a signed-in client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "demo"
        self._environment = os.environ | {"SANGDAM_DATA_DIR": str(folder), "CUDA_VISIBLE_DEVICES": ""}
        self._command = [sys.executable, "-m", "sangdam"]
        subprocess.run(
            [*self._command, "users", "add", LOGIN],
            input=f"{PASSWORD}\n".encode(),
            env=self._environment | {"SANGDAM_DATA_DIR": str(self.folder)},
            check=True,
            capture_output=True,
        )

    @contextlib.contextmanager
    def run(self) -> Iterator[None]:
        log = self.folder / "demo.log"
        arguments = ["demo", "--no-browser", "--no-play", "--port", "0", "--model", "base"]
        self.began = time.monotonic()
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*self._command, *arguments], env=self._environment, cwd=ROOT, stdout=file, stderr=file
            )
        try:
            self.url = wait(lambda: address(process, log), START_S)
            self.client = httpx.Client(base_url=self.url, timeout=20)
            wait(lambda: self.client.get("/healthz").status_code == 200, 20)
            self.healthy = time.monotonic()
            self.process = psutil.Process(process.pid)
            signed = self.client.post("/api/sign-in", json={"login": LOGIN, "password": PASSWORD})
            signed.raise_for_status()
            yield
        finally:
            process.terminate()
            process.wait(30)

    def socket(self, path: str) -> ClientConnection:
        cookie = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        return connect(
            self.url.replace("http", "ws") + path, additional_headers={"Cookie": cookie}, compression=None
        )

    def cpu_s(self) -> float:
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def knock(self) -> float:
        """Milliseconds until a new call has its id."""
        began = time.perf_counter()
        with self.socket("/ws/microphone") as microphone:
            microphone.send(json.dumps({"rate_hz": 16000}))
            json.loads(microphone.recv(10))["contact_id"]
            return (time.perf_counter() - began) * 1000


def machine_s() -> float:
    """CPU seconds of all processes since boot: figures from a busy machine should say so."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def address(process: subprocess.Popen[bytes], log: Path) -> str:
    said = log.read_text("utf-8")
    if process.poll() is not None:
        sys.exit(said)
    found = re.search(r"http://\S+", said)
    return found.group() if found else ""


def wait(look, limit_s: float):  # noqa: ANN001, ANN201
    deadline = time.monotonic() + limit_s
    while not (found := look()):
        if time.monotonic() > deadline:
            sys.exit(f"waited {limit_s} s in vain")
        time.sleep(LOOK_S)
    return found


def measure(demo: Demo, sample: str) -> dict[str, object]:
    """Play the call; everything but what is on the bus."""
    heard, answered_ms, peak = Heard(), [], 0
    seconds = next(s["seconds"] for s in demo.client.get("/api/ingest/samples").json() if s["name"] == sample)
    with demo.socket("/ws/panel") as panel:
        panel.recv(10)
        cpu_s, busy_s, began = demo.cpu_s(), machine_s(), time.monotonic()
        started = demo.client.post(f"/api/ingest/samples/{sample}")
        started.raise_for_status()
        contact = started.json()["contact_id"]
        wait(lambda: demo.client.get(f"/api/contacts/{contact}").status_code == 200, 10)
        panel.send(json.dumps({"type": "watch", "contact_id": contact}))
        listener = threading.Thread(target=heard.listen, args=[panel], daemon=True)
        listener.start()
        deadline, knock_at = time.monotonic() + 3 * seconds + 60, time.monotonic() + KNOCK_S
        while not heard.drafted.wait(LOOK_S):
            if time.monotonic() > deadline:
                sys.exit("no summary came")
            peak = max(peak, demo.process.memory_info().rss)
            if time.monotonic() > knock_at:
                answered_ms.append(demo.knock())
                knock_at = time.monotonic() + KNOCK_S
        cpu_s, busy_s = demo.cpu_s() - cpu_s, machine_s() - busy_s
        cores_taken = (busy_s - cpu_s) / (time.monotonic() - began)
    own = [(clock, wall, event) for clock, wall, event in heard.events() if event.contact_id == contact]
    return {
        "contact_id": contact,
        "seconds": seconds,
        "latency_ms": beside_goals(own, answered_ms),
        "cpu_s_per_call_s": round(cpu_s / seconds, 3),
        "cores_used_by_others": round(cores_taken, 2),
        "peak_rss_mb": round(peak / 1e6),
        "start_s": {
            "healthy": round(demo.healthy - demo.began, 1),
            "first_partial": round(first_text(own) - demo.began, 1),
        },
    }


def first_text(events: list[tuple[float, int, AnyEvent]]) -> float:
    return min(clock for clock, _, event in events if isinstance(event, Utterance) and event.text)


def beside_goals(events: list[tuple[float, int, AnyEvent]], answered_ms: list[float]) -> dict[str, object]:
    seen = [(wall, event) for _, wall, event in events]
    arrivals = Arrivals(
        utterances=[(at, e) for at, e in seen if isinstance(e, Utterance)],
        offers=[(at, e) for at, e in seen if isinstance(e, SuggestionOffered)],
        drafts=[(at, e) for at, e in seen if isinstance(e, SummaryDrafted)],
    )
    measured = summary(arrivals, speed=1, lead_ms=EndpointSettings().before_ms) | {
        "call_answered_p95": percentile(answered_ms, 0.95),
        "panel_push_p95": percentile([at - event.at_ms for at, event in seen], 0.95),
    }
    table: dict[str, object] = {}
    for name, goal in GOALS_MS.items():
        value = measured[name]
        kept = value is not None and value <= goal
        table[name] = {"ms": value if value is None else round(value), "goal_ms": goal, "kept": kept}
    return table


async def messages(folder: Path, contact: str) -> Counter[str]:
    """Records of the call by topic, read from the bus that the program left."""
    found: Counter[str] = Counter()
    bus = await open_bus(f"embedded://{folder}/bus.db")
    subscription = await bus.subscribe("bench", list(TOPICS))
    empty = 0
    while empty < 2:  # the first fetch brings the assignment
        records = (await subscription.fetch(max_records=2000, timeout_s=0.5)).records
        empty = 0 if records else empty + 1
        found.update(record.topic for record in records if record.key == contact)
    await bus.close()
    return found


def main() -> None:
    sample = sys.argv[1] if len(sys.argv) > 1 else SAMPLE
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder))
        with demo.run():
            result = measure(demo, sample)
        counted = asyncio.run(messages(demo.folder, str(result.pop("contact_id"))))
    minutes = float(str(result["seconds"])) / 60
    print(
        json.dumps(
            {"call": sample, "cores": os.cpu_count()}
            | result
            | {"messages_per_minute": {topic: round(counted[topic] / minutes, 1) for topic in TOPICS}},
            ensure_ascii=False,
            indent=2,
        )
    )


if __name__ == "__main__":
    main()

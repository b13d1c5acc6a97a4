"""The whole application with live chat in a process of its own, and people who talk through it.

`from tests.browser.chat_site import chat_site` gives a test module its fixture.
"""

import asyncio
import http.cookiejar
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest
import websockets.sync.client
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed

from bus.open import open_bus
from chat_gateway.log import ChatLog
from chat_gateway.rules_file import load_rules
from contracts.chat import SYSTEM, Body
from contracts.panel import StaffRole
from privacy.vault import Vault
from sangdam.demo import load_sample_guides
from store import staff
from store.database import Database
from store.staff import StoredStaff
from tests.browser.conftest import ROOT, Visit, _free_port

PASSWORD: Final = "맞는 비밀번호 12"
AGENT, OTHER_AGENT, SUPERVISOR = "kim", "lee", "boss"
STAFF: Final[tuple[tuple[str, str, StaffRole], ...]] = (
    (AGENT, "김상담", "agent"),
    (OTHER_AGENT, "이상담", "agent"),
    (SUPERVISOR, "박팀장", "supervisor"),
)
GENEROUS: Final = """
limits:
  openings: {burst: 1000, per_s: 100}
"""
"""All citizens of a test come from one address."""
START_S: Final = 90.0
WAIT_S: Final = 10.0


class ChatSite:
    """A running application: console, chat_gateway and assist, on SQLite and the embedded bus of a folder.

    Args:
        rules: YAML in which this site differs.
        environment: further settings, `SANGDAM_…`.
        guides: with assist and the sample guides; without them it starts sooner.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rules: str = "",
        environment: Mapping[str, str] | None = None,
        guides: bool = True,
    ) -> None:
        self.folder = folder
        self._services = ["console", "chat_gateway", *(["assist"] if guides else [])]
        self.port = _free_port()
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._agents: list[ScriptedAgent] = []
        _apart(self._furnish())
        (folder / "chat.yaml").write_text(GENEROUS + rules)
        self._environment["SANGDAM_CHAT"] = str(folder / "chat.yaml")

    @property
    def url(self) -> str:
        """Of the panel; the citizens' page is `chat_url`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def chat_url(self) -> str:
        return f"{self.url}/chat/"

    def start(self) -> None:
        command = [sys.executable, "-m", "sangdam", "serve", *self._services]
        command += ["--port", str(self.port), "--ops-port", str(ops := _free_port())]
        environment = os.environ | {"SANGDAM_DATA_DIR": str(self.folder)} | self._environment
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while not _answers(f"http://127.0.0.1:{ops}/readyz"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the application did not start:\n{self.log()[-4000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """As an operator does."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(15)
        self.kill()

    def kill(self) -> None:
        """As `kill -9` does: nothing is said, nothing is finished."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        for agent in self._agents:
            agent.close()
        self.stop()

    def log(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def agent(self, login: str = AGENT) -> "ScriptedAgent":
        """Somebody of the staff, who is connected and takes what comes as soon as `available` is called."""
        agent = ScriptedAgent(self.url, login)
        self._agents.append(agent)
        return agent

    def cookie(self, login: str = AGENT) -> str:
        """Of a signed-in member of the staff, for a request of one's own."""
        return _cookie(self.url, login)

    def sign_in(self, visit: Visit, login: str = AGENT) -> Page:
        """The panel, signed in, in that browser context."""
        page = visit.open()
        page.get_by_label("아이디").fill(login)
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        expect(page.get_by_text("연결됨")).to_be_visible()
        return page

    def by_the_system(self, contact_id: str, body: Body) -> None:
        """What only a gateway may write, e.g. the warning before resting: by another gateway on the same database."""
        _apart(self._write(contact_id, body))

    async def _write(self, contact_id: str, body: Body) -> None:
        database = await Database.open(self._database_url)
        bus = await open_bus(f"embedded://{self.folder / 'bus.db'}")
        vault = Vault((self.folder / "vault-key").read_text().strip())
        rules = load_rules(self.folder / "chat.yaml")
        log = ChatLog(database, bus, vault, rules, instance="another")
        running = asyncio.create_task(log.run())
        try:
            await log.submit(contact_id, SYSTEM, body)
            async with asyncio.timeout(WAIT_S):
                while log.publisher.pending:  # else the gateway would find it only when it looks
                    await asyncio.sleep(0.01)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await bus.close()
            await database.close()

    @property
    def _database_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder / 'sangdam.db'}"

    async def _furnish(self) -> None:
        database = await Database.open(self._database_url)
        hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        try:
            async with database.session() as session:
                for login, name, role in STAFF:
                    await staff.add(session, StoredStaff(login, name, role, hashed))
            if "assist" in self._services:
                await load_sample_guides(database)
        finally:
            await database.close()


class ScriptedAgent:
    """A member of the staff over the real WebSocket, in a thread: what a page would do, without a page."""

    def __init__(self, url: str, login: str) -> None:
        self.login = login
        self._open = ExitStack()
        connecting = websockets.sync.client.connect(
            f"{url.replace('http', 'ws', 1)}/ws/chat",
            additional_headers={"Cookie": _cookie(url, login)},
            origin=websockets.Origin(url),
            compression=None,
        )
        self._socket = self._open.enter_context(connecting)
        self._told = threading.Condition()
        self.entries: dict[str, dict[int, dict[str, Any]]] = {}
        """Of each conversation, by number."""
        self.typed: list[dict[str, Any]] = []
        """Messages of live typing, as they came."""
        self.receipts: dict[str, dict[str, int]] = {}
        self.refused: list[dict[str, Any]] = []
        self._acked: set[str] = set()
        self._count = 0
        self._send({"type": "open", "version": 1})
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def available(self, *, capacity: int = 3, on: bool = True) -> None:
        """Take part in the queue, or no more."""
        self._send({"type": "available", "on": on, "capacity": capacity})

    def take(self, contact_id: str) -> None:
        """Out of the queue, and follow it."""
        self.write(contact_id, {"kind": "taken"})
        self.attend(contact_id)

    def attend(self, contact_id: str) -> None:
        """Follow what is this agent's already."""
        self._send({"type": "attend", "contact_id": contact_id})
        self.wait(lambda: contact_id in self.entries)

    def say(self, contact_id: str, text: str, replies: tuple[str, ...] = ()) -> None:
        self.write(contact_id, {"kind": "said", "text": text, "replies": replies})

    def write(self, contact_id: str, *bodies: dict[str, Any]) -> None:
        """Any commands, e.g. `{"kind": "ended"}`; in the log when this returns."""
        sent = set()
        for body in bodies:
            self._count += 1
            client_id = f"{self.login}-{time.monotonic_ns()}-{self._count}"
            sent.add(client_id)
            self._send({"type": "send", "contact_id": contact_id, "client_id": client_id, "body": body})
        self.wait(lambda: sent <= self._acked)

    def types(self, contact_id: str, text: str, seq: int, draft: str = "draft-1") -> None:
        """The whole field, as it reads now; `seq` rises within a draft."""
        told = {"type": "typing", "contact_id": contact_id, "draft": draft, "seq": seq, "event": "reset"}
        self._send(told | {"text": text, "is_composing": True})

    def seen(self, contact_id: str) -> None:
        """Everything that is there was read."""
        last = max(self.entries[contact_id])
        self._send({"type": "got", "contact_id": contact_id, "delivered": last, "read": last})

    def texts(self, contact_id: str, side: str = "citizen") -> list[str]:
        """What that side said, in order."""
        entries = sorted(dict(self.entries.get(contact_id, {})).items())
        return [
            entry["body"]["text"]
            for _, entry in entries
            if entry["body"]["kind"] == "said" and entry["author"]["side"] == side
        ]

    def bodies(self, contact_id: str, kind: str) -> list[dict[str, Any]]:
        """All entries of a kind, in order."""
        entries = sorted(dict(self.entries.get(contact_id, {})).items())
        return [entry["body"] for _, entry in entries if entry["body"]["kind"] == kind]

    def wait(self, expected: Callable[[], bool], limit_s: float = WAIT_S) -> None:
        """Until it is so; asked again after each message that comes."""
        with self._told:
            so = self._told.wait_for(expected, limit_s)
        assert so, f"not within {limit_s} s; {self.login} was told {self.entries}, refused {self.refused}"

    def close(self) -> None:
        self._open.close()
        self._thread.join(5)

    def _send(self, request: dict[str, Any]) -> None:
        self._socket.send(json.dumps(request, ensure_ascii=False))

    def _read(self) -> None:
        with suppress(ConnectionClosed):
            for frame in self._socket:
                with self._told:
                    self._hear(json.loads(frame))
                    self._told.notify_all()

    def _hear(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "snapshot" | "replayed":
                contact_id = message["head"]["contact_id"]
                self.receipts[contact_id] = message["receipts"]
                kept = self.entries.setdefault(contact_id, {})
                kept.update({entry["seq"]: entry for entry in message["entries"]})
            case "entry":
                entry = message["entry"]
                self.entries.setdefault(entry["contact_id"], {})[entry["seq"]] = entry
            case "receipts":
                self.receipts[message["contact_id"]] = message["receipts"]
            case "typing":
                self.typed.append(message)
            case "ack":
                self._acked.add(message["client_id"])
            case "refused":
                self.refused.append(message)


def contact_of(page: Page) -> str:
    """The conversation that a citizen's page has open."""
    known = page.evaluate("JSON.parse(localStorage.getItem('sangdam.chat.key')).contact_id")
    return str(known)


@contextmanager
def running_site(
    folder: Path, *, rules: str = "", environment: Mapping[str, str] | None = None, guides: bool = True
) -> Iterator[ChatSite]:
    """One of one's own; the arguments are those of `ChatSite`."""
    site = ChatSite(folder, rules=rules, environment=environment, guides=guides)
    try:
        site.start()
        yield site
    finally:
        site.close()


@pytest.fixture(scope="module")
def chat_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatSite]:
    """One for all tests of a module: conversations stay apart, agents do not."""
    with running_site(tmp_path_factory.mktemp("chat")) as site:
        yield site


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """Beside Playwright's own loop, which runs in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result(START_S)


def _cookie(url: str, login: str) -> str:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    body = json.dumps({"login": login, "password": PASSWORD}).encode()
    headers = {"Content-Type": "application/json", "Origin": url}
    with opener.open(urllib.request.Request(f"{url}/api/sign-in", body, headers), timeout=10):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

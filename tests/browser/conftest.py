"""Real Chromium before the real console: scripted events on a real bus, or the whole application."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.scripted import LOGIN, PASSWORD, ScriptedConsole

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "console" / "static" / "index.html"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = os.environ.get("SANGDAM_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
START_S = 600
"""Weights may have to be downloaded first."""


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Not for the whole session: Playwright keeps an event loop running, and asyncio tests after it need theirs.
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; set SANGDAM_CHROMIUM")
    if not STATIC.exists():
        pytest.skip("the pages are not built: run `npm ci && npm run build` in web/")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def launch(playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    """Starts a browser with further arguments; all of them are closed in the end."""
    browsers: list[Browser] = []

    def go(*more: str) -> Browser:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        browsers.append(browser)
        return browser

    yield go
    for browser in browsers:
        browser.close()


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Browser:
    return launch()


class Visit:
    """A browser context whose pages must not complain, nor ask anybody but our server."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.complaints: list[str] = []
        self.is_offline = False
        context.on("page", self._listen)
        context.on("request", self._see)

    def open(self, place: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(self.url + place)
        return page

    def offline(self, off: bool) -> None:
        self.is_offline = off or self.is_offline  # what fails then may be complained of
        self.context.set_offline(off)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))

    def _hear(self, kind: str, text: str) -> None:
        # A browser writes refused requests into its console; those are the test's own doing.
        if kind in ("error", "warning") and "Failed to load resource" not in text and not self.is_offline:
            self.complaints.append(text)

    def _see(self, request: Any) -> None:
        if not request.url.startswith((self.url, "blob:")):
            self.complaints.append(f"asked outside: {request.url}")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens a context on a server; at the end nobody may have complained."""
    visits: list[Visit] = []

    def go(url: str, *, browser: Browser = browser, **options: Any) -> Visit:
        options = {"viewport": {"width": 1366, "height": 768}, "locale": "ko-KR"} | options
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        visits.append(Visit(context, url))
        return visits[-1]

    yield go
    for each in visits:
        each.context.close()
    assert [complaint for each in visits for complaint in each.complaints] == []


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Findings of axe-core on a page, one line each."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `npm ci` in web/")
    source = AXE.read_text()

    def check(page: Page) -> list[str]:
        page.evaluate(source)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", WCAG)
        return [
            f"{found['id']}: {node['target']} {node['failureSummary']}"
            for found in result["violations"]
            for node in found["nodes"]
        ]

    return check


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ScriptedConsole]:
    server = ScriptedConsole(tmp_path)
    server.start()
    yield server
    server.close()


@pytest.fixture
def desk(console: ScriptedConsole, visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """A signed-in browser; its pages open on the panel."""

    def go(**options: object) -> Visit:
        made = visit(console.url, **options)
        page = made.open()
        page.get_by_label("아이디").fill(LOGIN)
        page.get_by_label("비밀번호").fill(PASSWORD)
        page.get_by_role("button", name="로그인").click()
        expect(page.get_by_text("연결됨")).to_be_visible()
        page.close()
        return made

    return go


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `sangdam demo`, everything in one process, with data of its own."""
    folder = tmp_path_factory.mktemp("demo")
    log = (folder / "log.txt").open("w+")
    port = _free_port()
    command = [sys.executable, "-m", "sangdam", "demo", "--port", str(port), "--no-browser", "--no-play"]
    environment = os.environ | {"SANGDAM_DATA_DIR": str(folder)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_S
        while not _is_healthy(url):
            if process.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                pytest.fail(f"`sangdam demo` did not start:\n{log.read()[-4000:]}")
            time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        log.close()


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

"""The console is killed in the middle of a call, and another process answers in its place: no reload."""

import asyncio
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect

from bus.events import publish_events
from bus.open import open_bus
from console.projection import stored_view
from contracts.codec import AnyEvent
from contracts.event import Event
from contracts.panel import ContactView
from sangdam.local.postgres import LocalPostgres
from store import batch, staff
from store.database import Database
from store.staff import StoredStaff
from tests.browser.conftest import ROOT, Visit, _free_port
from tests.browser.pages import boxes
from tests.browser.scripted import LOGIN, PASSWORD, Call

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]
T = TypeVar("T")
START_S = 60
BACK_MS = 30_000
AWAY = "서버와 다시 연결하는 중입니다"


class Site:
    """A bus and a database that stay, and a console process that comes and goes."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self._folder = folder
        self._database_url = database_url or f"sqlite+aiosqlite:///{folder / 'console.db'}"
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._database = self._do(Database.open(self._database_url))
        self._bus = self._do(open_bus(f"embedded://{folder / 'bus.db'}"))
        self._do(self._add_agent())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        arguments = (str(self._folder), str(self._port), self._database_url)
        command = [sys.executable, "-m", "tests.browser.console_process", *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT)
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, "the console ended"
            assert time.monotonic() < deadline, "the console did not start"
            time.sleep(0.1)

    def kill(self) -> None:
        """As `kill -9` does: nothing is said, nothing is finished."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.kill()
        self._do(self._bus.close())
        self._do(self._database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S)

    def tell(self, *events: Event) -> None:
        self._do(publish_events(self._bus, events))

    def store(self, *events: AnyEvent) -> None:
        """Past the bus, as if it were long ago."""

        async def keep() -> None:
            async with self._database.session() as session:
                await batch.keep(session, events)

        self._do(keep())

    def stored(self, contact_id: str) -> ContactView | None:
        async def look() -> ContactView | None:
            async with self._database.session() as session:
                return await stored_view(session, contact_id)

        return self._do(look())

    def stored_inquiry(self, contact_id: str) -> str:
        view = self.stored(contact_id)
        return view.edited.text.inquiry if view and view.edited else ""

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    async def _add_agent(self) -> None:
        hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        async with self._database.session() as session:
            await staff.add(session, StoredStaff(LOGIN, "김상담", "agent", hashed))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_S)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.start()
    yield site
    site.close()


@pytest.fixture
def page(site: Site, visit: Open) -> Page:
    """The panel, signed in; it must never be loaded again."""
    return panel_of(site, visit)


def panel_of(site: Site, visit: Open) -> Page:
    made = visit(site.url)
    made.is_offline = True  # a socket to a killed server fails aloud in the browser's console
    page = made.open()
    page.get_by_label("아이디").fill(LOGIN)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_text("연결됨")).to_be_visible()
    page.evaluate("window.wasHereBefore = true")
    return page


def said(page: Page) -> list[str]:
    return page.locator(".said").all_inner_texts()


def is_the_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.wasHereBefore === true"))


def test_a_killed_server_costs_nothing_but_a_moment(site: Site, page: Page) -> None:
    """Words are spoken before, while nobody serves, and after; the page shows each of them once."""
    call = Call()
    site.tell(call.state(), *(call.said(n * 9, f"말 {n}", channel=n % 2) for n in range(3)), call.guide(1))
    expect(page.locator(".said")).to_have_count(3)
    expect(page.locator(".card")).to_have_count(1)
    places = boxes(page)

    site.kill()
    trouble = page.locator(".trouble[role=status]")
    expect(trouble).to_contain_text(AWAY)
    expect(page.locator(".link-waiting")).to_be_visible()
    assert said(page) == ["말 0", "말 1", "말 2"], "what is on the screen stays"
    assert boxes(page) == places, "nothing moves"
    site.tell(*(call.said(n * 9, f"말 {n}", channel=n % 2) for n in range(3, 6)), call.guide(2))
    site.tell(call.said(54, "아직 말하", final=False))

    site.start()
    expect(page.get_by_text("연결됨")).to_be_visible(timeout=BACK_MS)
    expect(trouble).to_have_count(0)
    expect(page.locator(".said")).to_have_count(7)
    expect(page.locator(".card")).to_have_count(2)
    site.tell(call.said(54, "아직 말하는 중이었어요", revision=2), call.state("ended"))
    expect(page.locator(".said[data-status=final]")).to_have_count(7)
    expect(page.locator(".top .state-ended")).to_be_visible()
    assert said(page) == [*(f"말 {n}" for n in range(6)), "아직 말하는 중이었어요"]
    expect(page.locator(".rail-entry")).to_have_count(1)
    assert is_the_same_page(page)
    view = site.stored(call.contact_id)
    assert view is not None
    assert [one.text for one in view.utterances] == said(page), "stored as it is shown"


def test_what_is_being_written_survives_with_focus_place_and_search(site: Site, page: Page) -> None:
    call = Call()
    site.tell(call.state(), *(call.said(n * 9, f"여권 {n} " + "긴 말입니다 " * 20) for n in range(20)))
    expect(page.locator(".said")).to_have_count(20)
    page.keyboard.press("s")
    inquiry = page.get_by_label("문의내용")
    inquiry.fill("죽기 전에 쓴 글")
    expect(page.get_by_text(re.compile("저장됨"))).to_be_visible()
    page.locator("#guide-search").fill("찾던 말")
    page.locator("#find").fill("여권")
    # Finding scrolls to its hit with the next frame.
    expect(page.locator(".find-count")).to_contain_text("20")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    log = page.locator(".log")
    log.evaluate("each => { each.scrollTop = 100; }")
    expect(page.locator(".to-latest")).to_be_visible()
    inquiry.focus()
    expect(inquiry).to_be_focused()

    site.kill()
    expect(page.locator(".trouble")).to_contain_text(AWAY)
    page.keyboard.press("Control+End")
    page.keyboard.type(", 죽은 동안 쓴 글", delay=10)
    expect(page.get_by_text("저장 안 됨 (다시 시도 중)")).to_be_visible()
    site.start()
    expect(page.get_by_text("연결됨")).to_be_visible(timeout=BACK_MS)
    expect(page.locator(".save-line")).to_contain_text("저장됨", timeout=BACK_MS)

    expect(inquiry).to_be_focused()
    expect(inquiry).to_have_value("죽기 전에 쓴 글, 죽은 동안 쓴 글")
    expect(page.locator("#guide-search")).to_have_value("찾던 말")
    expect(page.locator("#find")).to_have_value("여권")
    assert log.evaluate("each => each.scrollTop") == 100
    assert site.stored_inquiry(call.contact_id) == "죽기 전에 쓴 글, 죽은 동안 쓴 글"
    assert is_the_same_page(page)


def test_what_was_clicked_while_nobody_served_is_done_afterwards(site: Site, page: Page) -> None:
    call = Call()
    site.tell(call.state(), call.said(1, "여권을 잃어버렸어요"), call.said(9, "네", channel=1), call.guide(1))
    expect(page.locator(".card")).to_have_count(1)
    who = page.locator(".turn-who").first
    expect(who).to_have_text("시민")
    site.kill()
    expect(page.locator(".trouble")).to_contain_text(AWAY)
    page.locator(".card").get_by_role("button", name="고정").click()
    page.get_by_role("button", name="화자 바꾸기").click()
    site.start()
    expect(who).to_have_text("상담사", timeout=BACK_MS)
    expect(page.locator(".card").get_by_role("button", name=re.compile("고정"))).to_have_attribute(
        "aria-pressed", "true"
    )
    wait_until(lambda: "pinned" in str(site.stored(call.contact_id)))
    view = site.stored(call.contact_id)
    assert view is not None
    assert view.corrected == {0: "agent", 1: "caller"}
    assert is_the_same_page(page)


def test_a_short_break_is_made_no_fuss_of(site: Site, page: Page) -> None:
    call = Call()
    site.tell(call.state(), call.said(1, "네"))
    expect(page.locator(".said")).to_have_count(1)
    page.evaluate(
        """() => {
            window.sawTrouble = false;
            const look = () => { window.sawTrouble ||= document.querySelector(".trouble") !== null; };
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
        }"""
    )
    page.context.set_offline(True)
    page.context.set_offline(False)
    site.tell(call.said(9, "그동안 한 말"))
    expect(page.locator(".said")).to_have_count(2, timeout=BACK_MS)
    expect(page.get_by_text("연결됨")).to_be_visible()
    assert page.evaluate("window.sawTrouble") is False
    assert is_the_same_page(page)


def test_a_database_that_dies_leaves_the_live_call_on_the_screen(
    tmp_path: Path, visit: Open, own_postgres: LocalPostgres
) -> None:
    """Another contact waits for it, and opens by itself; the summary is kept until it can be stored."""
    site = Site(tmp_path, own_postgres.url)
    try:
        site.start()
        old, call = Call("아까 온 전화"), Call("지금 온 전화")
        site.store(old.state("ended"), old.said(1, "지난 말"))
        page = panel_of(site, visit)
        site.tell(call.state(), call.said(1, "여보세요"))
        expect(page.locator(".said")).to_have_text(["여보세요"])

        own_postgres.kill()
        site.tell(call.said(9, "아직 들리세요?"))
        expect(page.locator(".said")).to_have_text(["여보세요", "아직 들리세요?"])
        page.keyboard.press("s")
        page.get_by_label("문의내용").fill("데이터베이스 없이 쓴 글")
        expect(page.get_by_text("저장 안 됨 (다시 시도 중)")).to_be_visible()
        page.get_by_role("button", name=re.compile("아까 온 전화")).click()
        expect(page.locator(".talk")).to_contain_text("불러오는 중")
        expect(page.locator(".top .recognition")).to_contain_text("지금 통화는 계속 보입니다")

        own_postgres.start()
        expect(page.locator(".said")).to_have_text(["지난 말"], timeout=BACK_MS)
        expect(page.locator(".top .recognition")).to_have_text("")
        page.get_by_role("button", name=re.compile("지금 온 전화")).click()
        expect(page.locator(".save-line")).to_contain_text("저장됨", timeout=BACK_MS)
        expect(page.get_by_label("문의내용")).to_have_value("데이터베이스 없이 쓴 글")
        assert is_the_same_page(page)
        wait_until(lambda: site.stored_inquiry(call.contact_id) == "데이터베이스 없이 쓴 글")
        wait_until(lambda: len(site.stored(call.contact_id).utterances) == 2)  # type: ignore[union-attr]  # stored above
    finally:
        site.close()


def wait_until(holds: Callable[[], object], limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)

"""A running system in one process: people call about one thing, an alert comes onto a page that is open, somebody acts
on it, and the page tells whether contacts fell. Nothing between the first call and the page is scripted.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect

from bus.events import publish_events
from bus.open import open_bus
from contracts.categories import load_categories
from contracts.clock import wall_ms
from contracts.contact import ContactState, ContactStateChanged
from contracts.districts import load_districts
from contracts.event import Event
from contracts.transcript import Utterance, utterance_id
from sangdam.voc_city import City
from store import staff, voc_contacts
from store.database import Database
from store.staff import StoredStaff
from tests.browser.conftest import Visit
from tests.browser.test_alerts import LOCAL_TIME, is_clean, line_of_title, looks_again, state
from tests.conftest import Served

pytestmark = pytest.mark.browser

BOSS, PASSWORD = "boss", "맞는 비밀번호 12"
HOUR_MS: Final = 3_600_000
STEP_S: Final = 2
WEEKS: Final = 4
CALLERS: Final = 26
BEGAN_H, OVER_H = 5.0, 2.2
"""Hours ago."""
WITHIN_S: Final = 60.0
NEXT_MS: Final = 30_000
"""For a few looks of the detector and of the page."""
EVERYDAY: Final = ("마포구", "합정동", "망원동", "아침", "수돗물", "수도", "단수", "누수", "물")
"""Nothing that is said is new to the city."""
SAID: Final = (
    "마포구 합정동인데요 아침부터 물이 안 나와요 단수인가요",
    "여기 마포구인데 수돗물이 안 나옵니다 단수된 건가요",
    "마포구 망원동이에요 단수라서 물을 못 써요 언제 나오나요",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, serve_all: Callable[..., Served]) -> Served:
    """Console and voc, after four weeks of a small city; voc looks every two seconds."""
    folder = tmp_path_factory.mktemp("outbreak")
    rules = folder / "voc.yaml"
    rules.write_text(f"step_s: {STEP_S}\nsafety_step_s: {STEP_S}\n")
    apart(furnish(folder))
    return serve_all(folder, "console", "voc", SANGDAM_VOC=str(rules)).ready()


async def furnish(folder: Path) -> None:
    database = await Database.open(database_url(folder))
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    topics = [one.code for one in load_categories()]
    city = City(7, topics, ["", *(one.name for one in load_districts())], per_day=120)
    hours = WEEKS * 7 * 24
    counts = city.counts(wall_ms() // HOUR_MS - hours, hours)
    try:
        async with database.session() as session:
            await staff.add(session, StoredStaff(BOSS, "박팀장", "supervisor", hashed))
        for batch in city.batches(counts):
            spoken = [about.model_copy(update={"phrases": (about.district, *EVERYDAY)}) for about in batch]
            async with database.session() as session:
                await voc_contacts.put(session, spoken, zone=ZoneInfo("Asia/Seoul"))
    finally:
        await database.close()


def database_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'sangdam.db'}"


async def call_in(folder: Path) -> None:
    """What asr and the telephone publish of such calls."""
    bus = await open_bus(f"embedded://{folder / 'bus.db'}")
    now_ms = wall_ms()
    apart_ms = round((BEGAN_H - OVER_H) * HOUR_MS / CALLERS)
    try:
        for number in range(CALLERS):
            began_ms = now_ms - round(BEGAN_H * HOUR_MS) + number * apart_ms
            await publish_events(bus, call(began_ms, SAID[number % len(SAID)]))
    finally:
        await bus.close()


def call(began_ms: int, text: str) -> list[Event]:
    contact_id = str(uuid.uuid4())

    def told(revision: int, state: ContactState) -> ContactStateChanged:
        return ContactStateChanged(
            contact_id=contact_id,
            at_ms=wall_ms(),
            revision=revision,
            state=state,
            agent_id="kim",
            source="replay",
            roles={0: "caller", 1: "agent"},
            started_at_ms=began_ms,
        )

    said = Utterance(
        contact_id=contact_id,
        at_ms=wall_ms(),
        utterance_id=utterance_id(contact_id, 0, 8000),
        revision=1,
        status="final",
        channel=0,
        role="caller",
        start_ms=1000,
        end_ms=4000,
        text=text,
        heard_ms=wall_ms(),
    )
    return [told(1, "talking"), said, told(2, "ended")]


def apart(work: Coroutine[Any, Any, None]) -> None:
    """Beside Playwright's own loop, which runs in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result(90)


def test_an_outbreak_raises_an_alert_on_an_open_page_and_the_page_tells_whether_it_was_helped(
    running: Served, visit: Callable[..., Visit], axe: Callable[[Page], list[str]]
) -> None:
    page = visit(running.url()).open("/#/board")
    page.get_by_label("아이디").fill(BOSS)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_text("지금은 열린 경보가 없습니다")).to_be_visible()
    expect(page.get_by_text(re.compile(r"경보 점검 \d\d:\d\d"))).to_be_visible(timeout=30_000)

    began = time.monotonic()
    apart(call_in(running.log.parent))
    line = line_of_title(page, "마포구")
    expect(line).to_be_visible(timeout=WITHIN_S * 1000)
    took_s = time.monotonic() - began
    assert took_s < WITHIN_S
    line.click()
    expect(page.locator(".alert-sentence")).to_contain_text("마포구")
    expect(page.locator(".alert-quotes q").first).to_be_visible(timeout=NEXT_MS)
    page.keyboard.press("a")
    expect(state(page)).to_have_text("확인함")
    page.keyboard.press("s")
    expect(page.get_by_label("부서", exact=True)).to_be_focused()
    expect(page.get_by_label("부서", exact=True)).to_have_value("상수도사업본부", timeout=NEXT_MS)
    page.keyboard.press("Enter")
    expect(state(page)).to_have_text("배정함")
    expect(page.locator("#act-assigned")).to_be_focused()

    page.keyboard.press("d")
    expect(page.get_by_label("무엇을 했나요")).to_be_focused()
    page.keyboard.type("관을 갈고 물을 다시 보냄")
    ago_ms = round((OVER_H - 0.1) * HOUR_MS)
    page.get_by_label("언제 했나요").fill(page.evaluate(LOCAL_TIME, ago_ms))
    page.keyboard.press("Enter")
    expect(page.locator(".alert-history li")).to_have_count(3)
    looks_again(page)
    expect(page.locator(".alert-effect")).to_contain_text("문의가 줄었습니다.", timeout=NEXT_MS)
    expect(page.locator(".alert-drawing canvas")).to_be_visible()
    expect(page.locator(".inbox-entry")).to_have_count(1)  # one event, one alert
    is_clean(page, axe, "outbreak-effect")

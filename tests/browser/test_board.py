"""The supervisors' board in real Chromium, on a centre in the middle of its day."""

import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from contracts.clock import wall_ms
from store.voc_board import HOUR_MS
from tests.browser.board_site import (
    LABELS,
    MAPO,
    WATER,
    BoardSite,
    about,
    board_site,
    boss,
    live,
    outbreak,
    signed_in,
)
from tests.browser.conftest import Visit
from tests.browser.scripted import BOSS, LOGIN

__all__ = ["board_site", "boss"]
pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]
Boss = Callable[..., Page]

FRESH_S = 5.0
"""Nothing on the page is older."""


def shown(page: Page) -> Page:
    expect(page.get_by_role("heading", name="시간 × 상담유형")).to_be_visible()
    return page


def number(page: Page, name: str) -> Locator:
    return page.locator(".number").filter(has=page.get_by_text(name, exact=True)).locator(".number-value")


def cell(page: Page, topic: str, hour: int) -> Locator:
    return page.locator(f"#heat-{topic}-{hour}")


def fits(page: Page) -> bool:
    """Nothing of the page lies beyond the window."""
    return bool(
        page.evaluate(
            "[document.documentElement, document.querySelector('main')].every("
            "each => each.scrollHeight <= each.clientHeight && each.scrollWidth <= each.clientWidth)"
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_at_a_glance_and_everything_reads_well(boss: Boss, axe: Axe, scheme: str, tmp_path: Path) -> None:
    page = shown(boss(color_scheme=scheme, timezone_id="Asia/Seoul"))
    expect(number(page, "통화 대기")).not_to_have_text("0")
    expect(number(page, "오늘 상담")).to_have_text(re.compile(r"^[\d,]+$"))
    expect(page.get_by_text("모의 자료 100%")).to_be_visible()
    expect(page.locator(".inbox-entry")).not_to_have_count(0)
    expect(page.locator(".district-tile")).to_have_count(25)
    water = page.locator(".heat tbody tr").filter(has_text="누수·단수·수질")
    expect(water.locator(".level-far").first).to_be_visible()
    expect(water.locator(".level-far").first).to_contain_text("평소보다 훨씬 많음")
    assert fits(page)
    assert axe(page) == []
    page.screenshot(path=tmp_path / f"board-1366-{scheme}.png")

    page.get_by_role("button", name="표로").click()
    expect(page.get_by_role("row", name=re.compile(f"{MAPO} .*평소보다"))).to_be_visible()
    page.goto(page.url.split("#")[0] + f"#/board/contacts?topic={WATER}")
    expect(page.locator(".history-drawing canvas")).to_be_visible()
    expect(page.get_by_role("heading", name="누수·단수·수질 · 지난 24시간")).to_be_focused()
    page.get_by_text("표 보기").click()
    expect(page.get_by_role("group", name="추이").get_by_role("row").nth(2)).to_be_visible()
    assert axe(page) == []
    page.screenshot(path=tmp_path / f"contacts-1366-{scheme}.png")


def test_a_wall_has_no_controls_to_use_and_nothing_of_a_person(boss: Boss, axe: Axe, tmp_path: Path) -> None:
    page = shown(boss(viewport={"width": 1920, "height": 1080}))
    assert fits(page)
    page.screenshot(path=tmp_path / "board-1920.png")
    page.get_by_role("button", name="벽 화면").click()
    expect(page.get_by_role("heading", name=re.compile("열린 경보 [0-9]+건"))).to_be_visible()
    expect(page).to_have_url(re.compile("#/board/wall$"))
    expect(page.locator(".wall-alert").filter(has_text="강서구 · 가스")).to_contain_text("심각")
    words = page.locator("body").inner_text()
    for private in ("010-", "시민", "물이 안 나와요", "드론쇼", "박팀장", "합정동"):
        assert private not in words
    assert fits(page)
    assert axe(page) == []
    page.screenshot(path=tmp_path / "wall-1920.png")
    page.emulate_media(color_scheme="dark")
    assert axe(page) == []
    page.screenshot(path=tmp_path / "wall-1920-dark.png")
    page.evaluate("document.fullscreenElement && document.exitFullscreen()")
    page.wait_for_function("document.fullscreenElement === null")
    page.keyboard.press("Escape")
    shown(page)


def test_a_new_contact_is_there_within_five_seconds(board_site: BoardSite, boss: Boss) -> None:
    page = shown(boss())
    hour = wall_ms() // HOUR_MS
    topic = "4010"
    before = page.locator(".heat tbody tr").filter(has_text="여권")
    expect(before).to_have_count(0)
    call = live(wall_ms(), "talking", 1, title="010-****-7777")
    began = time.monotonic()
    board_site.tell(call)
    board_site.count(
        about(wall_ms(), topic, "중구", contact_id=call.contact_id),
        *(about(wall_ms(), topic, "중구") for _ in range(300)),
    )
    expect(page.locator(".live-table tr").filter(has_text="010-****-7777")).to_be_visible(
        timeout=FRESH_S * 1000
    )
    expect(page.locator(".live-table tr").filter(has_text="010-****-7777")).to_contain_text(
        "여권 · 중구", timeout=FRESH_S * 1000
    )
    row = page.locator(".heat tbody tr").filter(has_text="여권")
    expect(row).to_be_visible(timeout=FRESH_S * 1000)
    assert time.monotonic() - began < FRESH_S + 1
    assert cell(page, topic, hour).count() == 1
    board_site.tell(call.model_copy(update={"revision": 2, "state": "ended"}))
    expect(page.locator(".live-table tr").filter(has_text="010-****-7777")).to_have_count(0)


def test_the_heat_map_by_keyboard_and_back_to_the_same_cell(board_site: BoardSite, boss: Boss) -> None:
    page = shown(boss())
    table = page.get_by_role("grid", name="시간 × 상담유형")
    expect(table).to_have_attribute("aria-describedby", "heat-hint")
    page.get_by_role("link", name="추이 보기").focus()
    page.keyboard.press("Tab")
    first = page.locator(":focus")
    expect(first).to_have_attribute("id", re.compile(r"^heat-\d+-\d+$"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    expect(page.locator("th.heat-topic:focus")).to_have_count(1)
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    focused = page.locator(":focus").get_attribute("id")
    assert focused is not None
    _, topic, hour = focused.split("-")
    assert page.locator(".heat [tabindex='0']").count() == 1, "Tab stops once in the table"
    # What comes in meanwhile neither takes the keyboard away nor moves the cell.
    place = page.locator(":focus").bounding_box()
    board_site.count(*(about(wall_ms(), "1030", "중구") for _ in range(400)))
    expect(page.locator(".heat tbody tr").filter(has_text="택시").locator(".heat-sum")).to_have_text(
        re.compile(r"^[4-9]\d\d$")
    )
    expect(page.locator(f"#{focused}")).to_be_focused()
    assert page.locator(":focus").bounding_box() == place

    page.keyboard.press("Enter")
    name = LABELS[topic].split("> ")[1]
    expect(page.get_by_role("heading", name=re.compile(f"^{re.escape(name)} · .*시~"))).to_be_focused()
    expect(page).to_have_url(re.compile(f"topic={topic}&since_ms={int(hour) * HOUR_MS}&until_ms="))
    page.go_back()
    expect(page.locator(f"#{focused}")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{name} · 지난 24시간")).to_be_focused()
    expect(page.get_by_role("group", name=re.compile("^상담 목록")).get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("link", name="← 현황으로").press("Enter")
    expect(page.locator(f"#heat-{topic}-all")).to_be_focused()


def test_the_map_by_keyboard_and_filters_in_the_address(boss: Boss) -> None:
    page = shown(boss())
    page.get_by_role("button", name="표로").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".district-tile:focus")).to_have_count(1)
    page.locator("#tile-강서구").focus()
    page.keyboard.press("ArrowRight")
    mapo = page.locator("#tile-마포구")
    expect(mapo).to_be_focused()
    expect(mapo).to_contain_text("많음")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tile-서대문구")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="마포구 · 지난 24시간")).to_be_focused()
    page.get_by_role("link", name="이 지역을 시간으로 보기").click()
    expect(page.get_by_label("표의 지역")).to_have_value(MAPO)
    rows = page.locator(".heat tbody tr")
    expect(rows.first).to_contain_text("누수·단수·수질")

    page.get_by_label("지도의 상담유형").select_option(label="누수·단수·수질")
    expect(page).to_have_url(re.compile(f"topic={WATER}&district="))
    expect(page.locator("#tile-관악구 .tile-count")).to_have_text(re.compile(r"^\d$"))
    page.reload()
    expect(page.get_by_label("지도의 상담유형")).to_have_value(WATER)
    expect(page.get_by_label("표의 지역")).to_have_value(MAPO)
    page.go_back()
    expect(page.get_by_label("지도의 상담유형")).to_have_value("*")
    expect(page.get_by_label("표의 지역")).to_have_value(MAPO)


def test_what_comes_in_waits_while_somebody_points_at_the_list(board_site: BoardSite, boss: Boss) -> None:
    page = shown(boss())
    rows = page.locator(".live-table tbody tr")
    expect(rows.first).to_be_visible()
    rows.nth(2).hover()
    names = page.locator(".live-table tbody .live-title")
    before = names.all_inner_texts()
    newest = live(wall_ms(), "talking", 0, title="010-****-8888")
    board_site.tell(newest)
    line = page.get_by_role("button", name="새 상담 1건 보기")
    expect(line).to_be_visible()
    assert names.all_inner_texts() == before
    line.click()
    expect(names.first).to_have_text("010-****-8888")
    expect(line).to_have_count(0)
    rows.first.hover()
    board_site.tell(newest.model_copy(update={"revision": 2, "state": "ended"}))
    expect(rows.first).to_contain_text("종료")
    page.mouse.move(5, 5)
    expect(names.first).not_to_have_text("010-****-8888")


def test_opening_a_contact_is_written_down(board_site: BoardSite, boss: Boss) -> None:
    call = live(wall_ms(), "talking", 2, title="010-****-4321")
    board_site.tell(call)
    page = shown(boss())
    expect(page.get_by_text("열면 누가 언제 열었는지 기록에 남습니다")).to_be_visible()
    assert board_site.accesses(call.contact_id) == []
    page.get_by_role("link", name="010-****-4321 열기").click()
    expect(page.locator(".call-title")).to_have_text("010-****-4321")
    expect(page.get_by_text("연결됨")).to_be_visible()
    deadline = time.monotonic() + 10
    while board_site.accesses(call.contact_id) != [BOSS]:
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    page.go_back()
    shown(page)


def test_agents_have_no_board(board_site: BoardSite, visit: Open, axe: Axe) -> None:
    page = signed_in(visit(board_site.url), "/#/board", LOGIN)
    expect(page.get_by_role("heading", name="팀장과 관리자가 보는 화면입니다")).to_be_visible()
    assert axe(page) == []
    assert page.request.get(f"{board_site.url}/api/voc/board").status == 403
    page.get_by_role("link", name="상담사 화면으로").click()
    expect(page.get_by_text("연결됨")).to_be_visible()
    expect(page.get_by_role("link", name="현황")).to_have_count(0)


def test_when_the_server_is_away_the_page_says_how_old_it_is_and_stays(
    board_site: BoardSite, visit: Open, axe: Axe
) -> None:
    here = visit(board_site.url)
    page = shown(signed_in(here, "/#/board"))
    expect(page.locator(".as-of")).to_contain_text("기준")
    place = page.locator(".numbers").bounding_box()
    here.offline(True)
    expect(page.get_by_text("뒤로 새로 고치지 못함")).to_be_visible()
    assert page.locator(".numbers").bounding_box() == place, "nothing moves"
    assert axe(page) == []
    expect(page.get_by_role("button", name="다시 시도")).to_be_visible()
    here.offline(False)
    expect(page.get_by_text("뒤로 새로 고치지 못함")).to_have_count(0)


def test_a_new_alert_is_listed_and_leads_to_its_contacts(board_site: BoardSite, boss: Boss) -> None:
    page = shown(boss())
    now_ms = wall_ms()
    finding = outbreak(
        now_ms, title="마포구 · 물 소식", first_ms=now_ms - 2 * HOUR_MS, alert_id=str(uuid.uuid4())
    )
    board_site.find(finding)
    entry = page.locator(".inbox-entry").filter(has_text="마포구 · 물 소식")
    expect(entry).to_be_visible(timeout=FRESH_S * 1000)
    page.goto(page.url.split("#")[0] + f"#/board/contacts?alert_id={finding.alert_id}")
    expect(page.get_by_role("heading", name="마포구 · 물 소식 · 경보에 속한 상담")).to_be_focused()
    listed = page.get_by_role("group", name=re.compile("^상담 목록")).get_by_role("row")
    expect(listed.nth(1)).to_contain_text("누수·단수·수질 · 마포구")
    page.get_by_role("link", name="경보로").click()
    expect(page.get_by_role("heading", name="마포구 · 물 소식", exact=True)).to_be_visible()


def test_at_400_per_cent_only_tables_scroll_sideways(boss: Boss, axe: Axe, tmp_path: Path) -> None:
    page = shown(boss(viewport={"width": 341, "height": 640}))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("(main => main.scrollWidth <= main.clientWidth)(document.querySelector('main'))")
    assert axe(page) == []
    page.locator(".heat-frame").scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / "board-341.png")


def test_a_site_that_has_only_begun(tmp_path: Path, visit: Open, axe: Axe) -> None:
    site = BoardSite(tmp_path)
    site.start()
    try:
        page = shown(signed_in(visit(site.url, forced_colors="active", reduced_motion="reduce"), "/#/board"))
        expect(page.get_by_text("평소 수치를 배우는 중입니다: 3주 가운데 0주")).to_be_visible()
        expect(page.get_by_text("이 시간에 집계된 상담이 없습니다")).to_be_visible()
        expect(page.get_by_text("지금 진행 중인 상담이 없습니다")).to_be_visible()
        expect(page.get_by_text("경보 점검을 아직 하지 않음")).to_be_visible()
        expect(page.get_by_text("모의 자료")).to_have_count(0)
        assert axe(page) == []
    finally:
        site.close()

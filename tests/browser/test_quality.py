"""The supervisors' page about summary drafts, in real Chromium on measures that are really stored."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from contracts.clock import wall_ms
from store.measures import DAY_MS, Measure
from tests.browser.conftest import Visit
from tests.browser.scripted import BOSS, LOGIN, PASSWORD, Call, ScriptedConsole

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]

KEPT = Measure(
    contact_id="",
    saved_at_ms=0,
    staff_id=LOGIN,
    engine="korean-7b",
    fallback="",
    drafted=1,
    draft_chars=140,
    saved_chars=140,
    distance=0,
    unedited=True,
    edited_fields=(),
    drafted_fields=("inquiry", "handling"),
    withheld=0,
    doubts=0,
    after_call_ms=40_000,
)
MENDED = replace(
    KEPT, distance=35, unedited=False, edited_fields=("handling",), withheld=2, doubts=1, after_call_ms=90_000
)
EXTRACTED = replace(MENDED, engine="extractive", fallback="late", distance=70)
OWN = replace(
    KEPT,
    engine="",
    drafted=None,
    draft_chars=0,
    distance=140,
    unedited=False,
    drafted_fields=(),
    after_call_ms=None,
)


def month(now_ms: int) -> list[Measure]:
    """What was saved today, two weeks ago and two months ago."""
    days = {0: [KEPT, KEPT, MENDED, EXTRACTED, OWN], 14: [KEPT, MENDED], 60: [MENDED]}
    return [
        replace(one, contact_id=f"{ago}-{number}", saved_at_ms=now_ms - ago * DAY_MS)
        for ago, many in days.items()
        for number, one in enumerate(many)
    ]


def signed_in(visit: Visit, login: str, place: str) -> Page:
    page = visit.open(place)
    page.get_by_label("아이디").fill(login)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    return page


def tile(page: Page, name: str) -> Locator:
    return page.locator(".tile").filter(has=page.get_by_text(name, exact=True))


def rows(table: Locator) -> list[list[str]]:
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_days_engines_and_fields(
    console: ScriptedConsole, visit: Open, axe: Axe, scheme: str
) -> None:
    console.measured(*month(wall_ms()))
    page = signed_in(visit(console.url, color_scheme=scheme), BOSS, "/#/quality")
    expect(tile(page, "저장한 정리").locator(".tile-value")).to_have_text("7")
    expect(tile(page, "저장한 정리")).to_contain_text("초안에서 시작한 것 6건")
    expect(tile(page, "고치지 않고 저장").locator(".tile-value")).to_have_text("50%")
    expect(tile(page, "고친 정도").locator(".tile-value")).to_have_text("0%")
    expect(tile(page, "고친 정도")).to_contain_text("열에 아홉은 50% 이하")
    # 3 x 140 kept whole, 2 x 105, 70: 700 characters at 3.5 a second
    expect(tile(page, "줄인 시간(어림)").locator(".tile-value")).to_have_text("3분")
    expect(tile(page, "줄인 시간(어림)")).to_contain_text("700자를 1초에 3.5자로")
    expect(tile(page, "통화 뒤 저장까지").locator(".tile-value")).to_have_text("40초")
    expect(tile(page, "근거가 없어 뺀 줄").locator(".tile-value")).to_have_text("6")
    expect(tile(page, "말하지 않았다고 표시한 곳").locator(".tile-value")).to_have_text("3")
    expect(tile(page, "언어 모델 없이 뽑은 초안").locator(".tile-value")).to_have_text("1")

    days, engines, fields = (page.locator("table").nth(at) for at in range(3))
    assert [row[1:4] for row in rows(days)] == [["5", "4", "2 (50%)"], ["2", "2", "1 (50%)"]]
    assert [row[:3] for row in rows(engines)] == [
        ["초안 없이 씀", "1", "0"],
        ["핵심 발화(통화에서 뽑음)", "1", "1"],
        ["korean-7b", "5", "5"],
    ]
    assert rows(fields) == [["문의내용", "6", "6 (100%)"], ["처리내용", "6", "3 (50%)"]]
    expect(page.locator(".quality-drawing canvas")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")

    page.get_by_role("link", name="90일").focus()
    page.keyboard.press("Enter")
    expect(tile(page, "저장한 정리").locator(".tile-value")).to_have_text("8")
    expect(page).to_have_url(re.compile("#/quality/90$"))
    page.get_by_role("link", name="7일", exact=True).click()
    expect(tile(page, "저장한 정리").locator(".tile-value")).to_have_text("5")
    page.go_back()
    expect(tile(page, "저장한 정리").locator(".tile-value")).to_have_text("8")


def test_nothing_yet_a_phone_and_an_agent(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    phone = visit(console.url, viewport={"width": 375, "height": 667})
    page = signed_in(phone, BOSS, "/#/quality")
    expect(page.get_by_text("이 기간에 저장된 상담 정리가 없습니다")).to_be_visible()
    console.measured(*month(wall_ms()))
    page.get_by_role("link", name="90일").click()
    expect(tile(page, "저장한 정리").locator(".tile-value")).to_have_text("8")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    agent = signed_in(visit(console.url), LOGIN, "/#/quality")
    expect(agent.get_by_role("heading", name="팀장과 관리자가 보는 화면입니다")).to_be_visible()
    assert axe(agent) == []


def test_what_an_agent_saves_is_on_the_supervisors_page(console: ScriptedConsole, visit: Open) -> None:
    page = signed_in(visit(console.url), LOGIN, "/")
    expect(page.get_by_text("연결됨")).to_be_visible()
    call = Call()
    console.tell(call.state())
    page.locator(".rail-entry").click()
    expect(page.locator(".call-title")).to_be_visible()
    console.tell(
        call.said(1, "여권을 잃어버렸어요"),
        call.state("ended"),
        call.draft("여권 재발급 문의", complete=True),
    )
    expect(page.get_by_label("문의내용")).to_have_value("여권 재발급 문의")
    page.get_by_role("button", name="저장하고 마치기").click()
    expect(page.locator(".rail .mark")).to_have_text("정리됨")

    boss = signed_in(visit(console.url), BOSS, "/#/quality/7")
    expect(tile(boss, "고치지 않고 저장").locator(".tile-value")).to_have_text("100%")
    expect(tile(boss, "고치지 않고 저장")).to_contain_text("초안에서 시작한 1건 가운데 1건")

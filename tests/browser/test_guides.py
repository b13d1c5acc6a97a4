"""Guides never move, and every key does what it says."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.pages import boxes, connected, titles
from tests.browser.scripted import Call, ScriptedConsole

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


def test_cards_never_move(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "여권이요"))
    expect(page.locator(".said")).to_have_count(1)
    places = boxes(page)
    for number in range(1, 7):
        console.tell(call.guide(number, text="긴 안내문입니다. " * (number * 6)))
        expect(page.locator(".card")).to_have_count(min(number, 4))
        assert boxes(page) == places
    four = [f"안내 {number}번" for number in (1, 2, 3, 4)]
    opener = page.get_by_role("button", name="새 안내 2건 보기")
    expect(opener).to_be_visible()
    assert titles(page) == four

    console.tell(call.guide(2, revision=2, text="새로 고친 안내문"))
    expect(page.locator("#card-2 .card-text")).to_have_text("새로 고친 안내문")
    page.locator("#card-1").get_by_role("button", name="고정").click()
    expect(page.locator("#card-1").get_by_role("button", name="고정됨")).to_be_visible()
    page.locator("#card-3").get_by_role("button", name="안내 치우기").click()
    expect(page.locator(".card")).to_have_count(3)
    assert (titles(page), boxes(page)) == ([*four[:2], "", four[3]], places)

    opener.click()
    expect(page.locator(".card")).to_have_count(4)
    assert titles(page) == ["안내 1번", "안내 6번", "안내 5번", "안내 4번"]
    assert boxes(page) == places
    page.reload()
    expect(page.locator(".card")).to_have_count(4)
    assert titles(page) == ["안내 1번", "안내 6번", "안내 5번", "안내 4번"]
    page.get_by_role("button", name="지난 안내 2건").click()
    expect(page.locator(".earlier strong")).to_have_text(["안내 2번", "안내 3번"])
    page.keyboard.press("Escape")
    console.tell(call.nothing())
    expect(page.get_by_text("맞는 안내를 찾지 못했습니다")).to_be_visible()
    assert boxes(page) == places


def test_everything_by_keyboard(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    here = desk(permissions=["clipboard-read", "clipboard-write"])
    page = connected(here)
    call = Call()
    console.tell(call.state(roles={}), call.said(1, "여권이요"), call.said(3, "네", channel=1))
    console.tell(call.guide(1), call.guide(2, agency="외교부 02-3210-0404"), call.draft("문의"))
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".turn-who")).to_have_text(["화자 미상", "화자 미상"])
    assert axe(page) == []
    page.keyboard.press("w")
    expect(page.locator(".turn-who")).to_have_text(["시민", "상담사"])
    page.keyboard.press("w")
    expect(page.locator(".turn-who")).to_have_text(["상담사", "시민"])

    page.keyboard.press("1")
    expect(page.locator("#card-1")).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("#card-1").get_by_role("button", name="복사됨")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("구청에서 신청합니다.\n(안내 1번, 민원여권과")
    page.keyboard.press("p")
    expect(page.locator("#card-1").get_by_role("button", name="고정됨")).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator(".sheet")).to_contain_text("구청 민원여권과에서 신청합니다.")
    expect(page.locator(".sheet strong")).to_have_text("신청")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator("#card-1")).to_be_focused()
    page.keyboard.press("-")
    pressed = page.locator("#card-1").get_by_role("button", name="도움 안 됨")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("2")
    page.keyboard.press("x")
    expect(page.locator(".card")).to_have_count(1)

    page.reload()
    expect(page.locator("#card-1").get_by_role("button", name="고정됨")).to_be_visible()
    assert console.outcomes(call.contact_id) == [
        ["shown", "copied", "pinned", "opened", "unhelpful"],
        ["shown", "dismissed"],
    ]


def test_keys_rest_while_typing_and_escape_leads_out(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "여권이요"), call.guide(1), call.draft("문의"))
    expect(page.locator(".card")).to_have_count(1)
    page.keyboard.press("1")
    page.keyboard.press("/")
    expect(page.locator("#guide-search")).to_be_focused()
    page.keyboard.type("c?1x")
    expect(page.locator("#guide-search")).to_have_value("c?1x")
    expect(page.locator(".card")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.get_by_label("문의내용")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="도움말").click()
    page.get_by_label("글자 단축키 쓰기").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("x")
    page.keyboard.press("f")
    expect(page.locator("#find")).not_to_be_focused()
    expect(page.locator(".card")).to_have_count(1)

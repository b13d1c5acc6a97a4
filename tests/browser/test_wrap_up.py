"""The summary: offered, typed, kept."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.pages import connected
from tests.browser.scripted import Call, ScriptedConsole

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


def test_wrap_up_opens_by_itself_and_keeps_every_keystroke(
    console: ScriptedConsole, desk: Open, axe: Axe
) -> None:
    here = desk()
    page = connected(here)
    call = Call()
    console.tell(call.state(), call.said(1, "여권을 잃어버렸어요"), call.said(4, "네", channel=1))
    expect(page.get_by_label("문의내용")).to_have_count(0)
    page.locator("#find").focus()
    console.tell(call.state("ended"), call.draft("여권 재발급 문의", complete=True))
    inquiry = page.get_by_label("문의내용")
    expect(inquiry).to_have_value("여권 재발급 문의")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator(".summary .chip")).to_have_text("핵심 발화")
    assert console.edited(call.contact_id) is None
    page.get_by_role("button", name="근거 00:01 보기: 여권 재발급 문의").click()
    expect(page.locator(".said-lit")).to_have_text("여권을 잃어버렸어요")
    assert axe(page) == []

    inquiry.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" (분실)", delay=15)
    expect(page.get_by_text(re.compile(r"저장됨 \d\d:\d\d:\d\d"))).to_be_visible()
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert (stored.text.inquiry, stored.saved) == ("여권 재발급 문의 (분실)", False)

    console.tell(call.draft("새 초안입니다", revision=2, complete=True))
    expect(page.get_by_text("새 초안이 있습니다")).to_be_visible()
    expect(inquiry).to_have_value("여권 재발급 문의 (분실)")
    page.get_by_role("button", name="초안으로 바꾸기").click()
    expect(inquiry).to_have_value("새 초안입니다")
    page.get_by_role("button", name="내 글로 되돌리기").click()
    expect(inquiry).to_have_value("여권 재발급 문의 (분실)")

    page.get_by_label("처리내용").fill("구청 방문을 안내함")
    page.close(run_before_unload=True)
    page = here.open()
    page.locator(".rail-entry").first.click()
    expect(page.get_by_label("처리내용")).to_have_value("구청 방문을 안내함")
    expect(page.locator(".rail")).to_contain_text("정리 안 됨")
    page.get_by_label("처리내용").press("Control+Enter")
    expect(page.locator(".rail .mark")).to_have_text("정리됨")
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert stored.saved


def test_unsaved_text_waits_for_the_server(console: ScriptedConsole, desk: Open) -> None:
    here = desk()
    page = connected(here)
    call = Call()
    console.tell(call.state(), call.said(1, "네"), call.state("ended"))
    page.get_by_label("문의내용").fill("첫 줄")
    expect(page.get_by_text(re.compile("저장됨"))).to_be_visible()
    here.offline(True)
    page.get_by_label("문의내용").fill("끊긴 동안 쓴 글")
    expect(page.get_by_text("저장 안 됨 (다시 시도 중)")).to_be_visible()
    here.offline(False)
    expect(page.get_by_text(re.compile("저장됨"))).to_be_visible(timeout=15_000)
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert stored.text.inquiry == "끊긴 동안 쓴 글"


def test_hangul_is_composed_without_harm(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "네"), call.guide(1), call.state("ended"))
    field = page.get_by_label("문의내용")
    field.focus()
    keys = page.context.new_cdp_session(page)
    for composed in ("ㅎ", "하", "한", "한ㄱ", "한그", "한글"):
        at = len(composed)
        keys.send("Input.imeSetComposition", {"text": composed, "selectionStart": at, "selectionEnd": at})
        console.tell(call.draft(f"초안 {composed}", revision=at + 1, complete=True))
        page.wait_for_timeout(60)
    keys.send("Input.insertText", {"text": "한글"})
    page.keyboard.type(" c")
    expect(field).to_have_value("한글 c")
    expect(page.get_by_text(re.compile("저장됨"))).to_be_visible()
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert stored.text.inquiry == "한글 c"
    assert page.locator(".card-number").count() == 1, "no shortcut fired while typing"

"""Sign-in, sizes, themes, language; axe-core on all of them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.pages import connected
from tests.browser.scripted import LOGIN, PASSWORD, Call, ScriptedConsole, words

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


def test_sign_in_tells_what_was_wrong_and_lets_in(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    page = visit(console.url).open()
    expect(page.get_by_label("아이디")).to_be_focused()
    assert axe(page) == []
    page.keyboard.type(LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type("틀린 비밀번호")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("맞지 않습니다")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("연결됨")).to_be_visible()
    page.get_by_role("button", name="로그아웃").click()
    expect(page.get_by_label("비밀번호")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1366, 768), (375, 667)])
def test_nothing_scrolls_sideways_and_all_is_accessible(
    console: ScriptedConsole, desk: Open, axe: Axe, size: tuple[int, int], scheme: str
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    page = connected(desk(viewport=viewport, color_scheme=scheme))
    call = Call("아주 긴 이름을 가진 녹음 파일에서 온 통화이고 줄이 넘칩니다")
    console.tell(call.state(), *(call.said(n, "여권을 잃어버렸어요 " * 4, channel=n % 2) for n in range(20)))
    console.tell(*(call.guide(n, text="긴 안내문입니다. " * 30) for n in range(1, 7)), call.nothing())
    console.tell(
        call.said(21, "망유동 어디요", words=words(("망유동", ("망우동", "방이동")), ("어디요", ()))),
        call.sound("music", 22_000, 30_000),
        call.sound("dtmf", 31_000, 31_100),
        call.recognition("finals" if scheme == "light" else "refused", 32),
        call.detected("vi"),
    )
    expect(page.locator(".said")).to_have_count(21)
    expect(page.locator("#call-language")).to_contain_text("베트남어")
    if size[0] >= 880:
        page.locator("button.suspect").hover()
        expect(page.locator(".names")).to_be_visible()
    tabs = page.locator(".tabs button")
    views = range(tabs.count()) if size[0] < 880 else (None,)
    for tab in views:
        if tab is not None:
            tabs.nth(tab).click()
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    console.tell(call.state("ended"), call.draft("여권 재발급 문의", complete=True))
    if size[0] < 880:
        tabs.nth(2).click()
    expect(page.get_by_label("문의내용")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="저장하고 마치기").click()
    expect(page.get_by_text(re.compile("정리됨")).first).to_be_attached()


def test_english_and_theme_are_remembered(console: ScriptedConsole, desk: Open) -> None:
    page = desk().open()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Connected")).to_be_visible()
    page.get_by_role("button", name=re.compile("Theme")).click()
    page.get_by_role("button", name=re.compile("Theme")).click()
    page.reload()
    expect(page.get_by_text("Connected")).to_be_visible()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
        "en",
        "dark",
    ]

"""Suspect words, sounds, how much is transcribed, and the call's language, before the real console."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.pages import connected
from tests.browser.scripted import Call, ScriptedConsole, words

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]

DOUBTFUL = words("제가", ("사라에", ("사당동", "사직동")), "살아요")


def places(page: Page) -> list[object]:
    """Of all that must not move."""
    parts = page.locator(".said, .top > *, .call-line > *, .top-end > *, .find, .slot")
    return [parts.nth(n).bounding_box() for n in range(parts.count())]


def test_a_suspect_word_offers_names_to_the_mouse(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "제가 사라에 살아요", words=DOUBTFUL))
    word = page.locator("button.suspect")
    expect(word).to_have_text("사라에 (잘못 들었을 수 있는 말, 비슷한 이름 2개)")
    assert "wavy" in word.evaluate(
        "each => getComputedStyle(each).textDecorationLine + getComputedStyle(each).textDecorationStyle"
    )
    before = places(page)
    word.hover()
    names = page.locator(".names")
    expect(names.get_by_role("button")).to_have_text(["사당동", "사직동"])
    assert places(page) == before
    assert axe(page) == []

    console.tell(*(call.said(n, f"{n}번째 말입니다", channel=n % 2) for n in range(3, 40)))
    expect(page.locator(".said")).to_have_count(38)
    assert places(page)[0] == before[0], "nothing moves under the mouse"
    page.keyboard.press("Escape")
    expect(names).to_have_count(0)
    page.mouse.move(1, 1)
    word.hover()
    names.get_by_role("button", name="사직동").click()
    expect(page.locator("#guide-search")).to_have_value("사직동")
    expect(page.locator(".results")).to_be_visible()
    expect(names).to_have_count(0)
    expect(word).to_be_focused()


def test_suspect_words_by_keyboard(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(
        call.state(),
        call.said(1, "제가 사라에 살아요", words=DOUBTFUL),
        call.said(3, "망유동 말고요", words=words(("망유동", ("망우동",)), "말고요")),
        call.said(5, "네", words=words(("네", ()))),
        call.said(7, "흐릿한 말", confidence=0.2),
    )
    expect(page.locator(".piece-suspect")).to_have_count(4)
    page.keyboard.press("u")
    expect(page.locator("button.suspect").nth(1)).to_be_focused()
    expect(page.locator(".names button")).to_have_text(["망우동"])
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".names button")).to_have_text(["사당동", "사직동"])
    page.keyboard.press("Escape")
    expect(page.locator(".names")).to_have_count(0)
    expect(page.locator("button.suspect").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".names button")).to_have_text(["사당동", "사직동"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="사당동")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#guide-search")).to_have_value("사당동")
    expect(page.locator(".names")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator("button.suspect:focus")).to_have_count(0)


def test_sounds_are_quiet_lines(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "잠시만요", channel=1), call.sound("music", 3000, channel=1))
    line = page.locator(".mark-line")
    expect(line).to_have_text("00:03대기 음악")
    console.tell(call.sound("music", 3000, 35_000, channel=1), call.said(40, "여보세요"))
    expect(line).to_have_text("00:03대기 음악0:32")
    console.tell(*(call.sound("dtmf", 50_000 + 500 * n, 50_100 + 500 * n) for n in range(4)))
    expect(line).to_have_text(["00:03대기 음악0:32", "00:50버튼 4번 누름"])
    order = page.locator(".turns > li").evaluate_all("all => all.map(each => each.className)")
    assert order == ["turn turn-agent", "turn mark-line", "turn turn-caller", "turn mark-line"]
    assert "음악" not in page.locator("[aria-live=polite]").inner_text()
    assert axe(page) == []
    page.reload()
    expect(line).to_have_text(["00:03대기 음악0:32", "00:50버튼 4번 누름"])


def test_what_is_not_transcribed_is_said(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "여권이요"))
    expect(page.locator(".said")).to_have_count(1)
    before = places(page)
    state = page.locator(".recognition")
    console.tell(call.recognition("finals", 3))
    expect(state).to_have_text("인식기가 바빠 확정된 말만 보입니다")
    expect(state).to_have_attribute("role", "status")
    assert places(page) == before
    assert axe(page) == []
    console.tell(call.recognition("refused", 10))
    expect(state).to_have_text("인식기 용량이 차서 이 통화는 글로 옮겨지지 않습니다")
    expect(page.locator(".gap-line")).to_have_text("00:10부터 글로 옮기지 못하고 있습니다")
    assert places(page) == before
    assert axe(page) == []
    page.reload()
    expect(page.locator(".gap-line")).to_have_text("00:10부터 글로 옮기지 못하고 있습니다")
    console.tell(call.recognition("full", 25), call.said(30, "다시 들립니다"))
    expect(state).to_have_text("")
    expect(page.locator(".gap-line")).to_have_text("00:10부터 00:25까지 글로 옮기지 못했습니다")
    page.reload()
    expect(page.locator(".gap-line")).to_have_text("00:10부터 00:25까지 글로 옮기지 못했습니다")


def test_the_language_is_shown_and_changed(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "Xin chào", language="vi"))
    button = page.locator("#call-language")
    expect(button).to_have_text("통화 언어: 한국어기본")
    expect(page.locator(".said")).to_have_attribute("lang", "vi")
    console.tell(call.detected("vi"))
    expect(button).to_have_text("통화 언어: 베트남어감지")
    expect(page.locator("[aria-live=polite]")).to_have_text("감지한 언어: 베트남어")
    page.keyboard.press("l")
    menu = page.locator("#call-languages")
    expect(menu).to_be_visible()
    expect(page.get_by_role("button", name="Tiếng Việt 베트남어")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Tiếng Việt 베트남어")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(button).to_have_text("통화 언어: 몽골어선택")
    expect(menu).to_be_hidden()
    page.reload()
    expect(button).to_have_text("통화 언어: 몽골어선택")
    console.tell(call.state("ended"))
    expect(button).to_be_disabled()


def test_two_unknown_channels_get_their_roles_everywhere(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    unknown = {0: "unknown", 1: "unknown"}
    console.tell(call.state(roles=unknown), *(call.said(n, "네", channel=n % 2) for n in range(1, 5)))
    who = page.locator(".turn-who")
    expect(who).to_have_text(["화자 미상"] * 4)
    page.get_by_role("button", name="화자 정하기").click()
    expect(who).to_have_text(["상담사", "시민"] * 2)
    page.get_by_role("button", name="화자 바꾸기").click()
    expect(who).to_have_text(["시민", "상담사"] * 2)
    console.tell(call.state(roles=unknown), call.said(6, "구청이요", channel=1))
    expect(who).to_have_text([*["시민", "상담사"] * 2, "시민"])
    page.reload()
    expect(who).to_have_text([*["시민", "상담사"] * 2, "시민"])

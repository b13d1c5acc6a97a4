"""The conversation before the real console, fed with scripted events on the real bus."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import connected, texts
from tests.browser.scripted import Call, ScriptedConsole, words

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]


def test_words_appear_grow_and_vanish(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state())
    expect(page.locator(".call-title")).to_have_text("010-****-1234")
    expect(page.get_by_text("모의 통화").first).to_be_visible()

    console.tell(call.said(1, "여권을 이러", final=False, stable_chars=3))
    said = page.locator(".said")
    expect(said).to_have_text("여권을 이러")
    expect(page.locator(".piece-tail")).to_have_text(" 이러")
    element = said.element_handle()
    heard = words("여권을", ("잃어버렸어요.", ()), ("[전화번호]예요.", ("번동",)))
    text = "여권을 잃어버렸어요. [전화번호]예요."
    console.tell(call.said(1, text, revision=2, words=heard))
    expect(said).to_have_text("여권을 잃어버렸어요. (잘못 들었을 수 있는 말) [전화번호]예요.")
    assert page.evaluate("e => e.isConnected", element), "the utterance grew in place"
    expect(page.locator(".piece-suspect")).to_have_text("잃어버렸어요.")
    expect(page.locator(".piece-masked")).to_have_text("[전화번호]")

    console.tell(call.said(3, "음", final=False), call.said(4, "네", channel=1))
    expect(said).to_have_count(3)
    console.tell(call.said(3, "", revision=2), call.said(3, "음", final=False, revision=3))
    expect(said).to_have_count(2)
    expect(page.locator(".turn-who")).to_have_text(["시민", "상담사"])
    console.tell(call.state("held"))
    expect(page.locator(".top .state-held")).to_contain_text("보류 00:")


def test_reload_and_a_lost_line_change_nothing(console: ScriptedConsole, desk: Open) -> None:
    disturbed, calm = desk(), desk()
    watching, page = connected(calm), connected(disturbed)
    call = Call()
    console.tell(call.state(), call.said(1, "여권을 잃어버렸어요"), call.guide(1), call.guide(2))
    expect(page.locator(".card")).to_have_count(2)
    page.reload()
    console.tell(call.said(3, "어디로 가야", final=False))
    expect(page.locator(".said")).to_have_count(2)

    disturbed.offline(True)
    expect(page.get_by_text(re.compile("다시 연결 중"))).to_be_visible()
    console.tell(
        call.said(3, "어디로 가야 하나요?", revision=2),
        call.said(5, "구청으로 오세요", channel=1),
        call.guide(1, revision=2, text="구청 민원여권과에서 신청합니다."),
        call.guide(3),
    )
    expect(watching.locator(".card")).to_have_count(3)
    assert page.locator(".card").count() == 2, "the line is really down"
    disturbed.offline(False)
    expect(page.locator(".card")).to_have_count(3)

    console.stop()
    expect(page.get_by_text(re.compile("다시 연결 중|연결하는 중"))).to_be_visible()
    disturbed.is_offline = calm.is_offline = True
    console.start()
    expect(page.get_by_text("연결됨")).to_be_visible(timeout=20_000)
    expect(watching.get_by_text("연결됨")).to_be_visible(timeout=20_000)
    console.tell(
        call.said(8, "감사합니다"), call.draft("여권 재발급 문의", complete=True), call.state("ended")
    )
    for each in (page, watching):
        expect(each.locator(".said")).to_have_count(4)
        expect(each.get_by_label("문의내용")).to_have_value("여권 재발급 문의")
    assert texts(page) == texts(watching)
    page.reload()
    expect(page.get_by_label("문의내용")).to_have_value("여권 재발급 문의")
    expect(page.locator(".card")).to_have_count(3)
    assert texts(page) == texts(watching)


def test_the_readers_place_is_kept(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), *(call.said(n, f"{n}번째 말입니다", channel=n % 2) for n in range(60)))
    expect(page.locator(".said")).to_have_count(60)
    expect(page.locator(".said").last).to_be_in_viewport()
    console.tell(call.said(60, "따라갑니다"))
    expect(page.locator(".said", has_text="따라갑니다")).to_be_in_viewport()

    log = page.locator(".log")
    log.hover()
    page.mouse.wheel(0, -1500)
    expect(page.get_by_role("button", name="맨 아래로")).to_be_visible()
    page.wait_for_timeout(300)
    anchor = page.locator(".said").nth(30)
    place = anchor.bounding_box()
    console.tell(*(call.said(n, f"{n}번째 새 말", channel=n % 2) for n in range(61, 64)))
    button = page.get_by_role("button", name="새 발화 3건")
    expect(button).to_be_visible()
    assert anchor.bounding_box() == place
    page.keyboard.press("g")
    expect(page.locator(".said", has_text="63번째 새 말")).to_be_in_viewport()
    expect(button).to_have_count(0)

    page.keyboard.press("f")
    page.keyboard.type("2번째 말")
    expect(page.locator(".find-count")).to_have_text("6/6")
    page.keyboard.press("Enter")
    expect(page.locator(".said-lit")).to_have_text("2번째 말입니다")
    expect(page.locator(".said-lit")).to_be_in_viewport()


def test_a_second_call_does_not_push_the_first_aside(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    first, second = Call("첫 통화"), Call("둘째 통화")
    console.tell(first.state(), first.said(1, "여권이요"))
    expect(page.locator(".call-title")).to_have_text("첫 통화")
    console.tell(second.state())
    arrived = page.get_by_role("button", name="새 통화: 둘째 통화")
    expect(arrived).to_be_visible()
    expect(page.locator(".call-title")).to_have_text("첫 통화")
    arrived.click()
    expect(page.locator(".call-title")).to_have_text("둘째 통화")
    console.tell(first.said(4, "여보세요?"))
    expect(page.locator(".mark-new")).to_have_text("새 발화 1")
    page.get_by_role("button", name=re.compile("첫 통화")).click()
    expect(page.locator(".said")).to_have_count(2)
    expect(page.locator(".mark-new")).to_have_count(0)

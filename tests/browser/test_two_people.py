"""A citizen and an agent in two real browsers, before one real application: they write to each other in Korean, and see it
as it is written.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.browser.chat_site import ChatSite, chat_site
from tests.browser.conftest import Visit
from tests.browser.pages import comes_true

__all__ = ["chat_site"]
pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


class Pair:
    """An agent at the panel and a citizen on a phone, who are talking with each other."""

    def __init__(self, site: ChatSite, visit: Open, nickname: str) -> None:
        self.office, self.street = visit(site.url), visit(site.url, viewport={"width": 390, "height": 760})
        self.agent = site.sign_in(self.office)
        switch = self.agent.get_by_role("switch", name="채팅 받기")
        expect(switch).to_be_visible()
        if switch.get_attribute("aria-checked") == "false":
            switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")
        self.citizen = self.street.open("/chat/")
        self.citizen.get_by_label("부를 이름").fill(nickname)
        self.citizen.get_by_role("button", name="상담 시작하기").click()
        expect(self.citizen.get_by_text("김상담 상담사와 이야기하고 있습니다.")).to_be_visible()
        entry = self.agent.locator(".rail-entry", has_text=nickname)
        expect(entry).to_be_visible()
        entry.click()
        expect(self.reply).to_be_editable()

    @property
    def reply(self) -> Locator:
        return self.agent.locator("#reply")

    @property
    def message(self) -> Locator:
        return self.citizen.locator("#message")

    @property
    def typed(self) -> Locator:
        """What the agent sees of the citizen's field."""
        return self.agent.locator(".typing-text")

    def turn_live_typing_on(self) -> None:
        self.citizen.get_by_role("switch", name=re.compile("글 쓰는 대로")).click()
        self.citizen.get_by_role("button", name="켜기").click()
        expect(self.agent.locator(".typing-head")).to_contain_text("실시간 입력 켜짐")

    def end(self) -> None:
        self.agent.locator(".log").focus()
        self.agent.keyboard.press("Shift+H")
        self.agent.locator(".act-sheet").get_by_role("button", name="상담 끝내기").click()
        expect(self.citizen.get_by_role("heading", name="상담이 끝났습니다.")).to_be_visible()


class Hands:
    """Types with the Hangul input method: each stroke rewrites the last syllable."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._keys: CDPSession = page.context.new_cdp_session(page)

    def compose(self, *strokes: str) -> None:
        for text in strokes:
            at = len(text)
            self._keys.send(
                "Input.imeSetComposition", {"text": text, "selectionStart": at, "selectionEnd": at}
            )
            self._page.wait_for_timeout(30)

    def commit(self, text: str) -> None:
        self._keys.send("Input.insertText", {"text": text})


@pytest.fixture
def pair(chat_site: ChatSite, visit: Open) -> Callable[[str], Pair]:
    return lambda nickname: Pair(chat_site, visit, nickname)


def own_words(page: Page, side: str) -> Locator:
    return page.locator(f".chat-line.turn-{side} .chat-text")


def places(page: Page) -> list[dict[str, float] | None]:
    """Where all that stands above the line of what is being written is, and what is below it."""
    return [each.bounding_box() for each in page.locator(".chat-log .turn, .typing-line, #reply").all()]


def test_each_sees_what_the_other_writes_while_it_is_written(pair: Callable[[str], Pair], axe: Axe) -> None:
    both = pair("달빛")
    both.turn_live_typing_on()
    before = places(both.agent)

    both.message.focus()
    hands = Hands(both.citizen)
    hands.compose("ㅇ", "아", "안", "안ㄴ", "안녀", "안녕")
    expect(both.typed).to_have_text("안녕")
    hands.compose("안녕ㅎ", "안녕하")
    expect(both.typed).to_have_text("안녕하")
    assert places(both.agent) == before, "something moved"
    hands.commit("안녕하세요. 여권을 잃어버렸어요")
    expect(both.typed).to_have_text("안녕하세요. 여권을 잃어버렸어요")
    expect(own_words(both.agent, "caller")).to_have_count(0)
    both.message.press("Enter")
    expect(own_words(both.agent, "caller")).to_have_text(["안녕하세요. 여권을 잃어버렸어요"])
    expect(both.typed).to_be_empty()
    expect(both.citizen.get_by_text("상담사가 읽음")).to_be_visible()

    both.reply.focus()
    hands = Hands(both.agent)
    hands.compose("ㄴ", "네")
    expect(both.citizen.locator(".writing .words")).to_have_text("네")
    both.agent.keyboard.press("Enter")  # while it is composed: what is composed goes with it, once
    expect(both.reply).to_have_value("네")
    hands.commit("네")
    expect(both.citizen.locator(".line.staff[data-seq] .words")).to_have_text(["네"])
    expect(both.reply).to_have_value("")
    hands.compose("ㄱ", "고", "곧")
    hands.commit("곧")
    both.agent.keyboard.press("Shift+Enter")
    hands.compose("ㅂ", "보", "봐")
    hands.commit("봐요")
    expect(both.citizen.locator(".writing .words")).to_have_text("곧\n봐요", use_inner_text=True)
    both.agent.keyboard.press("Enter")
    expect(own_words(both.agent, "agent")).to_have_text(["네", "곧\n봐요"], use_inner_text=True)
    expect(both.citizen.locator(".line.staff[data-seq] .words")).to_have_count(2)
    expect(both.reply).to_have_value("")
    expect(both.agent.locator(".turn-agent .turn-head").last).to_contain_text("읽음")
    assert axe(both.agent) == []

    keeps_what_was_put_in(both)
    both.agent.get_by_role("button", name="실시간 입력 끄기").click()
    expect(both.citizen.get_by_role("switch", name=re.compile("꺼짐"))).to_be_visible()
    both.message.press_sequentially("보이지 않는 글")
    expect(both.agent.locator(".typing-head")).to_contain_text("쓰는 중")
    expect(both.typed).to_be_empty()
    both.end()


def keeps_what_was_put_in(both: Pair) -> None:
    """An answer that nobody decided to send yet is not shown, live typing or not."""
    both.agent.keyboard.press("/")
    both.agent.keyboard.type("인사")
    both.agent.keyboard.press("Enter")
    expect(both.reply).to_have_value("안녕하세요. 상담사입니다. 무엇을 도와드릴까요?")
    expect(both.citizen.locator(".writing")).to_have_text("상담사가 글을 쓰고 있습니다.")
    both.reply.fill("")
    expect(both.citizen.locator(".writing")).to_have_count(0)


def test_a_reload_or_a_lost_line_in_mid_sentence_loses_and_doubles_nothing(
    pair: Callable[[str], Pair],
) -> None:
    both = pair("별빛")
    both.turn_live_typing_on()
    both.message.press_sequentially("주민센터가 ")
    expect(both.typed).to_have_text("주민센터가 ")
    both.citizen.reload()
    expect(both.message).to_have_value("주민센터가 ")
    both.message.focus()
    both.message.press("Control+End")
    both.message.press_sequentially("어디예요?")
    expect(both.typed).to_have_text("주민센터가 어디예요?")
    both.message.press("Enter")
    expect(own_words(both.agent, "caller")).to_have_text(["주민센터가 어디예요?"])

    both.reply.press_sequentially("잠시만 ")
    expect(both.citizen.locator(".writing .words")).to_have_text("잠시만 ")
    both.agent.reload()
    expect(both.reply).to_have_value("잠시만 ")
    expect(own_words(both.agent, "caller")).to_have_text(["주민센터가 어디예요?"])
    both.reply.press("Control+End")
    both.reply.press_sequentially("기다려 주세요")
    both.reply.press("Enter")
    expect(both.citizen.locator(".line.staff[data-seq] .words")).to_have_text(["잠시만 기다려 주세요"])

    both.office.offline(True)
    expect(both.agent.locator(".state-line")).to_contain_text("다시 연결하는 중")
    for text in ("종로구", "삼봉로 43입니다"):
        both.reply.fill(text)
        both.reply.press("Enter")
    expect(both.agent.locator(".chat-pending")).to_have_count(2)
    both.reply.fill("쓰던 글")
    both.message.fill("네")
    both.message.press("Enter")
    both.office.offline(False)
    expect(both.citizen.locator(".line.staff[data-seq] .words")).to_have_text(
        ["잠시만 기다려 주세요", "종로구", "삼봉로 43입니다"], timeout=15_000
    )
    expect(both.agent.locator(".chat-pending")).to_have_count(0)
    expect(both.agent.locator(".state-line")).not_to_contain_text("다시 연결하는 중")

    both.street.offline(True)
    both.message.fill("고맙습니다")
    both.message.press("Enter")
    both.street.offline(False)
    said = ["주민센터가 어디예요?", "네", "고맙습니다"]
    expect(own_words(both.agent, "caller")).to_have_text(said, timeout=15_000)
    expect(both.reply).to_have_value("쓰던 글")
    assert comes_true(both.agent, "document.querySelectorAll('.chat-line').length === 6") is None
    both.end()

"""The citizens' page on bad lines and with a Korean keyboard: nothing is lost, nothing is doubled."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.chat_site import ChatSite, ScriptedAgent
from tests.browser.citizens import Axe, Open, begin, comes, field, log, own, send, served, sites
from tests.browser.pages import comes_true

pytestmark = pytest.mark.browser

OFFLINE = "인터넷이 끊겼습니다"
BACK_MS = 30_000
EARLIER = 220
"""More lines than a snapshot has."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatSite]:
    yield from sites(tmp_path_factory, guides=False)


@pytest.fixture(scope="module")
def agent(site: ChatSite) -> ScriptedAgent:
    return site.agent()


def test_a_reload_in_mid_sentence(site: ChatSite, agent: ScriptedAgent, visit: Open) -> None:
    page, contact_id, _ = served(site, visit, agent)
    send(page, "먼저 보낸 글")
    comes(page, "먼저 보낸 글")
    field(page).fill("쓰다 만 글이")
    page.reload()
    expect(field(page)).to_have_value("쓰다 만 글이")
    comes(page, "먼저 보낸 글")
    field(page).press("End")
    page.keyboard.type(" 있습니다")
    page.keyboard.press("Enter")
    comes(page, "쓰다 만 글이 있습니다")
    agent.wait(lambda: agent.texts(contact_id) == ["먼저 보낸 글", "쓰다 만 글이 있습니다"])
    page.reload()
    comes(page, "쓰다 만 글이 있습니다")
    expect(field(page)).to_have_value("")


def test_offline_and_back(site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe) -> None:
    page, contact_id, made = served(site, visit, agent)
    send(page, "하나")
    comes(page, "하나")
    made.offline(True)
    expect(page.locator(".state")).to_contain_text(OFFLINE)
    send(page, "둘")
    send(page, "셋")
    expect(comes(page, "둘")).to_contain_text("연결되면 보냄")
    assert axe(page) == []
    agent.say(contact_id, "그동안 쓴 답")
    made.offline(False)
    comes(page, "그동안 쓴 답")
    agent.wait(lambda: agent.texts(contact_id) == ["하나", "둘", "셋"])
    expect(log(page).get_by_text("연결되면 보냄")).to_have_count(0)
    expect(page.locator(".state")).to_contain_text("이야기하고 있습니다")
    assert sorted(own(page)) == sorted(["하나", "둘", "셋"])


def test_the_page_opens_offline_and_sends_what_was_written_there(
    site: ChatSite, agent: ScriptedAgent, visit: Open
) -> None:
    page, contact_id, made = served(site, visit, agent)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert (
        page.evaluate(
            """caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(one => one.keys())))
            .then(all => all.flat().some(request => new URL(request.url).pathname.startsWith('/api'))))"""
        )
        is False
    )
    page.reload()  # what the worker has now comes from it
    comes_true(page, "navigator.serviceWorker.controller !== null")
    made.offline(True)
    page.reload()
    expect(field(page)).to_be_visible()
    send(page, "연결 없이 쓴 글")
    expect(comes(page, "연결 없이 쓴 글")).to_contain_text("연결되면 보냄")
    page.reload()
    comes(page, "연결 없이 쓴 글")
    made.offline(False)
    agent.wait(lambda: agent.texts(contact_id) == ["연결 없이 쓴 글"], 20)
    expect(log(page).get_by_text("연결되면 보냄")).to_have_count(0)
    assert own(page) == ["연결 없이 쓴 글"]


def test_hangul_that_enter_ends_is_sent_whole_and_once(
    site: ChatSite, agent: ScriptedAgent, visit: Open
) -> None:
    page, contact_id, made = served(site, visit, agent)
    field(page).focus()
    keys = made.context.new_cdp_session(page)
    _compose(keys, "안녕하세", "ㅇ", "요")
    _enter_while_composing(keys)
    keys.send("Input.insertText", {"text": "요"})  # the input method gives up what it composed
    agent.wait(lambda: agent.texts(contact_id) == ["안녕하세요"])
    page.keyboard.press("Enter")  # as browsers do that pass the key on
    expect(field(page)).to_have_value("")

    # Latin letters of an input method: Enter chooses, and sends nothing.
    _compose(keys, "", "nihon")
    _enter_while_composing(keys)
    keys.send("Input.insertText", {"text": "日本"})
    expect(field(page)).to_have_value("日本")
    page.keyboard.press("Enter")
    agent.wait(lambda: agent.texts(contact_id) == ["안녕하세요", "日本"])
    assert own(page) == ["안녕하세요", "日本"]


def _compose(keys: CDPSession, before: str, *steps: str) -> None:
    """Text that is finished, and then what the input method makes of each key."""
    keys.send("Input.insertText", {"text": before})
    for step in steps:
        place = {"selectionStart": len(step), "selectionEnd": len(step)}
        keys.send("Input.imeSetComposition", {"text": step} | place)


def _enter_while_composing(keys: CDPSession) -> None:
    key = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229, "nativeVirtualKeyCode": 229}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown"} | key)
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp"} | key)


def test_earlier_lines_are_loaded_and_what_is_in_sight_stays(
    site: ChatSite, agent: ScriptedAgent, visit: Open
) -> None:
    page, contact_id, _ = served(site, visit, agent)
    agent.write(contact_id, *({"kind": "said", "text": f"{number}번째 줄"} for number in range(EARLIER)))
    comes(page, f"{EARLIER - 1}번째 줄")
    page.reload()
    comes(page, f"{EARLIER - 1}번째 줄")
    expect(log(page).get_by_text("무엇을 도와드릴까요?")).to_have_count(0)
    log(page).evaluate("e => e.scrollTo(0, 0)")
    first = page.locator("[role=log] .line").first
    name = first.get_attribute("data-seq")
    page.get_by_role("button", name="앞의 대화 더 보기").click()
    expect(log(page).get_by_text("무엇을 도와드릴까요?")).to_have_count(1)
    expect(page.locator(f"[data-seq='{name}']")).to_be_in_viewport()
    expect(page.get_by_role("button", name="앞의 대화 더 보기")).to_have_count(0)

    # Who reads further up is not moved, and told of what came.
    log(page).evaluate("e => e.scrollTo(0, 0)")
    agent.say(contact_id, "새 줄")
    page.get_by_role("button", name="새 메시지 1개 보기").click()
    expect(comes(page, "새 줄")).to_be_in_viewport()


def test_what_is_too_long_is_said_and_not_sent(site: ChatSite, visit: Open, axe: Axe) -> None:
    page, _, _ = begin(site, visit)
    field(page).fill("가" * 2003)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("3자를 줄여 주세요")
    assert own(page) == []
    assert axe(page) == []


def test_the_gateway_goes_and_comes_back(site: ChatSite, visit: Open) -> None:
    """The last one of this module: agents of the others are not connected any more."""
    page, contact_id, made = begin(site, visit)
    made.is_offline = True  # a socket to a killed server fails aloud in the browser's console
    send(page, "앞")
    comes(page, "앞")
    site.kill()
    expect(page.locator(".state")).to_contain_text("다시 연결하는 중입니다")
    send(page, "사이")
    site.start()
    expect(log(page).get_by_text("연결되면 보냄")).to_have_count(0, timeout=BACK_MS)
    send(page, "뒤")
    agent = site.agent()
    agent.take(contact_id)
    agent.wait(lambda: agent.texts(contact_id) == ["앞", "사이", "뒤"])
    assert own(page) == ["앞", "사이", "뒤"]

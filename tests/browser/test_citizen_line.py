"""The citizens' page on bad lines, in long silence and with a Korean keyboard: nothing is lost, nothing is doubled."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, expect

from contracts.chat import Notice, Rested
from tests.browser.chat_site import ChatSite, ScriptedAgent
from tests.browser.citizens import Axe, Open, begin, comes, field, log, own, send, served, sites
from tests.browser.pages import comes_true

pytestmark = pytest.mark.browser

RULES = """
hours:
  week: {mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: []}
  text: {ko: 평일 09:00–18:00, en: weekdays 09:00–18:00}
"""
"""Closed: agents take what they choose."""
WARNING = Notice(key="idle_warning", ko="아직 계신가요?", en="Are you there?", replies=("계속할게요",))
OFFLINE = "인터넷이 끊겼습니다"
BACK_MS = 30_000
EARLIER = 220
"""More lines than a snapshot has."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatSite]:
    yield from sites(tmp_path_factory, rules=RULES, guides=False)


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
    expect(log(page).get_by_text("글을 남겨 주시면")).to_have_count(0)
    log(page).evaluate("e => e.scrollTo(0, 0)")
    first = page.locator("[role=log] .line").first
    name = first.get_attribute("data-seq")
    page.get_by_role("button", name="앞의 대화 더 보기").click()
    expect(log(page).get_by_text("글을 남겨 주시면")).to_have_count(1)
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


def test_a_warning_one_key_a_rest_and_a_return(
    site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe
) -> None:
    page, contact_id, _ = served(site, visit, agent)
    agent.say(contact_id, "더 궁금한 점이 있으신가요?")
    comes(page, "더 궁금한 점이 있으신가요?")
    warning = page.get_by_role("alert").filter(has_text="답이 없으면 대화를 잠시 쉽니다")
    site.by_the_system(contact_id, WARNING)
    expect(warning).to_be_visible()
    assert axe(page) == []
    field(page).press("Enter")  # in the empty field: one key
    expect(warning).to_have_count(0)
    agent.wait(lambda: len(agent.bodies(contact_id, "stayed")) == 1)
    assert agent.texts(contact_id) == []

    site.by_the_system(contact_id, WARNING)
    expect(warning).to_be_visible()
    site.by_the_system(contact_id, Rested())
    expect(page.locator(".state")).to_contain_text("대화를 잠시 쉬고 있습니다")
    expect(warning).to_have_count(0)
    assert axe(page) == []
    page.reload()
    expect(page.locator(".state")).to_contain_text("대화를 잠시 쉬고 있습니다")
    send(page, "다시 왔습니다")
    comes(page, "다시 오셨습니다. 상담사를 찾고 있습니다.")


def test_outside_the_hours_words_are_kept(site: ChatSite, visit: Open, axe: Axe) -> None:
    page = visit(site.url).open("/chat/")
    expect(page.get_by_text("지금은 상담 시간이 아닙니다.")).to_be_visible()
    expect(page.get_by_text("상담 시간: 평일 09:00–18:00")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="상담 시작하기").click()
    expect(page.locator(".state")).to_contain_text("글을 남기면 상담 시간에 답합니다")
    send(page, "내일 답해 주세요")
    expect(comes(page, "내일 답해 주세요")).to_contain_text("보냄")
    assert axe(page) == []


def test_a_push_tells_that_something_came_and_no_words_of_it(site: ChatSite, visit: Open) -> None:
    page, _, made = begin(site, visit)
    made.context.grant_permissions(["notifications"])
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wire = made.context.new_cdp_session(page)
    registered: list[dict[str, str]] = []
    wire.on("ServiceWorker.workerRegistrationUpdated", lambda told: registered.extend(told["registrations"]))
    wire.send("ServiceWorker.enable")
    comes_true(page, "navigator.serviceWorker.controller !== null")
    page.goto("about:blank")
    assert registered
    push = {
        "origin": site.url,
        "registrationId": registered[0]["registrationId"],
        "data": '{"language":"ko"}',
    }
    wire.send("ServiceWorker.deliverPushMessage", push)
    page.goto(site.chat_url)
    shown = "navigator.serviceWorker.ready.then(one => one.getNotifications())"
    comes_true(page, f"{shown}.then(all => all.length === 1)")
    told = page.evaluate(f"{shown}.then(all => [all[0].title, all[0].body])")
    assert told == ["새 메시지 · New message", "상담사가 글을 보냈습니다. / The agent has written to you."]


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

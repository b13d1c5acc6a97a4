"""Silence, return, the end of the hours, and a message while the page is closed: said in words, and nothing is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from contracts.chat import Notice, Rested
from tests.browser.chat_site import ChatSite, ScriptedAgent
from tests.browser.citizens import Axe, Open, begin, comes, field, send, served, sites
from tests.browser.pages import comes_true

pytestmark = pytest.mark.browser

RULES = """
hours:
  week: {mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: []}
  text: {ko: 평일 09:00–18:00, en: weekdays 09:00–18:00}
"""
WARNING = Notice(key="idle_warning", ko="아직 계신가요?", en="Are you there?", replies=("계속할게요",))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatSite]:
    yield from sites(tmp_path_factory, rules=RULES, guides=False)


@pytest.fixture(scope="module")
def agent(site: ChatSite) -> ScriptedAgent:
    return site.agent()


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

"""The chat within another site: one script tag, in a page of another origin with a strict content policy, and in a
browser that gives frames of other sites no storage.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.chat_site import ChatSite
from tests.browser.citizens import Axe, sites

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>120다산콜재단</title></head>
<body><header><h1>120다산콜재단</h1></header><main><p>안내</p><button>다른 단추</button></main>
<script src="{chat}widget.js" async></script></body></html>"""


class HostSite:
    """The 120 site: another origin, whose policy lets in our script and our frame, and nothing inline."""

    def __init__(self) -> None:
        outer = self
        self.chat = ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = PAGE.format(chat=outer.chat).encode() if self.path == "/" else b""
                ours = outer.chat.removesuffix("/chat/")
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header(
                    "Content-Security-Policy", f"default-src 'none'; script-src {ours}; frame-src {ours}"
                )
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        # By name: the frame's address differs in its host too, not in its port alone.
        return f"http://localhost:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def host() -> Iterator[HostSite]:
    site = HostSite()
    yield site
    site.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, host: HostSite) -> Iterator[ChatSite]:
    for started in sites(tmp_path_factory, guides=False, SANGDAM_EMBED_ORIGINS=host.origin):
        host.chat = started.chat_url
        yield started


@pytest.fixture
def page(site: ChatSite, host: HostSite, browser: Browser) -> Iterator[Page]:
    """The 120 site, where neither page may complain."""
    with browser.new_context(viewport={"width": 1280, "height": 800}, locale="ko-KR") as context:
        context.set_default_timeout(10_000)
        complaints: list[str] = []
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page = context.new_page()
        page.goto(host.origin)
        yield page
        assert [one for one in complaints if "favicon" not in one and "404" not in one] == []


def chat_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='채팅 상담']")


def test_a_chat_within_another_site(site: ChatSite, page: Page, axe: Axe) -> None:
    opener = page.get_by_role("button", name="채팅 상담 열기")
    expect(opener).to_have_attribute("aria-expanded", "false")
    assert axe(page) == []
    before = page.evaluate("Object.keys(window).length")
    page.get_by_role("button", name="다른 단추").focus()
    page.keyboard.press("Tab")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    chat = chat_of(page)
    expect(chat.get_by_role("heading", name="글로 상담하기")).to_be_visible()
    assert axe(page) == []
    with page.expect_response(lambda told: told.url.endswith("/api/chat")) as opened:
        chat.get_by_role("button", name="상담 시작하기").click()
    contact_id = str(opened.value.json()["contact_id"])
    expect(chat.get_by_role("textbox", name="메시지")).to_be_focused()
    expect(chat.get_by_role("log").get_by_text("무엇을 도와드릴까요?")).to_be_visible()
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    expect(chat.get_by_role("log").get_by_text("hello")).to_be_visible()
    agent = site.agent()
    agent.take(contact_id)
    assert agent.bodies(contact_id, "opened")[0]["channel"] == "widget"

    page.keyboard.press("Escape")  # pressed in the frame
    expect(page.locator("iframe")).to_be_hidden()
    expect(page.get_by_role("button", name="채팅 상담 열기")).to_be_focused()
    agent.say(contact_id, "도와드리겠습니다.")
    badge = page.get_by_role("button", name="채팅 상담 열기, 새 메시지 1개")
    expect(badge).to_be_visible()
    badge.press("Enter")
    expect(chat.get_by_role("log").get_by_text("도와드리겠습니다.")).to_be_visible()
    expect(page.get_by_role("button", name="채팅 상담 닫기", exact=True)).to_be_visible()
    agent.wait(lambda: agent.receipts[contact_id]["citizen_read"] >= max(agent.entries[contact_id]))
    chat.get_by_role("button", name="닫기", exact=True).click()
    expect(page.locator("iframe")).to_be_hidden()
    assert page.evaluate("Object.keys(window).length") == before, "nothing is left in the site's page"
    assert page.evaluate("document.querySelectorAll('style, link[rel=stylesheet], [style]').length") == 0


def test_messages_of_others_are_not_heard(site: ChatSite, page: Page) -> None:
    page.get_by_role("button", name="채팅 상담 열기").click()
    expect(chat_of(page).get_by_role("heading", name="글로 상담하기")).to_be_visible()
    page.evaluate("postMessage({from: 'sangdam-chat-frame', type: 'unread', count: 7}, '*')")
    page.evaluate("postMessage({from: 'sangdam-chat-frame', type: 'close'}, '*')")
    page.evaluate(
        "new Promise(done => { addEventListener('message', done, {once: true}); postMessage(1, '*'); })"
    )
    expect(page.locator("iframe")).to_be_visible()
    expect(page.get_by_role("button", name="채팅 상담 닫기", exact=True)).to_be_visible()


def test_on_a_phone_it_is_the_whole_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.get_by_role("button", name="채팅 상담 열기").click()
    chat = chat_of(page)
    expect(chat.get_by_role("button", name="닫기", exact=True)).to_be_visible()
    box = page.locator("iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 320, "height": 640}
    chat.get_by_role("button", name="닫기", exact=True).click()
    expect(page.locator("iframe")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_sites_that_are_not_named_get_no_frame(site: ChatSite, host: HostSite, browser: Browser) -> None:
    with browser.new_context(locale="ko-KR") as context:
        stranger = context.new_page()
        stranger.goto(host.origin.replace("localhost", "127.0.0.1"))
        with context.expect_event("console", lambda told: "frame-ancestors" in told.text):
            stranger.get_by_role("button", name="채팅 상담 열기").click()
        expect(chat_of(stranger).get_by_role("heading", name="글로 상담하기")).to_have_count(0)

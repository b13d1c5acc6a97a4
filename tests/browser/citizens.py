"""What the tests of the citizens' page do again and again."""

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from chat_gateway.pages import FOLDER
from tests.browser.chat_site import ChatSite, ScriptedAgent, contact_of, running_site
from tests.browser.conftest import ROOT, Visit

Open = Callable[..., Visit]
Axe = Callable[[Page], list[str]]

PHONE: Final[dict[str, object]] = {"viewport": {"width": 390, "height": 780}, "has_touch": True}
SCREENSHOTS: Final = ROOT / "build" / "screenshots"


def built() -> None:
    """Skip where there is no page to test."""
    if not (FOLDER / "index.html").exists():
        pytest.skip("the pages are not built: run `npm ci && npm run build` in web/")


def sites(
    make: pytest.TempPathFactory, *, rules: str = "", guides: bool = True, **environment: str
) -> Iterator[ChatSite]:
    """The body of a module's fixture."""
    built()
    with running_site(make.mktemp("citizen"), rules=rules, guides=guides, environment=environment) as started:
        yield started


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="메시지")


def begin(site: ChatSite, visit: Open, **options: object) -> tuple[Page, str, Visit]:
    """A new chat in a new browser: its page and its conversation."""
    made = visit(site.url, **(PHONE | options))
    page = made.open("/chat/")
    return page, start(page), made


def start(page: Page) -> str:
    page.get_by_role("button", name="상담 시작하기").click()
    expect(field(page)).to_be_focused()
    expect(log(page).get_by_role("listitem").first).to_be_visible()  # the site's first words
    return contact_of(page)


def served(site: ChatSite, visit: Open, agent: ScriptedAgent, **options: object) -> tuple[Page, str, Visit]:
    """The same, with an agent."""
    page, contact_id, made = begin(site, visit, **options)
    agent.take(contact_id)
    expect(page.get_by_text("김상담 상담사와 이야기하고 있습니다.")).to_be_visible()
    return page, contact_id, made


def send(page: Page, text: str) -> None:
    field(page).fill(text)
    page.keyboard.press("Enter")
    expect(field(page)).to_have_value("")


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def own(page: Page) -> list[str]:
    """What the log shows as said by the citizen, sent or not."""
    return log(page).locator(".line.citizen .words").all_inner_texts()


def comes(page: Page, text: str) -> Locator:
    """A line of the log with this text."""
    line = log(page).get_by_role("listitem").filter(has_text=text)
    expect(line).to_be_visible()
    return line


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return int(
        page.evaluate(
            "Math.max(document.documentElement.scrollWidth - document.documentElement.clientWidth,"
            " ...[...document.querySelectorAll('.log, .foot, dialog[open]')].map(e => e.scrollWidth - e.clientWidth))"
        )
    )

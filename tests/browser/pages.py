"""What the tests of the panel read again and again."""

import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit


def connected(visit: Visit) -> Page:
    page = visit.open()
    expect(page.get_by_text("연결됨")).to_be_visible()
    return page


def texts(page: Page) -> dict[str, object]:
    """What the panel says of the contact, without clocks, measured delays and marks of what changed before one's
    eyes.
    """
    return {
        "turns": page.locator(".turn").all_inner_texts(),
        "slots": [text.replace("\n바뀜", "") for text in page.locator(".slot").all_inner_texts()],
        "line": page.locator(".guide-line").all_inner_texts(),
        "title": page.locator(".call-title").all_inner_texts(),
        "fields": page.locator(".field textarea, .field input").evaluate_all(
            "all => all.map(each => each.value)"
        ),
        "evidence": page.locator(".evidence").all_inner_texts(),
        "rail": page.locator(".rail-title").all_inner_texts(),
    }


def boxes(page: Page) -> list[tuple[str, dict[str, float] | None]]:
    """The slots and the place of each: whatever comes, they stay."""
    return [
        (slot.get_attribute("data-slot") or "", dict(slot.bounding_box() or {}))
        for slot in page.locator(".slot").all()
    ]


def titles(page: Page) -> list[str]:
    return [
        slot.locator("h3").inner_text() if slot.locator("h3").count() else ""
        for slot in page.locator(".slot").all()
    ]


def comes_true(page: Page, expression: str, limit_s: float = 5) -> None:
    """As `wait_for_function`, which our content security policy does not let in."""
    limit = time.monotonic() + limit_s
    while not page.evaluate(expression):
        assert time.monotonic() < limit, expression
        page.wait_for_timeout(20)

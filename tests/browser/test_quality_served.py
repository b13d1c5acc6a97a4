"""How chats were served, on the supervisors' page in real Chromium."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from contracts.chat import ChatHead, Receipts
from contracts.clock import wall_ms
from store import chats
from store.chats import StoredChat
from tests.browser.conftest import Visit
from tests.browser.scripted import BOSS, ScriptedConsole
from tests.browser.test_quality import rows, signed_in

pytestmark = pytest.mark.browser


def chat(topic: str, *, waited_s: int | None = None, **head: object) -> StoredChat:
    now_ms = wall_ms()
    fields = {"contact_id": str(uuid.uuid4()), "epoch": "e", "last_seq": 1, "state": "ended"}
    made = ChatHead.model_validate(fields | {"topic": topic, "opened_at_ms": now_ms} | head)
    return StoredChat(
        made, Receipts(), "person", now_ms, None if waited_s is None else now_ms + waited_s * 1000
    )


def test_shares_by_topic_waits_and_ratings(
    console: ScriptedConsole, visit: Callable[..., Visit], axe: Callable[[Page], list[str]]
) -> None:
    by_guide = {"solved_by": "self", "offered": ("a",)}

    async def keep() -> None:
        async with console._database.session() as session:
            await chats.add(
                session,
                [
                    *(chat("여권", **by_guide, rating=5) for _ in range(3)),
                    chat("여권", offered=("a",), waited_s=30),
                    chat("", waited_s=90, rating=4),
                ],
            )

    page = signed_in(visit(console.url), BOSS, "/#/quality")
    expect(page.get_by_text("이 기간에 채팅이 없습니다")).to_be_visible()
    console.do(keep())
    page.get_by_role("link", name="7일", exact=True).click()
    served = page.locator(".served")
    expect(served.locator("tbody tr")).to_have_count(2)
    assert rows(served.locator("table")) == [
        ["여권", "4", "4", "3", "75%"],
        ["유형을 알 수 없음", "1", "0", "0", "0%"],
    ]
    assert served.locator("meter").first.evaluate("one => one.value / one.max") == 0.75
    assert served.locator(".served-value").all_inner_texts() == ["5", "60%", "30초", "4.8"]
    expect(served).to_contain_text("안내를 보여 드린 4건 가운데 3건")
    assert axe(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []

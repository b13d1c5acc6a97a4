"""Guides never move, and every key does what it says."""

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from contracts.clock import wall_ms
from contracts.suggestion import AnswerOffered, SuggestionOffered
from tests.browser.conftest import Visit
from tests.browser.pages import boxes, connected, titles
from tests.browser.scripted import Call, ScriptedConsole

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


def test_cards_never_move(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "여권이요"))
    expect(page.locator(".said")).to_have_count(1)
    places = boxes(page)
    for number in range(1, 7):
        console.tell(call.guide(number, text="긴 안내문입니다. " * (number * 6)))
        expect(page.locator(".card")).to_have_count(min(number, 4))
        assert boxes(page) == places
    four = [f"안내 {number}번" for number in (1, 2, 3, 4)]
    opener = page.get_by_role("button", name="새 안내 2건 보기")
    expect(opener).to_be_visible()
    assert titles(page) == four

    console.tell(call.guide(2, revision=2, text="새로 고친 안내문"))
    expect(page.locator("#card-2 .card-text")).to_have_text("새로 고친 안내문")
    page.locator("#card-1").get_by_role("button", name="고정").click()
    expect(page.locator("#card-1").get_by_role("button", name="고정됨")).to_be_visible()
    page.locator("#card-3").get_by_role("button", name="안내 치우기").click()
    expect(page.locator(".card")).to_have_count(3)
    assert (titles(page), boxes(page)) == ([*four[:2], "", four[3]], places)

    opener.click()
    expect(page.locator(".card")).to_have_count(4)
    assert titles(page) == ["안내 1번", "안내 6번", "안내 5번", "안내 4번"]
    assert boxes(page) == places
    page.reload()
    expect(page.locator(".card")).to_have_count(4)
    assert titles(page) == ["안내 1번", "안내 6번", "안내 5번", "안내 4번"]
    page.get_by_role("button", name="지난 안내 2건").click()
    expect(page.locator(".earlier strong")).to_have_text(["안내 2번", "안내 3번"])
    page.keyboard.press("Escape")
    console.tell(call.nothing())
    expect(page.get_by_text("맞는 안내를 찾지 못했습니다")).to_be_visible()
    assert boxes(page) == places


def test_everything_by_keyboard(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    here = desk(permissions=["clipboard-read", "clipboard-write"])
    page = connected(here)
    call = Call()
    console.tell(call.state(roles={}), call.said(1, "여권이요"), call.said(3, "네", channel=1))
    console.tell(call.guide(1), call.guide(2, agency="외교부 02-3210-0404"), call.draft("문의"))
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".turn-who")).to_have_text(["화자 미상", "화자 미상"])
    assert axe(page) == []
    page.keyboard.press("w")
    expect(page.locator(".turn-who")).to_have_text(["시민", "상담사"])
    page.keyboard.press("w")
    expect(page.locator(".turn-who")).to_have_text(["상담사", "시민"])

    page.keyboard.press("1")
    expect(page.locator("#card-1")).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("#card-1").get_by_role("button", name="복사됨")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("구청에서 신청합니다.\n(안내 1번, 민원여권과")
    page.keyboard.press("p")
    expect(page.locator("#card-1").get_by_role("button", name="고정됨")).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator(".sheet")).to_contain_text("구청 민원여권과에서 신청합니다.")
    expect(page.locator(".sheet strong")).to_have_text("신청")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator("#card-1")).to_be_focused()
    page.keyboard.press("-")
    pressed = page.locator("#card-1").get_by_role("button", name="도움 안 됨")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("2")
    page.keyboard.press("x")
    expect(page.locator(".card")).to_have_count(1)

    page.reload()
    expect(page.locator("#card-1").get_by_role("button", name="고정됨")).to_be_visible()
    assert console.outcomes(call.contact_id) == [
        ["shown", "copied", "pinned", "opened", "unhelpful"],
        ["shown", "dismissed"],
    ]


def test_keys_rest_while_typing_and_escape_leads_out(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "여권이요"), call.guide(1), call.draft("문의"))
    expect(page.locator(".card")).to_have_count(1)
    page.keyboard.press("1")
    page.keyboard.press("/")
    expect(page.locator("#guide-search")).to_be_focused()
    page.keyboard.type("c?1x")
    expect(page.locator("#guide-search")).to_have_value("c?1x")
    expect(page.locator(".card")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.get_by_label("문의내용")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="도움말").click()
    page.get_by_label("글자 단축키 쓰기").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("x")
    page.keyboard.press("f")
    expect(page.locator("#find")).not_to_be_focused()
    expect(page.locator(".card")).to_have_count(1)


def test_a_card_is_renewed_in_place_but_never_under_the_mouse(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "여권이요"), call.guide(1), call.guide(2))
    expect(page.locator(".card")).to_have_count(2)
    places = boxes(page)
    first, text = page.locator("#card-1"), page.locator("#card-1 .card-text")
    more = first.get_by_role("button", name="새 내용 보기")

    console.tell(call.guide(1, revision=2, text="둘째 글"))
    expect(text).to_have_text("둘째 글")
    expect(first.get_by_text("바뀜")).to_be_visible()
    first.hover()
    parts = _boxes_in(page, "#card-1")
    console.tell(call.guide(1, revision=3, text="셋째 글"))
    expect(more).to_be_visible()
    expect(text).to_have_text("둘째 글")
    assert _boxes_in(page, "#card-1") == parts
    page.mouse.move(5, 5)
    expect(text).to_have_text("셋째 글")
    expect(first.get_by_text("바뀜")).to_be_visible()
    expect(more).to_have_count(0)

    page.keyboard.press("1")
    expect(first).to_be_focused()
    console.tell(call.guide(1, revision=4, text="넷째 글"), call.guide(2, revision=2, text="다른 글"))
    expect(page.locator("#card-2 .card-text")).to_have_text("다른 글")
    expect(more).to_be_visible()
    expect(text).to_have_text("셋째 글")
    page.keyboard.press("r")
    expect(text).to_have_text("넷째 글")
    expect(first.get_by_text("바뀜")).to_have_count(0)
    expect(first).to_be_focused()
    assert boxes(page) == places


def test_a_sentence_to_say_stands_only_beside_its_citation(
    console: ScriptedConsole, desk: Open, axe: Axe
) -> None:
    page = connected(desk(permissions=["clipboard-read", "clipboard-write"]))
    call = Call()
    offer = call.guide(1, text="수수료는 53,000원입니다. 사진이 필요합니다.")
    console.tell(call.state(), call.said(1, "여권이요"), offer)
    expect(page.locator(".card")).to_have_count(1)
    places = boxes(page)
    console.tell(_answer(call, offer, quote="수수료는 45,000원"))  # it does not stand there
    console.tell(call.guide(2))
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".answer")).to_have_count(0)

    newer = call.guide(1, revision=2, text="수수료는 53,000원입니다. 사진이 필요합니다.")
    console.tell(newer, _answer(call, newer, revision=2, quote="수수료는 53,000원"))
    expect(page.get_by_role("group", name="이렇게 말할 수 있습니다")).to_contain_text("오만 삼천 원입니다.")
    expect(page.locator("#card-1 mark")).to_have_text("수수료는 53,000원")
    assert boxes(page) == places
    assert axe(page) == []
    page.keyboard.press("1")
    page.keyboard.press("a")
    expect(page.locator("#card-1").get_by_role("button", name="복사됨")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("오만 삼천 원입니다.\n(안내 1번, 민원여권과")
    page.locator("#card-2").focus()
    console.tell(call.guide(1, revision=3, text="수수료가 바뀌었습니다."))
    expect(page.locator(".answer")).to_have_count(0)


def test_another_agency_is_a_number_to_read_out(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    soon = dt.date.today() + dt.timedelta(days=3)  # noqa: DTZ011  the browser's own day
    console.tell(
        call.state(),
        call.said(1, "여권이요"),
        call.guide(1, kind="agency", agency="외교부 02-3210-0404", text="영사콜센터가 답합니다."),
        call.guide(2, stale=True, valid_until=soon),
    )
    agency = page.locator("#card-1")
    expect(agency.locator(".agency-number")).to_have_text("02-3210-0404")
    expect(agency).to_contain_text("다른 기관 소관")
    expect(agency.get_by_role("button", name="원문")).to_have_count(0)
    page.keyboard.press("1")
    page.keyboard.press("o")
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator("#card-2")).to_contain_text("확인 오래됨")
    expect(page.locator("#card-2")).to_contain_text(f"{soon:%m-%d}까지")
    assert axe(page) == []


def test_what_came_near_is_shown_to_those_who_ask(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    near = call.guide(1, text="구청 민원여권과에서 신청합니다.")
    assert isinstance(near, SuggestionOffered)
    console.tell(call.state(), call.said(1, "달나라요"), call.nothing())
    expect(page.get_by_text("맞는 안내를 찾지 못했습니다")).to_be_visible()
    expect(page.get_by_role("button", name="비슷한 글 보기")).to_have_count(0)
    later = call.nothing().model_copy(update={"candidates": (near.snippet,), "at_ms": wall_ms() + 1})
    console.tell(later)
    expect(page.get_by_role("button", name="비슷한 글 보기")).to_be_visible()
    expect(page.locator(".results")).to_have_count(0)
    page.keyboard.press("b")
    results = page.get_by_role("region", name="안내 찾기")
    expect(results).to_contain_text("비슷한 글 1건")
    expect(results).to_contain_text("낱말로 찾음")
    assert axe(page) == []
    results.get_by_role("button", name="안내 1번").click()
    expect(page.locator(".sheet mark")).to_have_text(["구청 민원여권과에서 ", "신청", "합니다"])
    expect(page.get_by_role("button", name="고쳐 주세요")).to_have_count(0)  # it belongs to no card
    page.keyboard.press("Escape")

    with page.expect_event("websocket", timeout=10_000) as line:
        page.reload()
    asked: list[str] = []
    line.value.on("framesent", lambda sent: asked.append(str(sent)))
    expect(page.get_by_text("연결됨")).to_be_visible()
    console.tell(call.guide(1))
    expect(page.locator(".card")).to_have_count(1)
    page.keyboard.press("1")
    page.keyboard.press("o")
    page.get_by_role("button", name="고쳐 주세요").click()
    expect(page.get_by_role("button", name="고쳐 달라고 알렸습니다")).to_be_visible()
    assert any('"unhelpful"' in sent for sent in asked)


def _boxes_in(page: Page, card: str) -> list[object]:
    """Where everything in a card stands that was there before."""
    return [
        page.locator(f"{card} {part}").bounding_box()
        for part in ("h3", ".card-text", ".card-foot", ".card-why", ".card-buttons", ".icon-button")
    ]


def _answer(call: Call, offer: object, *, quote: str, revision: int = 1) -> AnswerOffered:
    assert isinstance(offer, SuggestionOffered)
    return AnswerOffered(
        contact_id=call.contact_id,
        at_ms=wall_ms(),
        suggestion_id=offer.suggestion_id,
        revision=revision,
        text="오만 삼천 원입니다.",
        quote=quote,
        model="test",
    )

"""The panel before the real console, fed with a scripted call on the real bus: what happens is exact."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.scripted import LOGIN, PASSWORD, Call, ScriptedConsole, doubtful

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ScriptedConsole]:
    server = ScriptedConsole(tmp_path)
    server.start()
    yield server
    server.close()


@pytest.fixture
def desk(console: ScriptedConsole, visit: Open) -> Callable[..., Visit]:
    """A signed-in browser; its pages open on the panel."""

    def go(**options: object) -> Visit:
        made = visit(console.url, **options)
        page = made.open()
        sign_in(page)
        page.close()
        return made

    return go


def sign_in(page: Page) -> None:
    page.get_by_label("아이디").fill(LOGIN)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_text("연결됨")).to_be_visible()


def connected(visit: Visit) -> Page:
    page = visit.open()
    expect(page.get_by_text("연결됨")).to_be_visible()
    return page


def texts(page: Page) -> dict[str, object]:
    """What the panel says of the contact, without clocks and measured delays."""
    return {
        "turns": page.locator(".turn").all_inner_texts(),
        "slots": page.locator(".slot").all_inner_texts(),
        "line": page.locator(".guide-line").all_inner_texts(),
        "title": page.locator(".call-title").all_inner_texts(),
        "fields": page.locator(".summary textarea").evaluate_all("all => all.map(each => each.value)"),
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


def test_sign_in_tells_what_was_wrong_and_lets_in(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    page = visit(console.url).open()
    expect(page.get_by_label("아이디")).to_be_focused()
    assert axe(page) == []
    page.keyboard.type(LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type("틀린 비밀번호")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("맞지 않습니다")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("연결됨")).to_be_visible()
    page.get_by_role("button", name="로그아웃").click()
    expect(page.get_by_label("비밀번호")).to_be_visible()


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
    words = doubtful(("여권을", 0.9), ("잃어버렸어요.", 0.2), ("[전화번호]예요.", 0.9))
    text = "여권을 잃어버렸어요. [전화번호]예요."
    console.tell(call.said(1, text, revision=2, words=words))
    expect(said).to_have_text(text)
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


def test_wrap_up_opens_by_itself_and_keeps_every_keystroke(
    console: ScriptedConsole, desk: Open, axe: Axe
) -> None:
    here = desk()
    page = connected(here)
    call = Call()
    console.tell(call.state(), call.said(1, "여권을 잃어버렸어요"), call.said(4, "네", channel=1))
    expect(page.get_by_label("문의내용")).to_have_count(0)
    page.locator("#find").focus()
    console.tell(call.state("ended"), call.draft("여권 재발급 문의", complete=True))
    inquiry = page.get_by_label("문의내용")
    expect(inquiry).to_have_value("여권 재발급 문의")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator(".summary .chip")).to_have_text("핵심 발화")
    assert console.edited(call.contact_id) is None
    page.get_by_role("button", name="근거 00:01 보기: 여권 재발급 문의").click()
    expect(page.locator(".said-lit")).to_have_text("여권을 잃어버렸어요")
    assert axe(page) == []

    inquiry.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" (분실)", delay=15)
    expect(page.get_by_text(re.compile(r"저장됨 \d\d:\d\d:\d\d"))).to_be_visible()
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert (stored.text.inquiry, stored.saved) == ("여권 재발급 문의 (분실)", False)

    console.tell(call.draft("새 초안입니다", revision=2, complete=True))
    expect(page.get_by_text("새 초안이 있습니다")).to_be_visible()
    expect(inquiry).to_have_value("여권 재발급 문의 (분실)")
    page.get_by_role("button", name="초안으로 바꾸기").click()
    expect(inquiry).to_have_value("새 초안입니다")
    page.get_by_role("button", name="내 글로 되돌리기").click()
    expect(inquiry).to_have_value("여권 재발급 문의 (분실)")

    page.get_by_label("처리내용").fill("구청 방문을 안내함")
    page.close(run_before_unload=True)
    page = here.open()
    page.locator(".rail-entry").first.click()
    expect(page.get_by_label("처리내용")).to_have_value("구청 방문을 안내함")
    expect(page.locator(".rail")).to_contain_text("정리 안 됨")
    page.get_by_label("처리내용").press("Control+Enter")
    expect(page.locator(".rail .mark")).to_have_text("정리됨")
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert stored.saved


def test_unsaved_text_waits_for_the_server(console: ScriptedConsole, desk: Open) -> None:
    here = desk()
    page = connected(here)
    call = Call()
    console.tell(call.state(), call.said(1, "네"), call.state("ended"))
    page.get_by_label("문의내용").fill("첫 줄")
    expect(page.get_by_text(re.compile("저장됨"))).to_be_visible()
    here.offline(True)
    page.get_by_label("문의내용").fill("끊긴 동안 쓴 글")
    expect(page.get_by_text("저장 안 됨 (다시 시도 중)")).to_be_visible()
    here.offline(False)
    expect(page.get_by_text(re.compile("저장됨"))).to_be_visible(timeout=15_000)
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert stored.text.inquiry == "끊긴 동안 쓴 글"


def test_hangul_is_composed_without_harm(console: ScriptedConsole, desk: Open) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "네"), call.guide(1), call.state("ended"))
    field = page.get_by_label("문의내용")
    field.focus()
    keys = page.context.new_cdp_session(page)
    for composed in ("ㅎ", "하", "한", "한ㄱ", "한그", "한글"):
        at = len(composed)
        keys.send("Input.imeSetComposition", {"text": composed, "selectionStart": at, "selectionEnd": at})
        console.tell(call.draft(f"초안 {composed}", revision=at + 1, complete=True))
        page.wait_for_timeout(60)
    keys.send("Input.insertText", {"text": "한글"})
    page.keyboard.type(" c")
    expect(field).to_have_value("한글 c")
    expect(page.get_by_text(re.compile("저장됨"))).to_be_visible()
    stored = console.edited(call.contact_id)
    assert stored is not None
    assert stored.text.inquiry == "한글 c"
    assert page.locator(".card-number").count() == 1, "no shortcut fired while typing"


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1366, 768), (375, 667)])
def test_nothing_scrolls_sideways_and_all_is_accessible(
    console: ScriptedConsole, desk: Open, axe: Axe, size: tuple[int, int], scheme: str
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    page = connected(desk(viewport=viewport, color_scheme=scheme))
    call = Call("아주 긴 이름을 가진 녹음 파일에서 온 통화이고 줄이 넘칩니다")
    console.tell(call.state(), *(call.said(n, "여권을 잃어버렸어요 " * 4, channel=n % 2) for n in range(20)))
    console.tell(*(call.guide(n, text="긴 안내문입니다. " * 30) for n in range(1, 7)), call.nothing())
    expect(page.locator(".said")).to_have_count(20)
    tabs = page.locator(".tabs button")
    views = range(tabs.count()) if size[0] < 880 else (None,)
    for tab in views:
        if tab is not None:
            tabs.nth(tab).click()
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    console.tell(call.state("ended"), call.draft("여권 재발급 문의", complete=True))
    if size[0] < 880:
        tabs.nth(2).click()
    expect(page.get_by_label("문의내용")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="저장하고 마치기").click()
    expect(page.get_by_text(re.compile("정리됨")).first).to_be_attached()


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


def test_english_and_theme_are_remembered(console: ScriptedConsole, desk: Open) -> None:
    page = desk().open()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Connected")).to_be_visible()
    page.get_by_role("button", name=re.compile("Theme")).click()
    page.get_by_role("button", name=re.compile("Theme")).click()
    page.reload()
    expect(page.get_by_text("Connected")).to_be_visible()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
        "en",
        "dark",
    ]

"""The citizens' page in real Chromium before the real application: a whole chat, keys alone, every state."""

import io
import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.chat_site import ChatSite, ScriptedAgent
from tests.browser.citizens import (
    PHONE,
    SCREENSHOTS,
    Axe,
    Open,
    begin,
    comes,
    field,
    log,
    overflow,
    own,
    send,
    served,
    sites,
    start,
)
from tests.browser.pages import comes_true

pytestmark = pytest.mark.browser

FIRST_LOAD_BYTES = 100 * 1024
WAITS = re.compile("다음 차례입니다|기다리고 있습니다")
MARKUP = '<img src=x onerror="window.broken=1"><b>굵게</b>'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatSite]:
    yield from sites(tmp_path_factory)


@pytest.fixture(scope="module")
def agent(site: ChatSite) -> ScriptedAgent:
    return site.agent()


def test_a_whole_chat(site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe) -> None:
    page = visit(site.url, **PHONE).open("/chat/")
    expect(page.get_by_role("heading", name="글로 상담하기")).to_be_visible()
    expect(page.get_by_role("link", name="107 손말이음센터")).to_be_visible()
    page.get_by_role("radio", name="교통·주차").check()
    page.get_by_label("부를 이름").fill("민들레")
    assert axe(page) == []
    contact_id = start(page)
    expect(page.locator(".state")).to_contain_text(WAITS)
    assert axe(page) == []

    send(page, "주차 위반 과태료를 어디서 내나요?")
    agent.take(contact_id)
    agent.say(contact_id, "어느 구에서 받으셨나요?", replies=("종로구", "모르겠어요"))
    comes(page, "어느 구에서 받으셨나요?")
    expect(page.locator(".talk.lit")).to_be_visible()  # a new message lights the edge
    expect(page.locator("#announcer")).to_have_text("상담사 김상담: 어느 구에서 받으셨나요?")
    agent.wait(lambda: agent.receipts[contact_id]["citizen_read"] >= max(agent.entries[contact_id]))
    page.get_by_role("button", name="종로구").click()
    line = comes(page, "종로구")
    expect(page.get_by_role("button", name="모르겠어요")).to_have_count(0)
    agent.wait(lambda: "종로구" in agent.texts(contact_id))
    agent.seen(contact_id)
    expect(line).to_contain_text("상담사가 읽음")

    page.get_by_role("button", name="고치기: 종로구").click()
    expect(field(page)).to_have_value("종로구")
    expect(page.get_by_text("보낸 글을 고치고 있습니다.")).to_be_visible()
    assert axe(page) == []
    send(page, "종로구청")
    expect(comes(page, "종로구청")).to_contain_text("고침")
    page.get_by_role("button", name="지우기: 종로구청").click()
    expect(comes(page, "지운 메시지입니다.")).to_be_visible()
    expect(field(page)).to_be_focused()
    assert axe(page) == []


def test_the_end_of_a_chat(
    site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe, tmp_path: Path
) -> None:
    page, contact_id, _ = served(site, visit, agent)
    send(page, "주차 위반 과태료를 어디서 내나요?")
    send(page, "잘못 쓴 글")
    page.get_by_role("button", name="지우기: 잘못 쓴 글").click()
    comes(page, "지운 메시지입니다.")
    agent.say(contact_id, "구청 교통과입니다.")
    comes(page, "구청 교통과입니다.")
    agent.write(contact_id, {"kind": "ended"})
    expect(page.get_by_role("heading", name="상담이 끝났습니다.")).to_be_visible()
    page.get_by_role("button", name="평가 보내기").click()
    expect(page.get_by_text("다섯 가지 중 하나를 골라 주세요.")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("radio", name="4 · 좋았어요").check()
    page.get_by_role("button", name="평가 보내기").click()
    expect(page.get_by_text("고맙습니다. 평가를 잘 받았습니다.")).to_be_visible()
    agent.wait(lambda: [body["score"] for body in agent.bodies(contact_id, "rated")] == [4])

    with page.expect_download() as download:
        page.get_by_role("button", name="글 파일로 저장").click()
    download.value.save_as(tmp_path / "chat.txt")
    text = (tmp_path / "chat.txt").read_text("utf-8-sig")
    assert "] 나\n주차 위반 과태료를 어디서 내나요?" in text
    assert "] 상담사 김상담\n구청 교통과입니다." in text
    assert "잘못 쓴 글" not in text, "what was withdrawn is not kept"

    page.get_by_role("button", name="새 상담").click()
    expect(page.get_by_role("heading", name="글로 상담하기")).to_be_focused()
    assert start(page) != contact_id


def test_with_keys_alone(site: ChatSite, agent: ScriptedAgent, visit: Open) -> None:
    page = visit(site.url).open("/chat/")
    expect(page.get_by_role("radio", name="일반 문의")).to_be_visible()
    _tab_to(page, "radio", "잘 모르겠어요")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("radio", name="불편 신고")).to_be_checked()
    _tab_to(page, "checkbox", "큰 글씨")
    page.keyboard.press("Space")
    comes_true(page, "document.documentElement.classList.contains('large')")
    page.keyboard.press("Space")
    _tab_to(page, "button", "상담 시작하기")
    page.keyboard.press("Enter")
    expect(field(page)).to_be_focused()
    comes(page, "무엇을 도와드릴까요?")
    page.keyboard.type("first line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")
    comes(page, "first line")
    assert own(page) == ["first line\nsecond line"]

    _tab_to(page, "switch", "글 쓰는 대로 보여주기: 꺼짐")
    page.keyboard.press("Enter")
    expect(page.get_by_text("지금 쓰는 글이 상담사에게 바로 보입니다.")).to_be_visible()
    _tab_to(page, "button", "켜기")
    page.keyboard.press("Enter")
    expect(page.get_by_role("switch", name="글 쓰는 대로 보여주기: 켜짐")).to_be_focused()

    _tab_to(page, "button", "메뉴")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="메뉴")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="메뉴")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="메뉴")).to_be_visible()
    _tab_to(page, "button", "상담 끝내기")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # asked once more, at the same place
    expect(page.get_by_role("heading", name="상담이 끝났습니다.")).to_be_visible()
    _tab_to(page, "button", "새 상담")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="상담 시작하기")).to_be_visible()


def _tab_to(page: Page, role: str, name: str) -> None:
    target = page.get_by_role(role, name=name)  # type: ignore[arg-type]  # a Literal of all roles
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.count() == 1 and target.evaluate("e => e === document.activeElement"):
            assert target.evaluate("e => e.matches(':focus-visible')")
            return
    pytest.fail(f"Tab does not come to {role} '{name}'")


def test_live_typing_is_asked_for_and_seen_on_both_sides(
    site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe
) -> None:
    page, contact_id, _ = served(site, visit, agent)
    field(page).press_sequentially("secret")
    agent.wait(lambda: any(one["contact_id"] == contact_id for one in agent.typed))
    page.get_by_role("switch").click()
    assert axe(page) == []
    words = {one["text"] for one in agent.typed if one["contact_id"] == contact_id}
    assert words == {""}, "before the switch only that something is written"
    page.get_by_role("button", name="켜기").click()
    expect(page.locator(".note.warn")).to_have_text("켜져 있습니다. 지금 쓰는 글이 상담사에게 바로 보입니다.")
    assert axe(page) == []
    field(page).fill("안녕하세요")
    agent.wait(lambda: any(["t", 0, "안녕하세요"] in one["actions"] for one in agent.typed))

    agent.types(contact_id, "무엇을 도와", 0)
    expect(page.get_by_text("상담사가 지금 쓰는 글")).to_be_visible()
    expect(page.locator(".writing .words")).to_have_text("무엇을 도와")
    assert "무엇을 도와" not in page.locator("#announcer").inner_text()
    agent.types(contact_id, "무엇을 도와드릴까요", 1)
    expect(page.locator(".writing .words")).to_have_text("무엇을 도와드릴까요")
    page.get_by_role("switch").click()
    expect(page.get_by_role("switch", name="글 쓰는 대로 보여주기: 꺼짐")).to_be_visible()
    agent.wait(lambda: [body["on"] for body in agent.bodies(contact_id, "live_typing")] == [True, False])


def test_guides_are_offered_while_a_person_is_waited_for(site: ChatSite, visit: Open, axe: Axe) -> None:
    page, _, _ = begin(site, visit)
    send(page, "냉장고 같은 대형 폐기물은 어떻게 버리나요?")
    offered = page.get_by_role("region", name="이 안내가 도움이 되나요?")
    expect(offered).to_be_visible()
    expect(offered.get_by_text("출처").first).to_be_visible()
    assert axe(page) == []
    offered.get_by_role("button", name="상담사 기다리기").click()
    expect(offered.get_by_role("button")).to_have_count(0)
    expect(page.locator(".state")).to_contain_text(WAITS)
    page.get_by_role("button", name="메뉴").click()
    page.get_by_role("button", name="상담 끝내기").click()
    page.get_by_role("button", name="정말 끝낼까요? 끝내기").click()

    page.get_by_role("button", name="새 상담").click()
    start(page)
    send(page, "대형 폐기물 스티커는 어디서 사나요?")
    offered.get_by_role("button", name="해결됐어요").first.click()
    expect(page.get_by_text("안내로 해결되었습니다. 상담이 끝났습니다.")).to_be_visible()
    assert axe(page) == []


def test_nothing_that_is_sent_becomes_markup(site: ChatSite, agent: ScriptedAgent, visit: Open) -> None:
    page, contact_id, _ = served(site, visit, agent)
    send(page, MARKUP)
    agent.say(contact_id, f"{MARKUP} https://www.gov.kr/a?b=1.", replies=(MARKUP[:40],))
    comes(page, "https://www.gov.kr")
    assert own(page) == [MARKUP]
    assert log(page).locator("img, b").count() == 0
    assert page.evaluate("window.broken") is None
    link = log(page).get_by_role("link")
    expect(link).to_have_attribute("href", "https://www.gov.kr/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_a_photo_is_made_small_described_and_shown(
    site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe
) -> None:
    page, contact_id, _ = served(site, visit, agent)
    page.get_by_role("button", name="사진 보내기").click()
    sheet = page.get_by_role("dialog", name="사진 보내기")
    chosen = sheet.get_by_label("사진 고르기")
    chosen.set_input_files({"name": "note.txt", "mimeType": "image/png", "buffer": b"no photo"})
    expect(sheet.get_by_role("alert")).to_contain_text("이 파일은 사진으로 열 수 없습니다")
    chosen.set_input_files({"name": "bill.jpg", "mimeType": "image/jpeg", "buffer": _bill()})
    expect(sheet.get_by_role("img", name="보낼 사진")).to_be_visible()
    sheet.get_by_label("사진 설명").fill("수도 요금 고지서")
    assert axe(page) == []
    sheet.get_by_role("button", name="사진 보내기").click()
    expect(sheet).to_have_count(0)
    shown = log(page).get_by_role("img", name="수도 요금 고지서")
    expect(shown).to_be_visible()
    comes_true(page, "document.querySelector('[role=log] img').naturalWidth > 0")
    agent.wait(lambda: len(agent.bodies(contact_id, "photo")) == 1)
    photo = agent.bodies(contact_id, "photo")[0]
    assert (photo["width"], photo["height"]) == (2048, 1365)
    assert photo["description"] == "수도 요금 고지서"
    assert axe(page) == []


def _bill() -> bytes:
    """3000 × 2000, with where it was taken in its metadata."""
    picture = Image.effect_noise((3000, 2000), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "서울 종로구 우리 집"
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()


def test_a_place_is_sent_once_after_plain_words(
    site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe
) -> None:
    here = {"latitude": 37.56641, "longitude": 126.97791, "accuracy": 20}
    page, contact_id, made = served(site, visit, agent, geolocation=here)
    page.get_by_role("button", name="위치 보내기").click()
    sheet = page.get_by_role("dialog", name="위치 보내기")
    expect(sheet.get_by_text("한 번만 보냅니다")).to_be_visible()
    sheet.get_by_role("button", name="지금 위치 찾기").click()
    expect(sheet.get_by_role("alert")).to_contain_text("위치를 볼 수 없습니다")
    made.context.grant_permissions(["geolocation"])
    sheet.get_by_role("button", name="지금 위치 찾기").click()
    expect(sheet.get_by_text("찾은 위치: 37.56641, 126.97791 (오차 약 20m)")).to_be_visible()
    sheet.get_by_label("위치 설명").fill("시청 앞")
    assert axe(page) == []
    sheet.get_by_role("button", name="이 위치 보내기").click()
    comes(page, "내가 보낸 위치: 시청 앞")
    agent.wait(lambda: len(agent.bodies(contact_id, "place")) == 1)
    assert agent.bodies(contact_id, "place")[0]["label"] == "시청 앞"


def test_small_and_much_enlarged_nothing_is_lost(
    site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe
) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page, contact_id, _ = served(site, visit, agent, viewport={"width": 320, "height": 640})
    agent.say(contact_id, "아주긴낱말" * 30 + " https://example.go.kr/" + "a" * 120, replies=("네", "아니요"))
    comes(page, "아주긴낱말")
    # 320 × 256 is a page of 1280 × 1024 at 400 %.
    for width, height in ((320, 640), (320, 256)):
        page.set_viewport_size({"width": width, "height": height})
        for large in (False, True):
            page.evaluate("on => document.documentElement.classList.toggle('large', on)", large)
            assert overflow(page) == 0, (width, height, large)
            for name in ("메뉴", "사진 보내기", "위치 보내기", "보내기", "네"):
                button = page.get_by_role("button", name=name, exact=True)
                button.scroll_into_view_if_needed()
                expect(button).to_be_in_viewport(ratio=0.9)
            page.screenshot(path=SCREENSHOTS / f"citizen-{width}x{height}{'-large' if large else ''}.png")
        assert axe(page) == []
        page.get_by_role("button", name="메뉴").click()
        assert overflow(page) == 0
        page.screenshot(path=SCREENSHOTS / f"citizen-{width}x{height}-menu.png")
        assert axe(page) == []
        page.keyboard.press("Escape")
    small = page.evaluate(
        """[...document.querySelectorAll('button, input, textarea, a')].filter(e => e.offsetParent).map(e => {
            const box = e.getBoundingClientRect();
            return [e.textContent || e.id, box.height, box.width];
        }).filter(([, height, width]) => height < 44 || width < 44)"""
    )
    assert [one for one in small if "http" not in one[0] and "글 쓰는 칸" not in one[0]] == []


def test_dark_forced_colours_and_english(site: ChatSite, agent: ScriptedAgent, visit: Open, axe: Axe) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page, contact_id, _ = served(site, visit, agent, color_scheme="dark")
    agent.say(contact_id, "어두운 화면입니다.", replies=("네",))
    comes(page, "어두운 화면입니다.")
    page.get_by_role("button", name="메뉴").click()
    assert axe(page) == []
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("You are talking with 김상담.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert axe(page) == []
    page.emulate_media(forced_colors="active")
    page.screenshot(path=SCREENSHOTS / "citizen-forced-colors.png")
    edges = "getComputedStyle(document.querySelector('.bubble')).borderTopWidth"
    assert page.evaluate(edges) == "1px"


def test_a_link_works_once_and_only_by_its_button(site: ChatSite, visit: Open, axe: Axe) -> None:
    token = _one_time_link(site)
    with urllib.request.urlopen(f"{site.chat_url}#link={token}") as preview:
        assert preview.status == 200  # as a messenger does, which never sends what stands after #
    made = visit(site.url, **PHONE)
    page = made.open(f"/chat/#link={token}")
    expect(page.get_by_role("heading", name="채팅 상담이 준비되었습니다")).to_be_visible()
    assert "link" not in page.url
    assert axe(page) == []
    page.reload()
    page.get_by_role("button", name="채팅 시작").click()
    expect(field(page)).to_be_focused()
    again = visit(site.url, **PHONE).open(f"/chat/#link={token}")
    again.get_by_role("button", name="채팅 시작").click()
    expect(again.get_by_role("alert")).to_contain_text("링크")
    assert axe(again) == []
    again.get_by_role("button", name="링크 없이 새로 시작하기").click()
    expect(again.get_by_role("button", name="상담 시작하기")).to_be_visible()


def _one_time_link(site: ChatSite) -> str:
    asked = json.dumps({"skill": "traffic", "facts": {"차량": "12가 3456"}}).encode()
    headers = {"Content-Type": "application/json", "Cookie": site.cookie(), "Origin": site.url}
    request = urllib.request.Request(f"{site.url}/api/chat/links", asked, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["url"]).partition("#link=")[2]


def test_the_first_load_over_the_wire(site: ChatSite, visit: Open) -> None:
    made = visit(site.url, **PHONE)
    page = made.context.new_page()
    wire = made.context.new_cdp_session(page)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    wire.send("Network.enable")
    page.goto(site.chat_url)
    expect(page.get_by_role("button", name="상담 시작하기")).to_be_visible()
    comes_true(page, "document.readyState === 'complete'")
    assert len(sizes) >= 3
    assert sum(sizes) <= FIRST_LOAD_BYTES

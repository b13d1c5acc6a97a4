"""The chat side of the agent's panel in a real browser, before the real application; citizens and colleagues by script."""

import io
import re
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.chat_citizens import ScriptedCitizen
from tests.browser.chat_site import OTHER_AGENT, SUPERVISOR, ChatSite, ScriptedAgent, chat_site
from tests.browser.conftest import Visit

__all__ = ["chat_site"]
pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]
Come = Callable[..., ScriptedCitizen]


@pytest.fixture
def come(chat_site: ChatSite) -> Iterator[Come]:
    """Opens a chat; whatever a test leaves open is over at its end."""
    came: list[ScriptedCitizen] = []

    def go(nickname: str, *said: str) -> ScriptedCitizen:
        came.append(ScriptedCitizen(chat_site.url, nickname))
        for text in said:
            came[-1].say(text)
        return came[-1]

    yield go
    for citizen in came:
        citizen.write({"kind": "ended"})
        citizen.close()


@pytest.fixture
def colleague(chat_site: ChatSite) -> Iterator[Callable[[], ScriptedAgent]]:
    """Another agent who takes chats, until the test is over."""
    colleagues: list[ScriptedAgent] = []

    def go() -> ScriptedAgent:
        colleagues.append(chat_site.agent(OTHER_AGENT))
        colleagues[-1].available()
        return colleagues[-1]

    yield go
    for each in colleagues:
        each.available(on=False)


@pytest.fixture
def desk(chat_site: ChatSite, visit: Open) -> Callable[..., Page]:
    """A panel of somebody who takes chats, or does not."""

    def go(login: str = "kim", *, takes: bool = True, **options: object) -> Page:
        page = chat_site.sign_in(visit(chat_site.url, **options), login)
        if takes != (switch(page).get_attribute("aria-checked") == "true"):
            page.keyboard.press("Shift+A")
        expect(switch(page)).to_have_attribute("aria-checked", str(takes).lower())
        return page

    return go


def switch(page: Page) -> Locator:
    return page.locator("[role=switch]", has_text="채팅 받기")


def in_rail(page: Page, nickname: str) -> Locator:
    return page.locator(".rail-entry", has_text=nickname)


def reply(page: Page) -> Locator:
    return page.locator("#reply")


def words(page: Page) -> Locator:
    return page.locator(".chat-line .chat-text")


def leave_fields(page: Page) -> None:
    """Letters are shortcuts again."""
    page.locator(".log").focus()


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 140, 200)).save(file, "JPEG")
    return file.getvalue()


def test_several_chats_at_once(desk: Callable[..., Page], come: Come, axe: Axe) -> None:
    page = desk()
    first = come("가람", "안녕하세요")
    expect(page.locator(".call-title")).to_have_text("채팅 · 가람")
    expect(words(page)).to_have_text(["안녕하세요"])
    expect(in_rail(page, "가람")).to_contain_text("답 기다림")
    reply(page).fill("쓰던 글")

    in_rail(page, "가람").hover()
    place = in_rail(page, "가람").bounding_box()
    second, third = come("나래", "질문 있어요"), come("다솜", "불이야! 살려주세요")
    for nickname in ("나래", "다솜"):
        expect(in_rail(page, nickname)).to_contain_text("새 글")
        expect(in_rail(page, nickname)).to_contain_text("답 기다림")
    expect(in_rail(page, "다솜")).to_contain_text("긴급")
    expect(page).to_have_title(re.compile(r"^\(\d\) 상담 중 채팅 · 가람"))
    assert in_rail(page, "가람").bounding_box() == place, "the list moved under the mouse"
    expect(page.locator(".call-title")).to_have_text("채팅 · 가람")

    leave_fields(page)
    page.keyboard.press("j")
    expect(page.locator(".call-title")).to_have_text("채팅 · 다솜")
    expect(page.locator(".urgent-banner")).to_contain_text("119나 112")
    expect(in_rail(page, "다솜")).not_to_contain_text("새 글")
    assert axe(page) == []
    page.keyboard.press("q")
    expect(reply(page)).to_be_focused()
    expect(reply(page)).to_have_value("")
    page.keyboard.type("119를 불렀습니다")
    page.keyboard.press("Enter")
    third.wait(lambda: third.texts() == ["119를 불렀습니다"])
    expect(in_rail(page, "다솜")).not_to_contain_text("답 기다림")
    third.seen()
    expect(page.locator(".turn-agent .turn-head")).to_contain_text("읽음")

    page.keyboard.press("Alt+j")
    expect(page.locator(".call-title")).to_have_text("채팅 · 가람")
    expect(reply(page)).to_have_value("쓰던 글")
    expect(reply(page)).to_be_focused()
    page.keyboard.press("Enter")
    first.wait(lambda: first.texts() == ["쓰던 글"])
    page.keyboard.press("Alt+j")
    expect(page.locator(".call-title")).to_have_text("채팅 · 나래")
    assert second.texts() == []
    sizes = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    assert page.evaluate(sizes) == [768, 1366]


def test_a_reply_is_put_together_and_sent_by_hand_alone(
    desk: Callable[..., Page], come: Come, axe: Axe
) -> None:
    page = desk()
    citizen = come("라온", "여권을 잃어버렸는데 재발급은 어떻게 하나요?")
    expect(page.locator(".call-title")).to_have_text("채팅 · 라온")
    expect(page.locator(".card").first).to_contain_text("여권", timeout=15_000)
    expect(page.get_by_role("button", name="통화 끊기")).to_have_count(0)

    page.keyboard.press("1")
    passage = page.locator(".card").first.locator(".card-text").inner_text()
    page.keyboard.press("i")
    expect(reply(page)).to_be_focused()
    expect(reply(page)).to_have_value(re.compile(re.escape(passage[:20])))
    page.keyboard.press("Control+End")
    page.keyboard.type(" 구비서류는 신분증입니다")
    expect(page.locator("#reply-hints")).to_contain_text("'구비서류' 대신 '준비할 서류'")
    page.get_by_role("button", name="버튼 붙이기").click()
    expect(page.locator(".quick-label input")).to_be_focused()
    page.keyboard.type("네, 아니요")
    page.keyboard.press("Enter")
    expect(page.locator(".quick-list li")).to_have_text(["네", "아니요"])
    page.keyboard.press("Escape")
    assert citizen.texts() == [], "it was sent by itself"
    reply(page).press("Enter")
    citizen.wait(lambda: len(citizen.texts()) == 1)
    (said,) = [one["body"] for one in citizen.entries.values() if one["author"]["side"] == "staff"]
    assert said["text"].endswith("구비서류는 신분증입니다"), "the text was changed"
    assert said["replies"] == ["네", "아니요"]
    expect(page.locator(".quick-list")).to_have_count(0)

    page.keyboard.type("/")
    search = page.get_by_role("combobox", name="답변 틀 찾기")
    expect(search).to_be_focused()
    assert axe(page) == []
    page.keyboard.type("ㅅㅈ ㅂㅌ")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(reply(page)).to_have_value("사진이 있으면 보내 주세요. 사진 단추를 누르면 됩니다.")
    assert len(citizen.texts()) == 1
    reply(page).press("Enter")
    citizen.wait(lambda: len(citizen.texts()) == 2)


def test_what_was_sent_can_be_mended_for_a_minute(desk: Callable[..., Page], come: Come) -> None:
    page = desk()
    citizen = come("미리", "안녕하세요")
    expect(page.locator(".call-title")).to_have_text("채팅 · 미리")
    reply(page).fill("구청으로 가세요")
    reply(page).press("Enter")
    expect(page.get_by_role("button", name="고치기: 구청")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(reply(page)).to_have_value("구청으로 가세요")
    page.keyboard.press("Control+a")
    page.keyboard.type("시청으로 가세요")
    page.keyboard.press("Enter")
    expect(words(page).last).to_have_text("시청으로 가세요")
    expect(page.locator(".turn-agent .turn-head").last).to_contain_text("고침")
    page.get_by_role("button", name="지우기: 시청").click()
    expect(page.locator(".chat-line").last).to_contain_text("지운 글입니다")
    citizen.wait(lambda: citizen.kinds().count("withdrawn") == 1)


def test_photos_places_and_rude_words(desk: Callable[..., Page], come: Come, axe: Axe) -> None:
    page = desk()
    citizen = come("바람")
    kept = citizen.photo(picture())
    citizen.write({"kind": "photo", "photo_id": kept["photo_id"], "description": "고지서"})
    citizen.write({"kind": "place", "latitude": 37.5663, "longitude": 126.9779, "label": "시청 앞"})
    citizen.say("씨발 왜 이래요")
    shown = page.get_by_role("button", name="사진 크게 보기: 고지서")
    expect(page.locator(".chat-place")).to_contain_text("37.566300, 126.977900")
    expect(page.locator(".profane")).to_have_css("filter", "blur(4px)")
    page.get_by_role("button", name="욕설 흐리게").click()
    expect(page.locator(".profane")).to_have_css("filter", "none")
    shown.press("Enter")
    large = page.get_by_role("dialog", name="고지서")
    expect(large.locator("img")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(shown).to_be_focused()


def test_transfer_note_end_and_block(
    colleague: Callable[[], ScriptedAgent], desk: Callable[..., Page], come: Come, axe: Axe
) -> None:
    page = desk()
    citizen = come("마루", "주차 위반 문의입니다")
    expect(page.locator(".call-title")).to_have_text("채팅 · 마루")
    lee = colleague()
    leave_fields(page)
    page.keyboard.press("y")
    page.keyboard.type("이의 신청 기한을 확인함")
    page.get_by_role("button", name="메모 남기기").click()
    expect(page.locator(".chat-note")).to_contain_text("이의 신청 기한을 확인함")

    leave_fields(page)
    page.keyboard.press("t")
    choice = page.get_by_label("누구에게")
    expect(choice).to_be_focused()
    expect(choice.locator("option", has_text="이상담")).to_have_count(1)
    page.locator(".act-sheet").get_by_role("button", name="넘기기").click()
    expect(page.locator("#transfer-missing")).to_have_text("비어 있습니다")
    assert axe(page) == []
    choice.select_option("staff:lee")
    page.get_by_label("받는 이가 볼 메모").fill("세금 담당으로 부탁합니다")
    page.locator(".act-sheet").get_by_role("button", name="넘기기").click()
    expect(in_rail(page, "마루")).to_have_count(0)
    lee.attend(citizen.contact_id)
    assert lee.bodies(citizen.contact_id, "transferred")[0]["note"] == "세금 담당으로 부탁합니다"
    citizen.wait(lambda: "assigned" in citizen.kinds()[2:])
    assert "세금 담당" not in str(citizen.entries)
    assert "noted" not in citizen.kinds()
    lee.available(on=False)

    rude = come("바다", "야")
    expect(in_rail(page, "바다")).to_be_visible()
    in_rail(page, "바다").click()
    expect(words(page)).to_have_text(["야"])
    leave_fields(page)
    page.keyboard.press("Shift+B")
    sheet = page.locator(".act-sheet")
    expect(sheet.get_by_label("차단하는 까닭")).to_be_focused()
    page.keyboard.type("되풀이되는 욕설")
    sheet.get_by_role("button", name="다음").click()
    assert "blocked" not in rude.kinds()
    sheet.get_by_role("button", name="차단하고 끝내기").click()
    rude.wait(lambda: "blocked" in rude.kinds())
    expect(page.locator(".state-line")).to_contain_text("차단하고 끝낸 상담입니다")
    expect(reply(page)).not_to_be_editable()
    expect(page.locator(".summary-open")).to_be_visible()
    expect(page.get_by_label("근거 소리 듣기")).to_have_count(0)
    expect(in_rail(page, "바다")).to_contain_text("정리 안 됨")


def test_a_supervisor_watches_talks_and_takes_and_everybody_is_told(
    desk: Callable[..., Page], come: Come, axe: Axe
) -> None:
    agent = desk()
    boss = desk(SUPERVISOR, takes=False)
    citizen = come("사랑", "제 번호는 010-1234-5678입니다")
    expect(agent.locator(".call-title")).to_have_text("채팅 · 사랑")
    in_rail(boss, "사랑").click()
    expect(boss.locator(".said")).to_contain_text("제 번호는")
    expect(boss.locator(".said")).not_to_contain_text("1234")
    assert "joined" not in citizen.kinds()
    assert axe(boss) == []

    boss.get_by_role("button", name="지켜보기").click()
    expect(words(boss)).to_have_text(["제 번호는 010-1234-5678입니다"])
    citizen.wait(lambda: "joined" in citizen.kinds())
    expect(agent.locator(".watched")).to_have_text("지켜보는 이: 박팀장")
    expect(reply(boss)).to_have_count(0)
    assert axe(boss) == []
    boss.get_by_role("button", name="함께 상담하기").click()
    reply(boss).fill("제가 돕겠습니다")
    reply(boss).press("Enter")
    citizen.wait(lambda: citizen.texts() == ["제가 돕겠습니다"])
    expect(words(agent).last).to_have_text("제가 돕겠습니다")

    desk_off(agent)
    waits = come("아침", "안녕하세요")
    expect(agent.locator(".queue-line")).to_contain_text("기다리는 시민 1명")
    in_rail(boss, "아침").click()
    expect(in_rail(boss, "아침")).to_contain_text("대기")
    boss.get_by_role("button", name="내가 맡기").click()
    reply(boss).fill("안녕하세요")
    reply(boss).press("Enter")
    waits.wait(lambda: waits.texts() == ["안녕하세요"])


def desk_off(page: Page) -> None:
    leave_fields(page)
    page.keyboard.press("Shift+A")
    expect(switch(page)).to_have_attribute("aria-checked", "false")


def test_on_a_narrow_screen_and_enlarged(desk: Callable[..., Page], come: Come, axe: Axe) -> None:
    page = desk(viewport={"width": 320, "height": 640})
    citizen = come("자두", "글이 길어도 화면 밖으로 나가지 않습니다. https://www.seoul.go.kr/" + "a" * 90)
    expect(words(page)).to_have_count(1)
    reply(page).fill("네")
    reply(page).press("Enter")
    citizen.wait(lambda: citizen.texts() == ["네"])
    for tab in ("안내", "내 상담", "대화"):
        page.locator(".tabs").get_by_role("button", name=tab, exact=True).click()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        assert axe(page) == []
    leave_fields(page)
    page.keyboard.press("h")
    expect(page.locator(".help")).to_contain_text("답을 기다리는 다음 채팅")
    page.keyboard.press("Escape")
    expect(page.locator(".help")).to_be_hidden()
    leave_fields(page)
    page.keyboard.press("Shift+H")
    page.locator(".act-sheet").get_by_role("button", name="상담 끝내기").click()
    citizen.wait(lambda: "ended" in citizen.kinds())

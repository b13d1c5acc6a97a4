"""The summary: offered, doubted, heard, typed, kept."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from contracts.audio import AudioFrame, Codec, FrameFlag
from contracts.clock import wall_ms
from contracts.summary import (
    Doubt,
    FormRow,
    SummaryCategory,
    SummaryDrafted,
    SummaryForm,
    SummaryLine,
    SummaryWriting,
)
from tests.browser.conftest import Visit
from tests.browser.pages import boxes, comes_true, connected
from tests.browser.scripted import LOGIN, PASSWORD, Call, ScriptedConsole

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


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
    expect(page.locator(".draft-line .chip")).to_have_text("핵심 발화")
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
    begin(console, page, call)
    console.tell(call.said(1, "네"), call.state("ended"))
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
    begin(console, page, call)
    console.tell(call.said(1, "네"), call.guide(1), call.state("ended"))
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


def begin(console: ScriptedConsole, page: Page, call: Call) -> None:
    """A page that only just connected may find it in its list; one that heard it come shows it by itself."""
    console.tell(call.state())
    page.locator(".rail-entry").click()
    expect(page.locator(".call-title")).to_be_visible()


# -- a draft that a language model wrote, in a site's own form ---------------------------------------------

FORM = SummaryForm(
    rows=(
        FormRow(name="inquiry", ko="문의내용", en="Inquiry", rows=3, required=True),
        FormRow(name="handling", ko="처리내용", en="Handling", rows=3, required=True),
        FormRow(name="followup", ko="후속조치", en="Follow-up", rows=2),
        FormRow(name="agency", ko="기관", en="Agency"),
        FormRow(name="due", ko="기한", en="Due"),
        FormRow(name="owner", ko="담당", en="Owner"),
        FormRow(name="category", ko="상담유형", en="Category", options=("여권", "민원서류", "교통")),
        FormRow(name="result", ko="처리결과", en="Result", options=("완결", "이관"), required=True),
    )
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ScriptedConsole]:
    """A site with a form of its own."""
    server = ScriptedConsole(tmp_path, form=FORM)
    server.start()
    yield server
    server.close()


def opened(site: ScriptedConsole, visit: Visit, call: Call) -> Page:
    """A panel that shows a call that has just begun."""
    page = visit.open()
    page.get_by_label("아이디").fill(LOGIN)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_text("연결됨")).to_be_visible()
    begin(site, page, call)
    return page


def written(call: Call, revision: int = 1, **more: object) -> SummaryDrafted:
    """A draft with a doubtful amount, a withheld line and another category."""
    first, second = call.utterance(1), call.utterance(4, 1)
    fields: dict[str, object] = {
        "lines": (
            SummaryLine(field="inquiry", text="여권을 잃어버려 재발급을 문의함", evidence=(first,)),
            SummaryLine(
                field="handling",
                text="수수료 5만 3천 원을 안내함",
                evidence=(second,),
                doubts=(Doubt(start=4, end=11, kind="amount"),),
            ),
            SummaryLine(field="agency", text="종로구청", evidence=(second,)),
        ),
        "category": SummaryCategory(label="여권", confidence=0.62, evidence=(first,)),
        "alternatives": (SummaryCategory(label="민원서류", confidence=0.21),),
        "withheld": 2,
        "engine": "korean-7b",
        "label": "요약 초안",
    } | more
    return SummaryDrafted(
        contact_id=call.contact_id,
        at_ms=wall_ms(),
        revision=revision,
        complete=True,
        **fields,  # type: ignore[arg-type]  # by name, as a test wants them
    )


def speech(call: Call, seconds: int) -> list[AudioFrame]:
    """A tone of each channel, in frames of 100 ms."""
    tone = (8000 * np.sin(np.arange(8000 * seconds) * 0.3)).astype("<i2")
    return [
        AudioFrame(
            contact_id=call.contact_id,
            channel=channel,
            role="caller",
            codec=Codec.PCM16,
            rate_hz=8000,
            start_sample=at,
            samples=800,
            heard_ms=wall_ms(),
            payload=tone[at : at + 800].tobytes(),
            flags=FrameFlag.LAST if at + 800 == len(tone) else FrameFlag.NONE,
        )
        for at in range(0, len(tone), 800)
        for channel in (0, 1)
    ]


def places(page: Page) -> list[dict[str, float] | None]:
    """Where all that one could be about to press stands."""
    return [
        each.bounding_box()
        for each in page.locator(".field textarea, .field input, .summary-foot button").all()
    ]


def test_a_draft_says_what_nobody_said_and_what_it_left_out(
    site: ScriptedConsole, visit: Open, axe: Axe
) -> None:
    call = Call()
    page = opened(site, visit(site.url), call)
    site.tell(call.said(1, "여권을 잃어버렸어요"), call.said(4, "수수료가 있습니다", channel=1))
    site.tell(call.guide(1), call.guide(2), call.state("ended"))
    expect(page.get_by_label("처리결과")).to_be_visible()
    empty = places(page)
    slots = boxes(page)

    for seq, text in enumerate(("여권을 잃어버려", "여권을 잃어버려 재발급을 문의함"), start=1):
        line = SummaryLine(field="inquiry", text=text, evidence=(call.utterance(1),))
        site.tell(
            SummaryWriting(
                contact_id=call.contact_id,
                at_ms=wall_ms(),
                revision=1,
                engine="korean-7b",
                seq=seq,
                lines=(line,),
            )
        )
    notes = page.get_by_role("region", name="초안에서 확인할 것")
    expect(notes.get_by_text("초안을 쓰는 중입니다")).to_be_visible()
    expect(notes.locator("li")).to_have_text(["문의내용 여권을 잃어버려 재발급을 문의함"])
    expect(page.get_by_label("문의내용")).to_have_value("")
    assert places(page) == empty
    assert axe(page) == []

    site.tell(written(call))
    expect(page.get_by_label("처리내용")).to_have_value("수수료 5만 3천 원을 안내함")
    expect(page.get_by_label("기관")).to_have_value("종로구청")
    expect(notes.locator("mark")).to_have_text(["5만 3천 원"])
    expect(notes.locator("li")).to_contain_text("말하지 않은 금액")
    expect(notes).to_contain_text("2줄을 근거가 없어 뺐습니다")
    expect(page.locator("#summary-handling-hints")).to_have_text("확인 1")
    expect(page.locator("#summary-result-hints")).to_have_text("비어 있습니다")
    assert places(page) == empty
    assert boxes(page) == slots
    assert axe(page) == []

    page.get_by_label("처리내용").fill("수수료를 안내함")
    expect(notes.locator("mark")).to_have_count(0)
    expect(page.locator("#summary-handling-hints")).to_be_empty()
    page.get_by_role("button", name="상담유형을 '민원서류'(으)로 바꾸기, 확신 21%").click()
    expect(page.get_by_label("상담유형", exact=True)).to_have_value("민원서류")
    expect(page.locator(".others button")).to_have_text(["여권"])
    page.get_by_role("button", name="저장하고 마치기").click()
    expect(page.locator(".rail .mark")).to_have_text("정리됨")
    stored = site.edited(call.contact_id)
    assert stored is not None
    assert (stored.drafted, stored.saved, stored.text.category) == (1, True, "민원서류")
    (measure,) = site.measures()
    assert (measure.engine, measure.drafted, measure.unedited) == ("korean-7b", 1, False)
    assert measure.edited_fields == ("handling", "category")
    assert (measure.withheld, measure.doubts) == (2, 1)
    assert measure.after_call_ms is not None


def test_typing_goes_on_while_a_draft_is_written_and_a_model_that_is_late_is_told(
    site: ScriptedConsole, visit: Open
) -> None:
    call = Call()
    page = opened(site, visit(site.url), call)
    site.tell(call.said(1, "여권을 잃어버렸어요"), call.state("ended"))
    inquiry = page.get_by_label("문의내용")
    inquiry.press_sequentially("제가 ")
    site.tell(
        SummaryWriting(
            contact_id=call.contact_id,
            at_ms=wall_ms(),
            revision=1,
            engine="korean-7b",
            seq=1,
            lines=(SummaryLine(field="inquiry", text="모델의 글", evidence=(call.utterance(1),)),),
        )
    )
    expect(page.locator(".writing li")).to_have_count(1)
    inquiry.press_sequentially("쓴 글")
    expect(inquiry).to_have_value("제가 쓴 글")
    site.tell(written(call, fallback="late", engine="extractive", label="핵심 발화"))
    expect(page.get_by_text("새 초안이 있습니다")).to_be_visible()
    expect(page.locator(".summary-notes")).to_contain_text("직접 쓴 글입니다")
    expect(inquiry).to_be_focused()
    page.get_by_role("button", name="초안으로 바꾸기").click()
    expect(page.locator(".summary-notes")).to_contain_text("언어 모델이 늦어")
    page.get_by_role("button", name="내 글로 되돌리기").click()
    page.get_by_role("button", name="저장하고 마치기").click()
    expect(page.locator(".rail .mark")).to_have_text("정리됨")
    (measure,) = site.measures()
    assert (measure.drafted, measure.saved_chars) == (None, 6)


def test_evidence_is_heard_when_asked_for(console: ScriptedConsole, desk: Open, axe: Axe) -> None:
    page = connected(desk())
    call = Call()
    lines = (
        SummaryLine(field="inquiry", text="여권 분실", evidence=(call.utterance(1),)),
        SummaryLine(field="handling", text="구청 안내", evidence=(call.utterance(2, 1),)),
    )
    console.hear(*speech(call, 32))
    begin(console, page, call)
    console.tell(
        call.said(1, "여권을 잃어버렸어요").model_copy(update={"end_ms": 31_000}),
        call.said(2, "구청입니다", channel=1),
        call.state("ended"),
        call.draft("여권 분실", complete=True).model_copy(update={"lines": lines}),
    )

    page.get_by_role("button", name="근거 00:01 보기: 여권 분실").click()
    expect(page.locator(".said-lit")).to_have_text("여권을 잃어버렸어요")
    assert page.locator("audio").count() == 0, "a click that was to show made a sound"

    play = page.get_by_role("button", name="근거 00:01 듣기: 여권 분실")
    play.press("Enter")
    comes_true(page, "document.querySelector('audio')?.currentTime > 0.1")
    stop = page.get_by_role("button", name="근거 00:01 멈추기: 여권 분실")
    expect(stop).to_be_focused()
    expect(page.locator(".sound-line")).to_have_text(re.compile(r"근거를 듣는 중 0:\d\d / 0:30"))
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(30.4)
    assert axe(page) == []
    stop.press("Enter")
    expect(play).to_be_visible()
    assert page.evaluate("document.querySelector('audio').paused")

    page.get_by_label("근거 소리 듣기").check()
    page.get_by_role("button", name="근거 00:01 보기: 여권 분실").click()
    comes_true(page, "!document.querySelector('audio').paused")
    expect(stop).to_be_visible()
    short = page.get_by_role("button", name="근거 00:02 듣기: 구청 안내")
    short.click()
    expect(play).to_be_visible()
    comes_true(page, "document.querySelector('audio').ended")
    expect(short).to_be_visible()
    page.locator(".log").focus()
    page.keyboard.press("e")
    expect(stop).to_be_visible()
    page.keyboard.press("e")
    expect(play).to_be_visible()


def test_sound_that_is_gone_is_said_quietly_and_none_comes_into_a_call(
    console: ScriptedConsole, desk: Open
) -> None:
    page = connected(desk())
    call = Call()
    console.tell(call.state(), call.said(1, "여권을 잃어버렸어요"), call.draft("여권 분실"))
    page.get_by_role("button", name="펼치기").click()
    page.get_by_label("근거 소리 듣기").check()
    page.get_by_role("button", name="근거 00:01 보기: 여권 분실").click()
    expect(page.locator(".said-lit")).to_be_visible()
    assert page.locator("audio").count() == 0, "sound came into the call by itself"
    page.get_by_role("button", name="근거 00:01 듣기: 여권 분실").click()
    expect(page.locator(".sound-line")).to_contain_text("30분 동안만 들을 수 있습니다")

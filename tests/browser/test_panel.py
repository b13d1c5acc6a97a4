"""The whole application in one process, from sound to screen: `sangdam demo` and a real Chromium."""

import base64
import re
import wave
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.pages import comes_true

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

CALLS = Path(__file__).parents[2] / "samples" / "calls"
CALL = CALLS / "bulky-waste.flac"
"""Its caller asks within the first seconds how to get rid of a sofa."""

SLOW_MS = 90_000
"""Real time on a machine that has other things to do."""

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]


@pytest.fixture
def panel(application: str, visit: Open) -> Callable[[], tuple[Visit, Page]]:
    """Opens a panel; the demonstration signs its visitor in."""

    def go() -> tuple[Visit, Page]:
        made = visit(application)
        page = made.open()
        expect(page.get_by_text("연결됨")).to_be_visible()
        return made, page

    return go


def finals(page: Page) -> Locator:
    return page.locator(".said[data-status=final]")


def drop(page: Page, path: Path) -> None:
    """Drop a file onto the page, as from the desktop."""
    transfer = page.evaluate_handle(
        """encoded => {
            const bytes = Uint8Array.from(atob(encoded), each => each.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "소파 버리기.flac", { type: "audio/flac" }));
            return transfer;
        }""",
        base64.b64encode(path.read_bytes()).decode(),
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def hang_up(page: Page) -> None:
    page.get_by_role("button", name="통화 끊기").click()
    expect(page.locator(".top .state-ended")).to_be_visible(timeout=SLOW_MS)


def test_a_recording_becomes_words_a_card_and_a_summary(
    panel: Callable[[], tuple[Visit, Page]], axe: Axe
) -> None:
    here, page = panel()
    drop(page, CALL)
    expect(page.locator(".call-title")).to_have_text("소파 버리기")
    expect(page.locator(".said").first).to_be_visible(timeout=SLOW_MS)
    expect(page.locator(".card").first).to_be_visible(timeout=SLOW_MS)
    expect(page.locator(".card").first).to_contain_text("대형")
    expect(page.locator(".delay")).to_have_text(re.compile(r"자막 지연 \d+\.\d초"))
    assert axe(page) == []

    first = page.locator(".turn-who").first
    who = first.inner_text()
    page.keyboard.press("w")
    expect(first).not_to_have_text(who)
    page.keyboard.press("w")
    expect(first).to_have_text(who)

    page.keyboard.press("1")
    page.keyboard.press("o")
    expect(page.locator(".sheet .markdown")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("여권 재발급")
    page.keyboard.press("Enter")
    expect(page.locator(".results li").first).to_contain_text("여권", timeout=SLOW_MS)
    page.keyboard.press("Escape")

    hang_up(page)
    inquiry = page.get_by_label("문의내용")
    expect(inquiry).to_be_visible()
    expect(page.locator(".draft-line .chip")).to_have_text("핵심 발화", timeout=SLOW_MS)
    expect(inquiry).not_to_have_value("")
    page.locator(".evidence-button").first.click()
    expect(page.locator(".said-lit")).to_be_in_viewport()
    page.locator(".play-button").first.click()
    comes_true(page, "document.querySelector('audio')?.currentTime > 0.2")
    assert axe(page) == []

    page.get_by_label("후속조치").fill("구청에서 다시 연락하기로 함")
    page.close(run_before_unload=True)
    page = here.open()
    page.get_by_role("button", name=re.compile("소파 버리기")).first.click()
    expect(page.get_by_label("후속조치")).to_have_value("구청에서 다시 연락하기로 함")
    page.get_by_role("button", name="저장하고 마치기").click()
    expect(page.locator(".rail-entry[aria-current] .mark")).to_have_text("정리됨")


def test_a_sample_call_survives_reload_and_a_lost_line(panel: Callable[[], tuple[Visit, Page]]) -> None:
    _, calm = panel()
    disturbed, page = panel()
    sample = page.locator(".sample").first
    title = sample.locator(".sample-title").inner_text()
    sample.click()
    expect(page.locator(".call-title")).to_have_text(title)
    calm.goto(page.url)
    calm.reload()
    expect(finals(calm).first).to_be_visible(timeout=SLOW_MS)
    places = [slot.bounding_box() for slot in page.locator(".slot").all()]

    page.reload()
    expect(finals(page).first).to_be_visible(timeout=SLOW_MS)
    disturbed.offline(True)
    expect(page.get_by_text(re.compile("다시 연결 중"))).to_be_visible()
    before = finals(page).count()
    expect(finals(calm).nth(before + 1)).to_be_visible(timeout=SLOW_MS)
    disturbed.offline(False)
    expect(page.get_by_text("연결됨")).to_be_visible(timeout=20_000)
    expect(calm.locator(".card").first).to_be_visible(timeout=SLOW_MS)
    hang_up(page)
    for each in (page, calm):
        expect(each.locator(".draft-line .chip")).to_have_text("핵심 발화", timeout=SLOW_MS)
        expect(each.locator(".said:not([data-status=final])")).to_have_count(0, timeout=SLOW_MS)

    def told(each: Page) -> list[list[str]]:
        fields = each.locator(".summary textarea").evaluate_all("all => all.map(area => area.value)")
        return [each.locator(".turn").all_inner_texts(), each.locator(".slot").all_inner_texts(), fields]

    expect(finals(page)).to_have_count(finals(calm).count())
    assert told(page) == told(calm)
    assert [slot.bounding_box() for slot in page.locator(".slot").all()] == places


def test_the_microphone_is_a_call(
    application: str, visit: Open, launch: Callable[..., Browser], tmp_path: Path
) -> None:
    spoken = tmp_path / "korean.wav"
    write_wav(CALL, spoken, rate_hz=48_000)
    browser = launch(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken}%noloop",
    )
    page = visit(application, browser=browser, permissions=["microphone"]).open()
    expect(page.get_by_text("연결됨")).to_be_visible()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="마이크 끄기")).to_be_visible()
    expect(page.locator(".call-title")).to_contain_text("마이크")
    expect(finals(page).first).to_have_text(re.compile("[가-힣]{2}"), timeout=SLOW_MS)
    page.get_by_role("button", name="마이크 끄기").click()
    expect(page.locator(".top .state-ended")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("button", name="마이크로 통화")).to_be_visible()
    expect(page.locator(".new-call .error")).to_have_count(0)


def write_wav(source: Path, target: Path, *, rate_hz: int) -> None:
    """Any audio file as mono 16-bit WAV."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
    with av.open(str(source)) as container, wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                out.writeframes(piece.to_ndarray().tobytes())

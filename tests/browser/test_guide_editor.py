"""The guide editor before the real console: from a question that nobody could answer to the card that answers it."""

import datetime as dt
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from assist.importer import import_bytes
from console.guide_import import ReadGuides
from contracts.clock import wall_ms
from contracts.suggestion import NothingFound
from store import questions, versions
from store.questions import Question
from tests.browser.conftest import Visit
from tests.browser.scripted import ARTICLE, BOSS, LOGIN, PASSWORD, Call, ScriptedConsole

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
At = Callable[..., Page]

BODY = """구청 민원여권과에서 **신청**합니다. 수수료는 53,000원입니다.

## 준비물

- 사진 1장
- 신분증
"""
GUIDES = ("conflict", "theirs", "leave", "offline", "states", "retire")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedConsole]:
    """A console with two editors, a supervisor, an admin and an agent, and some guides."""
    console = ScriptedConsole(tmp_path_factory.mktemp("office"), read_guides=_read)
    console.start()
    console.hire("lee", "이편집", "editor")
    console.hire("park", "박검토", "editor")
    console.hire("choi", "최관리", "admin")
    guides = [replace(ARTICLE, article_id=name, title=f"{name} 안내", body=BODY) for name in GUIDES]
    console.write(lambda session: versions.import_many(session, guides, wall_ms()))
    yield console
    console.close()


@pytest.fixture
def at(office: ScriptedConsole, visit: Callable[..., Visit]) -> At:
    """A page of the guide editor, as somebody sees it."""

    def go(who: str, place: str = "", **options: Any) -> Page:
        made = visit(office.url, **options)
        _sign_in(made, who)
        return made.open(f"/#/guides{place}")

    return go


def test_from_a_question_to_the_card_that_answers_it(office: ScriptedConsole, at: At) -> None:
    asked = [_asked("달나라 여행은 어디서 신청하나요"), _asked("달나라 여행 신청하려고요")]
    _gap(office, "gap-moon", "달나라 여행은 어디서 신청하나요", asked)
    page = at("lee")
    page.get_by_role("button", name="빈틈").click()
    gap = page.locator(".gap", has_text="달나라")
    expect(gap).to_contain_text("상담 2건에서 2번")
    expect(gap).to_contain_text("30일: 2번")
    gap.get_by_text("질문 2개").click()
    expect(gap.get_by_text("달나라 여행 신청하려고요")).to_be_visible()
    gap.get_by_role("button", name="초안 만들기").click()

    body = page.get_by_label("내용 (Markdown)")
    expect(body).to_have_value(re.compile("달나라 여행 신청하려고요"))
    article_id = page.url.rpartition("/")[2]
    body.fill("달나라 여행은 **우주정거장**에서 신청합니다.")
    _title(page).fill("달나라 여행 신청")
    page.get_by_label("자치구", exact=True).last.select_option("종로구")
    page.get_by_label("끝나는 날").fill("2099-12-31")
    expect(page.locator(".card-preview")).to_contain_text("달나라 여행은 우주정거장에서 신청합니다.")
    expect(page.locator(".preview-article strong")).to_have_text("우주정거장")
    expect(page.locator(".save-state")).to_contain_text("저장됨")
    page.get_by_role("button", name="검토로 보내기").click()
    expect(page.get_by_text("다른 사람이 읽어 보고 게시합니다")).to_be_visible()
    expect(page.get_by_role("button", name="게시")).to_have_count(0)
    assert _article(page, article_id)[0] == 404

    reviewer = at("park")
    reviewer.get_by_role("button", name="검토 대기").click()
    reviewer.get_by_role("link", name="달나라 여행 신청").click()
    reviewer.get_by_role("button", name="게시", exact=True).click()
    expect(reviewer.get_by_text("상담사가 보는 판: 1판")).to_be_visible()
    status, article = _article(reviewer, article_id)
    assert (status, article["version"], article["district"]) == (200, 1, "종로구")
    assert article["body"] == "달나라 여행은 **우주정거장**에서 신청합니다."
    assert article["valid_until"] == "2099-12-31"
    reviewer.get_by_role("button", name="빈틈").click()
    expect(reviewer.get_by_text("지난 30일 동안 답이 없는 질문이 없습니다")).to_be_visible()


def test_a_gap_is_waved_away_and_comes_back(office: ScriptedConsole, at: At) -> None:
    _gap(office, "gap-noise", "노래 불러 줘요", [_asked("노래 불러 줘요")])
    page = at("lee")
    page.get_by_role("button", name="빈틈").click()
    gap = page.locator(".gap", has_text="노래")
    gap.get_by_role("button", name="무시").click()
    expect(gap).to_have_count(0)
    page.get_by_role("button", name="되돌리기").click()
    expect(gap).to_have_count(1)
    gap.get_by_role("button", name="무시").click()
    expect(gap).to_have_count(0)


def test_two_editors_at_one_guide(at: At) -> None:
    mine, theirs = at("lee", "/conflict"), at("park", "/conflict")
    for page in (mine, theirs):
        expect(_title(page)).to_have_value("conflict 안내")
    _title(theirs).fill("저쪽 제목")
    expect(theirs.locator(".save-state")).to_contain_text("저장됨")
    _title(mine).fill("내 제목")
    expect(mine.locator(".conflict")).to_contain_text("park")
    expect(mine.locator(".line-out")).to_contain_text(["저쪽 제목"])
    expect(mine.locator(".line-in")).to_contain_text(["내 제목"])
    mine.get_by_role("button", name="내 글로 저장").click()
    expect(mine.locator(".save-state")).to_contain_text("저장됨")
    expect(_title(mine)).to_have_value("내 제목")

    theirs.get_by_label("담당 부서").fill("다른 과")
    theirs.get_by_role("button", name="저쪽 글로 바꾸기").click()
    expect(_title(theirs)).to_have_value("내 제목")
    expect(theirs.get_by_label("담당 부서")).to_have_value("민원여권과")


def test_agents_are_told_politely(office: ScriptedConsole, at: At, axe: Axe) -> None:
    page = at(LOGIN)
    expect(page.get_by_role("heading", name="안내문은 편집 담당자가 고칩니다")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert page.request.get(f"{office.url}/api/guides").status == 403
    assert axe(page) == []
    page.get_by_role("link", name="상담사 화면으로").click()
    expect(page.get_by_text("연결됨")).to_be_visible()
    expect(page.get_by_role("button", name="화면 이동")).to_have_count(0)

    boss = at(BOSS)
    expect(boss.get_by_role("link", name="정리 품질")).to_be_visible()
    boss.get_by_role("link", name="상담사 화면").click()
    expect(boss.get_by_text("연결됨")).to_be_visible()
    boss.keyboard.press("k")
    link = boss.get_by_role("link", name="안내문")
    expect(link).to_be_visible()
    assert axe(boss) == []
    expect(boss.get_by_role("link", name="현황")).to_be_focused()
    boss.keyboard.press("Tab")
    boss.keyboard.press("Tab")
    expect(link).to_be_focused()
    boss.keyboard.press("Enter")
    expect(boss.get_by_role("heading", name="한눈에 보기")).to_be_visible()


def test_whoever_takes_calls_loads_little(office: ScriptedConsole, visit: Callable[..., Visit]) -> None:
    here = visit(office.url)
    _sign_in(here, LOGIN)
    page = here.open()
    expect(page.get_by_text("연결됨")).to_be_visible()
    entry = page.locator("script[type=module]").get_attribute("src") or ""
    loaded = {path: page.request.get(office.url + path).body() for path in _needed_at_once(page, entry)}
    assert sum(len(gzip.compress(code)) for code in loaded.values()) <= 40 * 1024
    assert [name for name in ("panel-", "guides-page") if any(name in path for path in loaded)] == ["panel-"]


def test_files_are_taken_row_by_row(at: At, tmp_path: Path) -> None:
    rows = [
        {"id": "pool", "title": "한강 수영장", "body": "6월에 엽니다."},
        {"id": "no-body", "title": "빈 글", "body": ""},
        "이것은 글이 아닙니다",
    ]
    file = tmp_path / "guides.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    page = at("lee")
    page.get_by_label("파일 고르기").set_input_files(file)
    expect(page.get_by_text("1건을 읽어 바뀐 1건을 검토로 보냈습니다")).to_be_visible()
    expect(page.get_by_role("heading", name="받지 못한 2건")).to_be_visible()
    expect(page.locator(".import-refused li")).to_have_count(2)
    page.get_by_role("button", name="검토 대기").click()
    expect(page.get_by_role("link", name="한강 수영장")).to_be_visible()

    picture = tmp_path / "guides.png"
    picture.write_bytes(b"\x89PNG")
    page.get_by_label("파일 고르기").set_input_files(picture)
    expect(page.get_by_role("alert")).to_contain_text("가져오지 못했습니다")


def test_everything_by_keyboard(at: At) -> None:
    page = at("choi")
    expect(page.locator(".shelf-entry").first).to_be_visible()
    page.keyboard.press("n")
    expect(_title(page)).to_be_focused()
    page.keyboard.type("자판으로 쓴 글")
    page.keyboard.press("Tab")
    expect(page.get_by_label("내용 (Markdown)")).to_be_focused()
    page.keyboard.type("첫 줄입니다.")
    page.keyboard.press("Control+s")
    expect(page.locator(".save-state")).to_contain_text("저장됨")
    expect(page.get_by_label("내용 (Markdown)")).to_be_focused()
    _tab_to(page, page.get_by_role("button", name="게시", exact=True), back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("상담사가 보는 판: 1판")).to_be_visible()

    _title(page).focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="한눈에 보기")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("안내문 찾기")).to_be_focused()
    page.keyboard.type("자판으로")
    link = page.get_by_role("link", name="자판으로 쓴 글")
    expect(page.locator(".shelf-entry")).to_have_count(1)
    _tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page.locator("#desk-title")).to_be_focused()
    expect(_title(page)).to_have_value("자판으로 쓴 글")
    _tab_to(page, page.get_by_role("button", name="거두기"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="그만두기")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("거둔 안내문입니다")).to_be_visible()
    page.get_by_role("button", name="다시 게시").click()
    expect(page.get_by_role("button", name="거두기")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_unsaved_text_is_not_left_by_accident(office: ScriptedConsole, at: At) -> None:
    page = at("lee", "/leave")
    page.get_by_label("담당 부서").fill("새 부서")
    page.get_by_role("link", name="retire 안내").click()  # it is stored on the way
    expect(_title(page)).to_have_value("retire 안내")
    kept = page.request.get(f"{office.url}/api/guides/leave/versions").json()
    assert kept[0]["text"]["department"] == "새 부서"

    page.keyboard.press("Escape")
    page.get_by_role("link", name="새 안내문").last.click()
    page.get_by_label("내용 (Markdown)").fill("제목이 없는 글")
    page.get_by_role("link", name="retire 안내").click()
    expect(page.get_by_text("아직 저장되지 않은 글이 있습니다")).to_be_visible()
    page.get_by_role("button", name="머무르기").click()
    expect(page.get_by_label("내용 (Markdown)")).to_have_value("제목이 없는 글")
    with page.expect_event("dialog") as caught:
        page.close(run_before_unload=True)
    assert caught.value.type == "beforeunload"
    caught.value.dismiss()
    page.get_by_role("link", name="retire 안내").click()
    page.get_by_role("button", name="버리고 나가기").click()
    expect(_title(page)).to_have_value("retire 안내")


def test_what_is_typed_while_the_server_is_away_is_kept(
    office: ScriptedConsole, visit: Callable[..., Visit]
) -> None:
    here = visit(office.url)
    _sign_in(here, "lee")
    page = here.open("/#/guides/offline")
    expect(_title(page)).to_have_value("offline 안내")
    here.offline(True)
    _title(page).fill("끊긴 사이에 쓴 제목")
    expect(page.locator(".save-state")).to_contain_text("저장 안 됨")
    here.offline(False)
    expect(page.locator(".save-state")).to_contain_text("저장됨")
    page.reload()
    expect(_title(page)).to_have_value("끊긴 사이에 쓴 제목")


def test_every_state_is_accessible(office: ScriptedConsole, at: At, axe: Axe) -> None:
    _gap(office, "gap-water", "물놀이장 어디 있나요", [_asked("물놀이장 어디 있나요")])
    page = at("park")
    expect(page.locator(".shelf-entry").first).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_attached()
    page.get_by_text("표로 보기").click()
    _check(page, axe)
    page.get_by_role("button", name="빈틈").click()
    page.locator(".gap").get_by_text("질문 1개").click()
    _check(page, axe)
    page.get_by_role("button", name="모두").click()
    page.get_by_role("link", name="states 안내").click()
    _title(page).fill("고친 제목")
    expect(page.locator(".save-state")).to_contain_text("저장됨")
    _check(page, axe)
    page.get_by_role("button", name="판 기록").click()
    page.get_by_role("button", name="비교 1").click()
    expect(page.locator(".line-in")).to_contain_text(["고친 제목"])
    page.get_by_role("button", name="거두기").click()
    _check(page, axe)
    page.get_by_role("button", name="그만두기").click()

    _save_elsewhere(office, at, "states", {"title": "저쪽 제목"})
    page.get_by_label("출처").fill("https://example.org")
    expect(page.locator(".conflict")).to_be_visible()
    page.evaluate("location.hash = '#/guides'")
    expect(page.get_by_text("아직 저장되지 않은 글이 있습니다")).to_be_visible()
    _check(page, axe)
    page.get_by_role("button", name="버리고 나가기").click()
    expect(page.get_by_role("heading", name="한눈에 보기")).to_be_visible()


def _needed_at_once(page: Page, entry: str) -> set[str]:
    """The entry's script and all that it imports before anything is shown."""
    found, waiting = {entry}, [entry]
    while waiting:
        code = page.request.get(page.url.partition("/#")[0].rstrip("/") + waiting.pop()).text()
        for name in re.findall(r'(?:from|import)"\./([^"]+\.js)"', code):
            if (path := f"/assets/{name}") not in found:
                found.add(path)
                waiting.append(path)
    return found


def _title(page: Page) -> Locator:
    return page.get_by_role("textbox", name="제목", exact=True)


def _read(data: bytes, file_name: str) -> ReadGuides:
    report = import_bytes(data, file_name, dt.date(2026, 11, 1))
    return ReadGuides(report.accepted, [str(refusal) for refusal in report.refused], report.undated)


def _sign_in(visit: Visit, who: str) -> None:
    answer = visit.context.request.post(
        f"{visit.url}/api/sign-in", data={"login": who, "password": PASSWORD}, headers={"Origin": visit.url}
    )
    assert answer.ok, answer.text()


def _asked(query: str) -> NothingFound:
    return Call().nothing().model_copy(update={"query": query})


def _gap(office: ScriptedConsole, gap_id: str, title: str, asked: list[NothingFound]) -> None:
    """Questions that come over the bus, put into one gap."""
    office.tell(*asked)
    ids = {event.utterance_id for event in asked}

    def come() -> list[Question]:
        found = office.write(lambda session: questions.new(session, 100))
        return [one for one in found if one.utterance_id in ids]

    deadline = time.monotonic() + 10
    while len(come()) < len(asked):
        assert time.monotonic() < deadline, "the questions did not come into the store"
        time.sleep(0.02)

    async def put(session: AsyncSession) -> None:
        await questions.put_gaps(session, [questions.Gap(gap_id, title, ("물음",), wall_ms())])
        await questions.assign(session, dict.fromkeys(ids, gap_id))

    office.write(put)


def _article(page: Page, article_id: str) -> tuple[int, dict[str, Any]]:
    """What agents get."""
    answer = page.request.get(f"{page.url.partition('#')[0]}api/articles/{article_id}")
    return answer.status, answer.json()


def _save_elsewhere(office: ScriptedConsole, at: At, article_id: str, change: Mapping[str, str]) -> None:
    """Somebody else saves the open version meanwhile."""
    request = at("lee").request
    newest = request.get(f"{office.url}/api/guides/{article_id}/versions").json()[0]
    body = {"edit": newest["edit"], "text": {**newest["text"], **change}}
    saved = request.put(f"{office.url}/api/guides/{article_id}", data=body, headers={"Origin": office.url})
    assert saved.ok, saved.text()


def _tab_to(page: Page, wanted: Locator, *, back: bool = False) -> None:
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{wanted} is not reached by Tab")


def _check(page: Page, axe: Axe) -> None:
    """On a desk by day and on a phone by night."""
    for width, height, scheme in ((375, 667, "dark"), (1366, 768, "light")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")

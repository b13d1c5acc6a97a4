"""The alert desk in real Chromium: from a new alert to what was done about it, and whether contacts fell."""

import math
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from contracts.clock import wall_ms
from contracts.voc import (
    AlertActed,
    AlertAction,
    AlertClosed,
    AlertCommand,
    AlertDeed,
    Effect,
    Finding,
    HourPoint,
    PhraseCount,
    PlaceCount,
    Quote,
    TopicCount,
)
from store import voc_alerts
from tests.browser.conftest import Visit
from tests.browser.scripted import BOSS, LOGIN, PASSWORD, ScriptedConsole

pytestmark = pytest.mark.browser

Axe = Callable[[Page], list[str]]
Open = Callable[..., Visit]

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
POLLED_MS = 9_000
"""What the server knows is on the page within this time."""
OTHER = "lead"
LOCAL_TIME = """ago => {
    const at = new Date(Date.now() - ago);
    return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}"""
"""So many milliseconds ago as a date field takes it."""
SHOTS = os.environ.get("SANGDAM_SHOTS", "")
"""A folder for pictures to look at."""


def found(**more: Any) -> Finding:
    """A water outage as the detector tells of it."""
    now_ms = wall_ms()
    fields: dict[str, Any] = {
        "alert_id": str(uuid.uuid4()),
        "revision": 1,
        "kind": "rise",
        "lane": "usual",
        "severity": "warning",
        "title": "마포구 · 누수·단수·수질",
        "raised_at_ms": now_ms - 50 * MINUTE_MS,
        "first_ms": now_ms - 2 * HOUR_MS,
        "last_ms": now_ms,
        "window_ms": HOUR_MS,
        "seen": 34,
        "expected": 2.1,
        "p_value": 3e-9,
        "contacts": 52,
        "topics": (
            TopicCount(topic="3020", label="상하수도 > 누수·단수·수질", contacts=49),
            TopicCount(topic="3010", label="상하수도 > 수도요금", contacts=3),
        ),
        "districts": (
            PlaceCount(district="마포구", contacts=44),
            PlaceCount(district="서대문구", contacts=6),
            PlaceCount(district="", contacts=2),
        ),
        "phrases": (
            PhraseCount(phrase="단수", contacts=31),
            PhraseCount(phrase="흙탕물", contacts=18, is_new=True),
            PhraseCount(phrase="급수차", contacts=12),
        ),
        "complaints": 11,
        "department": "서울아리수본부",
        "quotes": (
            Quote(contact_id="a", text="아침부터 물이 한 방울도 안 나와요.", at_ms=now_ms, district="마포구"),
            Quote(
                contact_id="b", text="흙탕물이 나와서 [이름] 분유를 못 타요.", at_ms=now_ms, district="마포구"
            ),
        ),
    }
    return Finding(**(fields | more))


def series(*last: int) -> tuple[HourPoint, ...]:
    """27 hours; the last ones as given, the very last is not over."""
    now_hour = wall_ms() // HOUR_MS
    points = []
    for back in range(26, -1, -1):
        usual = 2.1 + math.sin((now_hour - back) % 24 / 24 * 2 * math.pi)
        seen = last[len(last) - 1 - back] if back < len(last) else round(usual)
        points.append(
            HourPoint(
                hour_ms=(now_hour - back) * HOUR_MS,
                seen=seen,
                expected=usual if back else usual * 0.4,
                upper=usual + 3.2 * math.sqrt(usual) + 1,
                is_whole=back > 0,
            )
        )
    return tuple(points)


def planted(
    console: ScriptedConsole, *, effect: Effect | None = None, chart: Any = None, **more: Any
) -> Finding:
    """An alert in the store, as voc writes it."""
    one = found(**more)
    points = series(4, 30, 41) if chart is None else chart

    async def put(session: Any) -> None:
        await voc_alerts.put_finding(session, one, points, effect)
        await voc_alerts.set_departments(
            session, ("서울아리수본부", "소방재난본부", "자원순환과", "도로관리과"), wall_ms()
        )

    console.write(put)
    return one


def did(console: ScriptedConsole, alert_id: str, deed: AlertDeed, staff_id: str) -> None:
    """What a colleague does somewhere else."""
    command = AlertCommand(client_id=uuid.uuid4().hex, deed=deed)
    console.write(lambda session: voc_alerts.act(session, alert_id, command, staff_id, wall_ms()))


def deeds(console: ScriptedConsole, alert_id: str) -> list[AlertAction]:
    return console.write(lambda session: voc_alerts.actions(session, alert_id))


def signed_in(visit: Visit, place: str, login: str = BOSS) -> Page:
    page = visit.open(place)
    page.get_by_label("아이디").fill(login)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    return page


def on_alert(visit: Visit, alert: Finding, login: str = BOSS) -> Page:
    page = signed_in(visit, f"/#/board/{alert.alert_id}", login)
    expect(page.get_by_role("heading", name=alert.title)).to_be_focused()
    expect(page.locator(".act-buttons")).to_be_visible()
    return page


def line_of(page: Page, alert: Finding) -> Locator:
    return page.locator(f".inbox-entry[href='#/board/{alert.alert_id}']")


def line_of_title(page: Page, part: str) -> Locator:
    """The inbox's line of the alert with this in its title."""
    return page.locator(".inbox-entry").filter(has=page.locator(".inbox-title", has_text=part))


def state(page: Page) -> Locator:
    return page.locator(".chip-state")


def tab_to(page: Page, place: Locator) -> None:
    for _ in range(400):
        if place.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail("not reached by the keyboard")


def looks_again(page: Page) -> None:
    """As when somebody comes back to the window: what the server knows is asked at once."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def history(page: Page) -> Locator:
    return page.locator(".alert-history li")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def is_clean(page: Page, axe: Axe, name: str) -> None:
    shot(page, name)
    assert axe(page) == [], name


def fits(page: Page) -> bool:
    """Nothing makes the page wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_from_alert_to_effect_by_keyboard_alone(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    alert = planted(console)
    page = signed_in(visit(console.url), "/#/board")
    opens_and_reads(page, alert)
    is_clean(page, axe, "alert-new")
    acknowledges_and_assigns(page, alert, axe)
    writes_down_a_deed(page)
    effect = Effect(acted_at_ms=wall_ms(), before_per_h=31.6, after_per_h=0.1, hours_after=5, verdict="fell")
    again = alert.model_copy(update={"revision": 2})
    console.write(
        lambda session: voc_alerts.put_finding(session, again, series(30, 41, 12, 4, 2, 1, 1), effect)
    )
    looks_again(page)
    expect(page.locator(".alert-effect")).to_contain_text("문의가 줄었습니다.")
    expect(page.locator(".alert-effect")).to_contain_text(
        "조치 전에는 시간마다 평소보다 32건 많았고, 조치 뒤 5시간 동안은 평소만큼이었습니다."
    )
    expect(page.locator(".alert-drawing canvas")).to_be_visible()
    closes_and_reopens(page, alert, axe)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("#/board$"))
    expect(line_of(page, alert)).to_be_focused()
    kinds = [action.deed.kind for action in deeds(console, alert.alert_id)]
    assert kinds == ["acknowledged", "assigned", "acted", "closed", "reopened"]


def opens_and_reads(page: Page, alert: Finding) -> None:
    line = line_of(page, alert)
    expect(line).to_contain_text("지난 1시간 34건 · 평소 2.1건")
    expect(line).to_contain_text("주의")
    expect(line).to_contain_text("확인 전")
    tab_to(page, line)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=alert.title)).to_be_focused()
    expect(page.locator(".alert-sentence")).to_have_text(
        "지난 1시간 동안 마포구, 서대문구에서 누수·단수·수질 외 1가지 문의가 34건 들어왔습니다. 평소에는 2.1건입니다. "
        "우연이라면 백만 번에 한 번도 없을 일입니다."
    )


def acknowledges_and_assigns(page: Page, alert: Finding, axe: Axe) -> None:
    line = line_of(page, alert)
    page.keyboard.press("a")
    expect(state(page)).to_have_text("확인함")
    expect(line).to_contain_text("확인함")
    expect(page.locator("#act-assigned")).to_be_focused()
    page.keyboard.press("s")
    department = page.get_by_label("부서", exact=True)
    expect(department).to_be_focused()
    expect(department).to_have_value("서울아리수본부")
    page.keyboard.press("Tab")
    page.keyboard.type("김주무관")
    is_clean(page, axe, "alert-assign")
    page.keyboard.press("Enter")
    expect(state(page)).to_have_text("배정함")
    expect(page.locator("#act-assigned")).to_be_focused()
    expect(line).to_contain_text("서울아리수본부")
    expect(history(page)).to_have_count(2)
    expect(history(page).nth(1)).to_contain_text("박팀장 서울아리수본부 김주무관에게 배정했습니다")


def writes_down_a_deed(page: Page) -> None:
    page.keyboard.press("d")
    expect(page.get_by_label("무엇을 했나요")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("이 칸을 채워 주십시오")).to_be_visible()
    page.keyboard.type("누수 복구, 급수차 2대 보냄 asdc")
    page.keyboard.press("Control+Enter")
    expect(history(page)).to_have_count(3)
    expect(history(page).nth(2)).to_contain_text("누수 복구, 급수차 2대 보냄 asdc")
    expect(page.locator(".alert-effect")).to_contain_text("조치를 적어 두었습니다")


def closes_and_reopens(page: Page, alert: Finding, axe: Axe) -> None:
    line = line_of(page, alert)
    page.keyboard.press("c")
    expect(page.get_by_label("실제로 있었던 일")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(state(page)).to_have_text("닫힘")
    expect(page.locator("#act-reopened")).to_be_focused()
    expect(line).to_have_count(0)
    is_clean(page, axe, "alert-closed")
    page.keyboard.press("r")
    expect(state(page)).to_have_text("배정함")
    expect(page.locator("#act-assigned")).to_be_focused()
    expect(line).to_be_visible()
    expect(history(page)).to_have_count(5)


def test_the_chart_has_a_table_and_a_deed_in_the_past(
    console: ScriptedConsole, visit: Open, axe: Axe
) -> None:
    chart = series(4, 30, 41, 12, 2, 1)
    alert = planted(console, chart=chart, first_ms=wall_ms() - 5 * HOUR_MS)
    page = on_alert(visit(console.url), alert)
    page.locator("#act-acted").click()
    page.get_by_label("무엇을 했나요").fill("밸브를 잠그고 관을 갈았음")
    page.get_by_label("언제 했나요").fill("2099-01-01T00:00")
    page.get_by_role("button", name="조치 저장").click()
    expect(page.get_by_text("아직 오지 않은 시각입니다")).to_be_visible()
    expect(page.get_by_label("언제 했나요")).to_be_focused()
    page.get_by_label("언제 했나요").fill(page.evaluate(LOCAL_TIME, 3 * HOUR_MS))
    page.get_by_role("button", name="조치 저장").click()
    expect(history(page)).to_have_count(1)
    expect(page.locator("#act-acted")).to_be_focused()
    deed = deeds(console, alert.alert_id)[0].deed
    assert isinstance(deed, AlertActed)
    assert 0 <= wall_ms() - 3 * HOUR_MS - deed.done_at_ms < 2 * MINUTE_MS
    effect = Effect(
        acted_at_ms=deed.done_at_ms, before_per_h=33.2, after_per_h=0.1, hours_after=3, verdict="fell"
    )
    again = alert.model_copy(update={"revision": 2})
    console.write(lambda session: voc_alerts.put_finding(session, again, chart, effect))
    expect(page.locator(".alert-effect")).to_contain_text("문의가 줄었습니다.", timeout=POLLED_MS)
    is_clean(page, axe, "alert-effect")
    page.get_by_text("표로 보기").click()
    rows = page.locator(".alert-table tbody tr")
    expect(rows).to_have_count(27)
    expect(rows.nth(0).locator("th")).to_contain_text("지금")
    expect(rows.nth(3).locator("td").last).to_contain_text("조치")
    expect(rows.nth(4).locator("td").last).to_contain_text("선을 넘음")
    is_clean(page, axe, "alert-table")


def test_two_supervisors_at_once(console: ScriptedConsole, visit: Open) -> None:
    console.hire(OTHER, "이팀장", "supervisor")
    alert = planted(console)
    page = on_alert(visit(console.url), alert)
    page.locator("#act-assigned").click()
    page.get_by_label("담당자").fill("최주무관")
    # A colleague closes it, and this page learns of that.
    did(console, alert.alert_id, AlertClosed(reason="expected", note="마라톤 때문"), OTHER)
    looks_again(page)
    told = re.compile(r"이팀장 님이 \d\d:\d\d에 먼저 닫았습니다: 미리 알던 일\(행사, 마감\)\.")
    expect(page.locator(".act-news")).to_have_text(told)
    expect(page.get_by_label("담당자")).to_have_value("최주무관")
    shot(page, "alert-colleague")
    page.get_by_role("button", name="배정하기").click()
    expect(page.locator(".alert-trouble")).to_contain_text("닫혀 있습니다")
    expect(page.get_by_label("담당자")).to_have_value("최주무관")
    page.locator("#act-reopened").click()
    expect(state(page)).to_have_text("확인함")
    page.get_by_role("button", name="배정하기").click()
    expect(state(page)).to_have_text("배정함")

    # And once it learns of it only by being refused.
    shown = page.evaluate("async place => (await fetch(place)).text()", f"/api/voc/alerts/{alert.alert_id}")
    is_held = True

    def hold(route: Route) -> None:
        nonlocal is_held
        if route.request.method == "POST":
            is_held = False
        if is_held:
            route.fulfill(body=shown, content_type="application/json")
        else:
            route.continue_()

    page.route("**/api/voc/alerts/**", hold)
    page.locator("#act-closed").click()
    page.get_by_label("헛경보").check()
    did(console, alert.alert_id, AlertClosed(reason="real"), OTHER)
    page.get_by_role("button", name="닫기", exact=True).click()
    expect(page.locator(".alert-trouble")).to_have_text(
        re.compile(
            r"이팀장 님이 \d\d:\d\d에 먼저 닫았습니다: 실제로 있었던 일\. 쓰던 글은 그대로 있습니다\. "
            r"더 할 일이 있으면 경보를 다시 여십시오\."
        )
    )
    assert [action.deed.kind for action in deeds(console, alert.alert_id)] == [
        "closed",
        "reopened",
        "assigned",
        "closed",
    ]


def test_nothing_moves_under_the_mouse(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    first = planted(console)
    second = planted(console, title="강서구 · 쓰레기", raised_at_ms=wall_ms() - 3 * HOUR_MS)
    page = signed_in(visit(console.url), "/#/board")
    line = line_of(page, first)
    line.hover()
    before = [line.bounding_box(), line_of(page, second).bounding_box()]
    gas = planted(
        console,
        lane="safety",
        danger="gas",
        severity="severe",
        title="강서구 · 가스",
        window_ms=15 * MINUTE_MS,
    )
    did(console, second.alert_id, AlertClosed(reason="expected"), BOSS)
    show = page.get_by_role("button", name="새 경보 1건 보기")
    looks_again(page)
    expect(show).to_be_visible()
    expect(line_of(page, gas)).to_have_count(0)
    expect(line_of(page, second)).to_contain_text("목록에서 빠짐")
    assert [line.bounding_box(), line_of(page, second).bounding_box()] == before
    expect(page.get_by_role("status").filter(has_text="새 경보: 강서구 · 가스, 심각")).to_have_count(1)
    is_clean(page, axe, "inbox-waiting")
    show.click()
    expect(line_of(page, gas)).to_be_focused()
    assert page.locator(".inbox-entry").first.get_attribute("href") == f"#/board/{gas.alert_id}"
    expect(line_of(page, second)).to_have_count(0)

    page.get_by_role("button", name="닫힌 경보").click()
    expect(line_of(page, second)).to_contain_text("닫힘")
    expect(line_of(page, gas)).to_have_count(0)


def test_what_was_typed_survives_and_counts_once(console: ScriptedConsole, visit: Open) -> None:
    alert = planted(console)
    page = on_alert(visit(console.url), alert)
    page.keyboard.press("n")
    note = page.get_by_label("메모", exact=True)
    expect(note).to_be_focused()
    page.keyboard.type("sdcmr: 글자는 단축키가 아님")
    page.keyboard.press("Escape")
    expect(note).to_have_count(0)
    expect(page.locator("#act-noted")).to_be_focused()
    page.reload()
    expect(page.locator("#act-noted")).to_be_visible()
    page.locator("#act-noted").click()
    expect(note).to_have_value("sdcmr: 글자는 단축키가 아님")

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, and its answer does not
        route.abort()

    page.route("**/actions", lose)
    page.get_by_role("button", name="메모 저장").click()
    expect(page.locator(".alert-trouble")).to_contain_text("다시 누르십시오")
    expect(note).to_have_value("sdcmr: 글자는 단축키가 아님")
    shot(page, "alert-lost")
    page.unroute("**/actions")
    page.get_by_role("button", name="메모 저장").click()
    expect(note).to_have_count(0)
    expect(page.locator(".alert-trouble")).to_have_count(0)
    assert [action.deed.kind for action in deeds(console, alert.alert_id)] == ["noted"]
    page.reload()
    page.locator("#act-noted").click()
    expect(note).to_have_value("")


def test_muted_and_while_the_server_is_away(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    alert = planted(console)
    desk = visit(console.url)
    page = on_alert(desk, alert)
    page.locator("#act-muted").click()
    page.get_by_label("12시간").check()
    page.locator(".act-form").get_by_role("button", name="알림 끄기").click()
    expect(line_of(page, alert)).to_contain_text("알림 끔")
    page.keyboard.press("m")
    expect(line_of(page, alert)).not_to_contain_text("알림 끔")
    desk.offline(True)
    looks_again(page)
    expect(page.locator(".alert-stale")).to_contain_text("까지의 내용 (서버에 닿지 못함)")
    expect(page.locator(".alert-sentence")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator(".alert-trouble")).to_contain_text("연결을 확인하고")
    expect(state(page)).to_have_text("확인 전")
    is_clean(page, axe, "alert-away")
    desk.context.set_offline(False)
    page.keyboard.press("a")
    expect(state(page)).to_have_text("확인함")
    expect(page.locator(".alert-stale")).to_have_text("")
    kinds = [action.deed.kind for action in deeds(console, alert.alert_id)]
    assert kinds == ["muted", "muted", "acknowledged"]


def test_quotes_only_when_enough_contacts_stand_behind_them(console: ScriptedConsole, visit: Open) -> None:
    few = planted(console, contacts=4, quotes=(), chart=())
    page = on_alert(visit(console.url), few)
    expect(page.locator(".alert-quotes")).to_contain_text("상담이 다섯 건은 모여야 시민의 말을 보입니다")
    expect(page.locator(".alert-chart")).to_contain_text("아직 그릴 숫자가 없습니다")
    many = planted(console)
    page.goto(f"{console.url}/#/board/{many.alert_id}")
    expect(page.locator(".alert-quotes q")).to_have_count(2)
    expect(page.locator(".alert-quotes")).to_contain_text("개인정보를 가렸습니다")
    expect(page.get_by_role("link", name="관련 상담 보기")).to_have_attribute(
        "href", re.compile(f"#/board/contacts.*{many.alert_id}")
    )
    page.goto(f"{console.url}/#/board/{uuid.uuid4()}")
    expect(page.get_by_role("alert").filter(has_text="없습니다")).to_be_visible()


def test_the_budget_and_weekly_reports(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    planted(console)
    page = signed_in(visit(console.url), "/#/board")
    page.get_by_role("link", name="헛경보 예산").click()
    expect(page.get_by_role("heading", name="헛경보 예산")).to_be_focused()
    usual = page.get_by_label("일반 경보")
    expect(usual).to_have_value("5")
    expect(page.get_by_text("지난 4주: 일주일에 0.3건 울림")).to_be_visible()
    usual.fill("0")
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_text("0.5에서 100 사이의 수를 써 주십시오")).to_be_visible()
    expect(usual).to_be_focused()
    assert axe(page) == []
    usual.fill("8")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="저장했습니다")).to_be_visible()
    shot(page, "budget")
    page.reload()
    expect(usual).to_have_value("8")

    page.get_by_role("link", name="주간 보고서").click()
    expect(page.get_by_text("아직 만든 보고서가 없습니다")).to_be_visible()
    page.get_by_role("button", name="보고서 만들기").click()
    expect(page.get_by_role("listitem").filter(has_text="만드는 중")).to_be_visible()
    is_clean(page, axe, "reports")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_both_schemes_large_and_small(
    console: ScriptedConsole, visit: Open, axe: Axe, scheme: str
) -> None:
    alert = planted(console, simulated=True, lane="safety", severity="severe")
    effect = Effect(
        acted_at_ms=wall_ms(), before_per_h=30, after_per_h=11, hours_after=3, verdict="not_fallen"
    )
    planted(console, effect=effect, severity="watch")
    page = on_alert(visit(console.url, color_scheme=scheme), alert)
    for key in ("s", "d", "n", "m", "c") if scheme == "light" else ("c",):
        page.keyboard.press(key)
        expect(page.locator("#act-form")).to_be_visible()
        assert axe(page) == [], key
        page.keyboard.press("Escape")
    assert fits(page)
    shot(page, f"alert-{scheme}")
    # 1366 pixels at 400 %
    page.set_viewport_size({"width": 342, "height": 192})
    page.keyboard.press("c")
    expect(page.get_by_label("실제로 있었던 일")).to_be_focused()
    assert fits(page)
    assert axe(page) == []
    shot(page, f"alert-{scheme}-400")


def test_forced_colours_english_and_agents(console: ScriptedConsole, visit: Open, axe: Axe) -> None:
    alert = planted(console)
    page = on_alert(visit(console.url, forced_colors="active", reduced_motion="reduce"), alert)
    shot(page, "alert-forced")
    page.get_by_role("button", name=re.compile("English|EN")).click()
    expect(page.locator(".alert-sentence")).to_contain_text("Last 1 h: 34 contacts")
    is_clean(page, axe, "alert-english")
    agent = visit(console.url)
    kim = signed_in(agent, f"/#/board/{alert.alert_id}", LOGIN)
    expect(kim.get_by_role("heading", name=re.compile("팀장과 관리자"))).to_be_visible()
    for path in (f"alerts/{alert.alert_id}", "alerts", "rules"):
        assert agent.context.request.get(f"{console.url}/api/voc/{path}").status == 403

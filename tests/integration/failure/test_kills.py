"""`kill -9` of each service in the middle of two calls.

After each: every utterance, suggestion and summary once and in order, in the store and on a panel that was never
reloaded (`Calls.finish`).
"""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from contracts.topics import CALL_AUDIO, PARTITIONS
from sangdam.evaluate.failover_panel import Panel
from sangdam.evaluate.failover_process import wait_for
from sangdam.evaluate.failover_site import LOGIN, FailoverSite
from sangdam.evaluate.failover_truth import Account
from tests.browser.conftest import ARGUMENTS, CHROMIUM, STATIC
from tests.integration.failure.conftest import RECORDINGS, Calls, missing

pytestmark = pytest.mark.real_model

FIRST, SECOND = RECORDINGS
IN_SPEECH_S = 9.5
"""The caller says his request, in both recordings."""
ORPHANS_S = 45.0
"""A dead process is missed after 20 s; then the call is ended and summed up."""


def test_nothing_happens(undisturbed: dict[str, Account], broken_site: FailoverSite) -> None:
    for told in undisturbed.values():
        assert {one.channel for one in told.said} == {0, 1}
        assert [state.state for state in told.states] == ["ringing", "talking", "ended"]
    assert any(told.offers for told in undisturbed.values())
    workers = [broken_site["asr-1"], broken_site["asr-2"]]
    owned = [one.metric("sangdam_bus_owned_partitions", topic=CALL_AUDIO.name) for one in workers]
    assert sum(owned) == PARTITIONS
    assert min(owned) > 0
    assert sum(one.metric("sangdam_asr_finals_total") for one in workers) >= sum(
        len(told.said) for told in undisturbed.values()
    )


def test_asr_dies_and_another_joins(calls: Calls) -> None:
    calls.start_all()
    calls.until(FIRST, IN_SPEECH_S)
    worker = calls.worker_of(FIRST)
    worker.kill()
    time.sleep(2)
    worker.start()
    calls.finish()
    worker.ready()
    wait_for(lambda: worker.metric("sangdam_bus_owned_partitions", topic=CALL_AUDIO.name), "its share", 20)


def test_ingest_and_summarize_die(calls: Calls, undisturbed: dict[str, Account]) -> None:
    """Another ingest process ends the call of the dead one and says so; calls of others go on."""
    site = calls.site
    cut_off = calls.start(FIRST, ingest="ingest-1")
    calls.start(SECOND, ingest="ingest-2")
    calls.until(FIRST, IN_SPEECH_S)
    site["ingest-1"].kill()
    calls.until(SECOND, 12.0)
    site["summarize"].kill()
    time.sleep(2)
    site["summarize"].start()
    site["ingest-1"].start()
    told = calls.finish(cut_off=FIRST, limit_s=ORPHANS_S)
    ended = told[FIRST].state
    assert ended is not None
    assert ended.reason
    assert site.view(cut_off)["contact"]["reason"] == ended.reason
    assert told[FIRST].places <= undisturbed[FIRST].places
    orphans = sum(site[name].metric("sangdam_ingest_orphans_total") for name in ("ingest-1", "ingest-2"))
    assert orphans == 1


def test_console_and_assist_die_before_a_real_page(calls: Calls, panel: Panel) -> None:
    if not Path(CHROMIUM).exists():
        missing(f"no Chromium at {CHROMIUM}; set SANGDAM_CHROMIUM")
    if not STATIC.exists():
        missing("the pages are not built: run `npm ci && npm run build` in web/")
    connections = panel.connections
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = _signed_in(browser, calls.site)
        loads: list[str] = []
        page.on("load", lambda _: loads.append("load"))
        calls.start(FIRST)
        calls.start(SECOND)
        calls.until(FIRST, 4.0)
        calls.site["console"].kill()
        time.sleep(1)
        calls.site["console"].start()
        calls.until(FIRST, IN_SPEECH_S)
        calls.site["assist"].kill()
        time.sleep(1)
        calls.site["assist"].start()
        told = calls.finish()
        _shows(page, told[FIRST], FIRST)
        assert loads == []
        browser.close()
    assert panel.connections > connections


def _signed_in(browser: Any, site: FailoverSite) -> Any:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ko-KR")
    page.goto(site.console_url)
    page.get_by_label("아이디").fill(LOGIN)
    page.get_by_label("비밀번호").fill(site.password)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_text("연결됨")).to_be_visible(timeout=15_000)
    return page


def _shows(page: Any, told: Account, title: str) -> None:
    """The page has every final of the call, and its cards."""
    page.get_by_role("button", name=re.compile(title)).first.click()
    for one in told.said:
        wait_for(lambda one=one: _squeezed(one.text) in _conversation(page), f"'{one.text}' on the page", 15)
    for offers in told.offers.values():
        expect(page.get_by_text(offers[-1].snippet.title).first).to_be_visible(timeout=15_000)


def _conversation(page: Any) -> str:
    """What is said on the page, without what stands beside words that were probably misheard."""
    return _squeezed(re.sub(r"\([^)]*\)", "", page.locator("main").inner_text()))


def _squeezed(text: str) -> str:
    return "".join(text.split())

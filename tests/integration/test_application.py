"""The whole program with the real model: one call to JSON, and a site that is stopped, killed and started."""

import json
import re
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

pytestmark = pytest.mark.real_model

STOP_S = 10
HANGUL = re.compile("[가-힣]")


@pytest.fixture(scope="module")
def told(weights: Path, run_sangdam: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `sangdam demo --once --json` says of the sample call on bulky waste."""
    ran = run_sangdam(tmp_path_factory.mktemp("once"), "demo", "--once", "--json", "--speed", "4")
    assert ran.status == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    value = json.loads(ran.stdout)  # one object and nothing else
    assert isinstance(value, dict)
    return value


def test_both_parties_are_written_down(told: dict[str, Any]) -> None:
    said = told["utterances"]
    assert [u["start_ms"] for u in said] == sorted(u["start_ms"] for u in said)
    assert {(u["channel"], u["role"]) for u in said} == {(0, "agent"), (1, "caller")}
    assert all(0 <= u["start_ms"] < u["end_ms"] <= 70_000 for u in said)
    assert all(HANGUL.search(u["text"]) for u in said)
    caller = " ".join(u["text"] for u in said if u["role"] == "caller")
    assert "소파" in caller
    assert "마포구" in caller


def test_one_party_never_overlaps_itself(told: dict[str, Any]) -> None:
    assert_heard_once(told["utterances"])


def test_the_fitting_guide_is_offered_when_the_caller_asks(told: dict[str, Any]) -> None:
    caller = {u["utterance_id"] for u in told["utterances"] if u["role"] == "caller"}
    cards = told["suggestions"]
    assert cards
    assert all(card["utterance_id"] in caller and card["title"] and 0 < card["score"] <= 1 for card in cards)
    assert cards[0]["article_id"].startswith("bulky-waste")
    assert "bulky-waste-mapo" in {card["article_id"] for card in cards}


def test_the_summary_rests_on_what_was_said(told: dict[str, Any]) -> None:
    summary, said = told["summary"], {u["utterance_id"] for u in told["utterances"]}
    assert {line["field"] for line in summary["lines"]} >= {"inquiry", "handling"}
    assert all(HANGUL.search(line["text"]) for line in summary["lines"])
    assert all(line["evidence"] and set(line["evidence"]) <= said for line in summary["lines"])
    assert "대형폐기물" in summary["category"]["label"]


def test_every_latency_was_measured(told: dict[str, Any]) -> None:
    """Their size is the benchmark's matter: four times real time on a shared machine says little."""
    latency = told["latency_ms"]
    assert latency.keys() == {"partial_p95", "final_p95", "suggestion_p95", "summary"}
    assert all(isinstance(value, int) and value > 0 for value in latency.values())


# -- stop, kill, start -------------------------------------------------------------------------------------


def listen_until_closed(site: Any) -> list[dict[str, Any]]:
    """What a panel hears while the server is told to stop."""
    heard: list[dict[str, Any]] = []
    with connect(site.url.replace("http", "ws") + "/ws/panel", additional_headers=site.cookie) as panel:
        heard.append(json.loads(panel.recv(timeout=10)))
        site.process.send_signal(signal.SIGINT)
        try:
            while True:
                heard.append(json.loads(panel.recv(timeout=STOP_S)))
        except ConnectionClosed:
            return heard


def assert_kept(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Nothing of a contact is lost or doubled; what was still being written may have been added."""
    old = {u["utterance_id"]: u["text"] for u in before["utterances"] if u["status"] == "final"}
    new = {u["utterance_id"]: u["text"] for u in after["utterances"] if u["status"] == "final"}
    assert old.items() <= new.items()
    assert_heard_once(after["utterances"])
    assert after["contact"] == before["contact"]
    assert after["edited"] == before["edited"]
    assert after["draft"]["revision"] >= before["draft"]["revision"]


def assert_heard_once(utterances: list[dict[str, Any]]) -> None:
    """Utterances of a channel follow each other; each has up to 0.32 s of silence on both sides."""
    for channel in (0, 1):
        said = [u for u in utterances if u["channel"] == channel]
        assert all(a["end_ms"] <= b["start_ms"] + 640 for a, b in pairwise(said))


def test_nothing_is_lost_over_stops_and_crashes(site: Any, short_call: Path) -> None:
    first = site.call(short_call, 4)
    assert site.draft(first)["lines"]
    text = {"inquiry": "소파 버리기", "handling": "구청 신고 안내", "followup": "", "category": ""}
    edit = {"revision": 1, "text": text, "saved": True}
    site.client.put(f"/api/contacts/{first}/summary", json=edit).raise_for_status()
    before = site.view(first)

    status, seconds = site.stop(signal.SIGTERM)
    assert status == 0, site.log.read_text()
    assert seconds < STOP_S

    site.start()  # and the sign-in of before still holds
    assert_kept(before, site.view(first))
    assert site.view(first)["edited"]["text"].items() >= text.items()
    assert [entry["contact"]["contact_id"] for entry in site.client.get("/api/contacts").json()] == [first]

    second = site.call(short_call, 1)
    site.wait(lambda: site.finals(second))
    heard = site.finals(second)
    site.process.kill()
    site.process.wait()

    site.start()
    assert_kept(before, site.view(first))
    assert heard.items() <= site.finals(second).items()
    third = site.call(short_call, 4)
    assert site.draft(third)["lines"]
    assert_heard_once(site.view(second)["utterances"])

    # Told to stop in the middle of a call, with a panel open: the call ends in order, the panel comes back later.
    fourth = site.call(short_call, 1)
    site.wait(lambda: site.view(fourth))
    messages = listen_until_closed(site)
    assert messages[0]["type"] == "hello"
    assert "reconnect" in [message["type"] for message in messages]
    assert site.process.wait(STOP_S) == 0, site.log.read_text()
    assert "Traceback" not in site.log.read_text()

    site.start()
    site.wait(lambda: site.view(fourth)["ended_at_ms"])

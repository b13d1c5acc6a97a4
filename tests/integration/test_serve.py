"""`sangdam serve SERVICE…` as real processes: apart on one folder and on a broker, what each opens, how each stops."""

import json
import re
import secrets
import signal
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.collector import Receiver

LOGIN, PASSWORD = "kim", "a long enough password"
STOP_S = 10
AWAY = "postgresql+asyncpg://nobody@127.0.0.1:9/none"
"""A port that nobody listens on."""


class Apart:
    """A site of three processes, a signed-in agent, and a collector of their traces."""

    def __init__(
        self, folder: Path, start: Callable[..., Any], run: Callable[..., Any], **settings: str
    ) -> None:
        self.collector: Receiver
        start = partial(start, folder)
        self.asr = start("asr", SANGDAM_MODEL="base", **settings)
        assert run(folder, "articles", "import", "samples/guides").status == 0
        self.web = start("ingest", "console", **settings)
        self.writers = start("assist", "summarize", **settings)
        self.all = (self.web, self.asr, self.writers)
        assert run(folder, "users", "add", LOGIN, given=f"{PASSWORD}\n").status == 0
        for one in self.all:
            one.ready()
        self.client = httpx.Client(base_url=self.web.url(), timeout=20)
        body = {"login": LOGIN, "password": PASSWORD}
        self.client.post("/api/sign-in", json=body).raise_for_status()

    def call(self, recording: Path, speed: float = 4) -> str:
        with recording.open("rb") as file:
            answer = self.client.post(
                "/api/ingest/recordings", params={"speed": speed}, files={"file": ("call.wav", file)}
            )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["contact_id"])

    def view(self, contact_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/api/contacts/{contact_id}")
        return answer.json() if answer.status_code == 200 else {}

    def draft(self, contact_id: str) -> bool:
        draft = self.view(contact_id).get("draft")
        return bool(draft and draft["complete"])


@pytest.fixture(scope="module", params=["embedded", "kafka"])
def apart(
    request: Any, weights: Path, serve_all: Any, run_sangdam: Any, tmp_path_factory: Any
) -> Iterator[Apart]:
    settings: dict[str, str] = {}
    if request.param == "kafka":
        settings["SANGDAM_BUS"] = request.getfixturevalue("kafka").url
        settings["SANGDAM_SECRET"] = secrets.token_urlsafe(48)
        made = run_sangdam(tmp_path_factory.mktemp("topics"), "topics", "apply", "--yes", **settings)
        assert made.status == 0, made.stderr

    with Receiver().running() as collector:
        settings["SANGDAM_TRACES"] = collector.url
        site = Apart(tmp_path_factory.mktemp(request.param), serve_all, run_sangdam, **settings)
        site.collector = collector
        yield site
        site.client.close()


@pytest.mark.real_model
def test_a_call_passes_through_three_processes(apart: Apart, short_call: Path) -> None:
    contact = apart.call(short_call)
    apart.web.wait(lambda: apart.draft(contact) and apart.view(contact)["cards"], 90)
    for one in (apart.asr, apart.writers, apart.web):  # what came late is settled, too
        one.wait(lambda one=one: one.metric("sangdam_bus_lag_records") == 0, 60)
    view = apart.view(contact)
    finals = [one for one in view["utterances"] if one["status"] == "final" and one["text"]]
    assert finals

    # What each of them did is on its own /metrics, and nowhere else.
    assert apart.asr.metric("sangdam_asr_finals_total") >= len(finals)
    assert apart.asr.metric("sangdam_bus_published_total", topic="transcript") > 0
    assert apart.asr.metric("sangdam_bus_owned_partitions", group="asr", topic="call.audio") == 12
    assert apart.writers.metric("sangdam_summarize_drafts_total") >= 1
    assert apart.writers.metric("sangdam_asr_finals_total") == 0
    assert apart.web.metric("sangdam_ingest_calls") == 0, "the call is over"
    assert apart.web.metric("sangdam_speech_to_final_seconds_count") == len(finals)
    assert apart.web.metric("sangdam_word_to_partial_seconds_count") > len(finals)
    assert apart.web.metric("sangdam_final_to_card_seconds_count") >= len(view["cards"])
    assert apart.web.metric("sangdam_end_to_summary_seconds_count") == 1

    # One trace over all of them, and its id is the contact's: the card on the panel hangs under what assist did.
    def cards() -> list[Any]:
        return [
            span
            for told, span in apart.collector.attributes("sangdam-ingest+console")
            if told["sangdam.contact"] == contact and told["sangdam.event"] == "suggestion.offered"
        ]

    apart.web.wait(cards)
    offered = {
        span.span_id
        for told, span in apart.collector.attributes("sangdam-assist+summarize")
        if told["sangdam.service"] == "assist" and told["sangdam.event"] == "utterance"
    }
    assert {span.trace_id for span in cards()} == {uuid.UUID(contact).bytes}
    assert {span.parent_span_id for span in cards()} <= offered


@pytest.mark.real_model
def test_each_says_that_it_is_ready(apart: Apart) -> None:
    for one, names in zip(apart.all, [("ingest", "console"), ("asr",), ("assist", "summarize")], strict=True):
        told = one.ops("/readyz").json()
        assert told["status"] == "ready"
        assert told["services"] == dict.fromkeys(names, "ready")
        assert told["bus"] == "ok"
        assert told["database"] == ("not needed" if names == ("asr",) else "ok")
        assert one.ops("/healthz").json() == {"status": "ok"}
        assert all(one.metric("sangdam_ready", service=name) == 1 for name in names)
    assert "상담 화면" not in apart.asr.said + apart.writers.said
    assert (
        apart.client.get("/metrics").status_code != 200
        or "sangdam_ready" not in apart.client.get("/metrics").text
    ), "the ops port's alone"


@pytest.mark.real_model
def test_they_stop_in_the_middle_of_a_call(apart: Apart, short_call: Path) -> None:
    """The last test of this site: everything is told to stop while somebody talks and somebody looks."""
    contact = apart.call(short_call, speed=1)
    apart.web.wait(lambda: [u for u in apart.view(contact).get("utterances", []) if u["status"] == "final"])
    cookie = "; ".join(f"{name}={value}" for name, value in apart.client.cookies.items())
    address = apart.web.url().replace("http", "ws") + "/ws/panel"
    with connect(address, additional_headers={"Cookie": cookie}) as panel:
        assert json.loads(panel.recv(timeout=10))["type"] == "hello"
        for one in apart.all:
            one.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        while json.loads(panel.recv(timeout=STOP_S))["type"] != "reconnect":
            pass
    for one in apart.all:
        assert one.process.wait(STOP_S) == 0, one.said
        assert "Traceback" not in one.said
        assert "ERROR" not in one.said, one.said
    assert time.monotonic() - began < STOP_S


def test_ingest_alone_knows_who_signed_in_at_the_console(
    serve: Any, run_sangdam: Any, tmp_path: Path
) -> None:
    console, ingest = serve("console"), serve("ingest")
    console.ready()
    ingest.ready()
    assert run_sangdam(tmp_path / "site", "users", "add", LOGIN, given=f"{PASSWORD}\n").status == 0
    with httpx.Client(base_url=console.url(), timeout=20) as client:
        body = {"login": LOGIN, "password": PASSWORD}
        client.post("/api/sign-in", json=body).raise_for_status()
        cookies = dict(client.cookies)
        assert client.get("/api/ingest/samples").status_code == 404
    with httpx.Client(base_url=ingest.url("통화 받기"), timeout=20) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/ingest/samples").status_code == 401
        assert client.get("/api/contacts").status_code == 404
        assert client.get("/").status_code == 404
        client.cookies.update(cookies)
        stranger = client.post("/api/ingest/samples/x", headers={"Origin": "http://evil.example"})
        assert stranger.status_code == 403
        found = client.get("/api/ingest/samples")
        assert found.status_code == 200
        assert found.json()
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(ingest.url("통화 받기").replace("http", "ws") + "/ws/microphone"),
    ):
        pass


@pytest.mark.real_model
def test_asr_works_while_the_database_is_away_and_others_end_with_the_error(
    weights: Path, serve: Any
) -> None:
    summarize = serve("summarize", SANGDAM_DATABASE=AWAY)
    asr = serve("asr", SANGDAM_DATABASE=AWAY, SANGDAM_MODEL="base").ready()
    assert asr.ops("/readyz").json()["database"] == "not needed"

    assert summarize.process.wait(90) == 1
    assert "Traceback" not in summarize.said
    assert re.findall(r"^오류 (\S+):", summarize.said, re.MULTILINE) == ["unreachable"]

    asr.wait(lambda: "WARNING sangdam.services: names: [unreachable]" in asr.said)
    assert asr.ops("/readyz").status_code == 200
    status, seconds = asr.stop()
    assert status == 0, asr.said
    assert seconds < STOP_S


# -- stopping ----------------------------------------------------------------------------------------------


def hold(url: str, cookies: dict[str, str]) -> socket.socket:
    """A request that never ends: the server has to wait for it, or cut it off."""
    host, _, port = url.removeprefix("http://").partition(":")
    held = socket.create_connection((host, int(port)), timeout=20)
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    head = f"POST /api/ingest/recordings HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
    held.sendall(
        f"{head}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x".encode()
    )
    return held


@pytest.fixture
def console(serve: Any, run_sangdam: Any, tmp_path: Path) -> Any:
    """ingest and console of a site, and the cookies of who is signed in."""
    served = serve("ingest", "console").ready()
    assert run_sangdam(tmp_path / "site", "users", "add", LOGIN, given=f"{PASSWORD}\n").status == 0
    with httpx.Client(base_url=served.url(), timeout=20) as client:
        client.post("/api/sign-in", json={"login": LOGIN, "password": PASSWORD}).raise_for_status()
        return served, dict(client.cookies)


def test_readyz_says_so_at_once_and_a_request_is_not_waited_for_too_long(console: Any) -> None:
    served, cookies = console
    with hold(served.url(), cookies):
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        told = served.wait(lambda: (answer := served.ops("/readyz")).status_code == 503 and answer, 2)
        assert told.json()["services"] == {"ingest": "stopping", "console": "stopping"}
        assert served.process.wait(STOP_S) == 0, served.said
        assert time.monotonic() - began < STOP_S


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_it_at_once(console: Any, number: signal.Signals) -> None:
    served, cookies = console
    with hold(served.url(), cookies):
        served.process.send_signal(number)
        served.wait(lambda: served.ops("/readyz").status_code == 503, 2)
        status, seconds = served.stop(number)
        assert status == -number
        assert seconds < 1


@pytest.mark.real_model
def test_it_can_be_stopped_while_it_loads(weights: Path, serve: Any) -> None:
    served = serve("asr", SANGDAM_MODEL="base")
    served.url("운영 정보")
    assert served.ops("/readyz").status_code == 503
    status, seconds = served.stop()
    assert status == 0, served.said
    assert seconds < STOP_S
    assert "Traceback" not in served.said


# -- refused ------------------------------------------------------------------------------------------------


def test_an_unknown_service(sangdam: Any) -> None:
    ran = sangdam("serve", "asr", "consol")
    ran.refused("bad-setting")
    assert "'console'" in ran.stderr


def test_a_secret_of_ones_own_is_not_enough_with_a_broker(sangdam: Any) -> None:
    ran = sangdam("serve", "console", SANGDAM_BUS="kafka://127.0.0.1:9")
    ran.refused("bad-setting")
    assert "SANGDAM_SECRET" in ran.stderr


def test_an_ops_port_in_use(sangdam: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = sangdam("serve", "summarize", "--ops-port", str(taken.getsockname()[1]))
    ran.refused("bad-setting")
    assert "--ops-port" in ran.stderr


def test_a_log_of_json_lines_alone(serve: Any) -> None:
    served = serve("summarize", SANGDAM_LOG_FORMAT="json", SANGDAM_LOG="INFO").ready()
    assert served.stop()[0] == 0
    lines = [json.loads(line) for line in served.said.splitlines()]
    assert any("운영 정보" in line["message"] for line in lines)
    assert all(line.keys() >= {"time", "level", "service", "contact", "logger", "message"} for line in lines)

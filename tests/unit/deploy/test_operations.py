"""What the operator's manual names exists, and its bounds are those of the code."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import asr.service
import assist.answering
import assist.gap_worker
import assist.recommend
import assist.search
import bus.admission
import bus.embedded
import bus.events
import bus.kafka_inbox
import bus.reader
import console.guide_import
import console.outbox
import console.panel_socket
import console.panels
import console.passwords
import console.projection
import console.recent
import ingest.live
import ingest.microphone
import ingest.outbox
import ingest.server
import ingest.waiting
import sangdam.traces
import summarize.conversation
import summarize.drafting
import summarize.service
from asr.admission import AdmissionSettings
from contracts.topics import CALL_AUDIO, PARTITIONS, TOPICS
from sangdam.settings import Settings
from tests.unit.deploy.test_compose import command_line
from tests.unit.deploy.test_monitoring import anchor, metrics, names

__all__ = ["metrics"]  # a fixture

MIB = 1 << 20
ELSEWHERE = {"SANGDAM_DEPLOY_TOOLS"}
"""Variables that no process of ours reads."""


@pytest.fixture(scope="session")
def manual(root: Path) -> str:
    return (root / "docs/operations.md").read_text()


@pytest.fixture(scope="session")
def lines(manual: str) -> list[str]:
    """Commands: of the blocks, and within the sentences."""
    blocks = re.findall(r"```sh\n(.*?)```", manual, re.DOTALL)
    inline = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"```.*?```", "", manual, flags=re.DOTALL))
    return [*"\n".join(blocks).splitlines(), *inline]


def test_metrics_exist(manual: str, metrics: set[str], site: dict[str, Any]) -> None:
    named = set(re.findall(r"`(sangdam_\w+)", manual)) - set(site["secrets"])
    assert len(named) > 30
    assert named <= metrics


def test_what_the_alerts_watch_is_explained(manual: str, alerts: list[dict[str, Any]]) -> None:
    watched = {name for rule in alerts for name in names(rule["expr"]) if name.startswith("sangdam_")}
    assert not {name for name in watched if name not in manual}


def test_commands_exist(lines: list[str]) -> None:
    tried = 0
    for line in lines:
        found = re.search(r"(?:^|\.venv/bin/|exec \w+ )sangdam ((?:[\w-]+)[^#|]*)", line)
        run = re.search(r"docker compose run (?:-\S+ )*(?:--volume \S+ )?(?:console|topics) ([^#|]*)", line)
        words = shlex.split((found or run)[1]) if found or run else []
        words = [word for word in words if word != "…"]
        if words and words[0].isascii() and "<" not in line:
            command_line(words)
            tried += 1
    assert tried >= 8


def test_services_in_commands_exist(lines: list[str], site: dict[str, Any]) -> None:
    tried = 0
    for line in lines:
        verb = re.search(r"docker compose (?:restart|logs|exec|stop|ps) ([^#|>(]*)", line)
        for word in verb[1].split() if verb else []:
            if word.startswith("-") or word.isdigit() or re.fullmatch(r"\d+m", word):
                continue
            if word == "SERVICE":
                break
            assert word in site["services"], line
            tried += 1
            if re.search("docker compose exec", line):
                break
        for service in re.findall(r"--scale (\w[\w-]*)=", line):
            assert service in site["services"], line
    assert tried >= 8


def test_variables_exist(root: Path, manual: str) -> None:
    known = {f"SANGDAM_{name.upper()}" for name in Settings.model_fields} | ELSEWHERE
    known |= set(re.findall(r"\$\{(SANGDAM_\w+)", (root / "docker-compose.yml").read_text()))
    assert set(re.findall(r"SANGDAM_[A-Z_]+", manual)) <= known


def test_links_lead_somewhere(root: Path, manual: str) -> None:
    anchors = {anchor(title) for title in re.findall(r"^#+ (.+)$", manual, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", manual):
        file, _, place = target.partition("#")
        assert (root / "docs" / file).exists(), target
        if not file:
            assert place in anchors, target


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("ingest, 올린 녹음", f"{ingest.server.MAX_UPLOAD_BYTES // MIB} MiB"),
        ("ingest, 마이크의 말", f"{ingest.microphone.MAX_MESSAGE_BYTES:,}바이트"),
        ("ingest, 마이크의 말", f"{ingest.microphone.SILENT_S:.0f}초"),
        ("ingest, 통화", f"{ingest.live.MAX_CALLS}"),
        ("ingest, 통화", f"{ingest.outbox.MAX_STATES:,}"),
        ("ingest, 버스를", f"{ingest.waiting.MAX_MS // 1000}초"),
        ("ingest, 버스를", f"{ingest.outbox.MAX_BYTES // MIB} MiB"),
        ("버스, 발행", f"{bus.admission.MAX_RECORDS:,}레코드, {bus.admission.MAX_BYTES // MIB} MiB"),
        ("버스, 레코드 하나", f"{bus.embedded.MAX_RECORD_BYTES // MIB} MiB"),
        ("버스, 읽는 다리", f"{bus.kafka_inbox.MAX_BYTES // MIB} MiB"),
        ("버스, 읽는 다리", f"500레코드, {bus.reader.MAX_BYTES // MIB} MiB"),
        ("asr, 기다리는 확정 글", f"{asr.service.MAX_WAITING_FINALS}"),
        ("asr, 통화 받기", f"{(AdmissionSettings().finals_from_ms or 0) / 1000}초"),
        ("asr, 통화 받기", f"{(AdmissionSettings().refuse_from_ms or 0) / 1000}초"),
        ("assist, 대화", f"{assist.recommend.MAX_CONTACTS:,}"),
        ("assist, 인코더", f"{assist.search.NEAR_BUDGET_S}초, {assist.search.RERANK_BUDGET_S}초"),
        ("assist, 말할 문장", f"{assist.answering.WAITING}장"),
        ("assist, 빈틈", f"{assist.gap_worker.EVERY_S:.0f}초마다, 한 번에 물음 {assist.gap_worker.BATCH}개"),
        (
            "summarize, 언어",
            f"{summarize.drafting.AT_ONCE}건을 한 번에, 한 건에 {summarize.drafting.LIMIT_S:.0f}초",
        ),
        ("console, 안내문 파일", f"{console.guide_import.MAX_FILE_BYTES // MIB} MiB"),
        ("summarize, 대화", f"{summarize.service.MAX_CONVERSATIONS:,}"),
        ("summarize, 대화", f"{summarize.conversation.MAX_FINALS:,}"),
        ("console, 화면의 줄", f"{console.outbox.LIMIT}"),
        ("console, 화면의 줄", f"{console.panels.SEND_S:.0f}초"),
        ("console, 살아 있는 상담", f"{console.projection.LIVE_CONTACTS:,}"),
        ("console, 살아 있는 상담", f"{console.projection.LIVE_UTTERANCES:,}"),
        ("버스, 기억하는", f"{bus.events.MAX_CONTACTS:,}"),
        ("console, 최근 이벤트", f"{console.recent.MAX_EVENTS:,}"),
        ("console, 최근 이벤트", f"{console.recent.MAX_CONTACTS:,}"),
        ("console, 최근 이벤트", f"{console.recent.MAX_BYTES // MIB} MiB"),
        ("console, 화면이 보는", f"{console.panels.MAX_WATCHED}"),
        ("console, 비밀번호", f"{console.passwords.MAX_WAITING}"),
        ("흔적", f"{sangdam.traces.MAX_WAITING:,}"),
    ],
)
def test_bounds_are_those_of_the_code(manual: str, start: str, text: str) -> None:
    (row,) = re.findall(rf"^\| {re.escape(start)}.*$", manual, re.MULTILINE)
    assert re.search(rf"(?<![\d,]){re.escape(text)}(?![\d,]\d)", row.split("|")[2] + row.split("|")[3]), row


def test_retention_is_that_of_the_topics(manual: str) -> None:
    (row,) = re.findall(r"^\| 통화 소리.*$", manual, re.MULTILINE)
    assert f"{CALL_AUDIO.retention_ms // 60_000}분" in row
    assert f"{CALL_AUDIO.retention_bytes >> 30} GiB" in row
    others = sum(one.partitions * one.retention_bytes for one in TOPICS.values() if one is not CALL_AUDIO)
    (row,) = re.findall(r"^\| Kafka의 디스크.*$", manual, re.MULTILINE)
    assert f"{CALL_AUDIO.partitions * CALL_AUDIO.retention_bytes >> 30} GiB" in row
    said = re.search(r"더해 (\d+) GiB", row)
    assert said
    assert others / (1 << 30) <= int(said[1])
    assert f"모든 토픽이 {PARTITIONS}개" in manual

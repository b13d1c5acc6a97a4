"""What `sangdam doctor` says of made-up machines."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.hardware import Hardware
from sangdam.application import listen
from sangdam.commands import doctor
from sangdam.commands.doctor import Finding, examine
from sangdam.settings import Settings

PLAIN = Hardware(cores=4, memory_bytes=8 << 30, gpus=0, compute_types={"cpu": frozenset({"int8", "float32"})})
GPU = replace(PLAIN, gpus=1, compute_types=PLAIN.compute_types | {"cuda": frozenset({"float16", "int8"})})

Look = Callable[..., list[Finding]]


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Examines a machine with built pages, a free port, writable folders and an own model."""
    pages, model = tmp_path / "static", tmp_path / "model"
    pages.mkdir()
    (pages / "index.html").touch()
    monkeypatch.setattr(doctor, "PAGES", pages)
    model.mkdir()
    for name in ("config.json", "tokenizer.json", "vocabulary.json", "model.bin"):
        (model / name).write_text("{}")
    usual = {"data_dir": tmp_path / "data", "models_dir": tmp_path / "models", "model": str(model), "port": 0}
    return lambda hardware=PLAIN, **settings: list(examine(Settings(**(usual | settings)), hardware))


def bad(findings: list[Finding]) -> list[str]:
    return [finding.en for finding in findings if finding.state == "bad"]


def test_a_machine_that_can(look: Look) -> None:
    findings = look()
    assert bad(findings) == []
    assert all(finding.ko and finding.en for finding in findings)
    assert any("4 CPU cores" in finding.en for finding in findings)
    (processor,) = [finding for finding in findings if "GPU" in finding.en]
    assert processor.state == "note"
    assert "whisper-base in int8" in processor.en


def test_a_gpu(look: Look) -> None:
    assert any(
        finding.state == "ok" and "whisper-large-v3-turbo, float16" in finding.ko for finding in look(GPU)
    )


@pytest.mark.parametrize(("memory", "expected"), [((3 << 30) - 1, 1), (3 << 30, 0)])
def test_memory(look: Look, memory: int, expected: int) -> None:
    assert len(bad(look(replace(PLAIN, memory_bytes=memory)))) == expected


def test_disk(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = doctor.shutil.disk_usage("/")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: usage._replace(free=1 << 30))
    findings = look()
    assert len(bad(findings)) == 2
    assert sum("빈 공간 1.0 GB" in finding.ko for finding in findings) == 2


def test_a_folder_that_cannot_be_used(look: Look, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (told,) = bad(look(data_dir=tmp_path / "file"))
    assert str(tmp_path / "file") in told


def test_no_model_yet_is_no_fault(look: Look) -> None:
    findings = look(model=None)
    assert bad(findings) == []
    assert any(
        finding.state == "note" and "sangdam models pull whisper-base" in finding.ko for finding in findings
    )


def test_pages_that_are_not_built(look: Look, tmp_path: Path) -> None:
    (tmp_path / "static" / "index.html").unlink()
    (told,) = bad(look())
    assert "make setup" in told


def test_a_port_in_use(look: Look) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        (told,) = bad(look(port=port))
    assert str(port) in told


@pytest.mark.parametrize(("state", "status"), [("ok", 0), ("note", 0), ("bad", 1)])
def test_the_exit_status_tells_scripts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str, status: int
) -> None:
    found = Finding(state, "폴더 [b]", "folder [b]")  # type: ignore[arg-type]
    monkeypatch.setattr(doctor, "examine", lambda _options, _hardware: iter([found]))
    with pytest.raises(SystemExit) as left:
        doctor.doctor()
    assert left.value.code == status
    assert "folder [b]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"bus": "kafka://127.0.0.1:9?speed=9"}, "not speed"),
        ({"database": "postgresql+asyncpg://nobody@127.0.0.1:9/none"}, "cannot sign in to the database"),
    ],
)
def test_a_bus_or_database_that_cannot_be_used(look: Look, settings: dict[str, str], told: str) -> None:
    (finding,) = bad(look(**settings))
    assert told in finding


def test_a_database_that_answers(look: Look, database_url: str) -> None:
    findings = look(database=database_url)
    assert bad(findings) == []
    assert any("database answers" in finding.en for finding in findings)


def test_a_broker_that_answers(look: Look, kafka: Any) -> None:
    findings = look(bus=kafka.url)
    assert any("broker answers" in finding.en for finding in findings)
    # Its topics may be there already, made by another test.
    assert [finding for finding in bad(findings) if "topics" not in finding] == []

"""`sangdam doctor`: what this machine can run, and what is missing."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rich.markup import escape

from console.pages import FOLDER as PAGES
from contracts.errors import SangdamError
from models.hardware import Hardware, default_compute_type, default_models, detect
from models.resolve import resolve_whisper
from sangdam import settings
from sangdam.application import listen, make_folder
from sangdam.settings import Settings
from sangdam.terminal import out

_MIN_MEMORY: Final = 3 << 30
"""Whisper base, Kiwi and the services take about 1.5 GB (measured); the rest is the system's."""
_MIN_DISK: Final = 2 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    state: Literal["ok", "note", "bad"]
    ko: str
    en: str


def doctor() -> None:
    """이 컴퓨터에서 무엇을 돌릴 수 있고 무엇이 빠졌는지 말한다 / what this machine can run and what is missing."""
    options = settings.load()
    marks = {"ok": "[green]✓ 됨  [/]", "note": "[yellow]• 참고[/]", "bad": "[red]✗ 안 됨[/]"}
    findings = list(examine(options, detect()))
    for finding in findings:
        out.print(f"{marks[finding.state]} {escape(finding.ko)} [dim]/ {escape(finding.en)}[/]")
    sys.exit(1 if any(finding.state == "bad" for finding in findings) else 0)


def examine(options: Settings, hardware: Hardware) -> Iterator[Finding]:
    """Look at processor, memory, disk, model, pages and port."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", f"Python {version}, 프로세서 {hardware.cores}개", f"{hardware.cores} CPU cores")
    memory = hardware.memory_bytes / (1 << 30)
    enough = hardware.memory_bytes >= _MIN_MEMORY
    yield Finding(
        "ok" if enough else "bad", f"메모리 {memory:.1f} GB (3 GB 이상 필요)", "memory, 3 GB are needed"
    )
    yield _gpu(hardware)
    yield from _folders(options)
    yield _model(options)
    built = (PAGES / "index.html").is_file()
    yield (
        Finding("ok", "상담 화면이 빌드되어 있습니다", "the pages are built")
        if built
        else Finding(
            "bad",
            "상담 화면이 없습니다. 'make setup'을 실행하십시오",
            "the pages are not built; run 'make setup'",
        )
    )
    yield _port(options)


def _gpu(hardware: Hardware) -> Finding:
    compute = default_compute_type(hardware.device, hardware.compute_types.get(hardware.device))
    model = default_models(hardware)[0]
    if hardware.gpus:
        return Finding("ok", f"GPU {hardware.gpus}개: 기본 모델 {model}, {compute}", f"default model {model}")
    return Finding(
        "note",
        f"GPU가 없어 {model} 모델을 {compute}로 돌립니다. 통화 한두 개를 실시간으로 받아쓸 수 있습니다",
        f"no GPU: {model} in {compute}, good for a call or two at a time",
    )


def _folders(options: Settings) -> Iterator[Finding]:
    for folder in (options.data_dir, options.models_dir):
        try:
            make_folder(folder)
        except SangdamError as error:
            yield Finding("bad", error.ko, error.en)
            continue
        free = shutil.disk_usage(folder).free
        state: Literal["ok", "bad"] = "ok" if free >= _MIN_DISK else "bad"
        yield Finding(
            state,
            f"{folder}: 빈 공간 {free / (1 << 30):.1f} GB (2 GB 이상 필요)",
            "free space, 2 GB are needed",
        )


def _model(options: Settings) -> Finding:
    try:
        path = resolve_whisper(options.model, options.models_dir, offline=True)
    except SangdamError as error:
        return Finding(
            "note", f"모델이 아직 없습니다. 처음 시작할 때 받습니다. {error.ko}", f"no model yet. {error.en}"
        )
    return Finding("ok", f"음성 인식 모델: {path}", "speech model is here")


def _port(options: Settings) -> Finding:
    try:
        listen(options.host, options.port).close()
    except SangdamError as error:
        return Finding("bad", error.ko, error.en)
    return Finding("ok", f"{options.host}:{options.port}을(를) 쓸 수 있습니다", "the port is free")

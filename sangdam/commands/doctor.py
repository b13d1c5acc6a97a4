"""`sangdam doctor`: what this machine can run, and what is missing."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rich.markup import escape
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from console.pages import FOLDER as PAGES
from contracts.errors import SangdamError
from models.hardware import Hardware, default_compute_type, default_models, detect
from models.resolve import resolve_whisper
from sangdam import settings
from sangdam.application import listen, make_folder
from sangdam.commands.topics import differences
from sangdam.settings import Settings
from sangdam.terminal import out

_MIN_MEMORY: Final = 3 << 30
"""Whisper base, Kiwi and the services take about 1.5 GB (measured); the rest is the system's."""
_MIN_DISK: Final = 2 << 30
_ANSWER_S: Final = 5.0


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
    """Look at processor, memory, disk, model, pages, ports, bus and database."""
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
    yield from _ports(options)
    yield from _bus(options)
    yield from _database(options)


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


def _ports(options: Settings) -> Iterator[Finding]:
    ops = (options.ops_host, options.ops_port, "--ops-port", "SANGDAM_OPS_PORT")
    for host, port, *names in ((options.host, options.port), ops):
        try:
            listen(str(host), int(port), *map(str, names)).close()
        except SangdamError as error:
            yield Finding("bad", error.ko, error.en)
        else:
            yield Finding("ok", f"{host}:{port}을(를) 쓸 수 있습니다", "the port is free")


def _bus(options: Settings) -> Iterator[Finding]:
    if options.bus_engine == "embedded":
        yield Finding("ok", f"버스: 내장({options.bus_url})", "embedded bus")
        return
    try:
        changes = asyncio.run(differences(options))
    except SangdamError as error:
        yield Finding("bad", error.ko, error.en)
        return
    yield Finding("ok", f"버스: {options.bus_url}", "the broker answers")
    missing = [change.topic for change in changes if change.kind == "create"]
    if missing:
        yield Finding(
            "bad",
            f"토픽이 없습니다({', '.join(missing)}). 'sangdam topics apply --yes'를 실행하십시오",
            "topics are missing; run 'sangdam topics apply --yes'",
        )
    elif changes:
        yield Finding(
            "note",
            f"토픽 설정 {len(changes)}가지가 다릅니다. 'sangdam topics apply'로 보십시오",
            "settings of topics differ; see 'sangdam topics apply'",
        )


def _database(options: Settings) -> Iterator[Finding]:
    """Whether the server lets us in. Nothing is migrated: that is the services' business."""
    if options.database_engine == "sqlite":
        yield Finding("ok", f"데이터베이스: SQLite({options.database_url})", "SQLite")
        return
    try:
        shown = asyncio.run(_sign_in(options))
    except SangdamError as error:
        yield Finding("bad", error.ko, error.en)
    except (OSError, ValueError, SQLAlchemyError, ImportError) as error:
        why = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
        yield Finding(
            "bad",
            f"데이터베이스에 들어갈 수 없습니다({why}). 서버, SANGDAM_DATABASE, SANGDAM_DATABASE_PASSWORD를 확인하십시오",
            "cannot sign in to the database; check the server and both settings",
        )
    else:
        yield Finding("ok", f"데이터베이스: {shown}", "the database answers")


async def _sign_in(options: Settings) -> str:
    """The database's address without its password. Raises whatever keeps us out."""
    url = make_url(options.database_url)
    if options.database_password:
        url = url.set(password=options.database_password.get_secret_value())
    engine = create_async_engine(url, connect_args={"timeout": _ANSWER_S})
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    finally:
        await engine.dispose()
    return url.render_as_string(hide_password=True)

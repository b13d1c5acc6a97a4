"""From what the operator asked for to a folder with a Whisper model in it."""

import json
import logging
import os
from pathlib import Path
from typing import Final

from contracts.errors import ModelCorrupt, ModelMissing, NotFound, StorageFull
from models.catalogue import list_entries
from models.download import Progress, pull
from models.hardware import default_models, detect

log = logging.getLogger(__name__)

_NEEDED: Final = ("config.json", "model.bin", "tokenizer.json")


def resolve_whisper(
    model: str | Path | None, models_dir: Path, *, offline: bool = False, progress: Progress | None = None
) -> Path:
    """The folder of the Whisper model to use. Downloads it unless it is here; blocks.

    Args:
        model: a model folder, a name of the catalogue (`base`, `whisper-base`, …), or None (or empty) for what suits
            this machine: `large-v3-turbo` on a CUDA GPU if it can be had, else `base`.
        models_dir: where models of the catalogue are kept.
        offline: use only what is on this machine.
        progress: told about a download's movements.

    Raises:
        NotFound: neither a folder nor a known name.
        ModelMissing: the folder lacks files, or the model is not here and no source gave it.
        ModelCorrupt: its files are broken.
        StorageFull: no space for it.
    """
    if not model:
        return _suitable(models_dir, offline=offline, progress=progress)
    if model in _names() or f"whisper-{model}" in _names():
        return pull(str(model), models_dir, progress=progress, offline=offline)
    if isinstance(model, Path) or os.sep in model or Path(model).exists():
        folder = Path(model).expanduser()
        check_folder(folder)
        return folder
    names = ", ".join(_names())
    raise NotFound(
        f"'{model}'은(는) 음성 인식 모델의 이름도 폴더도 아닙니다. 쓸 수 있는 이름: {names}. 또는 모델 폴더의 경로를 적으십시오.",
        f"'{model}' is neither a speech model's name nor a folder. Names: {names}. Or give a model folder's path.",
    )


def check_folder(folder: Path) -> None:
    """See that a folder holds a CTranslate2 Whisper model, as far as its files tell.

    Raises:
        ModelMissing: it does not exist or lacks files.
        ModelCorrupt: files are empty or unreadable.
    """
    if not folder.is_dir():
        raise ModelMissing(
            f"모델 폴더가 없습니다: {folder}. 경로를 확인하십시오.",
            f"no such model folder: {folder}. Check the path.",
        )
    absent = [name for name in _NEEDED if not (folder / name).is_file()]
    if not any(folder.glob("vocabulary.*")):
        absent.append("vocabulary.txt")
    if absent:
        raise _incomplete(folder, absent)
    broken = [name for name in _NEEDED if not _readable(folder / name)]
    if broken:
        raise ModelCorrupt(
            f"모델 폴더 '{folder}'의 파일이 비었거나 깨졌습니다: {', '.join(broken)}. 다시 복사하거나 내려받으십시오.",
            f"files of model folder '{folder}' are empty or broken: {', '.join(broken)}. Copy or pull them again.",
        )


def _suitable(models_dir: Path, *, offline: bool, progress: Progress | None) -> Path:
    *better, last = default_models(detect())
    for name in better:
        try:
            return pull(name, models_dir, progress=progress, offline=offline)
        except (ModelMissing, ModelCorrupt, StorageFull) as error:
            log.warning("%s 대신 다음 모델을 씁니다 / falling back from %s: %s", name, name, error)
    return pull(last, models_dir, progress=progress, offline=offline)


def _names() -> list[str]:
    """Speech recognisers of the catalogue; `kiwi` is none."""
    return [entry.name for entry in list_entries() if entry.name.startswith("whisper-")]


def _incomplete(folder: Path, absent: list[str]) -> ModelMissing:
    other = any(folder.glob("*.safetensors")) or any(folder.glob("*.pt"))
    ko = " PyTorch 모델이면 'sangdam models convert'로 변환하십시오." if other else ""
    en = " Convert a PyTorch model with 'sangdam models convert'." if other else ""
    return ModelMissing(
        f"모델 폴더 '{folder}'에 파일이 없습니다: {', '.join(absent)}. CTranslate2 Whisper 모델 폴더를 지정하십시오.{ko}",
        f"model folder '{folder}' lacks {', '.join(absent)}. Name the folder of a CTranslate2 Whisper model.{en}",
    )


def _readable(file: Path) -> bool:
    if file.suffix != ".json":
        return file.stat().st_size > 0
    try:
        json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True

"""A transformers checkpoint as a folder on this machine: one that is named, or one of the model hub.

Code that comes with a checkpoint is never run (`trust_remote_code` stays off), and weights are taken as safetensors
where there are such.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from contracts.errors import BadSetting, ModelCorrupt, ModelMissing, SangdamError

DeviceChoice = Literal["auto", "cpu", "cuda"]

_HUB_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+")
_SETTINGS: Final = ("*.json", "*.txt", "*.model", "*.jinja")
_SAFE_WEIGHTS: Final = "*.safetensors"
_OLD_WEIGHTS: Final = "pytorch_model*.bin"
_SAMPLE_BYTES: Final = 65_536


class Runtime(NamedTuple):
    """The libraries of the extra, which ship no types."""

    torch: Any
    transformers: Any


def runtime(extra: str) -> Runtime:
    """Import them: some seconds.

    Args:
        extra: of this project, for the sentence that says what to install.

    Raises:
        ModelMissing: they are not installed.
    """
    try:
        import torch  # noqa: PLC0415  an extra: gigabytes that most sites do without
        import transformers  # noqa: PLC0415
    except ImportError as error:
        raise ModelMissing(
            f"이 모델을 쓰려면 추가 패키지가 필요합니다({_line(error)}): pip install 'sangdam[{extra}]'",
            f"this model needs extra packages ({_line(error)}): pip install 'sangdam[{extra}]'",
        ) from None
    # Otherwise a progress bar for every load, on a server's log.
    transformers.utils.logging.disable_progress_bar()
    return Runtime(torch, transformers)


def checkpoint(name: str | Path, models_dir: Path, *, offline: bool) -> Path:
    """The folder of a checkpoint, downloaded unless it is here. Blocks.

    Args:
        name: a folder with `config.json`, a folder of that name in `models_dir`, or a name on the hub.
        models_dir: where models are kept; those of the hub under `hub/`.
        offline: take only what is on this machine.

    Raises:
        ModelMissing: there is none, or it could not be had.
    """
    for folder in (Path(name).expanduser(), models_dir / name):
        if (folder / "config.json").is_file():
            return folder
    if Path(name).expanduser().is_dir() or not _HUB_NAME.fullmatch(str(name)):
        raise _missing(name, models_dir, "config.json")
    try:
        return _from_hub(str(name), models_dir / "hub", offline=offline)
    except Exception as error:
        # The hub's library, its HTTP library and the disk each raise their own.
        raise _missing(name, models_dir, "offline" if offline else _line(error)) from error


def device_of(torch: Any, wanted: DeviceChoice) -> str:
    """`cuda` or `cpu`.

    Raises:
        BadSetting: a GPU is wanted and there is none.
    """
    here = bool(torch.cuda.is_available())
    if wanted == "cuda" and not here:
        raise BadSetting(
            "PyTorch가 쓸 수 있는 GPU가 없습니다. 장치를 'auto'나 'cpu'로 두십시오.",
            "there is no GPU that PyTorch can use. Set the device to 'auto' or 'cpu'.",
        )
    return "cuda" if here and wanted != "cpu" else "cpu"


@contextmanager
def loading(name: str | Path) -> Iterator[None]:
    """Turns what torch, safetensors, tokenizers and transformers raise into ModelCorrupt."""
    try:
        yield
    except SangdamError:
        raise
    except Exception as error:
        raise corrupt(name, _line(error)) from error


def need_weights(name: str | Path, absent: Collection[str]) -> None:
    """The library fills weights that a checkpoint lacks with random numbers.

    Raises:
        ModelCorrupt: it did.
    """
    if absent:
        raise corrupt(name, f"it lacks weights for this use, such as {min(absent)}")


def corrupt(name: str | Path, why: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"'{name}' 모델을 쓸 수 없습니다({why}). 파일이 모두 온전한지, 이 용도의 모델인지 확인하십시오.",
        f"model '{name}' cannot be used: {why}. Check that all its files are whole and that it is a model for this.",
    )


def fingerprint(folder: Path, *more: str) -> str:
    """16 hex digits that tell this checkpoint from others: its settings, and samples of its weights."""
    digest = hashlib.sha256("\n".join(more).encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".txt"}:
            digest.update(path.read_bytes())
        elif path.suffix in {".safetensors", ".bin"}:
            size = path.stat().st_size
            digest.update(str(size).encode())
            with path.open("rb") as file:
                for at in (0, size // 2, max(0, size - _SAMPLE_BYTES)):
                    file.seek(at)
                    digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:16]


def short_name(name: str | Path) -> str:
    """What people are shown: a hub's name whole, of a folder the last part."""
    return str(name) if _HUB_NAME.fullmatch(str(name)) else Path(name).name


def _from_hub(name: str, cache: Path, *, offline: bool) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415  seconds that folders need not wait for

    def get(*patterns: str) -> Path:
        return Path(
            snapshot_download(name, cache_dir=cache, local_files_only=offline, allow_patterns=list(patterns))
        )

    folder = get(*_SETTINGS, "*/config.json", _SAFE_WEIGHTS)
    if not any(folder.glob(_SAFE_WEIGHTS)):
        folder = get(*_SETTINGS, "*/config.json", _OLD_WEIGHTS)
    return folder


def _missing(name: str | Path, models_dir: Path, why: str) -> ModelMissing:
    return ModelMissing(
        f"'{name}' 모델이 이 컴퓨터에 없습니다({why}). transformers 모델 폴더(config.json이 있는 곳)나 허브의 이름을 적으십시오. "
        f"인터넷이 없으면 다른 컴퓨터에서 받은 폴더를 '{models_dir}'에 복사하고 그 경로를 적으십시오.",
        f"model '{name}' is not on this machine ({why}). Give a transformers folder, with its config.json, or a name "
        f"on the hub. Without internet copy a folder from another machine to '{models_dir}' and give its path.",
    )


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]

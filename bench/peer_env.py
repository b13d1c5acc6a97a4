"""A virtual environment for each peer, in the user's cache: exact versions, made once."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from sangdam.local import torch_cpu

_PINS: Final = Path(__file__).parent / "peers"
_INSTALL_LIMIT_S: Final = 900
_MADE: Final = "made.txt"


class NotInstalled(Exception):
    """The peer's environment cannot be made; the text says why."""


def environment(name: str, *, torch: bool = True) -> Path:
    """The peer's environment, made now if it is not there or was made of other versions.

    Args:
        name: of its list in `peers/`.
        torch: whether it gets PyTorch too.

    Raises:
        NotInstalled: a package cannot be had.
    """
    folder = user_cache_path("sangdam") / "peers" / name
    pins = (_PINS / f"{name}.txt").read_text("utf-8")
    made_of = f"{sys.version}\n" + (f"torch=={torch_cpu.VERSION}\n" if torch else "") + pins
    mark = folder / _MADE
    if mark.exists() and mark.read_text("utf-8") == made_of:
        return folder
    print(f"{name}: 환경을 만듭니다 / making its environment", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True)
        if torch:
            torch_cpu.install(folder, python(folder), _run)
        # Without resolving: the packages' own lists also name what only a microphone, a GPU or another backend needs.
        listed = str(_PINS / f"{name}.txt")
        _run([str(python(folder)), "-m", "pip", "install", "--quiet", "--no-deps", "-r", listed])
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        told = getattr(error, "stderr", None) or str(error)
        raise NotInstalled(str(told).strip()[-800:]) from error
    mark.write_text(made_of, "utf-8")
    return folder


def pinned(name: str, distribution: str) -> str | None:
    """The version that the peer's list asks for."""
    for line in (_PINS / f"{name}.txt").read_text("utf-8").splitlines():
        package, _, version = line.partition("==")
        if package.replace("_", "-").lower() == distribution:
            return version
    return None


def python(folder: Path) -> Path:
    """Its interpreter."""
    return folder / "bin" / "python"


def variables(folder: Path, threads: int) -> dict[str, str]:
    """What a peer's server gets to see: all cores, no GPU, no model hub."""
    told = {
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": str(threads),
        "PYTHONUNBUFFERED": "1",
    }
    if (folder / torch_cpu.STAND_INS).is_dir():
        told["LD_LIBRARY_PATH"] = str(folder / torch_cpu.STAND_INS)
    return os.environ | told


def _run(command: list[str]) -> None:
    print(f"  {' '.join(command[1:])[:120]}", file=sys.stderr)
    subprocess.run(
        command, check=True, timeout=_INSTALL_LIMIT_S, stdout=sys.stderr, stderr=subprocess.PIPE, text=True
    )

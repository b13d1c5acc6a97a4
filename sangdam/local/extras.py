"""An environment with the optional model libraries, for the tests that run real models of them.

    python -m sangdam.local.extras [ARGUMENTS]     # to its Python, e.g. -m pytest tests/extras

It lies on top of the environment that runs this: what is there is seen, and only PyTorch for the CPU, transformers and
the vector library are added. It is made again when one of these changes. Where they cannot be had, that is said, and
nothing is run; it is an error where `CI` is set.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Final

from sangdam.local import torch_cpu

FOLDER: Final = Path(__file__).parents[2] / ".extras"
PINS: Final = ("transformers==5.23.0", "usearch==2.26.6", "accelerate==1.15.0", "openai==3.54.0")
"""Beside PyTorch. Exact, so that a test that fails tomorrow fails for what we changed. The last two are for the server
of transformers, which speaks the OpenAI protocol by other people's code."""

_INSTALL_LIMIT_S: Final = 900
_MADE: Final = "made.txt"


class NotInstalled(Exception):
    """A library cannot be had; the text says why."""


def environment(folder: Path = FOLDER) -> Path:
    """Its Python, installed now if it is not there or was made of other versions.

    Raises:
        NotInstalled: a library cannot be had.
    """
    python = folder / "bin" / "python"
    torch = hashlib.sha256(Path(torch_cpu.__file__).read_bytes()).hexdigest()
    made_of = "\n".join([sys.version, sys.prefix, torch, *PINS])
    mark = folder / _MADE
    if mark.exists() and mark.read_text("utf-8") == made_of:
        return python
    _say("모델 라이브러리의 환경을 만듭니다 / making the environment of the model libraries")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True, symlinks=True)
        [packages] = folder.glob("lib/python*/site-packages")
        # Read at start, with what editable installs left there.
        below = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
        (packages / "below.pth").write_text(below, "utf-8")
        torch_cpu.install(folder, python, _run)
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINS])
        _run([str(python), "-c", "import torch, transformers, usearch.index"], variables(folder))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        told = getattr(error, "stderr", None) or str(error)
        raise NotInstalled(str(told).strip()[-800:]) from error
    mark.write_text(made_of, "utf-8")
    return python


def variables(folder: Path = FOLDER) -> dict[str, str]:
    """What its Python gets to see: no GPU, no model hub, and one thread: two wait for each other over tiny models."""
    told = {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    if (folder / torch_cpu.STAND_INS).is_dir():
        told["LD_LIBRARY_PATH"] = str(folder / torch_cpu.STAND_INS)
    return os.environ | told


def main(arguments: list[str]) -> int:
    try:
        python = environment()
    except NotInstalled as error:
        _say(f"모델 라이브러리를 설치하지 못했습니다 / the model libraries could not be installed:\n{error}")
        if os.environ.get("CI"):
            return 1
        _say("그 시험은 건너뜁니다 / their tests are skipped")
        return 0
    if not arguments:
        return 0
    return subprocess.run([str(python), *arguments], env=variables(), check=False).returncode  # noqa: S603


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    _say(f"  {' '.join(command[1:])[:120]}")
    subprocess.run(  # noqa: S603  our own commands
        command,
        check=True,
        timeout=_INSTALL_LIMIT_S,
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  it is a command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

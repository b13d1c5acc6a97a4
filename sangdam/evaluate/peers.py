"""Programs of others that are measured beside ours, in environments of their own (`bench/*_peers.py`)."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from contracts.errors import BadSetting

ROOT: Final = Path(__file__).resolve().parents[2]
"""Of a source checkout."""

_INSTALL_S: Final = 900.0


def peer_interpreter(module: str) -> str:
    """Python of the environment that `python -m MODULE` makes at its first use.

    Raises:
        BadSetting: this is no source checkout, or the environment cannot be made.
    """
    if not (ROOT / f"{module.replace('.', '/')}.py").is_file():
        raise BadSetting(
            "다른 프로그램과 견주려면 소스 폴더에서 실행하십시오. 없이 재려면 --alone을 붙이십시오.",
            "Other programs are measured from a source checkout only; --alone measures without them.",
        )
    done = subprocess.run(  # noqa: S603  a module of ours
        [sys.executable, "-m", module],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=None,
        text=True,
        timeout=_INSTALL_S,
        check=False,
    )
    if done.returncode:
        raise BadSetting(
            "견줄 프로그램을 설치하지 못했습니다(위의 오류). 없이 재려면 --alone을 붙이십시오.",
            "The program to measure beside could not be installed (see above); --alone measures without it.",
        )
    return done.stdout.strip().splitlines()[-1]

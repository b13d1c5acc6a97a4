"""Whether the models on this machine are what they should be."""

import base64
import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

from models.catalogue import Entry, ModelFile, list_entries
from models.fetch import sha256

_STAMP: Final = ".verified.json"
"""Beside a model's files: their sizes and times when they were last hashed, so that a start need not."""

State = Literal["ok", "missing", "corrupt"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What verification found."""

    entry: Entry
    state: State
    path: Path | None
    """Its folder; None when it is not here."""
    wrong: tuple[str, ...] = ()
    """Files that are absent or have other bytes."""


def verify(models_dir: Path) -> list[Verified]:
    """Hash every file of every model of the catalogue that is on this machine. Blocks for seconds."""
    return [_verify(entry, models_dir) for entry in list_entries()]


def sound(folder: Path, files: tuple[ModelFile, ...]) -> bool:
    """Whether the folder holds these files; hashes them only when they changed since the last time."""
    stamp = _stamp(folder, files)
    if stamp is None:
        return False
    if _read_stamp(folder) == stamp:
        return True
    if _wrong(folder, files):
        return False
    write_stamp(folder, files)
    return True


def write_stamp(folder: Path, files: tuple[ModelFile, ...]) -> None:
    """Remember that the files are verified. A folder that cannot be written is hashed at each start."""
    try:
        (folder / _STAMP).write_text(json.dumps(_stamp(folder, files)), encoding="utf-8")
    except OSError:
        return


def package_folder(package: str) -> Path | None:
    """Where an installed distribution keeps its files, None when it is not installed."""
    try:
        return Path(str(metadata.distribution(package).locate_file("")))
    except metadata.PackageNotFoundError:
        return None


def _verify(entry: Entry, models_dir: Path) -> Verified:
    if entry.package is not None:
        return _verify_package(entry, entry.package)
    folder = models_dir / entry.name
    if not folder.is_dir():
        return Verified(entry, "missing", None)
    if wrong := _wrong(folder, entry.files):
        (folder / _STAMP).unlink(missing_ok=True)
        return Verified(entry, "corrupt", folder, wrong)
    write_stamp(folder, entry.files)
    return Verified(entry, "ok", folder)


def _verify_package(entry: Entry, package: str) -> Verified:
    """Hold an installed package to its own RECORD."""
    folder = package_folder(package)
    if folder is None:
        return Verified(entry, "missing", None)
    wrong = tuple(
        str(file)
        for file in metadata.files(package) or ()
        if file.hash is not None
        and not _as_recorded(Path(str(file.locate())), file.hash.mode, file.hash.value)
    )
    return Verified(entry, "corrupt" if wrong else "ok", folder, wrong)


def _as_recorded(path: Path, mode: str, value: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, mode).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == value


def _wrong(folder: Path, files: tuple[ModelFile, ...]) -> tuple[str, ...]:
    return tuple(file.name for file in files if not _is(folder / file.name, file))


def _is(path: Path, file: ModelFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size_bytes and sha256(path) == file.sha256


def _stamp(folder: Path, files: tuple[ModelFile, ...]) -> dict[str, list[object]] | None:
    """What the files look like from outside; None when one is absent or has the wrong size."""
    stamp: dict[str, list[object]] = {}
    for file in files:
        path = folder / file.name
        if not path.is_file() or path.stat().st_size != file.size_bytes:
            return None
        stamp[file.name] = [file.sha256, file.size_bytes, path.stat().st_mtime_ns]
    return stamp


def _read_stamp(folder: Path) -> object:
    try:
        return json.loads((folder / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None

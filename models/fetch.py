"""One file over HTTP: resumed where it stopped, held to its size and SHA-256, never half there."""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from contracts.errors import BadSetting, ModelCorrupt, StorageFull
from models.catalogue import ModelFile

Moved = Callable[[int], None]
"""Told how many bytes of the current file are here."""

TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
"""A network that swallows packets is given up after 10 s, so that the next source gets its turn."""

_TRIES_WITHOUT_MOVEMENT: Final = 3
_TRIES: Final = 50
_WAIT_S: Final = 0.5


class Unreachable(Exception):
    """A source did not give a file: no network, a refusal, or not there."""


def fetch(client: httpx.Client, url: str, target: Path, wanted: ModelFile, moved: Moved) -> None:
    """Download `url` to `target`, going on from `target.part` if it is there.

    Raises:
        Unreachable: the source does not answer or refuses; what came so far is kept in `target.part`.
        ModelCorrupt: all bytes came and they are the wrong ones; they are removed.
        StorageFull: no space; what came so far is kept.
    """
    part = target.with_name(target.name + ".part")
    idle = 0
    with disk_told(target.parent):
        for _ in range(_TRIES):
            before = _size(part)
            try:
                _go_on(client, url, part, wanted, moved)
                break
            except (httpx.TransportError, _Again) as error:
                idle = 0 if _size(part) > before else idle + 1
                silent = isinstance(error, httpx.ConnectTimeout)
                if silent or idle >= _TRIES_WITHOUT_MOVEMENT:
                    raise Unreachable(f"{url}: {error or type(error).__name__}") from error
                time.sleep(_WAIT_S)
            except httpx.HTTPError as error:
                raise Unreachable(f"{url}: {error}") from error
        else:
            raise Unreachable(f"{url}: broke off {_TRIES} times")
        settle(part, target, wanted)


def settle(part: Path, target: Path, wanted: ModelFile) -> None:
    """Make a finished `part` the file `target`, durably, if it has the wanted bytes; else remove it.

    Raises:
        ModelCorrupt: it has not.
    """
    got = sha256(part)
    if got != wanted.sha256:
        part.unlink()
        raise ModelCorrupt(
            f"내려받은 '{wanted.name}'의 내용이 알려진 것과 다릅니다(sha256 {got[:12]}…, 맞는 값 {wanted.sha256[:12]}…). "
            "파일을 지웠습니다. 다시 받거나 다른 경로(미러)를 쓰십시오.",
            f"downloaded '{wanted.name}' has other bytes than it should (sha256 {got[:12]}…, expected "
            f"{wanted.sha256[:12]}…). It was removed. Download again, or use another mirror.",
        )
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex; about 0.1 s for 150 MB."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def disk_told(folder: Path) -> Iterator[None]:
    """Turn a full disk into StorageFull and an unwritable folder into BadSetting."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(folder) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
            raise BadSetting(
                f"모델 폴더에 쓸 수 없습니다: {folder} ({error.strerror}). 권한을 고치거나 SANGDAM_MODELS_DIR로 다른 폴더를 지정하십시오.",
                f"cannot write to the models folder {folder} ({error.strerror}). Fix its permissions, or name "
                "another with SANGDAM_MODELS_DIR.",
            ) from error
        raise


def bytes_under(folder: Path) -> int:
    """Bytes of all files under a folder in which files come and go meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def no_space(folder: Path) -> StorageFull:
    return StorageFull(
        f"모델을 둘 디스크가 가득 찼습니다: {folder}. 공간을 비우고 다시 하면 이어서 받습니다.",
        f"the disk for models is full: {folder}. Free some space; the download goes on from there.",
    )


class _Again(Exception):
    """The answer does not fit what is here; ask once more."""


def _go_on(client: httpx.Client, url: str, part: Path, wanted: ModelFile, moved: Moved) -> None:
    have = _size(part)
    if have > wanted.size_bytes:
        part.unlink()
        have = 0
    moved(have)
    if have == wanted.size_bytes and part.exists():
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink(missing_ok=True)
            raise _Again("range refused")
        answer.raise_for_status()
        resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.unlink(missing_ok=True)
            raise _Again("another range came")
        with part.open("ab" if resumed else "wb") as file:
            for chunk in answer.iter_raw():
                file.write(chunk)
                moved(file.tell())
                if file.tell() > wanted.size_bytes:
                    break
    if _size(part) < wanted.size_bytes:
        raise _Again("the answer ended early")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0

"""A disk that can be filled: a tmpfs that only one thread and the processes it starts can see.

Needs the right to mount. Without it a process's own files are limited instead: its next write fails as on a full
disk, with another number.
"""

import ctypes
import os
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CLONE_NEWNS, CLONE_FS = 0x00020000, 0x00000200
MS_REC, MS_PRIVATE = 0x4000, 0x40000
BLOCK = bytes(1 << 16)


class SmallDisk:
    """Mounted on `folder` from the start; what is to see it is started by `run`."""

    def __init__(self, folder: Path, size_mib: int) -> None:
        self.folder = folder
        self._thread = ThreadPoolExecutor(1)
        folder.mkdir(parents=True, exist_ok=True)
        self.is_mounted = self.run(lambda: _mount(folder, size_mib))

    def run(self, work: Callable[[], T]) -> T:
        return self._thread.submit(work).result()

    def fill(self, pid: int) -> None:
        """No byte is left for the process."""
        if self.is_mounted:
            self.run(lambda: _fill(self.folder / "filler"))
        else:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, 1))

    def make_room(self) -> None:
        """A limited process must be started again; it has a limit of its own."""
        self.run(lambda: (self.folder / "filler").unlink(missing_ok=True))

    def close(self) -> None:
        self._thread.shutdown()


def _mount(folder: Path, size_mib: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return (
        libc.unshare(CLONE_NEWNS | CLONE_FS) == 0
        and libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0
        and libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"mode=0700,size=%dm" % size_mib) == 0
    )


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(BLOCK):
                pass
        except OSError:
            return

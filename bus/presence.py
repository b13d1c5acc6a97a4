"""Which processes on the bus file still live: each holds a lock that the system drops with the process.

A lease alone would make a restart after a crash wait for the session time. Where there are no file locks
(Windows) the leases do alone.
"""

import os
import secrets
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover  Windows
    fcntl = None  # type: ignore[assignment]  # the module's absence is what is tested for

_FORMING = ".new"


class Presence:
    """The lock of one bus, in a folder beside the bus file. Its `token` begins its members' names."""

    def __init__(self, bus_path: Path) -> None:
        self.token = secrets.token_hex(8)
        self._folder = bus_path.with_name(bus_path.name + "-live")
        self._path = self._folder / self.token
        self._lock: int | None = None
        if fcntl is None:
            return
        self._folder.mkdir(exist_ok=True, mode=0o700)
        forming = self._path.with_suffix(_FORMING)
        self._lock = os.open(forming, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        forming.rename(self._path)  # only now others see it, and locked

    def gone(self) -> list[str]:
        """Tokens of processes that ended without leaving."""
        if fcntl is None:
            return []
        return [path.name for path in self._folder.iterdir() if path.suffix != _FORMING and _unlocked(path)]

    def bury(self, token: str) -> None:
        """Once its members are out, nobody needs to look at it again."""
        (self._folder / token).unlink(missing_ok=True)

    def leave(self) -> None:
        if self._lock is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


def _unlocked(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(lock)

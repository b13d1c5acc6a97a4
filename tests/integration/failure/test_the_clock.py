"""The wall clock of all services jumps an hour ahead, then behind where it was; time that only rises stays as it is.

Of our services alone: the broker and the database have clocks of their own machines.
"""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.failure.conftest import RECORDINGS, Calls, missing

pytestmark = pytest.mark.real_model

FIRST, _ = RECORDINGS
IN_SPEECH_S = 9.5
HOUR_S = 3_700
"""And a bit: Kafka takes records of up to an hour ahead."""
BEHIND_S = -100


class WallClock:
    """Of the processes that have `variables`."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            missing("no C compiler for the clock that jumps: apt-get install gcc libc6-dev")
        library, self._offset = folder / "wall_clock.so", folder / "offset"
        source = Path(__file__).with_name("wall_clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
        self.variables = {"LD_PRELOAD": str(library), "WALL_CLOCK_OFFSET": str(self._offset)}
        self._offset.write_bytes(bytes(8))

    def jump(self, offset_s: int) -> None:
        """From now on it is off by this much."""
        with self._offset.open("r+b", buffering=0) as file:
            file.write(offset_s.to_bytes(8, "little", signed=True))


def test_the_clock_jumps(calls: Calls, tmp_path: Path) -> None:
    clock = WallClock(tmp_path)
    for process in calls.site.processes.values():
        process.stop()
        process.variables |= clock.variables
        process.start()
    for process in calls.site.processes.values():
        process.ready()
    calls.start_all()
    calls.until(FIRST, 4.0)
    clock.jump(HOUR_S)
    calls.until(FIRST, IN_SPEECH_S)
    clock.jump(BEHIND_S)
    told = calls.finish()
    stamps = [one.at_ms - time.time() * 1000 for each in told.values() for one in each.said]
    assert max(stamps) > (HOUR_S - 60) * 1000, "the clock never jumped"

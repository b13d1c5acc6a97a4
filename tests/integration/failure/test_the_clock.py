"""The wall clock of all services jumps an hour ahead, then behind where it was; time that only rises stays as it is."""

from pathlib import Path

import pytest

from tests.integration.failure.conftest import RECORDINGS, Calls, missing

pytestmark = pytest.mark.real_model

FIRST, _ = RECORDINGS
IN_SPEECH_S = 9.5
LIBRARIES = tuple(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def test_the_clock_jumps(calls: Calls, tmp_path: Path) -> None:
    if not LIBRARIES:
        missing("libfaketime is missing: apt-get install faketime")
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    faked = {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    for process in calls.site.processes.values():
        process.stop()
        process.variables |= faked
        process.start()
    for process in calls.site.processes.values():
        process.ready()
    calls.start_all()
    calls.until(FIRST, 4.0)
    offset.write_text("+3700\n")
    calls.until(FIRST, IN_SPEECH_S)
    offset.write_text("-100\n")
    calls.finish()

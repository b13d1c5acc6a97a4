"""What is there when a process has started is not looked through again; what comes later still is."""

import subprocess
import sys

PROGRAM = """
import gc, weakref
from sangdam import collector
collector.settle()
assert gc.get_freeze_count() > 1000
assert gc.get_threshold()[0] == collector.YOUNG
class Ring: pass
ring = Ring(); ring.itself = ring
gone = weakref.ref(ring)
del ring
junk = [[] for _ in range(2 * collector.YOUNG)]
assert gone() is None
"""


def test_cycles_are_still_found() -> None:
    """In a process of its own: the setting is for all of it."""
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=30)

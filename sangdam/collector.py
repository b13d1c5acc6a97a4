"""Python's garbage collector in a process that holds much for long.

What counts references frees nearly everything; the collector looks for cycles. With its own settings it looks through
thousands of connections again and again: a quarter of a gateway's time at 1,000 messages a second, in pauses of half
a second (measured, 2,000 connections).
"""

import gc
from typing import Final

YOUNG: Final = 100_000
"""New objects between two looks at the new ones; 700 by itself."""
_OLDER, _OLDEST = 20, 50
"""Looks between two at the next older generation."""


def settle() -> None:
    """Once everything is loaded: what is there stays and is looked through no more, and new things less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, _OLDER, _OLDEST)

"""Being told to stop: SIGTERM or Ctrl+C once is a request, twice an order, and a request has a time limit."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

log = logging.getLogger(__name__)

LIMIT_S: Final = 9.5
"""From the first signal until the process is gone, whatever hangs: what was published or stored is safe."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Set by the first signal. Until `serving` is entered it also cancels the work, e.g. a download."""

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        """`told` is called at once when the signal comes."""
        self._told = told
        self._asked = asyncio.Event()
        self._work: asyncio.Task[object] | None = asyncio.current_task()

    def is_set(self) -> bool:
        return self._asked.is_set()

    async def wait(self) -> None:
        await self._asked.wait()

    @contextmanager
    def on_signals(self) -> Iterator["Stop"]:
        """Listen to signals for the length of the block; leaves it quietly when one came while loading."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._signalled)
        try:
            yield self
        except asyncio.CancelledError:
            if not self.is_set():
                raise
        finally:
            self._leave_signals()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The block ends by itself when `wait` returns: a signal no longer cancels it."""
        work, self._work = self._work, None
        try:
            yield
        finally:
            self._work = work

    def set(self) -> None:
        """What the first signal does."""
        if not self._asked.is_set():
            self._asked.set()
            self._told()
            if self._work is not None:
                self._work.cancel()

    def _signalled(self) -> None:
        self._leave_signals()
        give_up_after(LIMIT_S)
        self.set()

    @staticmethod
    def _leave_signals() -> None:
        """To the system's own handlers: the next one ends the process at once."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)


def give_up_after(limit_s: float) -> None:
    """End the process with status 1 if it is still there by then: a thread that hangs would keep it for ever."""

    def end() -> None:
        log.error("stopping took more than %.1f s: the process ends now", limit_s)
        os._exit(1)

    timer = threading.Timer(limit_s, end)
    timer.daemon = True
    timer.start()

"""Whisper off the event loop, and what becomes of a window that it cannot take.

A worker that dies of one window is followed by another that dies of it too. So a window that fails alone, twice,
while silence does not, is given up. A worker that cannot even transcribe silence, or whose device failed, ends.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from contracts.errors import ModelError
from models.hypothesis import Hypothesis, Window
from models.mel import Features
from models.whisper import Whisper

log = logging.getLogger(__name__)

_TRIES: Final = 2
_SILENCE_HZ: Final = 8000


class Brain:
    """One model; as many batches at once as it has workers."""

    def __init__(self, whisper: Whisper) -> None:
        self._whisper = whisper
        self._threads = ThreadPoolExecutor(whisper.workers, "asr-whisper")

    async def transcribe(self, windows: Sequence[Window]) -> list[Hypothesis | None]:
        """Texts in the same order; None for a window that was given up.

        Raises:
            ModelError: the device failed.
            Exception: whatever the model raises at silence.
        """
        try:
            return [*await self._run(windows)]
        except ModelError:
            raise
        except Exception:
            log.exception("asr: a batch of %d windows failed, each is tried alone", len(windows))
        return [await self._alone(window) for window in windows]

    async def _alone(self, window: Window) -> Hypothesis | None:
        for attempt in range(_TRIES):
            try:
                return (await self._run([window]))[0]
            except ModelError:
                raise
            except Exception:
                log.exception("asr: a window failed alone, attempt %d of %d", attempt + 1, _TRIES)
        await self._run([self._silence()])
        return None

    def _silence(self) -> Window:
        features = Features(self._whisper.log_mel, _SILENCE_HZ)
        features.append(np.zeros(_SILENCE_HZ, np.float32))
        return Window(features, samples=_SILENCE_HZ)

    async def _run(self, windows: Sequence[Window]) -> list[Hypothesis]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._whisper.transcribe, windows)

    def close(self) -> None:
        """Take no more; what is in work ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

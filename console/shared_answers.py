"""Answers that many pages ask for within moments: one is made for all of them."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final

FRESH_S: Final = 1.5
"""With pages that ask every 3 s, nothing on them is older than 5."""

MAX_ANSWERS: Final = 64
"""Different ones that are kept; the longest unused goes."""

Make = Callable[[], Awaitable[bytes]]


@dataclass(slots=True)
class _Answer:
    made: asyncio.Task[bytes]
    begun_s: float
    is_old: bool = False
    """What it is made of has changed since."""


class SharedAnswers:
    """Single flight, and a short memory.

    Args:
        fresh_s: how long an answer is given again, from when it was begun.
        now_s: a clock that never goes back.
    """

    def __init__(
        self,
        fresh_s: float = FRESH_S,
        *,
        limit: int = MAX_ANSWERS,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fresh_s = fresh_s
        self._limit = limit
        self._now_s = now_s
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self.made = 0
        """How many answers were begun."""

    async def get(self, key: Hashable, make: Make) -> bytes:
        """The answer of that key, made now if none is fresh. What `make` raises, everybody who waits gets.

        `make` bounds its own time; whoever gives up waiting does not take the answer away from the others.
        """
        known = self._answers.get(key)
        if known is None or not self._is_fresh(known):
            self.made += 1
            known = _Answer(asyncio.ensure_future(make()), self._now_s())
            # The result is looked at here even if everybody has given up.
            known.made.add_done_callback(lambda task: task.cancelled() or task.exception())
            self._answers[key] = known
        self._answers.move_to_end(key)
        while len(self._answers) > self._limit:
            self._answers.popitem(last=False)
        return await asyncio.shield(known.made)

    def forget(self) -> None:
        """Something changed: who asks from now on gets a new answer."""
        for answer in self._answers.values():
            answer.is_old = True

    def _is_fresh(self, answer: _Answer) -> bool:
        if answer.is_old:
            return False
        if not answer.made.done():
            return True
        failed = answer.made.cancelled() or answer.made.exception() is not None
        return not failed and self._now_s() - answer.begun_s < self._fresh_s

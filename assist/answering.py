"""The sentence to a card: asked for after the card is out, and never in its way."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, Protocol

from bus.base import Bus
from bus.events import publish_patiently
from contracts.clock import Clock
from contracts.errors import ModelError
from contracts.suggestion import AnswerOffered, SuggestionOffered

log = logging.getLogger(__name__)

WAITING: Final = 64
"""Cards that may wait for their sentence; of more, the oldest go without."""

_AT_ONCE: Final = 4


class Answers(Protocol):
    """What is asked of `assist.answers.Answerer`."""

    async def answer(self, offer: SuggestionOffered) -> AnswerOffered | None:
        """None: there is no sentence that the passage bears out."""
        ...


class Answering:
    """A few cards at a time; a model that is slow or away costs the sentences alone."""

    def __init__(self, bus: Bus, answers: Answers, clock: Clock) -> None:
        self.offered = 0
        self.left_out = 0
        """Cards without a sentence: none was borne out, the model was away, or too many waited."""
        self._bus = bus
        self._answers = answers
        self._clock = clock
        self._waiting: asyncio.Queue[SuggestionOffered] = asyncio.Queue(WAITING)

    def ask(self, offers: Iterable[SuggestionOffered]) -> None:
        """Wish for a sentence to each; the lines of other agencies are sentences already."""
        for offer in offers:
            if offer.snippet.kind != "guide":
                continue
            if self._waiting.full():
                self._waiting.get_nowait()
                self.left_out += 1
            self._waiting.put_nowait(offer)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            offer = await self._waiting.get()
            try:
                answer = await self._answers.answer(offer)
            except ModelError as error:
                log.info("no sentence to %s: %s", offer.suggestion_id, error)
                answer = None
            except Exception:
                log.exception("no sentence to %s", offer.suggestion_id)
                answer = None
            if answer is None:
                self.left_out += 1
                continue
            stamped = answer.model_copy(update={"at_ms": self._clock()})
            await publish_patiently(self._bus, [stamped], "assist, answers")
            self.offered += 1

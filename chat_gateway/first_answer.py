"""Answers while waiting: what the citizen asks first is met with published guides, if any fit for certain.

assist hears the chat's lines on the bus as those of a call, and offers cards. The cards of a citizen's line that come
within 2 s, while nobody has the conversation yet, are shown to the citizen; the place in the queue stays.

Why cards and not a search by hand: of 285 questions with an answer and 200 lines without one (`samples/queries`, the
labelled turns of assist's tests), cards gave 300 guides, 272 of them right; the first three hits of a search from a
score of 0.5 on 321 and 280, from 0.6 on 297 and 264. On small talk both were silent. A search's further hits beside a
card were wrong but for one of them.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bus.base import Bus
from bus.following import Follower
from chat_gateway.log import ChatLog
from chat_gateway.rules import Rules
from contracts.chat import SYSTEM, ChatEntry, ChatHead, Offered, OfferedGuide, Said
from contracts.clock import Clock, monotonic_ms, wall_ms
from contracts.codec import AnyEvent
from contracts.errors import SangdamError
from contracts.suggestion import Snippet, SuggestionOffered
from contracts.topics import SUGGESTIONS
from contracts.transcript import utterance_id

log = logging.getLogger(__name__)

WITHIN_MS: Final = 2_000
"""What comes later is not shown any more: the citizen reads something else by then."""

SETTLE_S: Final = 0.05
"""Cards of one line come together; this is for the bus to bring them all."""

MAX_WAITING: Final = 5_000
"""Lines that cards are waited for; the oldest goes."""

_CITIZEN: Final = 0
"""Channel of the citizen's words on the bus."""


@dataclass(slots=True)
class AnswerCounts:
    """What operators want to know."""

    asked: int = 0
    """Lines of citizens who wait, before anything was offered."""
    offered: int = 0
    """Conversations in which guides were shown."""
    late: int = 0
    """Cards that came after the time, or when somebody had the conversation already."""


@dataclass(slots=True)
class _Line:
    contact_id: str
    until_ms: int
    guides: list[OfferedGuide] = field(default_factory=list)


class FirstAnswers:
    """Shows guides to citizens who wait.

    Args:
        log: hears what citizens write, and takes the guides.
        bus: brings assist's cards.
        rules: how many guides at most; 0: none are shown.
        clock: monotonic time.
    """

    def __init__(
        self, log: ChatLog, bus: Bus, rules: Rules, *, clock: Clock = monotonic_ms, within_ms: int = WITHIN_MS
    ) -> None:
        self.counts = AnswerCounts()
        self._log = log
        self._most = rules.guides
        self._clock = clock
        self._within_ms = within_ms
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        """By the id of the utterance that the line is on the bus."""
        self._writing: set[asyncio.Task[None]] = set()
        self._follower = Follower(bus, (SUGGESTIONS,), self._show, clock=wall_ms, who="chat answers")

    @property
    def ready(self) -> asyncio.Event:
        """Set once the bus is followed."""
        return self._follower.caught_up

    async def run(self) -> None:
        """Follow the cards until cancelled."""
        try:
            await self._follower.run(wall_ms())
        finally:
            for task in list(self._writing):
                task.cancel()

    def heard(self, pairs: Sequence[tuple[ChatHead, ChatEntry]]) -> None:
        """What this process committed; never waits. Somebody in need is not shown guides."""
        for head, entry in pairs:
            is_question = isinstance(entry.body, Said) and entry.author.side == "citizen"
            if not is_question or head.state != "waiting" or head.offered or head.urgent or not self._most:
                continue
            self.counts.asked += 1
            name = utterance_id(head.contact_id, _CITIZEN, entry.seq)
            self._lines[name] = _Line(head.contact_id, self._clock() + self._within_ms)
            if len(self._lines) > MAX_WAITING:
                self._lines.popitem(last=False)

    def _show(self, event: AnyEvent) -> None:
        self._forget()
        if not isinstance(event, SuggestionOffered):
            return
        line = self._lines.get(event.utterance_id)
        guide = guide_of(event.snippet)
        if line is None or guide is None or len(line.guides) >= self._most:
            return
        if any(known.article_id == guide.article_id for known in line.guides):
            return
        line.guides.append(guide)
        if len(line.guides) == 1:
            task = asyncio.get_running_loop().create_task(self._offer(event.utterance_id, line))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _offer(self, name: str, line: _Line) -> None:
        await asyncio.sleep(SETTLE_S)
        self._lines.pop(name, None)
        try:
            head = await self._log.head(line.contact_id)
            if head.state != "waiting" or head.offered or head.urgent or self._clock() > line.until_ms:
                self.counts.late += 1
                return
            # Under one name for all gateways: of two first lines that are answered at once one stands.
            await self._log.submit(
                line.contact_id, SYSTEM, Offered(guides=tuple(line.guides)), client_id="first-answer"
            )
            self.counts.offered += 1
        except SangdamError as error:
            # Somebody has it by now, or the database is away: a person answers.
            self.counts.late += 1
            log.info("no first answer in %s: %s", line.contact_id, error)

    def _forget(self) -> None:
        """Lines whose time is over; they stand in the order in which they came."""
        now_ms = self._clock()
        while self._lines:
            name, line = next(iter(self._lines.items()))
            if line.until_ms >= now_ms:
                return
            del self._lines[name]


def guide_of(snippet: Snippet) -> OfferedGuide | None:
    """The card as it is shown to citizens; None for what is no guide of ours."""
    if snippet.kind != "guide":
        return None
    title = f"{snippet.title}: {snippet.heading}" if snippet.heading else snippet.title
    return OfferedGuide(
        article_id=snippet.article_id,
        title=title,
        passage=snippet.text,
        source=snippet.source,
        department=snippet.department,
        revised=snippet.revised.isoformat(),
        category=snippet.category,
    )

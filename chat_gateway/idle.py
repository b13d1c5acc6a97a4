"""Nothing ends silently: who does not answer is warned, and stays by one key; then the conversation rests and can
be taken up again for long.

The citizen's silence counts only where it is the citizen's turn. Any number of gateways may sweep: each step is
written on the condition that nothing came after the entry it is about.
"""

import asyncio
import logging
from typing import Final, Literal

from chat_gateway.decisions import notice
from chat_gateway.log import ChatLog
from chat_gateway.rules import Rules
from contracts.chat import SYSTEM, Body, ChatHead, Ended, Party, Rested, Side
from contracts.clock import Clock, wall_ms
from contracts.errors import Conflict, NotAllowed, NotFound, Unavailable
from store import chat_queue
from store.chat_queue import Silent
from store.database import Database

log = logging.getLogger(__name__)

Step = Literal["warn", "rest", "end"]

PAGE: Final = 200
PAGES: Final = 10
"""Of one sweep; the next one goes on from there."""

MAX_WRITING: Final = 10_000
_EVERY_S: Final = 5.0
_ENDED_TEXT: Final = "오래 쉬어서 상담을 마쳤습니다. / ended after a long rest."


def due_ms(head: ChatHead, touched_at_ms: int, rules: Rules) -> int | None:
    """Wall time of the next step of a conversation in which nothing happened since `touched_at_ms`; None: none."""
    match head.state:
        case "serving" if head.unanswered_since_ms is None:
            return touched_at_ms + round(rules.idle_warn_s * 1000)
        case "resting":
            return touched_at_ms + round(rules.rest_end_s * 1000)
        case _:
            return None


def step(head: ChatHead, touched_at_ms: int, rules: Rules, now_ms: int) -> Step | None:
    """What is due now."""
    due = due_ms(head, touched_at_ms, rules)
    if due is None or now_ms < due:
        return None
    if head.state == "resting":
        return "end"
    return "warn" if head.warned_at_ms is None else "rest"


class Idle:
    """The sweep of one gateway."""

    def __init__(self, chats: ChatLog, database: Database, rules: Rules, *, clock: Clock = wall_ms) -> None:
        self._log = chats
        self._database = database
        self._rules = rules
        self._clock = clock
        self._after: dict[str, tuple[int, str]] = {}
        self._writing: dict[str, int] = {}
        """Contact id → when its citizen was last written down to be writing."""
        self._to_touch: set[str] = set()

    def typed(self, contact_id: str, side: Side) -> None:
        """Somebody is writing here, of which the log knows nothing: who writes slowly is not silent."""
        now_ms = self._clock()
        if side == "citizen" and now_ms - self._writing.get(contact_id, 0) >= self._rules.idle_warn_s * 250:
            self._writing.pop(contact_id, None)
            self._writing[contact_id] = now_ms
            self._to_touch.add(contact_id)
            if len(self._writing) > MAX_WRITING:
                del self._writing[next(iter(self._writing))]

    async def run(self) -> None:
        """Until cancelled."""
        every_s = max(0.05, min(_EVERY_S, self._rules.idle_warn_s / 10))
        while True:
            try:
                await self.sweep()
            except Unavailable as error:
                log.info("idle chats are looked for later: %s", error)
            await asyncio.sleep(every_s)

    async def sweep(self) -> int:
        """Write what is due. Returns how many steps were.

        Raises:
            Unavailable: the database does not answer.
        """
        while self._to_touch:
            some = [self._to_touch.pop() for _ in range(min(PAGE, len(self._to_touch)))]
            async with self._database.session() as session:
                await chat_queue.touch(session, some, self._clock())
        return await self._sweep("serving", self._rules.idle_warn_s) + await self._sweep(
            "resting", self._rules.rest_end_s
        )

    async def _sweep(self, state: Literal["serving", "resting"], after_s: float) -> int:
        now_ms = self._clock()
        written = 0
        for _ in range(PAGES):
            after = self._after.pop(state, (0, ""))
            async with self._database.session() as session:
                page = await chat_queue.silent(session, state, now_ms - round(after_s * 1000), after, PAGE)
            written += sum(await asyncio.gather(*(self._take(silent, now_ms) for silent in page)))
            if len(page) < PAGE:
                break
            self._after[state] = (page[-1].touched_at_ms, page[-1].contact_id)
        return written

    async def _take(self, silent: Silent, now_ms: int) -> bool:
        due = step(silent.head, silent.touched_at_ms, self._rules, now_ms)
        if due is None:
            return False
        try:
            await self._log.submit(
                silent.contact_id, _system(silent.head), self._body(due), if_seq=silent.head.last_seq
            )
        except (Conflict, NotFound, NotAllowed):
            return False  # something happened meanwhile, or another gateway was faster
        return True

    def _body(self, due: Step) -> Body:
        match due:
            case "warn":
                return notice("idle_warning", self._rules.idle_warning, (self._rules.stay_reply,))
            case "rest":
                return Rested()
            case "end":
                return Ended(reason=_ENDED_TEXT)


def _system(head: ChatHead) -> Party:
    """The system, as long as this agent has it."""
    return Party(side="system", staff_id=head.agent.staff_id) if head.agent else SYSTEM

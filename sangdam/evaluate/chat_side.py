"""A loader of the chat bench, a process of its own: both sides of its share of the conversations.

`python -m sangdam.evaluate.chat_side PLAN`, where PLAN is a file with a `Loader` as JSON. It says `{"ready": true}`,
then answers each line of JSON with one: `{"connect": true}`, `{"load": Phase}`, `{"stop": true}`.
"""

import asyncio
import gc
import heapq
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from contracts.clock import wall_ms
from contracts.errors import Unreachable
from sangdam.evaluate.bus_side import cpu_seconds, listen, next_line, tell
from sangdam.evaluate.chat_dialects import DIALECTS, PING_S, Dialect, Heard
from sangdam.evaluate.chat_load import Side, Tally, answers, messages, text_of
from sangdam.evaluate.chat_plan import Loader, Phase
from sangdam.evaluate.chat_stalled import Stalled
from sangdam.evaluate.chat_typists import Typists
from sangdam.evaluate.chat_wire import Wire, open_wire
from sangdam.evaluate.waiting import until

READY_S: Final = 60.0
"""For the snapshots of all conversations."""
LONG_PER_S: Final = 50.0
"""Long answers in the conversations that a stalled page watches: they fill its line."""
_BACK_S: Final = 1.0


class Page:
    """One socket: a citizen's with one conversation, or an agent's with several."""

    def __init__(self, load: "Load", side: Side, key: str, numbers: Sequence[int], source: str) -> None:
        self._load = load
        self.side = side
        self._key = key
        self._numbers = numbers
        self._source = source
        self.last_seq = dict.fromkeys(numbers, 0)
        self.waits_for = len(numbers)
        """Conversations that are not shown yet."""
        self.wire: Wire | None = None
        self.heard_ns = 0
        """When the last line came."""
        self.gap_ns = 0
        """The longest time without a line, in this phase."""

    async def connect(self) -> None:
        load = self._load
        self.wire = await open_wire(
            load.plan.port,
            load.dialect.path,
            self._hear,
            self._gone,
            headers=load.dialect.headers(self._key),
            source=self._source,
        )
        contacts = [(load.contact(number), self.last_seq[number]) for number in self._numbers]
        for text in load.dialect.hello(self._key, contacts):
            self.wire.send(text)

    def send(self, text: str) -> None:
        if self.wire is not None:
            self.wire.send(text)

    def _hear(self, raw: bytes) -> None:
        now_ns = time.monotonic_ns()
        for heard in self._load.dialect.hear(raw, self.side):
            if heard.kind == "line":
                self._line(heard, now_ns)
            elif heard.kind == "ready":
                self.waits_for -= 1
            else:
                self._load.told(self, heard, now_ns)
            if heard.reply:
                self.send(heard.reply)

    def _line(self, heard: Heard, now_ns: int) -> None:
        number = self._load.number(heard.contact_id)
        tally, last = self._load.tally, self.last_seq[number]
        if heard.seq <= last:
            tally.faults["doubled"] += 1
        elif last and heard.seq != last + 1:
            tally.faults["gaps"] += 1
        self.last_seq[number] = max(last, heard.seq)
        if heard.text:
            self.gap_ns = max(self.gap_ns, now_ns - self.heard_ns)
            self.heard_ns = now_ns
            tally.show((number, self.side), heard.text, now_ns)

    def _gone(self, code: int) -> None:
        self.wire = None
        self._load.lost_connection(self, code)


class Load:
    """All pages of this process, and what they saw."""

    def __init__(self, plan: Loader) -> None:
        self.plan = plan
        self.dialect: Dialect = DIALECTS[plan.dialect]()
        self.tally = Tally()
        self._numbers = {contact_id: plan.first + place for place, contact_id in enumerate(plan.contacts)}
        self._citizens: dict[int, Page] = {}
        self._staff: dict[int, Page] = {}
        self._pages: list[Page] = []
        self._unacked: dict[str, tuple[int, Page, str]] = {}
        self._coming_back: set[asyncio.Task[None]] = set()
        self.typists: Typists | None = None
        self.refusals: list[str] = []
        for place, key in enumerate(plan.keys):
            self._citizens[plan.first + place] = self._page("citizen", key, (plan.first + place,))
        for agent in plan.agents:
            page = self._page("staff", agent.key, agent.conversations)
            self._staff.update(dict.fromkeys(agent.conversations, page))

    def _page(self, side: Side, key: str, numbers: Sequence[int]) -> Page:
        source = f"127.0.0.{1 + len(self._pages) % self.plan.sources}"
        page = Page(self, side, key, numbers, source)
        self._pages.append(page)
        return page

    def contact(self, number: int) -> str:
        return self.plan.contacts[number - self.plan.first]

    def number(self, contact_id: str) -> int:
        return self._numbers[contact_id]

    # -- connections

    async def connect(self) -> dict[str, Any]:
        """All pages, agents first: their conversations must not look left alone."""
        began = time.monotonic()
        gate = asyncio.Semaphore(self.plan.at_once)

        async def one(page: Page) -> None:
            async with gate:
                await page.connect()

        for side in ("staff", "citizen"):
            await asyncio.gather(*(one(page) for page in self._pages if page.side == side))
        await until(
            lambda: all(page.waits_for <= 0 for page in self._pages), "every page shows its chats", READY_S
        )
        self.pinging = asyncio.create_task(self._ping())
        # Thousands of pages that stay: nothing to look through again and again.
        gc.collect()
        gc.freeze()
        return {
            "citizens": len(self._citizens),
            "staff": len(self._pages) - len(self._citizens),
            "seconds": round(time.monotonic() - began, 2),
        }

    def lost_connection(self, page: Page, code: int) -> None:
        """A page comes back, as a page does, and sends again what nobody acknowledged."""
        self.tally.faults[f"closed_{code}"] += 1
        task = asyncio.create_task(self._come_back(page))
        self._coming_back.add(task)
        task.add_done_callback(self._coming_back.discard)

    async def _come_back(self, page: Page) -> None:
        while page.wire is None:
            await asyncio.sleep(_BACK_S)
            try:
                await page.connect()
            except Unreachable:
                self.tally.faults["refused_connections"] += 1
                if self.tally.faults["refused_connections"] > 10 * len(self._pages):
                    return
        for _, sender, text in list(self._unacked.values()):
            if sender is page:
                page.send(text)

    async def _ping(self) -> None:
        """Every page in its turn, spread evenly."""
        while True:
            for place, page in enumerate(self._pages):
                if not place % 50:
                    await asyncio.sleep(PING_S * 50 / len(self._pages))
                if text := self.dialect.ping(wall_ms()):
                    page.send(text)

    # -- what is said

    def told(self, page: Page, heard: Heard, now_ns: int) -> None:
        """Anything but a line."""
        if heard.kind == "ack" and heard.name in self._unacked:
            due_ns, _, _ = self._unacked.pop(heard.name)
            self.tally.acks_ns.append(now_ns - due_ns)
        elif heard.kind == "typing" and self.typists is not None and page.side == "staff":
            seen = self.typists.shown(heard.name, heard.seq, now_ns / 1e6)
            self.tally.typing_ns += [round(age_ms * 1e6) for age_ms in seen]
        elif heard.kind == "again" and heard.name in self._unacked:
            self.tally.faults["refused_for_now"] += 1
            asyncio.get_running_loop().call_later(
                heard.wait_ms / 1000, page.send, self._unacked[heard.name][2]
            )
        elif heard.kind == "refused":
            self.tally.faults["refused"] += 1
            self.refusals = [*self.refusals[:4], heard.text]
            self._unacked.pop(heard.name, None)

    async def load(self, phase: Phase) -> dict[str, Any]:
        """Send evenly, then wait until every message is on both screens and acknowledged."""
        self.tally.drain()
        faults_before = self.tally.faults.copy()
        stalled = await self._stall(phase) if phase.stalled_key else None
        cpu_s, began_ns = cpu_seconds(), time.monotonic_ns() + 50_000_000
        for page in self._pages:
            page.heard_ns, page.gap_ns = began_ns, 0
        typing_in = list(enumerate(self.plan.contacts[: phase.typists], self.plan.first))
        self.typists = Typists(f"{phase.name}-{self.plan.first}", typing_in)
        typing = asyncio.create_task(self._type(self.typists))
        await self._send(phase, began_ns)
        typing.cancel()
        with suppress(asyncio.CancelledError):
            await typing
        sent_s = (time.monotonic_ns() - began_ns) / 1e9
        used_s = cpu_seconds() - cpu_s
        gaps_s = [page.gap_ns / 1e9 for page in self._pages if page.side == "staff"]
        await self._until_shown(phase.patience_s)
        figures: dict[str, Any] = {
            "sent": len(self.tally.late_ns),
            "sent_s": round(sent_s, 3),
            "busy": round(used_s / sent_s, 3),
            "gap_s": round(max(gaps_s, default=0.0), 3),
            "missing": self.tally.missing(),
            "unacknowledged": len(self._unacked),
            "faults": dict(self.tally.faults - faults_before),
            "refusals": self.refusals,
            "typed": self.typists.sent,
            "typing_unseen": self.typists.unseen,
            "ages": _tenths(self.tally.ages_ns),
            "acks": _tenths(self.tally.acks_ns),
            "typing": _tenths(self.tally.typing_ns),
            "late": _tenths(self.tally.late_ns),
        }
        if stalled is not None:
            figures["stalled"] = await stalled.end(self.tally.sent, phase.patience_s)
        return figures

    async def _stall(self, phase: Phase) -> Stalled:
        contacts = {self.contact(number): number for number in self._watched(phase)}
        stalled = Stalled(self.dialect, self.plan.port, phase.stalled_key, contacts)
        await stalled.begin(READY_S)
        return stalled

    def _watched(self, phase: Phase) -> range:
        return range(self.plan.first, self.plan.first + min(phase.watched, len(self.plan.contacts)))

    async def _send(self, phase: Phase, began_ns: int) -> None:
        numbers = range(self.plan.first, self.plan.first + len(self.plan.contacts))
        due_ones = messages(numbers, phase.rate, phase.seconds, began_ns)
        if phase.stalled_key:
            long_ones = answers(self._watched(phase), LONG_PER_S, phase.seconds, began_ns)
            due_ones = heapq.merge(due_ones, long_ones, key=lambda due: due.at_ns)
        for due in due_ones:
            if (early_ns := due.at_ns - time.monotonic_ns()) > 0:
                await asyncio.sleep(early_ns / 1e9)
            self.tally.late_ns.append(max(0, time.monotonic_ns() - due.at_ns))
            page = (self._citizens if due.side == "citizen" else self._staff)[due.conversation]
            place = self.tally.send(due.conversation, due.side)
            client_id = f"bench-{due.conversation}-{due.side[0]}{place:06d}"
            said = text_of(due.conversation, due.side, place, due.at_ns, due.tail)
            text = self.dialect.send(self.contact(due.conversation), client_id, said)
            self._unacked[client_id] = (due.at_ns, page, text)
            page.send(text)

    async def _type(self, typists: Typists) -> None:
        while typists:
            for number, typing in typists.due(time.monotonic_ns() / 1e6):
                self._citizens[number].send(self.dialect.typing(typing))
            await asyncio.sleep(0.01)

    async def _until_shown(self, patience_s: float) -> None:
        with suppress(Unreachable):  # what is missing is told
            await until(
                lambda: not self.tally.missing() and not self._unacked, "everything shown", patience_s
            )


def _tenths(values_ns: Sequence[int]) -> list[int]:
    """In tenths of a ms: short as JSON."""
    return [round(value / 1e5) for value in values_ns]


async def _main(plan: Loader) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    load = Load(plan)
    lines = listen()
    tell(ready=True)
    while "stop" not in (asked := await next_line(lines)):
        try:
            if "load" in asked:
                tell(**await load.load(Phase.model_validate(asked["load"])))
            else:
                tell(**await load.connect())
        except Unreachable as error:
            tell(error=str(error))


if __name__ == "__main__":
    asyncio.run(_main(Loader.model_validate_json(Path(sys.argv[1]).read_text())))

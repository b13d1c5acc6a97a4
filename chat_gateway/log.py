"""The log of all conversations: one way in, and what is in it is durable, numbered, and told to everybody.

All commands that wait go into one transaction together. After its commit their callers have their answers, the
listeners of this process hear of the entries, and they go on the bus (`publisher.py`).
"""

import asyncio
import logging
import random
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bus.base import Bus
from bus.events import finish
from chat_gateway.batch import NOTHING, Job, Outcome, beginning, higher, no_such_chat, opened, write
from chat_gateway.counts import ChatCounts
from chat_gateway.protocol import KEPT, Resume, resume
from chat_gateway.publisher import Publisher
from chat_gateway.rules import Rules
from contracts.chat import Attend, Body, ChatEntry, ChatHead, Opened, Party, Receipts, Side
from contracts.clock import Clock, wall_ms
from contracts.errors import Overloaded, SangdamError, Unavailable
from contracts.event import Event
from privacy.vault import Vault
from store import chats
from store.chats import Key
from store.database import Database

log = logging.getLogger(__name__)

MAX_BATCH: Final = 200
"""Commands of one transaction: some 20 ms."""

MAX_WAITING: Final = 4000
"""Commands that wait for theirs; more are refused, their senders keep them and try again."""

PACE_S: Final = 0.05
"""Between the beginnings of two transactions: under load more go together, and each costs less."""

LINGER_S: Final = 0.2
"""Receipts alone wait so long for company."""

TRIES: Final = 3
"""Of a transaction that others were in the way of."""

READS: Final = 4
"""At a time: thousands of pages that come back at once must leave a connection for who writes."""

Heard = Callable[[Sequence[tuple[ChatHead, ChatEntry]]], None]
Receipted = Callable[[str, Receipts], None]


def _no_events(_head: ChatHead, _entry: ChatEntry) -> tuple[Event, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class View:
    """A conversation as a page is shown it, before anything is left out for its side."""

    head: ChatHead
    receipts: Receipts
    how: Resume
    entries: tuple[ChatEntry, ...]


class ChatLog:
    """Writes and reads conversations. Any number of processes do, on one database.

    Args:
        database: keeps heads and entries.
        bus: carries them to the other gateways, and their masked words to everybody else.
        vault: seals the words.
        rules: of the site.
        instance: of this process.
        clock: wall time.
        events: what the other services are told of an entry.
        counts: of this gateway.
        max_waiting: commands.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        vault: Vault,
        rules: Rules,
        *,
        instance: str,
        clock: Clock = wall_ms,
        events: Callable[[ChatHead, ChatEntry], tuple[Event, ...]] = _no_events,
        counts: ChatCounts | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._database = database
        self._vault = vault
        self._rules = rules
        self._clock = clock
        self.counts = counts or ChatCounts()
        self._max_waiting = max_waiting
        self._jobs: deque[Job] = deque()
        self._receipts: dict[str, Receipts] = {}
        self._wake = asyncio.Event()
        self._reads = asyncio.Semaphore(READS)
        self._is_lingering = False
        self._listeners: list[Heard] = []
        self._receipt_listeners: list[Receipted] = []
        self.publisher = Publisher(
            database,
            bus,
            vault,
            instance=instance,
            clock=clock,
            events=events,
            counts=self.counts,
            marked=self._linger,
        )

    # -- in ------------------------------------------------------------------------------------------------

    async def begin(
        self, opened: Opened, *, person_id: str, nickname: str = "", contact_id: str = ""
    ) -> ChatHead:
        """A new conversation: opened, and met with a greeting, or with the hours after hours.

        Args:
            opened: its first entry.
            person_id: who it is with, across channels.
            nickname: as the citizen wants to be called.
            contact_id: that nobody has had; empty: a random one.

        Raises:
            Unavailable: not now; nothing was kept.
        """
        contact_id = contact_id or str(uuid.uuid4())
        chat, who = beginning(contact_id, uuid.uuid4().hex, person_id, opened, nickname)
        await self._put(Job(contact_id, who, opened, _future(), begins=chat))
        return await self.head(contact_id)

    async def submit(
        self, contact_id: str, who: Party, body: Body, client_id: str = "", *, if_seq: int | None = None
    ) -> ChatEntry:
        """Write a command and what follows from it; durable on return.

        Args:
            contact_id: of the conversation.
            who: authenticated.
            body: as its sender wrote it; what is the gateway's to set is set here.
            client_id: the sender's own; what was sent before under the same is returned, and nothing is written.
            if_seq: only while this is the last entry.

        Returns:
            Its entry. Where nothing had to be written, the last one of the conversation.

        Raises:
            NotFound, NotAllowed, Conflict, BadRequest: nothing was written.
            Unavailable: not now. It may or may not have been written: send it again under the same client id.
        """
        return await self.put(contact_id, who, body, client_id, if_seq=if_seq)

    def put(
        self, contact_id: str, who: Party, body: Body, client_id: str = "", *, if_seq: int | None = None
    ) -> asyncio.Future[ChatEntry]:
        """As `submit`, without waiting: the future has what it returns or raises. In the order of the calls.

        Raises:
            Overloaded: too much waits.
        """
        return self._put(Job(contact_id, who, body, _future(), client_id, if_seq))

    def _put(self, job: Job) -> asyncio.Future[ChatEntry]:
        if len(self._jobs) >= self._max_waiting:
            raise Overloaded(
                "메시지가 몰려 잠시 받지 못합니다. 곧 다시 보내집니다.",
                f"{self._max_waiting} messages wait for the database. Send it again in a moment.",
            )
        self._jobs.append(job)
        self._wake.set()
        return job.done

    def got(self, contact_id: str, side: Side, delivered: int, read: int) -> None:
        """A side has got, and has read, everything up to these numbers. Written with the next transaction."""
        if side == "citizen":
            raised = Receipts(citizen_delivered=delivered, citizen_read=read)
        else:
            raised = Receipts(staff_delivered=delivered, staff_read=read)
        self._receipts[contact_id] = higher(self._receipts.get(contact_id, NOTHING), raised)
        self._linger()

    def _linger(self) -> None:
        """Write soon, with others if they come."""
        if not self._is_lingering:
            self._is_lingering = True
            asyncio.get_running_loop().call_later(LINGER_S, self._lingered)

    def _lingered(self) -> None:
        self._is_lingering = False
        self._wake.set()

    # -- out -----------------------------------------------------------------------------------------------

    def listen(self, heard: Heard) -> None:
        """Be told what THIS process committed: head after each entry, and entry, in order. Must not block."""
        self._listeners.append(heard)

    def listen_receipts(self, heard: Receipted) -> None:
        """Be told of receipts that rose in this process."""
        self._receipt_listeners.append(heard)

    async def head(self, contact_id: str) -> ChatHead:
        """Raises: NotFound; Unavailable."""
        return (await self.look(contact_id))[0]

    async def receipts(self, contact_id: str) -> Receipts:
        """Raises: NotFound; Unavailable."""
        return (await self.look(contact_id))[1]

    async def view(self, attend: Attend) -> View:
        """What a page is to be shown that knows what `attend` says. Raises: NotFound; Unavailable."""
        async with self._reads, self._database.session() as session:
            found = await chats.get(session, attend.contact_id)
            if found is None:
                raise no_such_chat(attend.contact_id)
            head = found.head
            how = resume(head, attend)
            rows = await chats.entries(
                session,
                attend.contact_id,
                after=attend.last_seq if how == "replay" else 0,
                before=head.last_seq + 1,
                limit=KEPT,
            )
        return View(head, found.receipts, how, tuple(opened(self._vault, row) for row in rows))

    async def look(self, contact_id: str) -> tuple[ChatHead, Receipts]:
        """Head and receipts. Raises: NotFound; Unavailable."""
        async with self._reads, self._database.session() as session:
            found = await chats.get(session, contact_id)
        if found is None:
            raise no_such_chat(contact_id)
        return found.head, found.receipts

    async def entries(
        self, contact_id: str, *, after: int = 0, before: int | None = None, limit: int = 200
    ) -> list[ChatEntry]:
        """A page of the log, oldest first: with `before` the last ones before it, else the first ones `after`."""
        async with self._reads, self._database.session() as session:
            rows = await chats.entries(session, contact_id, after=after, before=before, limit=limit)
        return [opened(self._vault, row) for row in rows]

    @property
    def waiting(self) -> int:
        """Commands that wait for their transaction."""
        return len(self._jobs)

    # -- at work -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled; then what is being written is finished, and what waits is refused."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self.publisher.run())
                tasks.create_task(self.publisher.sweep())
        finally:
            self._refuse_all(_stopping())

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            began_s = loop.time()
            await finish(self._commit(self._next()))
            if self._jobs:
                self._wake.set()
            await asyncio.sleep(max(0.0, began_s + PACE_S - loop.time()))

    def _next(self) -> Sequence[Job]:
        return [self._jobs.popleft() for _ in range(min(MAX_BATCH, len(self._jobs)))]

    async def _commit(self, jobs: Sequence[Job]) -> None:
        receipts, self._receipts = self._receipts, {}
        published = self.publisher.take_published()
        if not (jobs or receipts or published):
            return
        try:
            outcome = await self._transact(jobs, receipts, published)
        except Unavailable as error:
            self._put_back(receipts, published)
            _answer_all(jobs, error)
            self._refuse_all(error)  # else what was said later could come before it
            if not jobs:
                await asyncio.sleep(1.0)
        except Exception as error:
            if len(jobs) > 1:
                self._put_back(receipts, published)
                for job in jobs:
                    await self._commit([job])
                return
            self.publisher.put_back(published)
            log.exception("not written")
            _answer_all(jobs, error if isinstance(error, SangdamError) else _fault())
        else:
            self.publisher.written_down(published)
            self._done(outcome)

    async def _transact(
        self, jobs: Sequence[Job], receipts: dict[str, Receipts], published: Sequence[Key]
    ) -> Outcome:
        """The transaction, again when others were in its way."""
        for attempt in range(TRIES):
            try:
                async with self._database.session() as session:
                    outcome = await write(
                        session, self._vault, self._rules, self._clock(), jobs, receipts, published
                    )
            except Overloaded:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0.01, 0.1))  # noqa: S311  spreads load only
            else:
                return outcome
        raise AssertionError  # the last attempt returns or raises

    def _done(self, outcome: Outcome) -> None:
        """After the commit: first the listeners, then the answers, then the bus."""
        self._count(outcome)
        if outcome.logged:
            pairs = [(logged.head, logged.entry) for logged in outcome.logged]
            for heard in self._listeners:
                _tell(heard, pairs)
        for job, answer in outcome.answers:
            if job.done.done():
                continue
            if isinstance(answer, SangdamError):
                job.done.set_exception(answer)
            else:
                job.done.set_result(answer)
        for contact_id, receipts in outcome.receipts.items():
            for receipted in self._receipt_listeners:
                receipted(contact_id, receipts)
        self.publisher.put(outcome.logged, outcome.receipts)

    def _count(self, outcome: Outcome) -> None:
        self.counts.duplicates += outcome.duplicates
        if outcome.logged:
            self.counts.batches += 1
        for logged in outcome.logged:
            body = logged.entry.body
            self.counts.entries[body.kind] += 1
            if isinstance(body, Opened):
                self.counts.opened[body.channel] += 1

    def _put_back(self, receipts: dict[str, Receipts], published: Sequence[Key]) -> None:
        for contact_id, raised in receipts.items():
            self._receipts[contact_id] = higher(self._receipts.get(contact_id, NOTHING), raised)
        self.publisher.put_back(published)

    def _refuse_all(self, error: SangdamError) -> None:
        jobs, self._jobs = self._jobs, deque()
        _answer_all(jobs, error)


def _tell(heard: Heard, pairs: Sequence[tuple[ChatHead, ChatEntry]]) -> None:
    try:
        heard(pairs)
    except Exception:
        # The entries are in the log: one bad listener must not cost their senders the answer.
        log.exception("a listener failed")


def _answer_all(jobs: Sequence[Job] | deque[Job], error: SangdamError) -> None:
    for job in jobs:
        if not job.done.done():
            job.done.set_exception(error)
            job.done.exception()  # whoever sent it may be gone


def _future() -> asyncio.Future[ChatEntry]:
    return asyncio.get_running_loop().create_future()


def _stopping() -> Unavailable:
    return Unavailable("서버가 다시 시작하고 있습니다. 곧 이어집니다.", "the server restarts. Send it again.")


def _fault() -> SangdamError:
    return SangdamError(
        "서버에 문제가 생겨 저장하지 못했습니다. 다시 시도해 주십시오.",
        "the server failed to write it. Try again.",
    )

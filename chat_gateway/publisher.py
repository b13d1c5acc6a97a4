"""What is in the log goes on the bus: to the other gateways sealed, to everybody else as masked events.

Entries that a process committed and did not live to publish are found by the others and published again; whoever
reads them tells by their number.
"""

import asyncio
import base64
import logging
import random
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from bus.base import Bus
from bus.outage import AWAY, Outage
from chat_gateway.batch import Logged, opened
from chat_gateway.counts import ChatCounts
from contracts.chat import ChatEntry, ChatHead, Receipts
from contracts.chat_bus import ChatLogged, ChatReceipted
from contracts.clock import Clock
from contracts.codec import encode, topic_of
from contracts.event import Event
from privacy.vault import Vault
from store import chats
from store.chats import Key
from store.database import Database

log = logging.getLogger(__name__)

AT_ONCE: Final = 100
"""Entries between two turns of the event loop, and of one publication."""

MAX_PENDING: Final = 20_000
"""Entries that wait for the bus; what is above is found again in the database."""

PACE_S: Final = 0.05
"""Between two publications: under load more go together."""

OLD_MS: Final = 3_000
"""An entry that is not published after this is looked after by whoever finds it."""

SWEEP_S: Final = 1.0

SKIPPED_MS: Final = 5_000
"""Between a page's first look at the database and our hearing of it lies less than this."""

Events = Callable[[ChatHead, ChatEntry], tuple[Event, ...]]


class Publisher:
    """Publishes what its process logs, and what others left behind.

    Args:
        database: where unpublished entries are.
        bus: where they go.
        vault: opens what others left.
        instance: of this process.
        clock: wall time.
        events: what the other services are told of an entry.
        counts: of this gateway.
        marked: called when `published` has something to be written down.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        vault: Vault,
        *,
        instance: str,
        clock: Clock,
        events: Events,
        counts: ChatCounts,
        marked: Callable[[], None],
    ) -> None:
        self._database = database
        self._bus = bus
        self._vault = vault
        self._instance = instance
        self._clock = clock
        self._events = events
        self._counts = counts
        self._marked = marked
        self._pending: deque[Logged] = deque()
        self._keys: set[Key] = set()
        """Of what waits for the bus or for its mark in the database."""
        self._receipts: dict[str, Receipts] = {}
        self.is_followed: Callable[[str], bool] = lambda _contact_id: True
        """Whether a page follows the conversation at another gateway: receipts are for those alone."""
        self._skipped: OrderedDict[str, tuple[int, Receipts]] = OrderedDict()
        """Receipts of the last moments that were for nobody, and since when."""
        self._extra: deque[Event] = deque(maxlen=MAX_PENDING)
        self._wake = asyncio.Event()
        self.published: list[Key] = []
        """On the bus; the next transaction writes it down."""

    def put(self, logged: Sequence[Logged], receipts: Mapping[str, Receipts]) -> None:
        """What was committed; never waits."""
        for one in logged[: max(0, MAX_PENDING - len(self._pending))]:
            self._pending.append(one)
            self._keys.add(one.key)
        for contact_id, told in receipts.items():
            if self.is_followed(contact_id):
                self._receipts[contact_id] = told
            else:
                self._skip(contact_id, told)
        if logged or self._receipts:
            self._wake.set()

    def followed(self, contact_id: str) -> None:
        """A page follows it at another gateway: what it read of the database may be older than we thought it knew."""
        since_ms, told = self._skipped.pop(contact_id, (0, None))
        if told is not None and self._clock() - since_ms <= SKIPPED_MS:
            self._receipts[contact_id] = told
            self._wake.set()

    def _skip(self, contact_id: str, told: Receipts) -> None:
        now_ms = self._clock()
        self._skipped[contact_id] = (now_ms, told)
        self._skipped.move_to_end(contact_id)
        while now_ms - next(iter(self._skipped.values()))[0] > SKIPPED_MS:
            self._skipped.popitem(last=False)

    def say(self, event: Event) -> None:
        """Publish an event of the gateway's own, in its turn. What is too much is left out, the oldest first."""
        self._extra.append(event)
        self._wake.set()

    @property
    def lag_ms(self) -> int:
        """How long the oldest entry has waited for the bus."""
        return max(0, self._clock() - self._pending[0].entry.at_ms) if self._pending else 0

    @property
    def pending(self) -> int:
        """Entries that wait for the bus."""
        return len(self._pending)

    def take_published(self) -> Sequence[Key]:
        keys, self.published = self.published, []
        return keys

    def put_back(self, keys: Sequence[Key]) -> None:
        self.published = [*keys, *self.published]

    def written_down(self, keys: Iterable[Key]) -> None:
        """Only now: what is forgotten before its mark is committed is swept as if another had left it."""
        self._keys.difference_update(keys)

    # -- to the bus ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Publish until cancelled; while the bus is away, what comes waits."""
        outage = Outage("chat")
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending or self._receipts or self._extra:
                await self._publish_some(outage)
                await asyncio.sleep(PACE_S)

    async def _publish_some(self, outage: Outage) -> None:
        some = [self._pending[place] for place in range(min(AT_ONCE, len(self._pending)))]
        receipts, self._receipts = self._receipts, {}
        extra = [self._extra.popleft() for _ in range(min(AT_ONCE, len(self._extra)))]
        records = by_topic([*self._of(some), *self._of_receipts(receipts), *extra])
        while True:
            try:
                await asyncio.gather(*(self._bus.publish_many(name, many) for name, many in records.items()))
            except AWAY as error:
                await outage.wait(error)
            else:
                break
        outage.over()
        for one in some:
            self._pending.popleft()
            self.published.append(one.key)
        if some:
            self._marked()

    def _of(self, some: Iterable[Logged]) -> Iterable[Event]:
        for one in some:
            now_ms = self._clock()
            yield ChatLogged(
                contact_id=one.entry.contact_id,
                at_ms=now_ms,
                seq=one.entry.seq,
                origin="" if one.is_swept else self._instance,
                sealed=base64.b64encode(one.sealed).decode(),
            )
            try:
                yield from self._events(one.head, one.entry)
            except Exception:
                # One entry that cannot be told must not keep all others from being told.
                self._counts.publish_failures += 1
                log.exception("no events of %s/%d", one.entry.contact_id, one.entry.seq)

    def _of_receipts(self, receipts: Mapping[str, Receipts]) -> Iterable[Event]:
        now_ms = self._clock()
        for contact_id, told in receipts.items():
            yield ChatReceipted(contact_id=contact_id, at_ms=now_ms, origin=self._instance, receipts=told)

    # -- what others left behind ---------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Look after old unpublished entries until cancelled."""
        outage = Outage("chat sweeper")
        while True:
            await asyncio.sleep(SWEEP_S * random.uniform(0.7, 1.3))  # noqa: S311  not all gateways at once
            try:
                await self._look()
            except AWAY as error:
                await outage.wait(error)
            else:
                outage.over()

    async def _look(self) -> None:
        async with self._database.session() as session:
            rows = await chats.unpublished(session, self._clock() - OLD_MS)
            mine = [row for row in rows if (row.contact_id, row.seq) not in self._keys]
            heads: dict[str, ChatHead] = {}
            for contact_id in {row.contact_id for row in mine}:
                if chat := await chats.get(session, contact_id):
                    heads[contact_id] = chat.head
        left = [
            Logged(heads[row.contact_id], opened(self._vault, row), row.sealed, is_swept=True)
            for row in mine
            if row.contact_id in heads
        ]
        if left:
            self._counts.swept += len(left)
            log.warning("chat: %d entries of others were not published; they are now", len(left))
            self.put(left, {})


def by_topic(events: Iterable[Event]) -> dict[str, list[tuple[str, bytes]]]:
    """Records by topic, in order: one publication a topic, however the kinds alternate."""
    records: dict[str, list[tuple[str, bytes]]] = {}
    for event in events:
        records.setdefault(topic_of(event).name, []).append((event.contact_id, encode(event)))
    return records

"""Finals and changes of contacts in, counted contacts out: the way of the data through voc.

transcript, contact.events → `Conversation` (finals, roles, when to tell) → `Reader` (what it is about) →
`voc_contacts` and its sums, a few seconds after each news. Beside it the detector looks at the sums.

A record is committed after what it says is counted, so that a contact counts even when this process dies in between
(`bus/offsets.py`). What was heard before comes back from the store, which is looked at again later, as it
may have been behind (`looks.py`, `history.py`).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bus.base import Batch, Bus, Record, Subscription, TopicPartition
from bus.events import commit_done, finish, subscribe_patiently
from bus.offsets import Offsets
from bus.outage import AWAY, Outage
from contracts.clock import Clock, monotonic_ms, wall_ms
from contracts.codec import AnyEvent, decode
from contracts.contact import ContactStateChanged
from contracts.errors import BadEvent, Unavailable
from contracts.topics import CONTACT_EVENTS, TRANSCRIPT
from contracts.voc import About
from store import voc_contacts
from store.database import Database
from voc.conversations import Conversation
from voc.history import restore
from voc.looks import Looks
from voc.reading.about import Reader, Said

log = logging.getLogger(__name__)

GROUP: Final = "voc"
MAX_CONVERSATIONS: Final = 2_000
"""Kept in memory; the longest silent one goes first and comes back from the store on need."""

AT_ONCE: Final = 200
"""Contacts that are read, or asked of the store, before the bus is looked at again: about a second's work."""

SKEW_MS: Final = 60_000
"""By so much the clocks of two machines may differ."""

_MAX_WAIT_S: Final = 1.0


class Beside(Protocol):
    """Something that works beside the counting, until cancelled."""

    async def run(self) -> None: ...


@dataclass(slots=True)
class VocCounts:
    """What operators want to know; all only rise."""

    contacts: int = 0
    """Rows written: a contact is written each time that something new is known of it."""
    looks: int = 0
    """At what the store knows of a contact."""
    failed: int = 0
    """Contacts that could not be read because of a fault, see the log."""


class VocService:
    """Counts what contacts are about."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        reader: Reader,
        detector: Beside | None = None,
        *,
        courier: Beside | None = None,
        reports: Beside | None = None,
        themes: Beside | None = None,
        clock: Clock = wall_ms,
        monotonic: Clock = monotonic_ms,
        zone: ZoneInfo,
        max_conversations: int = MAX_CONVERSATIONS,
    ) -> None:
        """Nothing runs yet.

        Args:
            bus: open.
            database: open.
            reader: says what a contact is about, in a thread.
            detector: runs beside the counting, as do `courier`, `reports` and `themes`.
            courier: see there.
            reports: see there.
            themes: see there.
            clock: wall time in ms; `monotonic`, in ms, tells when something is due.
            monotonic: see there.
            zone: whose calendar tells the days.
            max_conversations: in memory.
        """
        self._bus = bus
        self._database = database
        self._reader = reader
        self._clock = clock
        self._monotonic = monotonic
        self._zone = zone
        self._max = max_conversations
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._partitions: dict[str, int] = {}
        """Contact → partition, the same number in both topics."""
        self._began_ms: dict[int, int] = {}
        """Partition → wall time since when it is read here. Who began later can have been heard nowhere else."""
        self._owed: dict[str, None] = {}
        """Contacts of which something is to be told."""
        self._offsets = Offsets()
        self._looks = Looks()
        self._outage = Outage(GROUP)
        self.detector = detector
        self.courier = courier
        self.reports = reports
        self.themes = themes
        self.counts = VocCounts()
        self.ready = asyncio.Event()
        """Set when the group was joined."""

    def __len__(self) -> int:
        """Contacts in memory."""
        return len(self._conversations)

    @property
    def owed(self) -> int:
        """Contacts of which something is to be told."""
        return len(self._owed)

    async def run(self) -> None:
        """Work until cancelled; then finish what is in hand and leave the group."""
        async with asyncio.TaskGroup() as group:
            for beside in (self.detector, self.courier, self.reports, self.themes):
                if beside is not None:
                    group.create_task(beside.run())
            group.create_task(self._count())

    async def _count(self) -> None:
        subscription = await subscribe_patiently(self._bus, GROUP, [TRANSCRIPT.name, CONTACT_EVENTS.name])
        self.ready.set()
        try:
            while True:
                batch = await self._fetch(subscription)
                self._let_go(batch.revoked)
                await finish(self._work(subscription, batch.records))
        finally:
            await subscription.close()

    async def _fetch(self, subscription: Subscription) -> Batch:
        """What is new, until something is due; nothing while there is more to do than can be kept."""
        if len(self._conversations) >= 2 * self._max:
            await asyncio.sleep(self._wait_s())
            return Batch()
        try:
            return await subscription.fetch(timeout_s=self._wait_s())
        except (Unavailable, OSError) as error:
            await self._outage.wait(error)
            return Batch()

    async def _work(self, subscription: Subscription, records: Sequence[Record]) -> None:
        self._take(records)
        try:
            await self._look_due()
            await self._tell_due()
            self._outage.over()
        except AWAY as error:
            # Whatever was not done is still due, and its records are held back.
            self._bus.counts.retried[GROUP] += 1
            await self._outage.wait(error)
        self._forget_silent()
        await commit_done(subscription, self._offsets, self._monotonic(), GROUP)

    def _take(self, records: Sequence[Record]) -> None:
        now_ms = self._monotonic()
        for record in records:
            self._began_ms.setdefault(record.partition, self._clock())
            self._offsets.read(record.topic_partition, record.offset)
            try:
                event = decode(record.value)
            except BadEvent as error:
                self._bus.counts.passed_over[GROUP] += 1
                log.warning("%s: %s/%d@%d: %s", GROUP, record.topic, record.partition, record.offset, error)
                continue
            conversation = self._conversation(event, record.partition, now_ms)
            self._partitions[event.contact_id] = record.partition
            if conversation.hear(event, now_ms):
                self._owed[event.contact_id] = None
                self._offsets.hold(event.contact_id, record.topic_partition, record.offset, now_ms)

    def _conversation(self, event: AnyEvent, partition: int, now_ms: int) -> Conversation:
        """The event's conversation. Of one that is not new the store knows what was heard before."""
        known = self._conversations.get(event.contact_id)
        if known is not None:
            self._conversations.move_to_end(event.contact_id)
            return known
        conversation = self._conversations[event.contact_id] = Conversation(event.contact_id)
        begins = isinstance(event, ContactStateChanged) and event.revision == 1
        if not (begins and event.at_ms > self._began_ms[partition] + SKEW_MS):
            conversation.unsure = conversation.leans = True
            self._looks.begin(event.contact_id, now_ms, after_ms=0)
        return conversation

    async def _look_due(self) -> None:
        """Look at what the store knows of contacts that others had, and of those that ended."""
        due = self._looks.due(self._monotonic(), AT_ONCE)
        if not due:
            return
        looked = [self._conversations[contact_id] for contact_id in due]
        revisions = await self._restore(looked)
        now_ms = self._monotonic()
        self.counts.looks += len(looked)
        for conversation in looked:
            contact_id = conversation.contact_id
            conversation.unsure = False
            behind = revisions.get(contact_id, -1) < max(conversation.revision, 0)
            was_last = self._looks.looked(contact_id, now_ms, behind=behind)
            # Until now whoever takes the contact over must read again what was heard of it.
            conversation.leans = conversation.leans and not was_last
            if conversation.is_known:
                conversation.touch(now_ms)
                self._owed[contact_id] = None
            elif was_last:
                log.warning("%s: nobody knows when contact %s began, so it is not counted", GROUP, contact_id)
                self._drop(contact_id)

    async def _restore(self, looked: Sequence[Conversation]) -> dict[str, int]:
        try:
            return await restore(self._database, looked)
        except AWAY:
            raise
        except Exception:
            if len(looked) == 1:
                log.exception("%s: the store could not be read for %s", GROUP, looked[0].contact_id)
                self.counts.failed += 1
                return {}
            half = len(looked) // 2
            return {**await self._restore(looked[:half]), **await self._restore(looked[half:])}

    async def _tell_due(self) -> None:
        """Write what contacts are about, where that is not what was written."""
        now_ms = self._monotonic()
        due = [self._conversations[key] for key in self._owed if self._is_due(key, now_ms)][:AT_ONCE]
        if not due:
            return
        read = await asyncio.to_thread(self._read, [each.said() for each in due])
        # Themes are found later, beside this: a contact that has one is no news for it.
        told = [
            about and voc_contacts.themed(about, each.told) for each, about in zip(due, read, strict=True)
        ]
        await self._put(
            [about for each, about in zip(due, told, strict=True) if about and about != each.told]
        )
        for conversation, about in zip(due, told, strict=True):
            self._settle(conversation, about)

    async def _put(self, news: Sequence[About]) -> None:
        """Write them; where the database cannot take all of them, those that it can."""
        if not news:
            return
        try:
            async with self._database.session() as session:
                written = await voc_contacts.put(session, news, zone=self._zone)
        except AWAY:
            raise
        except Exception:
            if len(news) == 1:
                log.exception("%s: contact %s could not be counted", GROUP, news[0].contact_id)
                self.counts.failed += 1
                return
            half = len(news) // 2
            await self._put(news[:half])
            await self._put(news[half:])
        else:
            self.counts.contacts += written

    def _settle(self, conversation: Conversation, about: About | None) -> None:
        """It is written; an ended one is looked at once more, then it is not needed any longer."""
        contact_id = conversation.contact_id
        changed = about is not None and about != conversation.told
        conversation.told = about or conversation.told
        conversation.settled()
        del self._owed[contact_id]
        if not conversation.leans:
            self._offsets.release(contact_id)
        if changed and conversation.has_ended:
            self._looks.begin(contact_id, self._monotonic())
        elif conversation.has_ended and contact_id not in self._looks:
            self._drop(contact_id)

    def _read(self, many: Sequence[Said]) -> list[About | None]:
        """What they are about; None where a fault came up. Runs in a thread."""
        return [self._read_one(said) for said in many]

    def _read_one(self, said: Said) -> About | None:
        try:
            return voc_contacts.plain(self._reader.about(said))
        except Exception:
            log.exception("%s: contact %s could not be read", GROUP, said.contact_id)
            self.counts.failed += 1
            return None

    def _is_due(self, contact_id: str, now_ms: int) -> bool:
        due_ms = self._conversations[contact_id].due_ms()
        return due_ms is not None and due_ms <= now_ms

    def _wait_s(self) -> float:
        """Until the next contact is due, a second at most."""
        due = [at for key in self._owed if (at := self._conversations[key].due_ms()) is not None]
        until_s = (min(due) - self._monotonic()) / 1000 if due else _MAX_WAIT_S
        return min(max(until_s, 0.01), _MAX_WAIT_S)

    def _let_go(self, revoked: Iterable[TopicPartition]) -> None:
        """Drop what belongs to partitions that another member has now."""
        revoked = frozenset(revoked)
        for topic_partition in revoked:
            self._began_ms.pop(topic_partition.partition, None)
        numbers = self._offsets.let_go(revoked)
        for contact_id in [key for key, number in self._partitions.items() if number in numbers]:
            self._drop(contact_id)

    def _forget_silent(self) -> None:
        excess = len(self._conversations) - self._max
        if excess > 0:
            idle = [key for key in self._conversations if not self._is_busy(key)]
            for contact_id in idle[:excess]:
                self._drop(contact_id)

    def _is_busy(self, contact_id: str) -> bool:
        return contact_id in self._owed or self._conversations[contact_id].leans

    def _drop(self, contact_id: str) -> None:
        self._conversations.pop(contact_id, None)
        self._partitions.pop(contact_id, None)
        self._owed.pop(contact_id, None)
        self._offsets.release(contact_id)
        self._looks.drop(contact_id)

"""Finals in, drafts out: the way of the data through the summary.

transcript, contact.events → `Conversation` (finals, roles, when to draft) → `extractive` → `summaries`, and where there
is a language model → `Drafting` → `summaries` once more, with a higher
revision (`drafts.py`).

A contact's end is committed only after its draft is published, so that a draft is made even when this
process dies in between (`offsets.py`). What it had heard before comes back from the store, which is looked at
again after the draft, as it may have been behind (`checks.py`, `history.py`).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from bus.base import Batch, Bus, Record, Subscription, TopicPartition
from bus.events import commit_done, finish, subscribe_patiently
from bus.offsets import Offsets
from bus.outage import AWAY, Outage
from contracts.categories import DEFAULT_PATH, load_categories
from contracts.clock import Clock, monotonic_ms, wall_ms
from contracts.codec import AnyEvent, decode
from contracts.contact import ContactStateChanged
from contracts.errors import BadEvent, Unavailable
from contracts.topics import CONTACT_EVENTS, TRANSCRIPT
from models.language_model import LanguageModel
from store.database import Database
from summarize.checks import Checks
from summarize.conversation import Conversation, matters, tell
from summarize.drafting import AT_ONCE, LIMIT_S, SummarizeCounts
from summarize.drafts import GROUP, Drafts
from summarize.form import load_template
from summarize.history import restore

log = logging.getLogger(__name__)

MAX_CONVERSATIONS: Final = 2_000
"""Kept in memory; the longest silent one goes first and comes back from the store on need."""

_MAX_WAIT_S: Final = 1.0


class SummarizeService:
    """Drafts the summary of each contact that ended, or whose agent asks for it."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        categories_path: Path | None = None,
        clock: Clock = wall_ms,
        *,
        model: LanguageModel | None = None,
        templates_path: Path | None = None,
        write_limit_s: float = LIMIT_S,
        write_at_once: int = AT_ONCE,
        monotonic: Clock = monotonic_ms,
        max_conversations: int = MAX_CONVERSATIONS,
    ) -> None:
        """Read the code table at `categories_path` and the form at `templates_path`, the default ones when None.

        `model` writes the drafts, where there is one, within `write_limit_s` each and `write_at_once` side by side. `clock` stamps them; `monotonic`, in ms, tells when they are due.

        Raises:
            BadSetting: the code table or the form cannot be used.
        """
        self._bus = bus
        self._database = database
        self._monotonic = monotonic
        self._max = max_conversations
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._partitions: dict[str, int] = {}
        """Contact → partition, the same number in both topics."""
        self._waiting: dict[str, None] = {}
        """Contacts that ask for a draft; the record that asks is not committed before the draft is out."""
        self._offsets = Offsets()
        self._checks = Checks()
        self._outage = Outage(GROUP)
        self.counts = SummarizeCounts()
        self._drafts = Drafts(
            bus,
            database,
            load_categories(categories_path or DEFAULT_PATH),
            load_template(templates_path),
            clock=clock,
            counts=self.counts,
            news=self._drafted,
            done=self._release,
        )
        if model is not None:
            self._drafts.write_by(model, limit_s=write_limit_s, at_once=write_at_once)
        self.ready = asyncio.Event()
        """Set when the group was joined."""

    async def run(self) -> None:
        """Work until cancelled; then finish what is in hand and leave the group."""
        subscription = await subscribe_patiently(self._bus, GROUP, [TRANSCRIPT.name, CONTACT_EVENTS.name])
        self.ready.set()
        try:
            while True:
                batch = await self._fetch(subscription)
                self._let_go(batch.revoked)
                await finish(self._work(subscription, batch.records))
        finally:
            await self._drafts.close()
            await subscription.close()

    async def _fetch(self, subscription: Subscription) -> Batch:
        """What is new, until the next draft is due; nothing while more drafts wait than can be kept."""
        if len(self._waiting) + len(self._drafts) >= self._max:
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
            await self._check_due()
            await self._draft_due()
            self._outage.over()
        except AWAY as error:
            # Whatever was not done is still due, and its records are held back.
            self._bus.counts.retried[GROUP] += 1
            await self._outage.wait(error)
        self._forget_silent()
        await commit_done(subscription, self._offsets, self._monotonic(), GROUP)

    def _take(self, records: Sequence[Record]) -> None:
        for record in records:
            self._offsets.read(record.topic_partition, record.offset)
            try:
                event = decode(record.value)
            except BadEvent as error:
                self._bus.counts.passed_over[GROUP] += 1
                log.warning("%s: %s/%d@%d: %s", GROUP, record.topic, record.partition, record.offset, error)
                continue
            now_ms = self._monotonic()
            conversation = self._conversation(event)
            self._partitions[event.contact_id] = record.partition
            if tell(conversation, event, now_ms):
                self._waiting[event.contact_id] = None
            if event.contact_id in self._waiting or (conversation.unsure and matters(event)):
                self._offsets.hold(event.contact_id, record.topic_partition, record.offset, now_ms)

    def _conversation(self, event: AnyEvent) -> Conversation:
        """The event's conversation. One first heard in its middle may have ended long ago: the store knows."""
        known = self._conversations.get(event.contact_id)
        if known is not None:
            self._conversations.move_to_end(event.contact_id)
            return known
        conversation = self._conversations[event.contact_id] = Conversation(event.contact_id)
        if not (isinstance(event, ContactStateChanged) and event.revision == 1):
            conversation.unsure = True
            self._checks.begin(event.contact_id, self._monotonic(), after_ms=0)
        return conversation

    async def _check_due(self) -> None:
        """Look at what the store knows of contacts that others had, and of those that were drafted."""
        for contact_id in self._checks.due(self._monotonic()):
            conversation = self._conversations[contact_id]
            try:
                news, stored = await restore(self._database, conversation)
            except AWAY:
                raise
            except Exception:
                log.exception("%s: the store could not be read for %s", GROUP, contact_id)
                news, stored = False, conversation.draft
            now_ms = self._monotonic()
            if news:
                conversation.touch(now_ms)
            conversation.unsure = False
            self._checks.looked(contact_id, now_ms, conversation.draft, stored)
            if conversation.due_ms() is not None:
                self._waiting[contact_id] = None
            else:
                self._release(contact_id)

    async def _draft_due(self) -> None:
        now_ms = self._monotonic()
        for contact_id in [key for key in self._waiting if self._is_due(key, now_ms)]:
            conversation = self._conversations[contact_id]
            try:
                await self._drafts.make(conversation)
            except AWAY:
                raise
            except Exception:
                log.exception("%s: no draft for %s", GROUP, contact_id)
                self.counts.failed += 1
            conversation.settled()
            del self._waiting[contact_id]
            self._release(contact_id)

    def _drafted(self, conversation: Conversation) -> None:
        """Look again at what the store knows: it may have been behind."""
        self._checks.begin(conversation.contact_id, self._monotonic())

    def _release(self, contact_id: str) -> None:
        """Its records may be committed, unless a draft is still owed."""
        if contact_id not in self._waiting and contact_id not in (self._drafts):
            self._offsets.release(contact_id)

    def _is_due(self, contact_id: str, now_ms: int) -> bool:
        due_ms = self._conversations[contact_id].due_ms()
        return due_ms is not None and due_ms <= now_ms

    def _wait_s(self) -> float:
        """Until the next draft is due, a second at most."""
        due = [
            at_ms
            for contact_id in self._waiting
            if (at_ms := self._conversations[contact_id].due_ms()) is not None
        ]
        until_s = (min(due) - self._monotonic()) / 1000 if due else _MAX_WAIT_S
        return min(max(until_s, 0.01), _MAX_WAIT_S)

    def _let_go(self, revoked: Iterable[TopicPartition]) -> None:
        """Drop what belongs to partitions that another member has now."""
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
        owed = contact_id in self._waiting or contact_id in (self._drafts)
        return owed or self._conversations[contact_id].unsure

    def _drop(self, contact_id: str) -> None:
        self._conversations.pop(contact_id, None)
        self._partitions.pop(contact_id, None)
        self._waiting.pop(contact_id, None)
        self._drafts.drop(contact_id)
        self._offsets.release(contact_id)
        self._checks.drop(contact_id)

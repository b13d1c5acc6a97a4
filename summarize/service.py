"""Finals in, drafts out: the way of the data through the summary.

transcript, contact.events → `Conversation` (finals, roles, when to draft) → `extractive` → `summaries`.

A contact's end is committed only after its draft is published, so that a draft is made even when this
process dies in between. What it had heard before comes back from the store.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bus.base import Bus, Record, TopicPartition
from bus.events import publish_events
from contracts.clock import Clock, wall_ms
from contracts.codec import AnyEvent, decode
from contracts.contact import ContactStateChanged, RolesChanged, SummaryRequested
from contracts.errors import BadEvent, Unavailable
from contracts.topics import CONTACT_EVENTS, TRANSCRIPT
from contracts.transcript import Utterance
from store import contacts, summaries, transcripts
from store.database import Database
from summarize.categories import DEFAULT_PATH, load_categories
from summarize.conversation import Conversation
from summarize.draft import event_of, extractive, says_the_same

log = logging.getLogger(__name__)

GROUP: Final = "summarize"

MAX_CONVERSATIONS: Final = 2_000
"""Kept in memory; the longest silent one goes first and comes back from the store on need."""

_RETRY_MS: Final = 2_000
_MAX_WAIT_S: Final = 1.0


@dataclass(slots=True)
class SummarizeCounts:
    """What operators want to know; read by the application for its metrics."""

    drafts: int = 0
    revised: int = 0
    """Drafts published again because something came in late."""
    failed: int = 0
    """Contacts without a draft because of a fault, see the log."""


class SummarizeService:
    """Drafts the summary of each contact that ended, or whose agent asks for it."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        categories_path: Path | None = None,
        clock: Clock = wall_ms,
        *,
        max_conversations: int = MAX_CONVERSATIONS,
    ) -> None:
        """Read the code table at `categories_path`, the default one when None.

        Raises:
            BadSetting: the code table cannot be used.
        """
        self._bus = bus
        self._database = database
        self._categories = load_categories(categories_path or DEFAULT_PATH)
        self._clock = clock
        self._max = max_conversations
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._partitions: dict[str, int] = {}
        """Contact → partition, the same number in both topics."""
        self._waiting: dict[str, tuple[TopicPartition, int]] = {}
        """Contact → the record that asks for a draft, not committed before the draft is out."""
        self._next: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._retry_ms: dict[str, int] = {}
        self.counts = SummarizeCounts()

    async def run(self) -> None:
        """Work until cancelled."""
        subscription = await self._bus.subscribe(GROUP, [TRANSCRIPT.name, CONTACT_EVENTS.name])
        try:
            while True:
                batch = await subscription.fetch(timeout_s=self._wait_s())
                self._let_go(batch.revoked)
                await self._take(batch.records)
                await self._draft_due()
                self._forget_silent()
                if offsets := self._offsets():
                    await subscription.commit(offsets)
        finally:
            await subscription.close()

    async def _take(self, records: Sequence[Record]) -> None:
        for record in records:
            self._next[record.topic_partition] = record.offset + 1
            try:
                event = decode(record.value)
            except BadEvent as error:
                log.warning("%s: %s/%d@%d: %s", GROUP, record.topic, record.partition, record.offset, error)
                continue
            conversation = await self._conversation(event)
            self._partitions[event.contact_id] = record.partition
            if _tell(conversation, event, self._clock()):
                self._waiting.setdefault(event.contact_id, (record.topic_partition, record.offset))

    async def _conversation(self, event: AnyEvent) -> Conversation:
        """The event's conversation. One first heard in its middle may have ended long ago: the store knows."""
        known = self._conversations.get(event.contact_id)
        if known is not None:
            self._conversations.move_to_end(event.contact_id)
            return known
        conversation = self._conversations[event.contact_id] = Conversation(event.contact_id)
        if isinstance(event, RolesChanged) or (isinstance(event, Utterance) and event.status == "final"):
            try:
                async with self._database.session() as session:
                    stored = await contacts.get(session, event.contact_id)
            except (Unavailable, OSError) as error:
                log.warning("%s: %s", GROUP, error)
            else:
                if stored is not None and stored.ended_at_ms is not None:
                    conversation.end(stored.ended_at_ms, self._clock())
        return conversation

    async def _draft_due(self) -> None:
        now_ms = self._clock()
        due = [
            conversation
            for conversation in map(self._conversations.__getitem__, self._waiting)
            if (at_ms := self._due_ms(conversation)) is not None and at_ms <= now_ms
        ]
        for conversation in due:
            try:
                await self._draft(conversation)
            except (Unavailable, OSError) as error:
                log.warning("%s: %s: %s", GROUP, conversation.contact_id, error)
                self._retry_ms[conversation.contact_id] = self._clock() + _RETRY_MS
                continue
            except Exception:
                log.exception("%s: no draft for %s", GROUP, conversation.contact_id)
                self.counts.failed += 1
            conversation.settled()
            self._waiting.pop(conversation.contact_id, None)
            self._retry_ms.pop(conversation.contact_id, None)

    async def _draft(self, conversation: Conversation) -> None:
        """Publish a draft, unless the last one says the same."""
        await self._restore(conversation)
        draft = await asyncio.to_thread(
            extractive, conversation.utterances(), conversation.roles(), self._categories
        )
        last = conversation.draft
        event = event_of(
            draft,
            conversation.contact_id,
            revision=last.revision + 1 if last else 1,
            ended_at_ms=conversation.ended_at_ms,
            at_ms=self._clock(),
        )
        if last is not None and says_the_same(last, event):
            return
        await publish_events(self._bus, [event])
        conversation.draft = event
        self.counts.drafts += 1
        self.counts.revised += last is not None and last.complete

    async def _restore(self, conversation: Conversation) -> None:
        async with self._database.session() as session:
            stored = await contacts.get(session, conversation.contact_id)
            finals = await transcripts.of_contact(session, conversation.contact_id)
            draft, _ = await summaries.of_contact(session, conversation.contact_id)
        if stored is None:
            conversation.restore(finals, None, {}, None, draft)
            return
        said = {
            channel: role
            for channel, role in stored.roles.items()
            if stored.contact.roles.get(channel) != role
        }
        conversation.restore(finals, stored.contact, said, stored.ended_at_ms, draft)

    def _due_ms(self, conversation: Conversation) -> int | None:
        due_ms = conversation.due_ms()
        return None if due_ms is None else max(due_ms, self._retry_ms.get(conversation.contact_id, 0))

    def _wait_s(self) -> float:
        """Until the next draft is due, a second at most."""
        due = [
            at_ms
            for contact_id in self._waiting
            if (at_ms := self._due_ms(self._conversations[contact_id])) is not None
        ]
        until_s = (min(due) - self._clock()) / 1000 if due else _MAX_WAIT_S
        return min(max(until_s, 0.01), _MAX_WAIT_S)

    def _offsets(self) -> dict[TopicPartition, int]:
        """What may be committed now, where that changed."""
        offsets = dict(self._next)
        for topic_partition, offset in self._waiting.values():
            offsets[topic_partition] = min(offsets.get(topic_partition, offset), offset)
        changed = {tp: offset for tp, offset in offsets.items() if self._committed.get(tp) != offset}
        self._committed.update(changed)
        return changed

    def _let_go(self, revoked: Iterable[TopicPartition]) -> None:
        """Drop what belongs to partitions that another member has now."""
        gone = set(revoked)
        for topic_partition in gone:
            self._next.pop(topic_partition, None)
            self._committed.pop(topic_partition, None)
        partitions = {topic_partition.partition for topic_partition in gone}
        for contact_id in [key for key, number in self._partitions.items() if number in partitions]:
            self._drop(contact_id)

    def _forget_silent(self) -> None:
        excess = len(self._conversations) - self._max
        if excess > 0:
            idle = [key for key in self._conversations if key not in self._waiting]
            for contact_id in idle[:excess]:
                self._drop(contact_id)

    def _drop(self, contact_id: str) -> None:
        self._conversations.pop(contact_id, None)
        self._partitions.pop(contact_id, None)
        self._waiting.pop(contact_id, None)
        self._retry_ms.pop(contact_id, None)


def _tell(conversation: Conversation, event: AnyEvent, now_ms: int) -> bool:
    """Apply the event; True when a draft has to follow."""
    match event:
        case Utterance():
            conversation.hear(event, now_ms)
        case ContactStateChanged():
            conversation.move(event, now_ms)
        case RolesChanged():
            conversation.correct(event.roles, now_ms)
        case SummaryRequested():
            conversation.request()
        case _:
            return False
    return conversation.due_ms() is not None

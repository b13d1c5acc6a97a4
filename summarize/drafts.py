"""What becomes of a contact whose draft is due: the extractive draft at once, then the language model's, where there is one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from bus.base import Bus
from bus.events import publish_events
from contracts.categories import Category
from contracts.clock import Clock
from contracts.context import about
from contracts.summary import SummaryDrafted
from models.language_model import LanguageModel
from store.database import Database
from summarize.conversation import Conversation
from summarize.draft import EXTRACTIVE, Draft, basis_of, event_of, extractive, says_the_same
from summarize.drafting import Drafting, Job, SummarizeCounts
from summarize.form import Template
from summarize.history import restore
from summarize.written import Writer

GROUP: Final = "summarize"


class Drafts:
    """Makes and publishes drafts. Says by `news` of which contact something was published, by `done` who is done with."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        categories: Sequence[Category],
        template: Template,
        *,
        clock: Clock,
        counts: SummarizeCounts,
        news: Callable[[Conversation], None],
        done: Callable[[str], None],
    ) -> None:
        self._bus = bus
        self._database = database
        self._categories = categories
        self._template = template
        self._clock = clock
        self._counts = counts
        self._news = news
        self._done = done
        self._drafting: Drafting | None = None
        self._owed: dict[str, Conversation] = {}
        """Contacts that the model writes about."""

    def write_by(self, model: LanguageModel, *, limit_s: float, at_once: int) -> None:
        """Have a language model write as well."""
        writer = Writer(model, self._template, self._categories)
        self._drafting = Drafting(
            self._bus,
            writer,
            self._counts,
            self._clock,
            self._written,
            group=GROUP,
            limit_s=limit_s,
            at_once=at_once,
        )

    def __contains__(self, contact_id: str) -> bool:
        """Whether the model is writing about it."""
        return contact_id in self._owed

    def __len__(self) -> int:
        return len(self._owed)

    async def make(self, conversation: Conversation) -> None:
        """Publish a draft, unless the last one says the same, and have the model begin a better one.

        Raises:
            Unavailable: the bus or the database is away; nothing was lost.
        """
        await restore(self._database, conversation)
        said, roles = conversation.utterances(), conversation.roles()
        basis = basis_of(said, roles, complete=conversation.ended_at_ms is not None)
        if self._is_written(conversation, basis):
            return
        self.drop(conversation.contact_id)
        draft = await asyncio.to_thread(extractive, said, roles, self._categories, self._template)
        last, drafting = conversation.draft, self._drafting if said else None
        # What the model wrote before stands until it has written again: the text does not jump to and fro.
        if drafting is None or last is None or last.engine == EXTRACTIVE:
            await self._publish(conversation, draft, basis)
        if drafting is not None:
            conversation.promised = revision = conversation.next_revision()
            ended_at_ms = conversation.ended_at_ms
            self._owed[conversation.contact_id] = conversation
            drafting.begin(Job(conversation.contact_id, said, roles, draft, basis, revision, ended_at_ms))

    def drop(self, contact_id: str) -> None:
        """Have nothing more written about a contact."""
        self._owed.pop(contact_id, None)
        if self._drafting is not None:
            self._drafting.drop(contact_id)

    async def close(self) -> None:
        if self._drafting is not None:
            await self._drafting.close()

    def _is_written(self, conversation: Conversation, basis: str) -> bool:
        """Whether the model wrote, or writes, a draft of the same words, or failed to and nobody asks again."""
        if self._drafting is not None and self._drafting.basis(conversation.contact_id) == basis:
            return True
        last = conversation.draft
        if last is None or last.basis != basis:
            return False
        return last.engine != EXTRACTIVE or (bool(last.fallback) and not conversation.is_requested)

    async def _publish(self, conversation: Conversation, draft: Draft, basis: str) -> None:
        last = conversation.draft
        event = event_of(
            draft,
            conversation.contact_id,
            revision=conversation.next_revision(),
            ended_at_ms=conversation.ended_at_ms,
            at_ms=self._clock(),
            basis=basis,
        )
        if last is not None and says_the_same(last.model_copy(update={"fallback": ""}), event):
            return
        with about(event, GROUP):
            await publish_events(self._bus, [event])
        self._published(conversation, event)

    def _published(self, conversation: Conversation, event: SummaryDrafted) -> None:
        last = conversation.draft
        if last is None or event.revision > last.revision:
            conversation.draft = event
        self._counts.drafts += 1
        self._counts.revised += last is not None and last.complete and last.basis != event.basis
        self._news(conversation)

    def _written(self, job: Job, event: SummaryDrafted | None) -> None:
        """The model is done with a contact, one way or the other."""
        conversation = self._owed.pop(job.contact_id)
        if event is not None:
            self._published(conversation, event)
        self._done(job.contact_id)

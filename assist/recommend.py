"""All conversations that go on at a time. Bounded.

What the shell does with it:

    recommender = Recommender(load_agencies(), stale_days)
    cards = recommender.of(contact_id).on_utterance(final, search, now_ms)      # every final
    for conversation in recommender.due(now_ms):                                # every 100-200 ms
        cards = conversation.tick(search, now_ms)                               # turns that broke off
    publish(stamped(cards, now_ms, engine, guides_version))                     # assist.cards

Calls for one conversation must not overlap; whoever ticks beside the consumer shares a lock with it.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from assist.agencies import Agencies
from assist.cards import STALE_DAYS
from assist.conversation import Conversation
from contracts.contact import ContactStateChanged, RolesChanged

FORGET_AFTER_MS: Final = 120_000
"""An ended contact is kept this long for finals that are still being recognised."""

MAX_CONTACTS: Final = 2_000
"""Remembered at a time, some kilobytes each; the one silent for longest is forgotten first."""


class Recommender:
    """The conversations."""

    def __init__(self, agencies: Agencies | None = None, stale_days: int = STALE_DAYS) -> None:
        self._agencies = agencies
        self._stale_days = stale_days
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()

    def __len__(self) -> int:
        return len(self._conversations)

    def __contains__(self, contact_id: str) -> bool:
        return contact_id in self._conversations

    def of(self, contact_id: str) -> Conversation:
        """The conversation, begun now if it is not known."""
        conversation = self._conversations.get(contact_id)
        if conversation is None:
            conversation = Conversation(contact_id, self._agencies, self._stale_days)
            self._conversations[contact_id] = conversation
        self._conversations.move_to_end(contact_id)
        while len(self._conversations) > MAX_CONTACTS:
            self._conversations.popitem(last=False)
        return conversation

    def due(self, now_ms: int) -> list[Conversation]:
        """Conversations whose `tick` brings something now."""
        return [
            conversation
            for conversation in self._conversations.values()
            if conversation.due_ms is not None and conversation.due_ms <= now_ms
        ]

    def drop(self, contact_ids: Iterable[str]) -> None:
        """Contacts that are another worker's now: if they come back, they are restored."""
        for contact_id in contact_ids:
            self._conversations.pop(contact_id, None)

    def on_event(self, event: ContactStateChanged | RolesChanged) -> None:
        conversation = self.of(event.contact_id)
        if isinstance(event, RolesChanged):
            conversation.on_roles(event.roles)
        else:
            conversation.on_state(event)

    def forget(self, now_ms: int) -> None:
        """Drop contacts that ended more than `FORGET_AFTER_MS` ago."""
        for contact_id, conversation in list(self._conversations.items()):
            ended = conversation.ended_at_ms
            if ended is not None and now_ms - ended > FORGET_AFTER_MS:
                del self._conversations[contact_id]

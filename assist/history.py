"""What a conversation was before this worker had it: its roles, cards and finals, from the store."""

import asyncio
import logging
import time
from typing import Final

from assist.conversation import Conversation
from assist.words import districts_in
from bus.outage import AWAY
from contracts.transcript import Utterance
from store import contacts, suggestions, transcripts
from store.database import Database

log = logging.getLogger(__name__)

CATCH_UP_S: Final = 1.0
"""The store is written by the console, a moment behind the bus. A conversation that is taken over waits so long
for what its last owner heard and offered."""

_POLL_S: Final = 0.05
_BEHIND_S: Final = 10.0
"""Where the store did not catch up, the next conversations do not wait for it within this time."""


class History:
    """Reads the store for `Conversation`s."""

    def __init__(self, database: Database, catch_up_s: float = CATCH_UP_S) -> None:
        self._database = database
        self._catch_up_s = catch_up_s
        self._behind_until = 0.0

    async def restore(self, conversation: Conversation, before: Utterance) -> None:
        """Bring `conversation` to where it stood when `before` was said.

        A conversation that began with this worker has nothing to wait for. One that is taken over waits until
        the store has heard as far as `before`: then it also has what was offered for the turns before that.

        Raises:
            Unavailable: the database is away, and the conversation is not one that began here.
        """
        # What was withdrawn is not in the transcript.
        waits = bool(before.text) and not conversation.begun_here and time.monotonic() >= self._behind_until
        until = time.monotonic() + self._catch_up_s * waits
        while True:
            try:
                caught_up = await self._restore(conversation, before, whatever=time.monotonic() >= until)
            except AWAY:
                if not conversation.begun_here:
                    raise
                conversation.restore([], [], before)
                return
            if caught_up or conversation.restored:
                break
            await asyncio.sleep(_POLL_S)
        if waits and not caught_up:
            self._behind_until = time.monotonic() + _BEHIND_S
            log.warning("%s: the store is behind the bus; a card may come again", conversation.contact_id)

    async def _restore(self, conversation: Conversation, before: Utterance, *, whatever: bool) -> bool:
        """Whether the store has `before`. Nothing is restored where it has not, unless `whatever`."""
        async with self._database.session() as session:
            said = await transcripts.of_contact(session, before.contact_id)
            caught_up = any(final.utterance_id == before.utterance_id for final in said)
            if not caught_up and not whatever:
                return False
            stored = await contacts.get(session, before.contact_id)
            cards, _ = await suggestions.of_contact(session, before.contact_id)
        if stored:
            conversation.on_state(stored.contact)
            metadata = stored.contact.roles
            conversation.on_roles({c: role for c, role in stored.roles.items() if metadata.get(c) != role})
        conversation.restore([card.offer for card in cards], said, before)
        return caught_up

    async def district(self, contact_id: str) -> str:
        """The district that was named last; empty where none was, or the database is away."""
        try:
            async with self._database.session() as session:
                said = await transcripts.of_contact(session, contact_id)
        except AWAY as error:
            log.warning("assist: search without the caller's district: %s", error)
            return ""
        named = (districts_in(final.text) for final in reversed(said) if final.role != "agent")
        return next((places[-1] for places in named if places), "")

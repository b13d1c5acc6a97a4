"""A contact as the summary needs it: its finals, its roles, and when it is time to draft. Pure: time is data."""

from collections.abc import Iterable, Mapping
from typing import Final

from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, RolesChanged, SummaryRequested
from contracts.event import Role
from contracts.summary import SummaryDrafted
from contracts.transcript import Utterance

SETTLE_MS: Final = 1_200
"""Quiet time after the end: the recogniser's last finals come up to two seconds later."""

MAX_SETTLE_MS: Final = 3_500
"""However much still comes in, a draft is made after this time: the agent waits at most five seconds for it."""

MAX_FINALS: Final = 3_000
"""Kept of one contact, some hours of talk; the oldest go first."""

_MAX_OPEN: Final = 32


class Conversation:
    """What is known of one contact. The same events in any order, once or twice, lead to the same state."""

    def __init__(self, contact_id: str) -> None:
        self.contact_id = contact_id
        self.ended_at_ms: int | None = None
        self.draft: SummaryDrafted | None = None
        """The last one that was published."""
        self.unsure = False
        """It was first heard in its middle, and the store has not been asked yet whether it ended."""
        self.promised = 0
        """Revision of a draft that is being written: whatever comes after it stands above it."""
        self._finals: dict[str, Utterance] = {}
        self._open: dict[str, None] = {}
        """Utterances that are spoken or being recognised: their finals are worth waiting for."""
        self._roles: dict[int, Role] = {}
        self._corrected: dict[int, Role] = {}
        self._state_revision = -1
        self._requested = False
        self._changed_since_ms: int | None = None
        self._changed_ms = 0

    def hear(self, utterance: Utterance, now_ms: int) -> None:
        """Take a partial or a final that arrived at `now_ms`."""
        known = self._finals.get(utterance.utterance_id)
        if utterance.status == "partial":
            if known is None:
                self._open[utterance.utterance_id] = None
                if len(self._open) > _MAX_OPEN:
                    self._open.pop(next(iter(self._open)))
            return
        self._open.pop(utterance.utterance_id, None)
        if self._keep(utterance):
            self._change(now_ms)

    def move(self, event: ContactStateChanged, now_ms: int) -> None:
        """Take a change of state."""
        if event.revision > self._state_revision:
            self._state_revision = event.revision
            if self._roles != event.roles:
                self._roles = dict(event.roles)
                self._change(now_ms)
        if event.state == "ended" and (self.ended_at_ms is None or event.at_ms < self.ended_at_ms):
            self.end(event.at_ms, now_ms)

    def end(self, ended_at_ms: int, now_ms: int) -> None:
        if self.ended_at_ms is None:
            self._changed_since_ms = None
            self._change(now_ms)
        self.ended_at_ms = ended_at_ms

    def correct(self, roles: Mapping[int, Role], now_ms: int) -> None:
        """A person said who is who."""
        if any(self._corrected.get(channel) != role for channel, role in roles.items()):
            self._corrected.update(roles)
            self._change(now_ms)

    def request(self) -> None:
        """The agent wants a draft at once."""
        self._requested = True

    def restore(
        self,
        finals: Iterable[Utterance],
        contact: ContactStateChanged | None,
        corrected: Mapping[int, Role],
        ended_at_ms: int | None,
        draft: SummaryDrafted | None,
    ) -> bool:
        """Add what the store knows and this process may not have heard. Changes nothing about what is due.

        Returns:
            Whether a draft would rest on something else than before.
        """
        before = (self.roles(), self.ended_at_ms, self.draft)
        news = [self._keep(utterance) for utterance in finals]
        if contact is not None and contact.revision > self._state_revision:
            self._state_revision, self._roles = contact.revision, dict(contact.roles)
        self._corrected = {**corrected, **self._corrected}
        if self.ended_at_ms is None:
            self.ended_at_ms = ended_at_ms
        # One of our own revision that says something else was there first, and stays: ours was ignored.
        if draft is not None and (self.draft is None or draft.revision >= self.draft.revision):
            self.draft = draft
        return any(news) or before != (self.roles(), self.ended_at_ms, self.draft)

    def touch(self, now_ms: int) -> None:
        """What a draft rests on has changed."""
        self._change(now_ms)

    def next_revision(self) -> int:
        """Of a draft of the present state: above the last one, and higher the more was heard.

        So two workers that know the same give their drafts the same number, and one that knows less, because
        the store is behind, a lower one, which is ignored.
        """
        heard = (
            2 * sum(bool(final.text) for final in self._finals.values()) + (self.ended_at_ms is not None) + 1
        )
        known = max(self.promised, self.draft.revision if self.draft else 0)
        return max(heard, known + 1) if known else heard

    def due_ms(self) -> int | None:
        """When to draft: 0 for at once, None for not now."""
        if self._requested:
            return 0
        if self.ended_at_ms is None or self._changed_since_ms is None:
            return None
        limit = self._changed_since_ms + MAX_SETTLE_MS
        return limit if self._open else min(self._changed_ms + SETTLE_MS, limit)

    @property
    def is_requested(self) -> bool:
        """The agent waits for a draft that she asked for."""
        return self._requested

    def settled(self) -> None:
        """A draft of the present state was made."""
        self._requested = False
        self._changed_since_ms = None
        self._open.clear()

    def utterances(self) -> list[Utterance]:
        """Finals that were not withdrawn, in spoken order."""
        return sorted(
            (utterance for utterance in self._finals.values() if utterance.text),
            key=lambda utterance: (utterance.start_ms, utterance.channel, utterance.utterance_id),
        )

    def roles(self) -> dict[int, Role]:
        """Channel → role; what a person said wins over metadata."""
        return {**self._roles, **self._corrected}

    def _keep(self, utterance: Utterance) -> bool:
        known = self._finals.get(utterance.utterance_id)
        if known is not None and known.revision >= utterance.revision:
            return False
        self._finals[utterance.utterance_id] = utterance
        if len(self._finals) > MAX_FINALS:
            oldest = min(self._finals.values(), key=lambda kept: kept.start_ms)
            del self._finals[oldest.utterance_id]
        return True

    def _change(self, now_ms: int) -> None:
        self._changed_ms = now_ms
        if self._changed_since_ms is None:
            self._changed_since_ms = now_ms


def matters(event: AnyEvent) -> bool:
    """Whether a draft would rest on it."""
    return isinstance(event, RolesChanged) or (isinstance(event, Utterance) and event.status == "final")


def tell(conversation: Conversation, event: AnyEvent, now_ms: int) -> bool:
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
            pass
    return conversation.due_ms() is not None

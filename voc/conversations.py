"""A contact as it must be known to say what it is about, and when that has to be told again. Pure: time is data."""

from collections.abc import Iterable, Mapping
from typing import Final

from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.event import Role
from contracts.transcript import Utterance
from contracts.voc import About
from voc.reading.about import Said

TELL_MS: Final = 3_000
"""From the first thing that is news to the telling of all that is news by then. After the end: at once."""

MAX_FINALS: Final = 3_000
"""Kept of one contact, some hours of talk; the oldest go first."""


class Conversation:
    """What is known of one contact. The same events in any order, once or twice, lead to the same `said()`.

    Of `RolesChanged`, which have no revision, the bus keeps the order.
    """

    def __init__(self, contact_id: str) -> None:
        self.contact_id = contact_id
        self.told: About | None = None
        """What stands in the store, as far as is known."""
        self.unsure = False
        """The store has not been asked yet what was heard before."""
        self.leans = False
        """What was heard before comes from the store, which may have been behind and is to be looked at again."""
        self._contact: ContactStateChanged | None = None
        self._ended = False
        self._finals: dict[str, Utterance] = {}
        self._said_roles: dict[int, Role] = {}
        self._changed_since_ms: int | None = None

    def hear(self, event: AnyEvent, now_ms: int) -> bool:
        """Take what came over the bus at `now_ms`. Returns whether it is news."""
        match event:
            case Utterance(status="final"):
                news = self._keep(event)
            case ContactStateChanged():
                news = self._move(event)
            case RolesChanged():
                news = self._correct(event.roles)
            case _:
                news = False
        if news:
            self.touch(now_ms)
        return news

    def restore(
        self,
        contact: ContactStateChanged | None,
        said_roles: Mapping[int, Role],
        finals: Iterable[Utterance],
        *,
        ended: bool,
    ) -> None:
        """Add what the store knows; what was heard since stands above it."""
        for utterance in finals:
            self._keep(utterance)
        if contact is not None:
            self._move(contact)
        self._ended = self._ended or ended
        self._said_roles = {**said_roles, **self._said_roles}

    def touch(self, now_ms: int) -> None:
        """What is to be told may have changed."""
        if self._changed_since_ms is None:
            self._changed_since_ms = now_ms

    def due_ms(self) -> int | None:
        """When to tell what the contact is about: 0 for at once, None for not now."""
        if self.unsure or self._contact is None or self._changed_since_ms is None:
            return None
        return 0 if self._ended else self._changed_since_ms + TELL_MS

    def settled(self) -> None:
        """The present state was told."""
        self._changed_since_ms = None

    @property
    def has_ended(self) -> bool:
        return self._ended

    @property
    def is_known(self) -> bool:
        """It is known when it began: without that it counts in no hour."""
        return self._contact is not None

    @property
    def revision(self) -> int:
        """Of the contact's newest state; -1: none."""
        return self._contact.revision if self._contact is not None else -1

    def said(self) -> Said:
        """All that its `About` rests on; only where `is_known`."""
        contact = self._contact
        assert contact is not None, "nothing is due before"
        return Said(
            contact_id=self.contact_id,
            at_ms=contact.started_at_ms,
            kind=contact.kind,
            simulated=contact.simulated,
            roles={**contact.roles, **self._said_roles},
            finals=tuple(self._finals[key] for key in sorted(self._finals) if self._finals[key].text),
        )

    def _keep(self, utterance: Utterance) -> bool:
        known = self._finals.get(utterance.utterance_id)
        if known is not None and known.revision >= utterance.revision:
            return False
        # Words with their times are most of a final's size, and only those that may be misheard are read.
        suspect = tuple(word for word in utterance.words if word.suspect)
        self._finals[utterance.utterance_id] = utterance.model_copy(update={"words": suspect})
        if len(self._finals) > MAX_FINALS:
            oldest = min(self._finals.values(), key=lambda kept: (kept.start_ms, kept.utterance_id))
            del self._finals[oldest.utterance_id]
            return oldest.utterance_id != utterance.utterance_id
        return True

    def _move(self, event: ContactStateChanged) -> bool:
        known = self._contact
        ends = event.state == "ended" and not self._ended
        self._ended = self._ended or ends
        if known is not None and known.revision >= event.revision:
            return ends
        self._contact = event
        return ends or known is None or _basis(known) != _basis(event)

    def _correct(self, roles: Mapping[int, Role]) -> bool:
        news = any(self._said_roles.get(channel) != role for channel, role in roles.items())
        self._said_roles.update(roles)
        return news


def _basis(contact: ContactStateChanged) -> tuple[object, ...]:
    return contact.started_at_ms, contact.kind, contact.simulated, contact.roles

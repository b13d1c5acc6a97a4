"""Real-time text: what is being written, shown on the other side as it happens, after XEP-0301.

The twin of `web/src/chat/typing.ts`; both pass `tests/property/chat_cases.json`. What is compared is the field's
value, never the keys: an input method rewrites its last character with every jamo. Positions count code points.
Pure: time comes in as ms.
"""

import math
import re
from collections.abc import Sequence
from typing import Final, Literal

from contracts.chat import MAX_TEXT, Action, Side, Typing

FLUSH_MS: Final = 250
"""A change waits at most so long for others; EN 301 549 §6.2.4 allows 500 ms in all."""

RESET_MS: Final = 10_000
"""The whole field again, for whoever missed something."""

REPEAT_MS: Final = 60_000
"""A field in which nothing changes any more is repeated for so long."""

COMPOSING_MS: Final = 5000
"""`Is writing` is said again so often, while it is true and the words are not shown."""

FORGET_MS: Final = 30_000
"""Words that were heard are forgotten, where nothing follows."""

FORGET_COMPOSING_MS: Final = 10_000
"""The same of `is writing`."""

_MAX_CLOSED: Final = 8
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def well_formed(text: str) -> str:
    """Without halves of characters, which no JSON reader takes."""
    return _SURROGATE.sub("\ufffd", text)


def changes(old: str, new: str) -> tuple[Action, ...]:
    """What turns `old` into `new`: at most one erasure and one insertion."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    actions: list[Action] = []
    erased = len(old) - start - end
    if erased > 0:
        actions.append(("e", len(old) - end, erased))
    if len(new) - end > start:
        actions.append(("t", start, new[start : len(new) - end]))
    return tuple(actions)


def applied(text: str, actions: Sequence[Action]) -> str:
    """The text after these actions, at most `MAX_TEXT` code points of it.

    Positions beyond it count as its end, and negative ones as its beginning: what a peer sends breaks nothing.
    """
    for kind, at, what in actions:
        place = max(0, min(at, len(text)))
        if kind == "t":
            text = f"{text[:place]}{what}{text[place:]}"
        else:
            count = max(0, min(int(what), place))
            text = text[: place - count] + text[place:]
        text = text[:MAX_TEXT]
    return text


class Writer:
    """What goes out of one field.

    Args:
        contact_id: where it is written.
        draft: becomes the `client_id` of the message that is written: so the other side knows what it replaces.
        is_live: the words themselves are shown, not only that something is being written.
    """

    def __init__(self, contact_id: str, draft: str, *, is_live: bool = False, side: Side = "citizen") -> None:
        self.draft = draft
        self._contact_id = contact_id
        self._side: Side = side
        self._is_live = is_live
        self._text = ""
        self._told = ""
        self._is_told = False
        self._seq = 0
        self._changed_ms = -math.inf
        self._flushed_ms = -math.inf
        self._reset_ms: float | None = None

    def wrote(self, text: str, now_ms: float) -> None:
        """The field has this value now."""
        kept = well_formed(text)[:MAX_TEXT]
        if kept == self._text:
            return
        self._text = kept
        self._changed_ms = now_ms

    def switch(self, is_live: bool) -> None:
        """Show the words, or no more."""
        if is_live != self._is_live:
            self._is_live = is_live
            self.again()

    def sent(self, next_draft: str) -> None:
        """The message was sent, which ends this draft."""
        self.draft = next_draft
        self._seq = 0
        self._text = ""
        self._is_told = False
        self.again()

    def again(self) -> None:
        """The other side may know nothing of this any more: another connection."""
        self._told = ""
        self._is_told = self._is_told and not self._text  # an emptied field still has its `stop` to say
        self._reset_ms = None

    @property
    def due_ms(self) -> float | None:
        """When `flush` has something to say; None: not before the field changes."""
        if not self._text:
            return self._flushed_ms + FLUSH_MS if self._is_told else None
        if not self._is_told:
            return self._flushed_ms + FLUSH_MS
        if not self._is_live:
            return self._flushed_ms + COMPOSING_MS if self._changed_ms > self._flushed_ms else None
        if self._text != self._told:
            return self._flushed_ms + FLUSH_MS
        again_ms = (self._flushed_ms if self._reset_ms is None else self._reset_ms) + RESET_MS
        return again_ms if again_ms <= self._changed_ms + REPEAT_MS else None

    def flush(self, now_ms: float) -> Typing | None:
        """What is to be sent now, if anything."""
        due_ms = self.due_ms
        if due_ms is None or now_ms < due_ms:
            return None
        self._flushed_ms = now_ms
        if not self._text:
            self._told = ""
            self._is_told = False
            return self._event("stop")
        self._is_told = True
        if not self._is_live:
            return self._event("edit")
        before, self._told = self._told, self._text
        if self._reset_ms is not None and now_ms < self._reset_ms + RESET_MS:
            return self._event("edit", actions=changes(before, self._text))
        self._reset_ms = now_ms
        return self._event("reset", text=self._text)

    def _event(
        self, event: Literal["edit", "reset", "stop"], *, actions: tuple[Action, ...] = (), text: str = ""
    ) -> Typing:
        seq = self._seq
        self._seq += 1
        return Typing(
            contact_id=self._contact_id,
            draft=self.draft,
            seq=seq,
            event=event,
            actions=actions,
            text=text,
            is_composing=event != "stop",
            side=self._side,
        )


class Reader:
    """What comes in of one person's field. A gap makes the words unknown until the next `reset`."""

    def __init__(self) -> None:
        self.text: str | None = None
        """The field as far as it is known; None: not known, or not to be shown."""
        self.is_writing = False
        self._draft = ""
        self._closed: list[str] = []
        self._seq = -1
        self._heard_ms = 0.0

    def hear(self, typing: Typing, now_ms: float) -> None:
        if typing.draft in self._closed:
            return
        if typing.draft != self._draft:
            self._turn_to(typing.draft)
        if typing.seq <= self._seq:
            return
        is_next = typing.seq == self._seq + 1
        self._seq = typing.seq
        self._heard_ms = now_ms
        self.is_writing = typing.event != "stop"
        match typing.event:
            case "reset":
                self.text = typing.text[:MAX_TEXT]
            case "stop":
                self.text = ""
            case "edit" if is_next and self.text is not None:
                self.text = applied(self.text, typing.actions)
            case "edit":
                self.text = None

    def sent(self, client_id: str) -> None:
        """A message of this person is there: if it is what was being written, it stands in its place, for good."""
        if client_id and client_id == self._draft:
            self._turn_to("")
        elif client_id and client_id not in self._closed:
            self._close(client_id)

    def hide(self) -> None:
        """The words are not to be shown any more."""
        self.text = None

    def shown(self, now_ms: float) -> bool:
        """Something is being written; what, is `text`."""
        until_ms = self.until_ms
        return until_ms is not None and now_ms < until_ms

    @property
    def until_ms(self) -> float | None:
        """When it is forgotten, None when nothing is shown."""
        if not self.is_writing:
            return None
        return self._heard_ms + (FORGET_COMPOSING_MS if self.text is None else FORGET_MS)

    def _turn_to(self, draft: str) -> None:
        if self._draft:
            self._close(self._draft)
        self._draft = draft
        self._seq = -1
        self.text = None
        self.is_writing = False

    def _close(self, draft: str) -> None:
        """An event of it may still be under way: it is not to be shown again."""
        self._closed = [*self._closed, draft][-_MAX_CLOSED:]

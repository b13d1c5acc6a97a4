"""Citizens who type all the time, with the writers of live typing that pages have. Pure: time comes in."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from chat_gateway.realtime_text import Writer
from contracts.chat import Typing

KEY_MS: Final = 200
"""Between two keystrokes of one typist: 300 a minute, a quick hand."""
_WORDS: Final = (
    "이사하면서 냉장고랑 옷장을 버리려고 하는데 어디에 신고하면 되는지 그리고 수수료는 얼마인지 알려 주세요 "
)


class Typists:
    """Several hands, each in a conversation of its own.

    Args:
        name: of this run; draft names begin with it.
        contacts: number → contact id.
    """

    def __init__(self, name: str, contacts: Iterable[tuple[int, str]]) -> None:
        self._drafts = itertools.count()
        self._name = name
        self._hands = {
            number: _Hand(Writer(contact_id, self._draft(), is_live=True), place * KEY_MS / 31)
            for place, (number, contact_id) in enumerate(contacts)
        }
        self._unseen: dict[tuple[str, int], list[float]] = {}
        """(draft, seq) → when its keys were struck, in ms."""
        self.sent = 0

    def __bool__(self) -> bool:
        return bool(self._hands)

    @property
    def unseen(self) -> int:
        """Events that the other screen has not shown."""
        return len(self._unseen)

    def due(self, now_ms: float) -> Iterator[tuple[int, Typing]]:
        """(conversation, what its page sends) now."""
        for number, hand in self._hands.items():
            hand.strike(now_ms, self._draft)
            draft = hand.writer.draft
            if typing := hand.writer.flush(now_ms):
                self._unseen[draft, typing.seq], hand.struck = hand.struck, []
                self.sent += 1
                yield number, typing

    def shown(self, draft: str, seq: int, now_ms: float) -> list[float]:
        """The other screen shows this event: how many ms ago each of its keys was struck."""
        return [now_ms - at_ms for at_ms in self._unseen.pop((draft, seq), [])]

    def _draft(self) -> str:
        return f"{self._name}-draft-{next(self._drafts)}"


class _Hand:
    """One typist's field."""

    def __init__(self, writer: Writer, first_ms: float) -> None:
        self.writer = writer
        self.struck: list[float] = []
        """When keys were struck that nobody was told of."""
        self._first_ms = first_ms
        self._next_ms: float | None = None
        self._length = 0

    def strike(self, now_ms: float, new_draft: Callable[[], str]) -> None:
        if self._next_ms is None:
            self._next_ms = now_ms + self._first_ms
        while now_ms >= self._next_ms:
            self._length += 1
            if self._length > len(_WORDS):
                self._length = 1
                self.struck.clear()
                self.writer.sent(new_draft())
            self.writer.wrote(_WORDS[: self._length], now_ms)
            self.struck.append(self._next_ms)
            self._next_ms += KEY_MS

"""The load of the chat bench, and what became of it. Pure; stamps are CLOCK_MONOTONIC, which all processes share.

Every message names its sender, its place among that sender's messages and when it was due, so that whoever sees it
knows whether one is missing, came twice, or came before an earlier one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

Side = Literal["citizen", "staff"]
Screen = tuple[int, Side]
"""Conversation and whose."""

_MARK: Final = "#"
_TO_LETTERS: Final = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")
_TO_DIGITS: Final = str.maketrans("ghijklmnopqrstuv", "0123456789abcdef")
_WORDS: Final = " 이사하면서 냉장고랑 옷장을 버리려는데 신고를 어떻게 하나요?"
"""As long as what people write (30 letters)."""
LONG: Final = _WORDS * 30
"""As long as a pasted notice."""


def text_of(conversation: int, side: Side, number: int, due_ns: int, tail: str = _WORDS) -> str:
    """A message that says what it is. In letters: what masks personal data would stop at every number."""
    return f"{_MARK}{_letters(conversation)} {side[0]}{_letters(number)} {_letters(due_ns)}{_MARK}{tail}"


def read_text(text: str) -> tuple[int, Side, int, int] | None:
    """(conversation, side, number, due_ns) of a message of ours."""
    if not text.startswith(_MARK):
        return None
    conversation, who, due_ns = text[1 : text.index(_MARK, 1)].split()
    return _number(conversation), "citizen" if who[0] == "c" else "staff", _number(who[1:]), _number(due_ns)


def _letters(number: int) -> str:
    return f"{number:x}".translate(_TO_LETTERS)


def _number(letters: str) -> int:
    return int(letters.translate(_TO_DIGITS), 16)


@dataclass(frozen=True, slots=True)
class Due:
    """One message to be sent."""

    at_ns: int
    conversation: int
    side: Side
    tail: str = _WORDS


def answers(conversations: range, rate: float, seconds: float, began_ns: int) -> Iterator[Due]:
    """Long ones of staff, evenly in time, in one conversation after the other."""
    for number in range(int(rate * seconds)):
        conversation = conversations[number % len(conversations)]
        yield Due(began_ns + int(number * 1e9 / rate), conversation, "staff", LONG)


def messages(conversations: range, rate: float, seconds: float, began_ns: int) -> Iterator[Due]:
    """Evenly in time, from one conversation after the other; citizens and staff take turns in each.

    Args:
        conversations: those of this loader.
        rate: messages a second of this loader.
        seconds: how long.
        began_ns: when the first one is due.
    """
    for number in range(int(rate * seconds)):
        turn, place = divmod(number, len(conversations))
        yield Due(
            began_ns + int(number * 1e9 / rate),
            conversations[place],
            "citizen" if (turn + place) % 2 == 0 else "staff",
        )


@dataclass(slots=True)
class Tally:
    """What the screens of a loader showed."""

    ages_ns: list[int] = field(default_factory=list)
    """From when a message was due until it was on the other screen."""
    acks_ns: list[int] = field(default_factory=list)
    """From when it was due until its sender knew that it is kept."""
    typing_ns: list[int] = field(default_factory=list)
    """From keystrokes to the other screen."""
    late_ns: list[int] = field(default_factory=list)
    """How much too late the loader itself sent."""
    sent: Counter[tuple[Screen, Side]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    _seen: dict[tuple[Screen, Side], int] = field(default_factory=dict)
    """The number that is expected next."""
    _skipped: set[tuple[Screen, Side, int]] = field(default_factory=set)

    def send(self, conversation: int, side: Side) -> int:
        """The number of the message, which both screens are to show."""
        number = self.sent[(conversation, side), side]
        for screen in ("citizen", "staff"):
            self.sent[(conversation, screen), side] += 1
        return number

    def show(self, screen: Screen, text: str, now_ns: int) -> None:
        """A screen shows a new line."""
        told = read_text(text)
        if told is None:
            return
        conversation, side, number, due_ns = told
        if conversation != screen[0]:
            self.faults["misdirected"] += 1
            return
        key = (screen, side)
        expected = self._seen.get(key, 0)
        if number < expected:
            was_skipped = (screen, side, number) in self._skipped
            self.faults["out_of_order" if was_skipped else "doubled"] += 1
            self._skipped.discard((screen, side, number))
            return
        self._skipped.update((screen, side, skipped) for skipped in range(expected, number))
        self._seen[key] = number + 1
        if screen[1] != side:
            self.ages_ns.append(now_ns - due_ns)

    def missing(self) -> int:
        """Messages that a screen has not shown yet."""
        return len(self._skipped) + sum(count - self._seen.get(key, 0) for key, count in self.sent.items())

    def drain(self) -> None:
        """Forget what was measured, not what was counted: a new phase begins."""
        for measured in (self.ages_ns, self.acks_ns, self.typing_ns, self.late_ns):
            measured.clear()

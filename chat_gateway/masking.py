"""What was said last on one side of a chat, and how it was masked. Pure.

A number may be written over several messages, and an edit may complete one: the lines around it are masked again.
"""

import copy
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.chat import ChatEntry
from privacy.redaction import Redacted, StreamRedactor

MAX_LINES: Final = 8
"""Of a channel, kept for edits of them: together with the lines around them they may be a number."""


@dataclass(frozen=True, slots=True)
class Line:
    seq: int
    at_ms: int
    raw: str
    told: Redacted
    after: StreamRedactor | None = None
    """As it stands once this line was said; None of a line that is kept no more."""


@dataclass(slots=True)
class Channel:
    """What was said last on one side."""

    before: StreamRedactor
    """As it was before the first of the lines."""
    now: StreamRedactor
    lines: list[Line] = field(default_factory=list)

    def say(self, entry: ChatEntry, text: str) -> Line:
        told = self.now.redact(text)
        line = Line(entry.seq, entry.at_ms, text, told, copy.copy(self.now))
        self.lines.append(line)
        if len(self.lines) > MAX_LINES:
            self.before = self.lines.pop(0).after or self.before
        return line

    def edit(self, of_seq: int, entry: ChatEntry, text: str) -> list[Line]:
        """The line anew, and those after it that are masked further because of it: 010 there, the rest here."""
        if all(line.seq != of_seq for line in self.lines):
            return [Line(of_seq, entry.at_ms, text, carefully(text))]
        again, changed = copy.copy(self.before), list[Line]()
        for place, line in enumerate(self.lines):
            raw = text if line.seq == of_seq else line.raw
            told = again.redact(raw)
            is_changed = line.seq == of_seq or (line.seq > of_seq and _covered(told) > _covered(line.told))
            now = replace(line, raw=raw, told=told if is_changed else line.told, after=copy.copy(again))
            self.lines[place] = now
            if is_changed:
                changed.append(now)
        self.now = again
        return changed

    def withdraw(self, of_seq: int, entry: ChatEntry) -> Line:
        """Without text. What was masked because of it stays so."""
        at_ms = next((line.at_ms for line in self.lines if line.seq == of_seq), entry.at_ms)
        return Line(of_seq, at_ms, "", Redacted(""))


def carefully(text: str) -> Redacted:
    """Nobody knows what was said before: digits it begins with may go on with a number."""
    return StreamRedactor(joins=True).redact(text)


def _covered(told: Redacted) -> int:
    return sum(span.end - span.start for span in told.spans)

"""A language model's answer as it comes in: whole lines out of half a JSON object. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from contracts.errors import ModelUnusable
from contracts.summary import SummaryField, SummaryLine

MAX_CHARS: Final = 24_000
"""An answer that is longer than this has no end."""

_FIELDS: Final[tuple[SummaryField, ...]] = get_args(SummaryField)
_LISTS: Final = ("inquiry", "handling", "followup")


@dataclass(frozen=True, slots=True)
class Note:
    """A whole answer; what it says has not been checked."""

    lines: tuple[SummaryLine, ...]
    category: str
    """A code, or what the model takes for one."""


class Answer:
    """Feed it pieces; it gives each line once, as soon as its object is closed."""

    def __init__(self, ids: Sequence[str]) -> None:
        """`ids`: of the utterances, by their numbers from 1."""
        self._ids = ids
        self._text = ""
        self._at = 0
        """Up to here `_text` was looked through."""
        self._open: list[str] = []
        """Brackets that are open, outside strings."""
        self._begin = 0
        """Where the innermost candidate object began."""
        self._string_at: int | None = None
        self._escaped = False
        self._key = ""
        """The last key of the outermost object."""

    def feed(self, piece: str) -> list[SummaryLine]:
        """The lines that this piece completes.

        Raises:
            ModelUnusable: the answer has no end.
        """
        self._text += piece
        if len(self._text) > MAX_CHARS:
            raise ModelUnusable(
                f"언어 모델의 답이 {MAX_CHARS:,}자를 넘어 버렸습니다.",
                f"the language model's answer passed {MAX_CHARS:,} characters and was given up.",
            )
        if not self._past_thoughts():
            return []
        found: list[SummaryLine] = []
        while self._at < len(self._text):
            closed = self._step(self._text[self._at])
            self._at += 1
            if closed:
                found += self._object()
        return found

    def finish(self) -> Note:
        """All of it.

        Raises:
            ModelUnusable: it is no JSON of the form that was asked for.
        """
        body = self._text.rpartition("</think>")[2]
        try:
            read = json.loads(body[body.index("{") : body.rindex("}") + 1])
        except (ValueError, RecursionError):
            raise _unusable("JSON이 아닙니다", "is no JSON") from None
        if not isinstance(read, dict) or not any(isinstance(read.get(name), list) for name in _LISTS):
            raise _unusable("묻지 않은 형식입니다", "has another form than was asked for")
        lines = [line for name in _FIELDS for line in _lines_of(name, read.get(name), self._ids)]
        code = read.get("category")
        return Note(tuple(lines), code.strip() if isinstance(code, str) else "")

    def _past_thoughts(self) -> bool:
        """Some models think aloud first; braces in there are none of the answer's."""
        head = self._text.lstrip()
        if self._at or not head.startswith("<"):
            return True
        if not head.startswith("<think>"):
            return not "<think>".startswith(head)
        end = self._text.find("</think>")
        if end < 0:
            return False
        self._at = end + len("</think>")
        return True

    def _step(self, character: str) -> bool:
        """Take one character; True when it closes an object that may be a line."""
        if self._string_at is not None:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == '"':
                if self._open == ["{"]:
                    self._key = self._text[self._string_at : self._at]
                self._string_at = None
            return False
        if character == '"' and self._open:
            self._string_at = self._at + 1
        elif character in "{[":
            if character == "{":
                self._begin = self._at
            self._open.append(character)
        elif character in "}]" and self._open:
            self._open.pop()
            return character == "}" and "".join(self._open) in ("{", "{[")
        return False

    def _object(self) -> list[SummaryLine]:
        try:
            read = json.loads(self._text[self._begin : self._at])
        except ValueError:
            return []
        name = next((field for field in _FIELDS if field == self._key), None)
        return _lines_of(name, [read], self._ids) if name else []


def _lines_of(name: SummaryField, value: Any, ids: Sequence[str]) -> list[SummaryLine]:
    """Lines out of whatever stands there: a list, one object, or plain text without evidence."""
    entries = value if isinstance(value, list) else [value]
    found: list[SummaryLine] = []
    for entry in entries:
        text = entry.get("text") if isinstance(entry, dict) else entry
        if not isinstance(text, str) or not text.strip():
            continue
        cited = entry.get("evidence") if isinstance(entry, dict) else None
        found.append(SummaryLine(field=name, text=text.strip(), evidence=_cited(cited, ids)))
    return found


def _cited(value: Any, ids: Sequence[str]) -> tuple[str, ...]:
    """Ids behind the numbers; numbers of no utterance are left out."""
    entries = value if isinstance(value, list) else [value]
    numbers: list[int] = []
    for entry in entries:
        if isinstance(entry, bool):
            continue
        if isinstance(entry, str) and entry.strip("[] #").isdecimal():
            numbers.append(int(entry.strip("[] #")[:9]))
        elif isinstance(entry, int):
            numbers.append(entry)
    return tuple(dict.fromkeys(ids[number - 1] for number in numbers if 1 <= number <= len(ids)))


def _unusable(ko: str, en: str) -> ModelUnusable:
    return ModelUnusable(f"언어 모델의 답을 쓸 수 없습니다: {ko}.", f"the language model's answer {en}.")

"""An article's body as passages short enough for a card."""

import re
from dataclasses import dataclass
from typing import Final

PASSAGE_CHARS: Final = 300
"""What an agent reads at a glance, and what a card holds."""

_HEADING: Final = re.compile(r"#{1,6}\s+(.*?)\s*#*\s*$")
_MARKUP: Final = re.compile(r"\*\*|__|`|^>\s?", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_TABLE_RULE: Final = frozenset("|:- ")
"""All there is between a table's head and its rows."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。])\s+|\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article, plain text of at most `PASSAGE_CHARS`."""

    heading: str
    """The section's heading; empty before the first."""
    text: str


def passages_of(body: str) -> list[Passage]:
    """Cut a Markdown body by headings, then fill passages with whole paragraphs, list items and sentences.

    Nothing but markup is lost; a sentence longer than a passage is cut at a space. A body without text gives
    no passage.
    """
    found: list[Passage] = []
    for heading, lines in _sections(body):
        text = ""
        for piece in _pieces("\n".join(lines)):
            if text and len(text) + 1 + len(piece) > PASSAGE_CHARS:
                found.append(Passage(heading, text))
                text = ""
            text = f"{text}\n{piece}" if text else piece
        if text:
            found.append(Passage(heading, text))
    return found


def _sections(body: str) -> list[tuple[str, list[str]]]:
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in body.splitlines():
        heading = _HEADING.match(line)
        if heading:
            sections.append((_plain(heading.group(1)), []))
        else:
            sections[-1][1].append(line)
    return sections


def _pieces(section: str) -> list[str]:
    """Lines of a section, and sentences of the lines that do not fit."""
    pieces: list[str] = []
    for line in _plain(section).splitlines():
        text = " ".join(line.split())
        if not text or ("---" in text and _TABLE_RULE.issuperset(text)):
            continue
        if len(text) <= PASSAGE_CHARS:
            pieces.append(text)
        else:
            for sentence in _SENTENCE_END.split(text):
                pieces += _cut(sentence)
    return pieces


def _cut(sentence: str) -> list[str]:
    parts: list[str] = []
    rest = sentence.strip()
    while len(rest) > PASSAGE_CHARS:
        at = rest.rfind(" ", 1, PASSAGE_CHARS + 1)
        at = at if at > 0 else PASSAGE_CHARS
        parts.append(rest[:at])
        rest = rest[at:].lstrip()
    return [*parts, rest] if rest else parts


def _plain(text: str) -> str:
    return _MARKUP.sub("", _LINK.sub(r"\1", text))

"""The conversation as plain text, for the citizen to keep: what was on the screen, and nothing else. Pure.

What was edited stands as it was last; what was withdrawn is said to have been. Lines that go on are indented, so
that no message can pass for somebody else's.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from typing import Final

from chat_gateway import view
from chat_gateway.conversation import for_reader
from chat_gateway.rules import Rules
from contracts.chat import (
    Assigned,
    Blocked,
    Body,
    ChatEntry,
    ChatHead,
    Ended,
    Joined,
    Left,
    Notice,
    Offered,
    Party,
    Photo,
    Place,
    Requeued,
    Rested,
    Said,
    Solved,
    Taken,
    Transferred,
)
from contracts.chat_http import ChatTopic

ZONE: Final = zoneinfo.ZoneInfo("Asia/Seoul")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("채팅 상담 기록", "chat transcript"),
    "number": ("상담 번호", "Chat"),
    "began": ("시작", "Began"),
    "ended": ("끝", "Ended"),
    "goes_on": ("진행 중", "not ended yet"),
    "topic": ("분야", "Subject"),
    "you": ("나", "You"),
    "agent": ("상담사", "Agent"),
    "system": ("안내", "Notice"),
    "edited": ("고침", "edited"),
    "withdrawn": ("지운 글", "withdrawn"),
    "photo": ("사진", "photo"),
    "place": ("위치", "place"),
    "guide": ("안내문", "guide"),
    "source": ("출처", "source"),
    "revised": ("개정", "revised"),
    "agent_is": ("상담사가 연결되었습니다", "an agent is here"),
    "transferred": ("다른 상담사에게 이어집니다", "passed on to a colleague"),
    "again": ("다시 상담사를 기다립니다", "waiting for an agent again"),
    "joined": ("상담에 들어왔습니다", "joined"),
    "left": ("상담에서 나갔습니다", "left"),
    "rested": ("잠시 쉬는 중입니다", "paused"),
    "solved": ("안내로 해결되었습니다", "solved by a guide"),
    "over": ("상담이 끝났습니다", "the chat has ended"),
}


def transcript(head: ChatHead, entries: Iterable[ChatEntry], rules: Rules) -> str:
    """The text, with a line break at its end.

    Args:
        head: as of now.
        entries: all of them, in order; what is not for citizens is left out here.
        rules: the site's name and subjects.
    """
    words = _Words(head, rules)
    lines = [*words.top(), "", *words.lines([for_reader(entry, "citizen") for entry in entries])]
    return "\n".join(lines) + "\n"


def file_name(head: ChatHead) -> str:
    """ASCII, so that every system takes it."""
    return f"chat-{_when(head.opened_at_ms):%Y%m%d-%H%M}-{head.contact_id[:8]}.txt"


class _Words:
    def __init__(self, head: ChatHead, rules: Rules) -> None:
        self._head = head
        self._rules = rules
        self._english = head.language != "ko"

    def word(self, name: str) -> str:
        return _WORDS[name][self._english]

    def top(self) -> Iterator[str]:
        head, name = self._head, self._rules.name
        yield f"{name.en if self._english else name.ko} {self.word('title')}"
        yield f"{self.word('number')}: {head.contact_id[:8]}"
        yield f"{self.word('began')}: {_when(head.opened_at_ms):%Y-%m-%d %H:%M}"
        ended = f"{_when(head.ended_at_ms):%Y-%m-%d %H:%M}" if head.ended_at_ms else self.word("goes_on")
        yield f"{self.word('ended')}: {ended}"
        if topic := next((topic for topic in self._rules.topics if topic.skill == head.skill), None):
            yield f"{self.word('topic')}: {self._topic(topic)}"

    def _topic(self, topic: ChatTopic) -> str:
        return topic.en if self._english else topic.ko

    def lines(self, entries: list[ChatEntry]) -> Iterator[str]:
        for line in view.lines(entries):
            text = f"({self.word('withdrawn')})" if line.is_withdrawn else self._text(line.body)
            if text and line.edited_ms is not None:
                text += f" ({self.word('edited')})"
            if text:
                yield _line(line.at_ms, self._who(line.author), text)

    def _who(self, author: Party) -> str:
        name = _one_line(author.name)
        match author.side:
            case "citizen":
                return f"{self.word('you')}({name})" if name else self.word("you")
            case "staff":
                return f"{self.word('agent')} {name}".rstrip()
            case _:
                return self.word("system")

    def _text(self, body: Body) -> str:
        """Empty: nothing that stood on the screen."""
        match body:
            case Said():
                return body.text
            case Photo():
                return f"[{self.word('photo')} {body.width}x{body.height}] {body.description}".rstrip()
            case Place():
                return (
                    f"[{self.word('place')} {body.latitude:.5f}, {body.longitude:.5f}] {body.label}".rstrip()
                )
            case Notice():
                return body.en if self._english else body.ko
            case Offered():
                return "\n".join(self._guides(body))
            case Assigned():
                return f"{self.word('agent_is')}: {_one_line(body.agent.name)}".removesuffix(": ")
            case Joined() | Left() | Taken() | Transferred() | Requeued() | Rested():
                return self.word(_MOVES[body.kind])
            case Solved():
                return self.word("solved")
            case Ended() | Blocked():
                return f"{self.word('over')}: {body.reason}".removesuffix(": ")
            case _:
                return ""

    def _guides(self, body: Offered) -> Iterator[str]:
        for guide in body.guides:
            facts = (
                (self.word("source"), guide.source or guide.department),
                (self.word("revised"), guide.revised),
            )
            about = ", ".join(f"{name} {value}" for name, value in facts if value)
            yield f"[{self.word('guide')}] {guide.title}: {guide.passage}" + (f" ({about})" if about else "")


_MOVES: Final = {
    "joined": "joined",
    "left": "left",
    "taken": "agent_is",
    "transferred": "transferred",
    "requeued": "again",
    "rested": "rested",
}


def _line(at_ms: int, who: str, text: str) -> str:
    first, *more = text.splitlines() or [""]
    return "\n".join((f"[{_when(at_ms):%m-%d %H:%M}] {who}: {first}", *(f"    {line}" for line in more)))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _when(at_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_ms / 1000, ZONE)

"""What tests of the gateway share: a site's rules, people, and a conversation that is written step by step."""

from collections.abc import Callable
from typing import Final

from chat_gateway.conversation import decide, head_after
from chat_gateway.rules import Rules, Sentence
from contracts.chat import SYSTEM, Assigned, Body, ChatEntry, ChatHead, Opened, Party
from contracts.chat_http import ChatLinks

CONTACT: Final = "00000000-0000-4000-8000-000000000001"
CITIZEN: Final = Party(side="citizen", name="파란 우산")
KIM: Final = Party(side="staff", staff_id="kim", name="김상담")
LEE: Final = Party(side="staff", staff_id="lee", name="이상담")
BOSS: Final = Party(side="staff", staff_id="boss", name="박팀장", sees_all=True)


def said_by_the_system(ko: str) -> Sentence:
    return Sentence(ko, f"({ko})")


def profane(text: str) -> tuple[tuple[int, int], ...]:
    at = text.find("바보")
    return () if at < 0 else ((at, at + 2),)


def rules(*, is_open: Callable[[int], bool] = lambda _: True) -> Rules:
    """A site that is open, knows one emergency word and one bad one."""
    return Rules(
        name=Sentence("120", "120"),
        links=ChatLinks(relay_ko="", relay_url="", sign_ko="", sign_url=""),
        topics=(),
        greeting=said_by_the_system("안녕하세요"),
        after_hours=said_by_the_system("지금은 쉽니다"),
        agent_lost=said_by_the_system("상담사 연결이 끊겼습니다"),
        idle_warning=said_by_the_system("계신가요"),
        resting=said_by_the_system("잠시 쉽니다"),
        emergency=said_by_the_system("119로 전화하십시오"),
        hours_text=said_by_the_system("평일"),
        is_open=is_open,
        emergency_words=lambda text: ("살려주세요",) if "살려주세요" in text else (),
        profanity=profane,
        greeting_replies=("쓰레기", "교통"),
    )


class Talk:
    """A conversation in memory: what `decide` leads to is written at once."""

    def __init__(self, site: Rules | None = None, at_ms: int = 1_000) -> None:
        self.rules = site or rules()
        self.now_ms = at_ms
        self.entries: list[ChatEntry] = []
        self.head = ChatHead(contact_id=CONTACT, epoch="e")
        self.write(CITIZEN, Opened(channel="web", skill="waste"))

    def write(self, who: Party, body: Body) -> ChatEntry:
        """Without asking."""
        seq = self.head.last_seq + 1
        entry = ChatEntry(contact_id=CONTACT, seq=seq, at_ms=self.now_ms, author=who, body=body)
        self.entries.append(entry)
        self.head = head_after(self.head, entry)
        return entry

    def do(self, who: Party, body: Body) -> list[str]:
        """The kinds of what was written."""
        self.now_ms += 1_000
        said = {entry.seq: entry for entry in self.entries}
        written = decide(self.head, who, body, self.now_ms, self.rules, said)
        return [self.write(*one).body.kind for one in written]

    def served_by(self, agent: Party) -> "Talk":
        self.do(SYSTEM, Assigned(agent=agent))
        return self

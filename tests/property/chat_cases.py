"""Cases that the Python and the TypeScript twin both have to pass: `chat_cases.json`.

Written anew by `python -m tests.property.chat_cases`, always the same ones; `test_chat_typing.py` and
`test_chat_fold.py` hold them against the Python side, `web/test/chat-twins.test.ts` against the other.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from chat_gateway.conversation import head_after
from chat_gateway.realtime_text import Reader, Writer, applied, changes
from chat_gateway.view import lines
from contracts.chat import (
    Assigned,
    Blocked,
    Body,
    ChatEntry,
    ChatHead,
    Edited,
    Ended,
    Hidden,
    Joined,
    Left,
    LiveTyping,
    Noted,
    Notice,
    Offered,
    OfferedGuide,
    Opened,
    Party,
    Photo,
    Place,
    Rated,
    Requeued,
    Rested,
    Said,
    Solved,
    Stayed,
    Taken,
    Transferred,
    Urgent,
    Withdrawn,
)

FILE: Final = Path(__file__).with_name("chat_cases.json")
CONTACT: Final = "00000000-0000-4000-8000-000000000001"

PARTIES: Final = (
    Party(side="citizen", name="파란 우산"),
    Party(side="staff", staff_id="kim", name="김상담"),
    Party(side="staff", staff_id="", name="이상담"),
    Party(side="staff", staff_id="boss", name="박팀장", sees_all=True),
    Party(side="system"),
)

PIECES: Final = (
    "가",
    "각",
    "ㄱ",
    "한",
    "a",
    " ",
    "\n",
    "😀",
    "👩‍👩‍👧",
    "é",
    "e\u0301",
    "ᄒ",
    "ᅡ",
    "<b>",
    "\u200b",
)
"""Syllables, single jamo, composed and decomposed, emoji of one and of five code points."""


def text(chance: random.Random, most: int = 12) -> str:
    return "".join(chance.choices(PIECES, k=chance.randrange(most + 1)))


def changed(chance: random.Random, before: str) -> str:
    """As a hand would: something taken out and put in somewhere."""
    start = chance.randrange(len(before) + 1)
    end = min(len(before), start + chance.randrange(4))
    return before[:start] + text(chance, 3) + before[end:]


def body(chance: random.Random, seq: int) -> Body:
    earlier = chance.randrange(max(1, seq - 8), seq + 1)
    guide = OfferedGuide(
        article_id=f"a{chance.randrange(4)}",
        title="여권",
        passage="구청에서",
        category=chance.choice(["", "민원"]),
    )
    return chance.choice(
        (
            Said(text=text(chance) or "네", replies=("네", "아니요"), profane=((0, 1),)),
            Said(text="안녕하세요"),
            Said(text="확인했습니다"),
            Photo(photo_id="p1", width=3, height=4),
            Place(latitude=37.5, longitude=127.0),
            Edited(of_seq=earlier, text=text(chance) or "고침"),
            Withdrawn(of_seq=earlier),
            Hidden(spoken=chance.random() < 0.5),
            LiveTyping(on=chance.random() < 0.5),
            Stayed(),
            Solved(article_id="a1", topic=chance.choice(["", "교통"])),
            Rated(score=chance.randrange(1, 6)),
            Ended(),
            Noted(text="메모"),
            Taken(),
            Assigned(agent=chance.choice(PARTIES[1:4])),
            Transferred(skill=chance.choice(["", "waste"]), note="부탁"),
            Requeued(reason="agent_lost", front=chance.random() < 0.5),
            Joined(),
            Left(),
            Urgent(words=("불이야",)),
            Notice(key=chance.choice(["greeting", "idle_warning", "resting"]), ko="안내", en="note"),
            Offered(guides=tuple([guide] * chance.randrange(3))),
            Rested(),
            Blocked(reason="욕설"),
        )
    )


def conversation(chance: random.Random, length: int) -> list[ChatEntry]:
    """Any entries by anybody: the fold and the view make no demands on what comes after what."""
    opened = Opened(channel="ars", language="en", skill="tax", facts={"menu": "지방세"}, simulated=True)
    bodies = [opened, *(body(chance, seq) for seq in range(2, length + 1))]
    at_ms = 1_700_000_000_000
    entries = []
    for seq, what in enumerate(bodies, 1):
        at_ms += chance.randrange(5000)
        who = PARTIES[0] if seq == 1 else chance.choice(PARTIES)
        entries.append(
            ChatEntry(
                contact_id=CONTACT, seq=seq, at_ms=at_ms, author=who, client_id=f"client-{seq}", body=what
            )
        )
    return entries


def folded(entries: Sequence[ChatEntry]) -> ChatHead:
    head = ChatHead(contact_id=CONTACT, epoch="e1")
    for entry in entries:
        head = head_after(head, entry)
    return head


def written(chance: random.Random) -> dict[str, Any]:
    """A field's life, step by step: what goes out, what arrives, and what is shown then."""
    began_live = is_live = chance.random() < 0.8
    writer, reader = Writer(CONTACT, "draft-00", is_live=is_live), Reader()
    now_ms, field, drafts = 1000, "", 0
    steps: list[dict[str, Any]] = []
    for _ in range(40):
        what = chance.choices(["wrote", "wait", "sent", "switch", "again", "clear"], [20, 12, 2, 1, 1, 2])[0]
        step: dict[str, Any] = {"do": what}
        match what:
            case "wrote" | "clear":
                field = "" if what == "clear" else changed(chance, field)
                writer.wrote(field, now_ms)
                step = {"do": "wrote", "text": field}
            case "sent":
                drafts += 1
                reader.sent(writer.draft)
                writer.sent(f"draft-{drafts:02}")
                field = ""
                step["next"] = writer.draft
            case "switch":
                is_live = not is_live
                writer.switch(is_live)
                if not is_live:
                    reader.hide()
                step["on"] = is_live
            case "again":
                writer.again()
        now_ms += chance.choice([10, 90, 200, 300, 2500, 11_000])
        typing = writer.flush(now_ms)
        is_lost = chance.random() < 0.15
        if typing and not is_lost:
            reader.hear(typing, now_ms)
        steps.append(
            step
            | {
                "now_ms": now_ms,
                "out": None if typing is None else plain(typing),
                "lost": is_lost,
                "shown": reader.shown(now_ms),
                "read": reader.text,
            }
        )
    return {"live": began_live, "steps": steps}


def plain(value: BaseModel) -> Any:
    return value.model_dump(mode="json")


def line_of(line: Any) -> dict[str, Any]:
    return asdict(line) | {"author": plain(line.author), "body": plain(line.body)}


def cases() -> dict[str, Any]:
    chance = random.Random(120)
    diffs = []
    for _ in range(60):
        old = text(chance)
        new = text(chance) if chance.random() < 0.3 else changed(chance, old)
        diffs.append({"old": old, "new": new, "actions": changes(old, new)})
    wild = []
    for _ in range(40):
        before = text(chance)
        actions = tuple(
            ("t", chance.randrange(-3, 16), text(chance, 3))
            if chance.random() < 0.5
            else ("e", chance.randrange(-3, 16), chance.randrange(-2, 9))
            for _ in range(chance.randrange(4))
        )
        wild.append({"text": before, "actions": actions, "after": applied(before, actions)})
    talks = []
    for _ in range(5):
        entries = conversation(chance, 30)
        talks.append(
            {
                "entries": [plain(entry) for entry in entries],
                "heads": {str(n): plain(folded(entries[:n])) for n in (1, 15, 30)},
                "lines": [line_of(line) for line in lines(entries)],
            }
        )
    return {
        "changes": diffs,
        "applied": wild,
        "typing": [written(chance) for _ in range(12)],
        "conversations": talks,
    }


def as_json() -> str:
    """A line for each case, so that a change of one is seen as such."""
    parts = [
        f'"{name}":[\n'
        + ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in some)
        + "\n]"
        for name, some in cases().items()
    ]
    return "{" + ",".join(parts) + "}\n"


if __name__ == "__main__":
    FILE.write_text(as_json(), encoding="utf-8")

"""A conversation: the head as the fold of its entries, what a command leads to, and what each side may read.

Pure. The fold works on what a reader was told as on the whole: a citizen's page, which never hears of a staff id
or a note, folds to the citizen's view of the same head.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from chat_gateway.decisions import decide
from contracts.chat import (
    Assigned,
    Blocked,
    Body,
    ChatEntry,
    ChatHead,
    Ended,
    Hidden,
    Joined,
    Left,
    LiveTyping,
    Noted,
    Notice,
    Offered,
    Opened,
    Party,
    Photo,
    Place,
    Rated,
    Requeued,
    Rested,
    Said,
    Side,
    Solved,
    Stayed,
    Taken,
    Transferred,
    Urgent,
)
from contracts.event import Model

__all__ = ["SPOKEN", "decide", "emptied", "for_reader", "head_after", "head_for_reader", "seqs_about"]

SPOKEN: Final = (Said, Photo, Place)
"""What is said or shown to the other side."""

Changes = dict[str, Any]


def head_after(head: ChatHead, entry: ChatEntry) -> ChatHead:
    """The head with one more entry, which must be the next.

    Args:
        head: before it; before the first entry, `contact_id` and `epoch` alone.
        entry: its number is `head.last_seq + 1`.
    """
    changes: Changes = {"last_seq": entry.seq}
    body = entry.body
    if entry.author.side == "citizen":
        changes["warned_at_ms"] = None
    if isinstance(body, SPOKEN) or (isinstance(body, Hidden) and body.spoken):
        changes |= _spoken(head, entry)
    elif fold := _FOLDS.get(type(body)):
        changes |= fold(head, entry, body)
    return head.model_copy(update=changes)


def _spoken(head: ChatHead, entry: ChatEntry) -> Changes:
    match entry.author.side:
        case "citizen":
            since_ms = head.unanswered_since_ms
            return {
                "citizen_wrote_ms": entry.at_ms,
                "unanswered_since_ms": entry.at_ms if since_ms is None else since_ms,
            }
        case "staff":
            return {"staff_wrote_ms": entry.at_ms, "unanswered_since_ms": None}
        case _:
            return {}


def _opened(_: ChatHead, entry: ChatEntry, body: Opened) -> Changes:
    return {
        "state": "waiting",
        "channel": body.channel,
        "language": body.language,
        "skill": body.skill,
        "nickname": entry.author.name,
        "facts": body.facts,
        "simulated": body.simulated,
        "opened_at_ms": entry.at_ms,
        "queued_at_ms": entry.at_ms,
    }


def _with_agent(agent: Party) -> Changes:
    return {"state": "serving", "agent": agent, "front": False, "warned_at_ms": None}


def _over(entry: ChatEntry, solved_by: str) -> Changes:
    return {"state": "ended", "ended_at_ms": entry.at_ms, "solved_by": solved_by, "warned_at_ms": None}


def _requeued(_: ChatHead, entry: ChatEntry, body: Requeued) -> Changes:
    return {
        "state": "waiting",
        "agent": None,
        "front": body.front,
        "queued_at_ms": entry.at_ms,
        "warned_at_ms": None,
    }


def _offered(head: ChatHead, _: ChatEntry, body: Offered) -> Changes:
    new = tuple(guide.article_id for guide in body.guides if guide.article_id not in head.offered)
    first = body.guides[0].category if body.guides else ""
    return {"offered": (*head.offered, *new), "topic": head.topic or first}


def _left(head: ChatHead, entry: ChatEntry, _: Left) -> Changes:
    for place, watcher in enumerate(head.watchers):
        if _same(watcher, entry.author):
            return {"watchers": head.watchers[:place] + head.watchers[place + 1 :]}
    return {}


def _joined(head: ChatHead, entry: ChatEntry, _: Joined) -> Changes:
    if any(_same(watcher, entry.author) for watcher in head.watchers):
        return {}
    return {"watchers": (*head.watchers, entry.author)}


def _same(one: Party, other: Party) -> bool:
    return (one.staff_id, one.name) == (other.staff_id, other.name)


def _ended(head: ChatHead, entry: ChatEntry, _: Ended) -> Changes:
    return _over(entry, "staff" if head.staff_wrote_ms is not None else "")


_FOLDS: Final[dict[type[Model], Callable[[ChatHead, ChatEntry, Any], Changes]]] = {
    Opened: _opened,
    LiveTyping: lambda _head, _entry, body: {"live_typing": body.on},
    Stayed: lambda _head, entry, _body: {"stayed_ms": entry.at_ms},
    Solved: lambda head, entry, body: {**_over(entry, "self"), "topic": body.topic or head.topic},
    Rated: lambda _head, _entry, body: {"rating": body.score},
    Ended: _ended,
    Taken: lambda _head, entry, _body: _with_agent(entry.author),
    Assigned: lambda _head, _entry, body: _with_agent(body.agent),
    Transferred: lambda head, _entry, body: {"skill": body.skill or head.skill},
    Requeued: _requeued,
    Joined: _joined,
    Left: _left,
    Urgent: lambda _head, _entry, _body: {"urgent": True},
    Notice: lambda _head, entry, body: {"warned_at_ms": entry.at_ms} if body.key == "idle_warning" else {},
    Offered: _offered,
    Rested: lambda _head, _entry, _body: {"state": "resting", "warned_at_ms": None},
    Blocked: lambda _head, entry, _body: {**_over(entry, ""), "blocked": True},
}


# -- what each side may read -------------------------------------------------------------------------------


def for_reader(entry: ChatEntry, side: Side) -> ChatEntry:
    """The entry as this side may read it. Citizens hear nothing of notes, of staff ids and of what was marked."""
    if side != "citizen":
        return entry
    changes: Changes = {}
    if entry.author.staff_id:
        changes["author"] = _nameless(entry.author)
    body = _for_citizens(entry.body)
    if body is not entry.body:
        changes["body"] = body
    return entry.model_copy(update=changes) if changes else entry


def _for_citizens(body: Body) -> Body:
    match body:
        case Noted():
            return Hidden()
        case Said(profane=spans, suggestion_id=card) if spans or card:
            return body.model_copy(update={"profane": (), "suggestion_id": ""})
        case Transferred():
            return body.model_copy(update={"staff_id": "", "note": ""})
        case Assigned():
            return body.model_copy(update={"agent": _nameless(body.agent)})
        case _:
            return body


def head_for_reader(head: ChatHead, side: Side) -> ChatHead:
    """The same of the head: the fold of what this side may read of the entries."""
    if side != "citizen" or (head.agent is None and not head.watchers):
        return head
    agent = _nameless(head.agent) if head.agent else None
    return head.model_copy(update={"agent": agent, "watchers": tuple(map(_nameless, head.watchers))})


def _nameless(party: Party) -> Party:
    """Without the staff id. The name stays: citizens know with whom they talk."""
    return party.model_copy(update={"staff_id": ""}) if party.staff_id else party


def emptied(entry: ChatEntry) -> ChatEntry:
    """What stays in the log of something that was withdrawn: when, and by whom."""
    return entry.model_copy(update={"body": Hidden(spoken=isinstance(entry.body, SPOKEN))})


def seqs_about(entries: Mapping[int, ChatEntry], of_seq: int) -> tuple[int, ...]:
    """The numbers of an entry and of all its edits: what withdrawing it empties."""
    return tuple(
        seq for seq, entry in entries.items() if seq == of_seq or getattr(entry.body, "of_seq", 0) == of_seq
    )

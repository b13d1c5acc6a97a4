"""What the other services are told of a chat: its state as of a call, and what is said, masked. Pure.

| entry | told |
|---|---|
| opens, waits, is taken, rests, ends, is urgent | `ContactStateChanged`, revision: the entry's number |
| said; words with a photo or a place | `Utterance`, a final; revision: the entry's number |
| edited, withdrawn | the same utterance with a higher revision; withdrawn: without text |
| ends | `TranscriptEnded` of both channels besides |
| notes, ratings, notices, offers, live typing | nothing |
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from chat_gateway.masking import MAX_LINES, Channel, Line, carefully
from contracts.chat import (
    Assigned,
    Blocked,
    Body,
    ChatEntry,
    ChatHead,
    ChatState,
    Edited,
    Ended,
    Opened,
    Photo,
    Place,
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
from contracts.contact import ContactState, ContactStateChanged
from contracts.event import Event, Role
from contracts.transcript import LanguageDetected, TranscriptEnded, Utterance, utterance_id
from privacy.redaction import StreamRedactor, redact

CALLER: Final = 0
AGENT: Final = 1
"""Channels, as of a call."""

ROLES: Final[dict[int, Role]] = {CALLER: "caller", AGENT: "agent"}

STATES: Final[dict[ChatState, ContactState]] = {
    "waiting": "ringing",
    "serving": "talking",
    "resting": "held",
    "ended": "ended",
}

MAX_CONVERSATIONS: Final = 10_000
"""Remembered at a time; of one that is forgotten, digits that a message begins with are masked to be safe."""

_MOVES: Final = (
    Opened,
    Stayed,
    Taken,
    Assigned,
    Transferred,
    Requeued,
    Urgent,
    Rested,
    Solved,
    Ended,
    Blocked,
)
_ENDS: Final = (Solved, Ended, Blocked)
_AGAIN: Final = {"agent_lost": "상담사 연결 끊김", "returned": "시민이 돌아옴", "transferred": ""}


Changed = tuple[int, Line]
"""Channel, and a line on it that is to be told, for the first time or anew."""


@dataclass(slots=True)
class _Memory:
    last_seq: int
    channels: dict[int, Channel]
    results: OrderedDict[int, list[Changed]] = field(default_factory=OrderedDict)
    """Of the last entries: they may be asked for again."""


class Told:
    """Says what the bus is told of an entry. The same entry gives the same events again.

    What is masked in a line may depend on the lines before it, so what was said last is kept for some thousand
    conversations. `hear` lets it know of entries that other gateways committed.
    """

    def __init__(self, max_conversations: int = MAX_CONVERSATIONS) -> None:
        self._max = max_conversations
        self._memories: OrderedDict[str, _Memory] = OrderedDict()

    def __call__(self, head: ChatHead, entry: ChatEntry) -> tuple[Event, ...]:
        """The events of one entry, in order.

        Args:
            head: after the entry, or later.
            entry: as it is in the log.
        """
        changed = self.hear(entry)
        events: list[Event] = []
        if isinstance(entry.body, Opened):
            events += _beginning(head, entry)
        elif isinstance(entry.body, _MOVES):
            events.append(_state(head, entry))
        events += [_utterance(head, entry, channel, line) for channel, line in changed]
        if isinstance(entry.body, _ENDS):
            events += _transcript_ends(head, entry)
            self._memories.pop(entry.contact_id, None)
        return tuple(events)

    def hear(self, entry: ChatEntry) -> Sequence[Changed]:
        """Take an entry into the memory; the lines that it makes or changes."""
        memory = self._memory(entry)
        if (known := memory.results.get(entry.seq)) is not None:
            return known
        is_late = entry.seq <= memory.last_seq
        memory.last_seq = max(memory.last_seq, entry.seq)
        channel = _channel_of(entry)
        if channel is None:
            return ()
        changed = [(channel, line) for line in _changed(memory.channels[channel], entry, is_late=is_late)]
        memory.results[entry.seq] = changed
        if len(memory.results) > MAX_LINES:
            memory.results.popitem(last=False)
        return changed

    def _memory(self, entry: ChatEntry) -> _Memory:
        """What is known of the conversation. After a gap nobody knows which digits were begun."""
        memory = self._memories.get(entry.contact_id)
        if memory is None or entry.seq > memory.last_seq + 1:
            joins = entry.seq > 1
            memory = _Memory(
                entry.seq - 1,
                {name: Channel(StreamRedactor(joins=joins), StreamRedactor(joins=joins)) for name in ROLES},
            )
            self._memories[entry.contact_id] = memory
        self._memories.move_to_end(entry.contact_id)
        while len(self._memories) > self._max:
            self._memories.popitem(last=False)
        return memory

    def __len__(self) -> int:
        return len(self._memories)


def contact_of(head: ChatHead, *, revision: int, at_ms: int, reason: str = "") -> ContactStateChanged:
    """The chat as the record of a contact."""
    is_served = head.agent is not None and head.state != "waiting"
    name = redact(head.nickname).text.strip() or head.contact_id[:8]
    return ContactStateChanged(
        contact_id=head.contact_id,
        at_ms=head.ended_at_ms if head.state == "ended" and head.ended_at_ms else at_ms,
        revision=revision,
        kind="chat",
        state=STATES[head.state],
        agent_id=head.agent.staff_id if head.agent and is_served else None,
        title=f"채팅 · {name}",
        source=head.channel,
        roles=ROLES,
        started_at_ms=head.opened_at_ms,
        simulated=head.simulated,
        urgent=head.urgent,
        reason=redact(reason).text,
    )


def _beginning(head: ChatHead, entry: ChatEntry) -> list[Event]:
    events: list[Event] = [_state(head, entry)]
    if head.language != "ko":
        events.append(
            LanguageDetected(
                contact_id=head.contact_id, at_ms=entry.at_ms, language=head.language, probability=1.0
            )
        )
    return events


def _state(head: ChatHead, entry: ChatEntry) -> ContactStateChanged:
    revision = max(head.last_seq, entry.seq)
    return contact_of(head, revision=revision, at_ms=entry.at_ms, reason=_reason(entry.body))


def _reason(body: Body) -> str:
    match body:
        case Ended():
            return body.reason
        case Blocked():
            return f"차단: {body.reason}"
        case Solved():
            return "안내로 해결"
        case Requeued():
            return _AGAIN[body.reason]
        case _:
            return ""


def _transcript_ends(head: ChatHead, entry: ChatEntry) -> Iterable[Event]:
    length_ms = max(0, entry.at_ms - head.opened_at_ms)
    for channel in ROLES:
        yield TranscriptEnded(
            contact_id=head.contact_id, at_ms=entry.at_ms, channel=channel, end_ms=length_ms
        )


def _utterance(head: ChatHead, entry: ChatEntry, channel: int, line: Line) -> Utterance:
    at_ms = max(0, line.at_ms - head.opened_at_ms)
    return Utterance(
        contact_id=head.contact_id,
        at_ms=entry.at_ms,
        utterance_id=utterance_id(head.contact_id, channel, line.seq),
        revision=entry.seq,
        status="final",
        channel=channel,
        role=ROLES[channel],
        start_ms=at_ms,
        end_ms=at_ms,
        text=line.told.text,
        stable_chars=len(line.told.text),
        language=head.language,
        masked=line.told.kinds,
        heard_ms=entry.at_ms,
    )


def _changed(channel: Channel, entry: ChatEntry, *, is_late: bool) -> list[Line]:
    match entry.body:
        case Edited():
            return channel.edit(entry.body.of_seq, entry, entry.body.text)
        case Withdrawn():
            return [channel.withdraw(entry.body.of_seq, entry)]
        case _:
            text = _text(entry)
            if not text:
                return []
            if is_late:
                return [Line(entry.seq, entry.at_ms, text, carefully(text))]
            return [channel.say(entry, text)]


def _channel_of(entry: ChatEntry) -> int | None:
    if isinstance(entry.body, Said | Photo | Place | Edited | Withdrawn):
        return {"citizen": CALLER, "staff": AGENT}.get(entry.author.side)
    return None


def _text(entry: ChatEntry) -> str:
    match entry.body:
        case Said():
            return entry.body.text
        case Photo():
            return entry.body.description.strip()
        case Place():
            return entry.body.label.strip()
        case _:
            return ""

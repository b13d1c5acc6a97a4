"""Who is connected here, and what they are told: each entry exactly once and in order, wherever it was written.

Entries of this process come from the log, those of other gateways from the bus. Whoever has a gap gets what is
missing from the database first.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from bus.base import Bus
from bus.following import Follower
from bus.outage import AWAY, Outage
from chat_gateway.attendance import AGAIN_MS, Attendance, Seen
from chat_gateway.conversation import for_reader, head_after
from chat_gateway.counts import ChatCounts
from chat_gateway.line import Line
from chat_gateway.log import ChatLog
from chat_gateway.protocol import happened, passed_on
from contracts.chat import CLOSE_BEHIND, ChatEntry, ChatHead, Party, Receipted, Receipts, Side, Typing
from contracts.chat_bus import ChatAttended, ChatLogged, ChatReceipted, ChatTyped
from contracts.clock import Clock, wall_ms
from contracts.codec import AnyEvent
from contracts.errors import BadSetting, NotFound
from contracts.event import Model
from contracts.topics import CHAT, CHAT_TYPING
from privacy.vault import Vault

log = logging.getLogger(__name__)

READ: Final = 200
"""Entries that are read at a time to fill a gap."""

ANNOUNCE_S: Final = 10.0

Heard = Callable[[ChatHead | None, ChatEntry], None]


class Room:
    """A conversation that somebody follows here."""

    __slots__ = ("announced_ms", "head", "lines")

    def __init__(self, announced_ms: int) -> None:
        self.head: ChatHead | None = None
        """None until somebody has read it."""
        self.lines: list[Line] = []
        self.announced_ms = announced_ms


def may_read(who: Party, head: ChatHead) -> bool:
    """Supervisors all conversations, agents their own. Citizens have one only, and their ticket says which."""
    if who.side != "staff" or who.sees_all:
        return True
    return head.state != "waiting" and head.agent is not None and head.agent.staff_id == who.staff_id


class Hub:
    """The connections of this process.

    Args:
        log: what this process writes, and where gaps are read.
        bus: what others write.
        vault: opens that.
        instance: of this process.
        clock: wall time.
        counts: of this gateway.
    """

    def __init__(
        self,
        log: ChatLog,
        bus: Bus,
        vault: Vault,
        *,
        instance: str,
        clock: Clock = wall_ms,
        counts: ChatCounts | None = None,
    ) -> None:
        self._log = log
        self._vault = vault
        self._instance = instance
        self._clock = clock
        self._counts = counts or log.counts
        self._rooms: dict[str, Room] = {}
        self._lines: dict[Line, None] = {}
        self._staff: dict[str, list[Line]] = {}
        self._listeners: list[Heard] = []
        self._typing_listeners: list[Callable[[str, Side], None]] = []
        self._elsewhere = Attendance()
        self._seen = Seen()
        self._gaps: dict[str, None] = {}
        self._has_gaps = asyncio.Event()
        own = f'"origin":"{instance}"'.encode()  # words are sealed: nobody can write this into an event
        self._follower = Follower(bus, (CHAT, CHAT_TYPING), self._show, clock=clock, who="chat", own=own)
        log.listen(self._committed)
        log.listen_receipts(self._rose)
        log.publisher.is_followed = lambda contact_id: self._elsewhere.is_elsewhere(contact_id, clock())

    @property
    def ready(self) -> asyncio.Event:
        """Set once the bus is followed."""
        return self._follower.caught_up

    async def run(self) -> None:
        """Follow the others and fill gaps, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follower.run(self._clock()))
            tasks.create_task(self._fill())
            tasks.create_task(self._announce_again())

    # -- who is here ---------------------------------------------------------------------------------------

    def join(self, line: Line) -> bool:
        """A page is here. Returns: whether it is the first one of this member of staff."""
        self._lines[line] = None
        if line.side != "staff":
            return False
        lines = self._staff.setdefault(line.who.staff_id, [])
        lines.append(line)
        return len(lines) == 1

    def part(self, line: Line) -> bool:
        """It is gone. Returns: whether it was the last one of this member of staff."""
        self._lines.pop(line, None)
        for contact_id in line.connection.attended():
            self.leave(line, contact_id)
        lines = self._staff.get(line.who.staff_id) if line.side == "staff" else None
        if lines is None:
            return False
        with suppress(ValueError):
            lines.remove(line)
        if not lines:
            del self._staff[line.who.staff_id]
        return not lines

    def attend(self, line: Line, contact_id: str) -> None:
        """The page follows this conversation; its snapshot is to come. What happens meanwhile is noted."""
        line.connection.expect(contact_id)
        room = self._rooms.get(contact_id)
        if room is None:
            room = self._rooms[contact_id] = Room(self._clock())
            self._say_attended(contact_id, attending=True)
        if line not in room.lines:
            room.lines.append(line)

    def attending(self, line: Line, head: ChatHead) -> None:
        """The page has its snapshot as of this head."""
        contact_id = head.contact_id
        room = self._rooms.get(contact_id)
        if room is None:
            return
        if room.head is None or head.last_seq > room.head.last_seq:
            room.head = head
        if line.connection.behind(contact_id) is not None:
            self._found_gap(contact_id)

    def leave(self, line: Line, contact_id: str) -> None:
        line.connection.leave(contact_id)
        room = self._rooms.get(contact_id)
        if room is None:
            return
        with suppress(ValueError):
            room.lines.remove(line)
        if not room.lines:
            del self._rooms[contact_id]
            self._say_attended(contact_id, attending=False)

    def head(self, contact_id: str) -> ChatHead | None:
        """As known here, of a conversation that somebody follows here."""
        room = self._rooms.get(contact_id)
        return room.head if room else None

    def attended(self, contact_id: str, side: Side) -> bool:
        """Whether a page of this side follows it at this process."""
        room = self._rooms.get(contact_id)
        return room is not None and any(line.side == side for line in room.lines)

    def staff_online(self) -> Mapping[str, Party]:
        """Members of staff with a page at this process."""
        return {staff_id: lines[0].who for staff_id, lines in self._staff.items()}

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def lines(self) -> Sequence[Line]:
        return list(self._lines)

    @property
    def connections(self) -> dict[str, int]:
        """Open ones by side."""
        staff = sum(map(len, self._staff.values()))
        return {"citizen": len(self._lines) - staff, "staff": staff}

    @property
    def conversations(self) -> dict[str, int]:
        """Those that are followed here, by state."""
        counts = dict.fromkeys(("waiting", "serving", "resting", "ended"), 0)
        for room in self._rooms.values():
            if room.head is not None:
                counts[room.head.state] += 1
        return counts

    # -- what they are told --------------------------------------------------------------------------------

    def listen(self, heard: Heard) -> None:
        """Be told of entries from anywhere, each once; of this process's own with the head after it. Must not block."""
        self._listeners.append(heard)

    def listen_typing(self, heard: Callable[[str, Side], None]) -> None:
        """Be told of which conversation somebody who is connected here is writing in. Must not block."""
        self._typing_listeners.append(heard)

    def tell(self, contact_id: str, message: Model, side: Side | None = None) -> None:
        """A message to the pages that follow a conversation here."""
        if room := self._rooms.get(contact_id):
            _tell((line for line in room.lines if side in (None, line.side)), message)

    def tell_staff(self, message: Model, staff_id: str | None = None) -> None:
        """A message to the pages of staff here, or of one of them."""
        if staff_id is not None:
            _tell(self._staff.get(staff_id, ()), message)
        else:
            _tell([line for lines in self._staff.values() for line in lines], message)

    def _committed(self, pairs: Sequence[tuple[ChatHead, ChatEntry]]) -> None:
        for head, entry in pairs:
            if self._seen.is_new(entry.contact_id, entry.seq):
                self._hear(head, entry)
                self._deliver(entry, head)

    def _hear(self, head: ChatHead | None, entry: ChatEntry) -> None:
        for heard in self._listeners:
            try:
                heard(head, entry)
            except Exception:
                log.exception("a listener failed")

    def _deliver(self, entry: ChatEntry, head: ChatHead | None = None) -> None:
        """To all pages that follow it, as each side may read it; made once for each side."""
        room = self._rooms.get(entry.contact_id)
        if room is None:
            return
        self._fold(room, entry, head)
        texts: dict[Side, tuple[ChatEntry, str]] = {}
        for line in list(room.lines):
            side = line.who.side
            made = texts.get(side)
            if made is None:
                own = for_reader(entry, side)
                same = next((text for other, text in texts.values() if other is own), None)
                made = texts[side] = (own, same or happened(own))
            match line.connection.offer(*made):
                case "sent":
                    line.wake()
                case "gap" if line.connection.cursor(entry.contact_id) is not None:
                    self._found_gap(entry.contact_id)
                case "full":
                    line.close(CLOSE_BEHIND)
                case _:
                    pass
        self._check_rights(entry.contact_id, room)

    def _fold(self, room: Room, entry: ChatEntry, head: ChatHead | None) -> None:
        if room.head is None or entry.seq <= room.head.last_seq:
            return
        if head is not None:
            room.head = head
        elif entry.seq == room.head.last_seq + 1:
            room.head = head_after(room.head, entry)
        else:
            self._found_gap(entry.contact_id)

    def _check_rights(self, contact_id: str, room: Room) -> None:
        """An agent who has passed it on hears that, and nothing more."""
        head = room.head
        if head is None:
            return
        for line in list(room.lines):
            if line.connection.cursor(contact_id) == head.last_seq and not may_read(line.who, head):
                self.leave(line, contact_id)

    def _rose(self, contact_id: str, receipts: Receipts) -> None:
        self.tell(contact_id, Receipted(contact_id=contact_id, receipts=receipts))

    # -- live typing ---------------------------------------------------------------------------------------

    def typed(self, line: Line, typing: Typing) -> None:
        """Pass live typing on to the other side, here and where else the conversation is followed."""
        room = self._rooms.get(typing.contact_id)
        if room is None or room.head is None or room.head.state == "ended":
            self._counts.typing_shed += 1
            return
        for heard in self._typing_listeners:
            heard(typing.contact_id, line.side)
        told = passed_on(typing, line.who, live_typing=room.head.live_typing)
        self._pass_on(room, told)
        if self._elsewhere.is_elsewhere(typing.contact_id, self._clock()):
            sealed = self._vault.seal_text(told.model_dump_json().encode(), typing.contact_id)
            self._log.publisher.say(
                ChatTyped(
                    contact_id=typing.contact_id, at_ms=self._clock(), origin=self._instance, sealed=sealed
                )
            )

    def _pass_on(self, room: Room, typing: Typing) -> None:
        text = typing.model_dump_json()
        for line in list(room.lines):
            if line.side == typing.side or line.connection.cursor(typing.contact_id) is None:
                continue
            shed = line.connection.shed
            line.tell(typing, text=text)
            self._counts.typing_shed += line.connection.shed - shed
            self._counts.typing_relayed += 1

    # -- what other gateways say ---------------------------------------------------------------------------

    def _show(self, event: AnyEvent) -> None:
        match event:
            case ChatLogged():
                if self._seen.is_new(event.contact_id, event.seq):
                    self._logged(event)
            case ChatReceipted(origin=origin) if origin != self._instance:
                self._rose(event.contact_id, event.receipts)
            case ChatAttended(origin=origin) if origin != self._instance:
                self._attended(event)
            case ChatTyped(origin=origin) if origin != self._instance:
                self._typed(event)
            case _:
                pass

    def _logged(self, event: ChatLogged) -> None:
        entry = ChatEntry.model_validate_json(self._vault.open_text(event.sealed, event.contact_id))
        self._hear(None, entry)
        self._deliver(entry)

    def _attended(self, event: ChatAttended) -> None:
        self._elsewhere.heard(event.contact_id, event.origin, event.attending, self._clock())
        if event.attending:
            self._log.publisher.followed(event.contact_id)
        if event.attending and not event.is_answer and event.contact_id in self._rooms:
            self._say_attended(event.contact_id, attending=True, is_answer=True)

    def _typed(self, event: ChatTyped) -> None:
        room = self._rooms.get(event.contact_id)
        if room is not None:
            typing = Typing.model_validate_json(self._vault.open_text(event.sealed, event.contact_id))
            self._pass_on(room, typing)

    def _say_attended(self, contact_id: str, *, attending: bool, is_answer: bool = False) -> None:
        self._log.publisher.say(
            ChatAttended(
                contact_id=contact_id,
                at_ms=self._clock(),
                origin=self._instance,
                attending=attending,
                is_answer=is_answer,
            )
        )

    async def _announce_again(self) -> None:
        """What was said long ago is about to be forgotten elsewhere."""
        while True:
            await asyncio.sleep(ANNOUNCE_S)
            now_ms = self._clock()
            for contact_id, room in self._rooms.items():
                if now_ms - room.announced_ms >= AGAIN_MS:
                    room.announced_ms = now_ms
                    self._say_attended(contact_id, attending=True)

    # -- gaps ----------------------------------------------------------------------------------------------

    def _found_gap(self, contact_id: str) -> None:
        self._gaps[contact_id] = None
        self._has_gaps.set()

    async def _fill(self) -> None:
        outage = Outage("chat gaps")
        while True:
            await self._has_gaps.wait()
            contact_id = next(iter(self._gaps), None)
            if contact_id is None:
                self._has_gaps.clear()
                continue
            del self._gaps[contact_id]
            try:
                await self._fill_one(contact_id)
            except (BadSetting, NotFound):
                log.exception("a gap cannot be filled")
            except AWAY as error:
                self._found_gap(contact_id)
                await outage.wait(error)
            else:
                outage.over()

    async def _fill_one(self, contact_id: str) -> None:
        """Read from the last entry that all have, and offer what follows: whoever has it passes over it."""
        self._counts.gaps += 1
        known = -1
        while (
            after := self._known_to_all(contact_id)
        ) > known:  # else nobody got further: who is to be closed
            known = after
            for entry in await self._log.entries(contact_id, after=after, limit=READ):
                self._deliver(entry)

    def _known_to_all(self, contact_id: str) -> int:
        """The last entry that every page here, and our own head, has; -1 when nobody waits for any."""
        room = self._rooms.get(contact_id)
        if room is None or room.head is None:
            return -1
        cursors = (line.connection.cursor(contact_id) for line in room.lines if line.code is None)
        return min((room.head.last_seq, *(cursor for cursor in cursors if cursor is not None)))


def _tell(lines: Iterable[Line], message: Model) -> None:
    text = message.model_dump_json()
    for line in list(lines):
        line.tell(message, text=text)

"""A small world of chat for property tests: a log, two gateways, a bus that reorders and repeats, pages that come and go.

The pieces under test are the real ones (`Connection`, `resume`, `decide`, `head_after`, `for_reader`, `ChatClient`);
what lies between them is kept in lists, so that a test can choose what happens next and where a line breaks.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from chat_gateway.client import ChatClient
from chat_gateway.conversation import (
    decide,
    emptied,
    for_reader,
    head_after,
    head_for_reader,
    seqs_about,
)
from chat_gateway.protocol import Connection, refusal, resume
from chat_gateway.view import lines
from contracts.chat import (
    SYSTEM,
    Ack,
    Assigned,
    Attend,
    Body,
    ChatEntry,
    ChatHead,
    ChatSnapshot,
    Edited,
    Got,
    Opened,
    Party,
    Receipted,
    Receipts,
    Replayed,
    Said,
    Submit,
    Welcome,
    Withdrawn,
)
from contracts.errors import Overloaded, SangdamError
from tests.unit.chat_gateway.chats import CITIZEN, CONTACT, KIM, rules

KEPT: Final = 6
"""Few, so that pages are often too far behind for a replay."""

RULES: Final = rules()


class Log:
    """The database: entries with numbers, the head, receipts; a command is in it at once and for good."""

    def __init__(self) -> None:
        self.head = ChatHead(contact_id=CONTACT, epoch="e1")
        self.entries: list[ChatEntry] = []
        self.receipts = Receipts()
        self.now_ms = 1000
        self.unpublished: list[int] = []
        self._append(CITIZEN, Opened(channel="web"))
        self._append(SYSTEM, Assigned(agent=KIM))
        self.unpublished.clear()

    def submit(self, who: Party, body: Body, client_id: str) -> tuple[ChatEntry, list[ChatEntry]]:
        """The command's entry, and everything that was written because of it."""
        for entry in self.entries:
            if entry.client_id == client_id:
                return entry, []
        self.now_ms += 10
        said = {entry.seq: entry for entry in self.entries}
        written = decide(self.head, who, body, self.now_ms, RULES, said)
        if not written:
            return self.entries[-1], []
        if isinstance(body, Withdrawn):
            for seq in seqs_about(said, body.of_seq):
                self.entries[seq - 1] = emptied(self.entries[seq - 1])
        new = [
            self._append(author, what, "" if number else client_id)
            for number, (author, what) in enumerate(written)
        ]
        return new[0], new

    def after(self, seq: int) -> list[ChatEntry]:
        return self.entries[seq:]

    def _append(self, who: Party, body: Body, client_id: str = "") -> ChatEntry:
        entry = ChatEntry(
            contact_id=CONTACT,
            seq=self.head.last_seq + 1,
            at_ms=self.now_ms,
            author=who,
            client_id=client_id,
            body=body,
        )
        self.entries.append(entry)
        self.head = head_after(self.head, entry)
        self.unpublished.append(entry.seq)
        return entry


@dataclass(eq=False)
class Line:
    """A connection between a page and a gateway, with what is under way on it."""

    page: "Page"
    gateway: int
    connection: Connection
    up: list[str] = field(default_factory=list)
    reading: ChatSnapshot | Replayed | None = None
    """Read from the database for an `attend`, and not sent yet."""


class Page:
    """A page and everything that it ever said."""

    def __init__(self, who: Party, number: int) -> None:
        self.who = who
        count = iter(range(10_000))
        self.client = ChatClient(CONTACT, side=who.side, new_id=lambda: f"page-{number}-{next(count):04}")
        self.said: list[str] = []
        self.line: Line | None = None


class World:
    """What happens next is chosen from outside; `settle` lets everything that is under way arrive."""

    def __init__(self, limit: int = 6) -> None:
        self.log = Log()
        self.limit = limit
        self.pages = [Page(CITIZEN, 0), Page(KIM, 1), Page(CITIZEN, 2)]
        self.bus: list[list[ChatEntry]] = [[], []]
        self.seen: list[set[int]] = [set(), set()]
        """Numbers that a gateway has delivered: it heeds each record once."""
        self.overflows = 0

    # -- pages ---------------------------------------------------------------------------------------------

    def say(self, page: Page, body: Body) -> None:
        client_id, frame = page.client.say(body)
        page.said.append(client_id)
        if page.line and frame:
            page.line.up.append(frame)

    def change(self, page: Page, make: Callable[[int], Body]) -> None:
        """Edit or withdraw the last thing that this page said, if it knows its number."""
        own = [
            line
            for line in page.client.lines()
            if line.client_id in page.said and isinstance(line.body, Said)
        ]
        if own:
            self.say(page, make(own[-1].seq))

    def connect(self, page: Page, gateway: int) -> None:
        self.cut(page)
        page.line = Line(page, gateway, Connection(self.limit))
        page.line.up += page.client.opened()

    def cut(self, page: Page) -> None:
        """What was under way in either direction is lost."""
        page.line = None

    def down(self, page: Page) -> bool:
        """One message reaches the page, which answers what it calls for."""
        if page.line is None or (text := page.line.connection.take()) is None:
            return False
        page.client.receive(text)
        page.line.up += page.client.outgoing()
        return True

    def again(self, page: Page) -> None:
        """The page waited after a refusal."""
        if page.client.wait_ms is not None and page.line and (frame := page.client.again()):
            page.line.up.append(frame)

    # -- gateways ------------------------------------------------------------------------------------------

    def up(self, page: Page, fault: str = "") -> bool:
        """The gateway takes one message of the page.

        Args:
            page: whose.
            fault: of a command: `before commit`, `after commit` (the gateway dies: nothing is told, all its lines
                break), `before ack` (this line breaks), `busy` (refused for now).
        """
        line = page.line
        if line is None or not line.up:
            return False
        request = line.connection.receive(line.up.pop(0))
        match request:
            case Attend():
                self._attend(line, request)
            case Submit():
                self._submit(line, request, fault)
            case Got():
                own = f"{page.who.side}_delivered"
                delivered = max(
                    getattr(self.log.receipts, own), min(request.delivered, self.log.head.last_seq)
                )
                self.log.receipts = self.log.receipts.model_copy(update={own: delivered})
                for other in (*self._lines(0), *self._lines(1)):
                    other.connection.queue(Receipted(contact_id=CONTACT, receipts=self.log.receipts))
            case _:
                line.connection.queue(Welcome(you=page.who, server_ms=0))
        self._close_behind()
        return True

    def send_read(self, page: Page) -> bool:
        """What was read for an `attend` goes out, and what was missed meanwhile after it."""
        line = page.line
        if line is None or line.reading is None:
            return False
        line.connection.start(line.reading)
        line.reading = None
        self._fill(line)
        self._close_behind()
        return True

    def publish(self) -> None:
        """Some gateway looks for what is in the log and not on the bus."""
        for seq in self.log.unpublished:
            for queue in self.bus:
                queue.append(self.log.entries[seq - 1])
        self.log.unpublished.clear()

    def hear(self, gateway: int, index: int, *, repeat: bool = False) -> bool:
        """A record of the bus reaches a gateway: any one of those under way, and perhaps not for the last time."""
        queue = self.bus[gateway]
        if not queue:
            return False
        entry = queue[index % len(queue)]
        if not repeat:
            queue.remove(entry)
        self._deliver(gateway, entry)
        return True

    def _attend(self, line: Line, attend: Attend) -> None:
        line.connection.expect(CONTACT)
        head = self.log.head
        oldest = max(1, head.last_seq - KEPT + 1)
        side = line.page.who.side
        how = resume(head, attend, oldest)
        after = attend.last_seq if how == "replay" else oldest - 1
        entries = tuple(for_reader(entry, side) for entry in self.log.after(after))
        shown = head_for_reader(head, side)
        receipts = self.log.receipts
        if how == "replay":
            line.reading = Replayed(head=shown, entries=entries, receipts=receipts)
        else:
            line.reading = ChatSnapshot(head=shown, entries=entries, receipts=receipts, reason=how)

    def _submit(self, line: Line, submit: Submit, fault: str) -> None:
        if fault == "before commit":
            self.cut(line.page)
            return
        answer = line.connection.queue
        if fault == "busy":
            answer(refusal(Overloaded("몰림", "busy"), CONTACT, submit.client_id))
            return
        try:
            entry, new = self.log.submit(line.page.who, submit.body, submit.client_id)
        except SangdamError as error:
            answer(refusal(error, CONTACT, submit.client_id))
            return
        if fault == "after commit":
            for other in self._lines(line.gateway):
                self.cut(other.page)
            return
        for one in new:
            self._deliver(line.gateway, one)
        if fault == "before ack":
            self.cut(line.page)
            return
        answer(Ack(contact_id=CONTACT, client_id=submit.client_id, seq=entry.seq, at_ms=entry.at_ms))

    def _deliver(self, gateway: int, entry: ChatEntry) -> None:
        if entry.seq in self.seen[gateway]:
            return
        self._offer(gateway, entry)
        for line in self._lines(gateway):
            self._fill(line)
        self._close_behind()

    def _fill(self, line: Line) -> None:
        """What lies between comes from the database, as it is there now, for all who follow it here."""
        cursor = line.connection.cursor(CONTACT)
        if cursor is None or line.connection.behind(CONTACT) is None:
            return
        for entry in self.log.after(cursor):
            self._offer(line.gateway, entry)

    def _offer(self, gateway: int, entry: ChatEntry) -> None:
        self.seen[gateway].add(entry.seq)
        for line in self._lines(gateway):
            line.connection.offer(for_reader(entry, line.page.who.side))

    def _lines(self, gateway: int) -> list[Line]:
        return [page.line for page in self.pages if page.line and page.line.gateway == gateway]

    def _close_behind(self) -> None:
        for page in self.pages:
            if page.line and page.line.connection.is_behind:
                self.overflows += 1
                self.cut(page)

    # -- the end -------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Every page comes back, and everything arrives. The world has to come to rest."""
        for _ in range(200):
            self.publish()
            moved = False
            for page in self.pages:
                if page.line is None:
                    self.connect(page, page.client.last_seq % 2)
                    moved = True
                while self.up(page) or self.send_read(page) or self.down(page):
                    moved = True
                if page.client.wait_ms is not None:
                    self.again(page)
                    moved = True
            for gateway in (0, 1):
                while self.hear(gateway, 0):
                    moved = True
            if not moved:
                return
        message = "the world does not come to rest"
        raise AssertionError(message)

    def check(self) -> None:
        """Nothing lost, nothing doubled, in order, and every screen as if it had been opened only now."""
        in_log = [entry.client_id for entry in self.log.entries if entry.client_id]
        assert len(in_log) == len(set(in_log)), "something is in the log twice"
        assert [entry.seq for entry in self.log.entries] == list(range(1, len(self.log.entries) + 1))
        for page in self.pages:
            self._check_page(page, in_log)

    def _check_page(self, page: Page, in_log: list[str]) -> None:
        client, side = page.client, page.who.side
        assert client.unacked == {}
        accepted = [client_id for client_id in page.said if client_id in client.acks]
        assert set(page.said) == set(accepted) | set(client.refused), (
            "what was said is neither in nor refused"
        )
        assert [one for one in in_log if one in set(page.said)] == [
            one for one in accepted if one in set(in_log)
        ]
        assert not set(client.refused) & set(in_log)

        seqs = [entry.seq for entry in client.entries]
        assert seqs == list(range(self.log.head.last_seq - len(seqs) + 1, self.log.head.last_seq + 1))
        assert len(seqs) >= min(KEPT, self.log.head.last_seq)
        fresh = [for_reader(entry, side) for entry in self.log.entries[-len(seqs) :]]
        assert client.lines() == lines(fresh)
        assert client.head == head_for_reader(self.log.head, side)
        assert client.receipts == self.log.receipts
        assert client.repeats == 0, "the gateway sent something twice"


def edit(text: str) -> Callable[[int], Body]:
    return lambda seq: Edited(of_seq=seq, text=text)


def withdraw(seq: int) -> Body:
    return Withdrawn(of_seq=seq)


def kinds(texts: list[str]) -> list[str]:
    """Of messages as JSON."""
    return [json.loads(text)["type"] for text in texts]

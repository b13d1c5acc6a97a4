"""Who may see which conversation: citizens by their ticket the one, staff by their cookie their own, supervisors all."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from chat_gateway.batch import no_such_chat
from chat_gateway.hub import may_read
from chat_gateway.log import ChatLog
from chat_gateway.tickets import Tickets
from contracts.chat import ChatHead, Party, Side
from contracts.clock import Clock, wall_ms
from contracts.errors import NotFound, NotSignedIn
from contracts.panel import Staff
from store import contacts
from store.database import Database

Authenticate = Callable[[HTTPConnection], Awaitable[Staff]]

_NOTED_MS: Final = 15 * 60_000
"""Who goes on reading what is not theirs is written down this often."""

_MAX_NOTED: Final = 5000
_BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what."""

    side: Side
    head: ChatHead


class Access:
    """Asked by every route that shows something of a conversation.

    Args:
        tickets: of citizens.
        log: knows whose conversation it is.
        database: where it is written down who looked at what.
        authenticate: staff by their cookie.
    """

    def __init__(
        self,
        tickets: Tickets,
        log: ChatLog,
        database: Database,
        authenticate: Authenticate,
        clock: Clock = wall_ms,
    ) -> None:
        self._tickets = tickets
        self._log = log
        self._database = database
        self._authenticate = authenticate
        self._clock = clock
        self._noted: OrderedDict[tuple[str, str], int] = OrderedDict()

    def citizen(self, connection: HTTPConnection) -> str:
        """The conversation of the ticket.

        Raises:
            NotSignedIn: no ticket, or none that is valid.
        """
        ticket = bearer(connection)
        if not ticket:
            raise NotSignedIn(
                "상담 연결이 필요합니다. 화면을 새로 고쳐 주십시오.", "no ticket. Reload the page."
            )
        return self._tickets.read(ticket)

    async def reader(self, connection: HTTPConnection, contact_id: str | None) -> Reader:
        """Who asks for this conversation; a citizen need not name it.

        Raises:
            NotSignedIn: neither a ticket nor a sign-in.
            NotFound: there is no such conversation, or it is not theirs: not told which.
        """
        if bearer(connection):
            own = self.citizen(connection)
            if contact_id not in (None, own):
                raise no_such_chat(str(contact_id))
            return Reader("citizen", await self._log.head(own))
        staff = await self._authenticate(connection)
        if contact_id is None:
            raise NotFound("어느 상담인지 알 수 없습니다(contact_id).", "which chat? contact_id is missing.")
        head = await self._log.head(contact_id)
        if not may_read(party_of(staff), head):
            raise no_such_chat(contact_id)
        await self._note(staff, head)
        return Reader("staff", head)

    async def _note(self, staff: Staff, head: ChatHead) -> None:
        """Opening what is not one's own is allowed to some, and written down."""
        if head.agent is not None and head.agent.staff_id == staff.staff_id:
            return
        key, now_ms = (staff.staff_id, head.contact_id), self._clock()
        if now_ms - self._noted.get(key, -_NOTED_MS) < _NOTED_MS:
            return
        async with self._database.session() as session:
            await contacts.record_access(session, staff.staff_id, head.contact_id, now_ms)
        self._noted[key] = now_ms
        self._noted.move_to_end(key)
        if len(self._noted) > _MAX_NOTED:
            self._noted.popitem(last=False)


def bearer(connection: HTTPConnection) -> str:
    """The ticket that a request brings; empty: none."""
    value = connection.headers.get("authorization", "")
    return value[len(_BEARER) :].strip() if value.lower().startswith(_BEARER) else ""


def party_of(staff: Staff) -> Party:
    """Staff as the log knows them."""
    return Party(
        side="staff",
        staff_id=staff.staff_id,
        name=staff.name,
        sees_all=staff.role in ("supervisor", "admin"),
    )

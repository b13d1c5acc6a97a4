"""Tickets: what a citizen's page shows at each connection and request, so that the key itself stays where it is."""

import hashlib
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from contracts.chat_http import ChatTicket
from contracts.clock import Clock, wall_ms
from contracts.errors import NotSignedIn

LIVES_S: Final = 300
"""Long enough for a slow line, too short to be worth stealing; the page gets a new one for each connection."""

_SKEW_MS: Final = 60_000
"""Clocks of two gateways may be apart by so much."""


class Tickets:
    """Makes and reads tickets; any process with the same secret reads them.

    Args:
        secret: signs them, the same in all processes of a site.
        clock: wall time.
    """

    def __init__(self, secret: str, clock: Clock = wall_ms) -> None:
        self._signer = URLSafeSerializer(
            secret, salt="sangdam.chat.ticket", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._clock = clock

    def make(self, contact_id: str) -> ChatTicket:
        """A ticket for one conversation."""
        token = self._signer.dumps([contact_id, self._clock() + LIVES_S * 1000])
        return ChatTicket(ticket=str(token), lives_s=LIVES_S)

    def read(self, ticket: str) -> str:
        """The conversation that the ticket is for.

        Raises:
            NotSignedIn: forged, or it has run out.
        """
        try:
            contact_id, until_ms = self._signer.loads(ticket)
        except (BadData, ValueError, TypeError):
            raise _not_valid() from None
        now_ms = self._clock()
        if not (isinstance(contact_id, str) and isinstance(until_ms, int)):
            raise _not_valid()
        if not now_ms < until_ms <= now_ms + LIVES_S * 1000 + _SKEW_MS:
            raise _not_valid()
        return contact_id


def _not_valid() -> NotSignedIn:
    return NotSignedIn(
        "상담 연결이 만료되었습니다. 화면을 새로 고쳐 주십시오. 쓰신 내용은 남아 있습니다.",
        "this chat's ticket has run out. Reload the page; what was written is still there.",
    )

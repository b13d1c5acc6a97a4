"""Visible ARS (보이는 ARS): a link by SMS that opens a chat once, with what the ARS knows already.

The ARS asks for the link with the site's key, staff with their session; the address is sent by whoever asked. Who
has the same telephone number has the same thread, on whatever device the link is opened.
"""

import hmac
import uuid
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request
from starlette.requests import HTTPConnection

from chat_gateway.keys import Keys
from chat_gateway.options import Options
from chat_gateway.people import People, digits
from contracts.chat_http import LinkAsked, LinkMade
from contracts.errors import BadRequest
from contracts.panel import Staff

_MIN_DIGITS: Final = 7


class ArsLinks:
    """POST /api/chat/links.

    Args:
        options: `ars_key`, `public_url`.
        keys: makes links.
        people: know who has a telephone number.
        authenticate: staff by their session.
    """

    def __init__(
        self,
        options: Options,
        keys: Keys,
        people: People,
        authenticate: Callable[[HTTPConnection], Awaitable[Staff]],
    ) -> None:
        self._options = options
        self._keys = keys
        self._people = people
        self._authenticate = authenticate
        self.router = APIRouter()
        self.router.add_api_route("/api/chat/links", self.make, methods=["POST"])

    async def make(self, asked: LinkAsked, request: Request) -> LinkMade:
        """A link.

        Raises:
            NotSignedIn: neither the key nor a session.
            BadRequest: a telephone number that is none.
        """
        if not self._has_key(request.headers.get("authorization", "")):
            await self._authenticate(request)
        token, expires_ms = await self._keys.make_link(asked, await self._person(asked.phone))
        return LinkMade(url=page_link(self._site(request), token), expires_ms=expires_ms)

    def _has_key(self, header: str) -> bool:
        expected = self._options.ars_key
        given = header.removeprefix("Bearer ").strip().encode("utf-8", "replace")
        return bool(expected) and hmac.compare_digest(given, expected.encode())

    async def _person(self, phone: str) -> str:
        if not phone:
            return str(uuid.uuid4())
        if len(digits(phone)) < _MIN_DIGITS:
            raise BadRequest(
                "전화번호를 읽을 수 없습니다. 숫자로 적어 주십시오.",
                "not a telephone number: digits are needed.",
            )
        return await self._people.person_of("ars", phone)

    def _site(self, request: Request) -> str:
        return self._options.public_url or str(request.base_url).rstrip("/")


def page_link(site: str, token: str) -> str:
    """The token stands behind `#`: it reaches no server's log, and a preview of the link does not use it up."""
    return f"{site}/chat/#link={token}"

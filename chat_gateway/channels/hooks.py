"""`/hooks/{channel}`: where providers deliver. Checked, taken, answered; nothing that comes here is an exception.

| answer | when |
|---|---|
| 200 | taken, taken before, or nothing that we want: not to be delivered again |
| 400 | signed, but not the provider's format |
| 403 | not signed by the provider, or the webhook's word is wrong |
| 404 | this channel is off |
| 413 | larger than any provider's requests are |
| 503 | not now: to be delivered again |
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from chat_gateway.channels.counts import ChannelCounts
from chat_gateway.channels.inbound import Inbox
from chat_gateway.channels.instagram import Instagram
from chat_gateway.channels.kakao import Kakao
from chat_gateway.channels.port import ChannelPort, Parsed
from chat_gateway.channels.reading import read
from chat_gateway.options import Options
from contracts.errors import BadInput, SangdamError

log = logging.getLogger(__name__)

MAX_BYTES: Final = 1 << 20
"""Instagram sends up to 1,000 updates at once."""

TAKE_S: Final = 15.0
"""Longer than any provider waits; what is not done by then comes again."""


def ports_of(options: Options) -> dict[str, ChannelPort]:
    """The channels that this site has switched on. A further one is a line here."""
    ports: list[ChannelPort] = []
    if options.instagram_secret:
        ports.append(
            Instagram(
                secret=options.instagram_secret,
                token=options.instagram_token,
                verify=options.instagram_verify,
                url=options.instagram_url or Instagram.URL,
            )
        )
    if options.kakao_secret:
        ports.append(Kakao(secret=options.kakao_secret, token=options.kakao_token, url=options.kakao_url))
    return {port.name: port for port in ports}


class Hooks:
    """The routes.

    Args:
        ports: by name.
        inbox: takes what is delivered.
        counts: of this process's channels.
    """

    def __init__(self, ports: Mapping[str, ChannelPort], inbox: Inbox, counts: ChannelCounts) -> None:
        self._ports = ports
        self._inbox = inbox
        self._counts = counts
        self.router = APIRouter()
        self.router.add_api_route("/hooks/{channel}", self.registered, methods=["GET"])
        self.router.add_api_route("/hooks/{channel}", self.delivered, methods=["POST"])
        self.router.add_api_route("/hooks/{channel}/{event}", self.delivered, methods=["POST"])

    async def registered(self, channel: str, request: Request) -> Response:
        """The provider asks whether this address is ours."""
        port = self._ports.get(channel)
        if port is None:
            return _answer(404)
        word = port.challenge(request.query_params)
        return _answer(403) if word is None else PlainTextResponse(word)

    async def delivered(self, channel: str, request: Request, event: str = "") -> Response:
        port = self._ports.get(channel)
        if port is None:
            return _answer(404)
        body = await read(request, MAX_BYTES)
        if body is None:
            return _answer(413)
        if not port.verify(request.headers, body):
            self._counts.received[f"{port.name}.unsigned"] += 1
            return _answer(403)
        try:
            parsed = port.parse(event, body)
        except BadInput as error:
            self._counts.received[f"{port.name}.unreadable"] += 1
            log.warning("%s: %s", port.name, error)
            return _answer(400)
        return await self._take(port, parsed)

    async def _take(self, port: ChannelPort, parsed: Parsed) -> Response:
        try:
            async with asyncio.timeout(TAKE_S):
                await self._inbox.take(port, parsed)
        except (SangdamError, TimeoutError) as error:
            self._counts.received[f"{port.name}.put_off"] += 1
            log.warning("%s: to be delivered again: %s", port.name, error or "no time")
            return _answer(503)
        except Exception:
            self._counts.received[f"{port.name}.put_off"] += 1
            log.exception("%s: to be delivered again", port.name)
            return _answer(503)
        return _answer(200)


def _answer(status: int) -> Response:
    """Dealers of Kakao's read `code`, Instagram nothing but the status."""
    return JSONResponse({"code": 0 if status == 200 else status}, status_code=status)

"""The body of a request, bounded in size and time."""

import asyncio
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

READ_S: Final = 10.0


async def read(request: Request, max_bytes: int) -> bytes | None:
    """The body as it came; None: too large, too slow, or its sender is gone."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for piece in request.stream():
                body += piece
                if len(body) > max_bytes:
                    return None
    except (TimeoutError, ClientDisconnect):
        return None
    return bytes(body)

"""Pictures that a provider holds for us: fetched now, from its own hosts alone, with bounds on everything."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from chat_gateway.photos import Photos
from chat_gateway.pictures import BadPhoto
from contracts.chat_http import PhotoKept

FETCH_S: Final = 15.0
"""For the connection and for each piece."""

_HOPS: Final = 3
_PLAIN: Final = {"Accept-Encoding": "identity"}
"""A picture is compressed already, and what unpacks to more than was announced is no picture."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


async def fetched(
    client: httpx.AsyncClient, url: str, hosts: Collection[str], photos: Photos, contact_id: str
) -> PhotoKept:
    """The picture, encoded anew and kept for this conversation.

    Raises:
        BadPhoto: elsewhere, too large, gone, or no usable picture.
        Unavailable: too many at once, or the database is away.
    """
    for _ in range(_HOPS):
        if not is_allowed(url, hosts):
            raise _elsewhere()
        try:
            async with client.stream(
                "GET", url, headers=_PLAIN, timeout=FETCH_S, follow_redirects=False
            ) as response:
                if response.status_code in _REDIRECTS:
                    url = urljoin(url, response.headers.get("location", ""))
                    continue
                if response.status_code != httpx.codes.OK:
                    raise _gone(response.status_code)
                declared = response.headers.get("content-length", "")
                async with aclosing(_pieces(response)) as pieces:
                    return await photos.keep(
                        contact_id, int(declared) if declared.isdigit() else None, pieces
                    )
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _gone(0) from None
    raise _gone(0)


def is_allowed(url: str, hosts: Collection[str]) -> bool:
    """Whether a picture may be fetched there: a signed request still must not send us around in our own network.

    Args:
        url: as the provider gave it.
        hosts: `.example.com` for https on hosts that end so, or a whole origin.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if f"{parts.scheme}://{parts.netloc}".lower() in hosts:
        return True
    if parts.scheme != "https" or port not in (None, 443) or parts.username or parts.password:
        return False
    return any(suffix.startswith(".") and host.endswith(suffix) for suffix in hosts)


async def _pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    async for piece in response.aiter_raw(64 * 1024):
        yield piece


def _elsewhere() -> BadPhoto:
    return BadPhoto(
        "사진 주소가 제공 업체의 것이 아니라 받지 않았습니다.",
        "the picture is not on one of the provider's hosts.",
    )


def _gone(status: int) -> BadPhoto:
    return BadPhoto(f"사진을 받지 못했습니다({status}).", f"the picture cannot be had ({status}).")

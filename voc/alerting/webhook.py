"""Calls another system's URL of an alert, signed so that it knows who calls.

`Sangdam-Signature: t=TIMESTAMP,v1=HEX` stands over every call: the seconds since 1970 and HMAC-SHA-256 over
`TIMESTAMP.BODY` with the site's key, in hex. Whoever is called compares the signature (`is_signed`) and refuses what is
older than five minutes, so that nobody can play a call again. `Sangdam-Delivery` is the same when a call is repeated.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from contracts.errors import BadInput, BadSetting, Unavailable

SIGNATURE: Final = "Sangdam-Signature"
DELIVERY: Final = "Sangdam-Delivery"
REPLAY_S: Final = 300
"""A signature that is older or newer is refused."""
MAX_BYTES: Final = 64 * 1024
"""Of a body; of an answer less is read."""
MIN_KEY: Final = 16
_ANSWER_BYTES: Final = 4096
_CONNECT_S: Final = 5.0
_CALL_S: Final = 15.0
_AGAIN: Final = frozenset({408, 425, 429})
"""Answers below 500 after which a call is worth repeating."""
_HEADER: Final = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def signature(key: str, timestamp_s: int, body: bytes) -> str:
    """The header's value."""
    made = hmac.new(key.encode(), f"{timestamp_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp_s},v1={made}"


def is_signed(key: str, header: str, body: bytes, now_s: float) -> bool:
    """Whether a call is ours and fresh: what the other side does."""
    found = _HEADER.fullmatch(header.strip())
    if found is None or abs(now_s - int(found[1])) > REPLAY_S:
        return False
    return hmac.compare_digest(signature(key, int(found[1]), body), found[0])


def check_url(url: str, key: str) -> None:
    """Whether this URL may be called with this key.

    Raises:
        BadSetting: it is no https URL (http on this machine alone), holds a password, or the key is missing.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    is_open = parts.scheme == "http" and host is not None and _is_loopback(host)
    if not host or not (parts.scheme == "https" or is_open) or parts.username or parts.fragment:
        raise BadSetting(
            "SANGDAM_VOC_WEBHOOK는 https:// 주소여야 하며 계정이나 #을 담을 수 없습니다. 예: https://hooks.example.kr/sangdam",
            "SANGDAM_VOC_WEBHOOK must be an https:// URL without an account or '#', e.g. https://hooks.example.kr/sangdam.",
        )
    if len(key) < MIN_KEY:
        raise BadSetting(
            f"SANGDAM_VOC_WEBHOOK_KEY에 {MIN_KEY}자 이상의 키를 적으십시오. 웹훅에 서명하는 데 씁니다.",
            f"SANGDAM_VOC_WEBHOOK_KEY needs a key of {MIN_KEY} characters or more: it signs what the webhook is told.",
        )


class Webhook:
    """Makes the calls. Nothing is followed elsewhere: a redirect is refused.

    Args:
        url: checked, as by `check_url`.
        key: signs.
        clock_s: wall time in seconds.
        limit_s: for one call.
    """

    def __init__(
        self, url: str, key: str, *, clock_s: Callable[[], float] = time.time, limit_s: float = _CALL_S
    ) -> None:
        check_url(url, key)
        self._url = url
        self._key = key
        self._clock_s = clock_s
        self._limit_s = limit_s
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            timeout=httpx.Timeout(self._limit_s, connect=min(_CONNECT_S, self._limit_s)),
            limits=httpx.Limits(max_connections=4),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def call(self, delivery_id: str, text: str) -> None:
        """Make a call; it was taken on return.

        Raises:
            BadInput: it is refused for good: too large, or an answer that will not change.
            Unavailable: it was not taken this time.
        """
        assert self._client is not None, "entered first"
        body = text.encode()
        if len(body) > MAX_BYTES:
            raise BadInput("웹훅으로 보낼 내용이 너무 큽니다.", f"larger than {MAX_BYTES} bytes.")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Sangdam",
            SIGNATURE: signature(self._key, int(self._clock_s()), body),
            DELIVERY: delivery_id,
        }
        try:
            async with (
                asyncio.timeout(self._limit_s),  # whatever a server that answers drop by drop does
                self._client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                await _skim(answer)
                status = answer.status_code
        except (httpx.HTTPError, OSError) as error:  # TimeoutError is one
            raise _not_taken(type(error).__name__) from None
        if answer.is_success:
            return
        if status >= 500 or status in _AGAIN:
            raise _not_taken(str(status))
        raise BadInput(
            f"웹훅이 {status}(으)로 거절했습니다. 주소와 키를 확인하십시오.",
            f"the webhook refused with {status}. Check its URL and key.",
        )


async def _skim(answer: httpx.Response) -> None:
    """Read no more than a little of what is answered."""
    read = 0
    async for part in answer.aiter_raw(_ANSWER_BYTES):
        read += len(part)
        if read >= _ANSWER_BYTES:
            return


def _not_taken(why: str) -> Unavailable:
    return Unavailable(
        f"웹훅이 받지 않았습니다({why}). 다시 보냅니다.",
        f"the webhook did not take it ({why}); it is sent again.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

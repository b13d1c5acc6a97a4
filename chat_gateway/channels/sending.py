"""One request to a provider, and what its answer means for the next."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from chat_gateway.channels.port import TryLater, Undeliverable

LIMIT_S: Final = 10.0
"""For connecting and for the answer, each."""

MAX_WAIT_S: Final = 300.0
"""However long a provider asks us to wait, it is asked again after this."""

_BUSY: Final = 429
_MAX_ANSWER: Final = 64 * 1024


async def posted(
    client: httpx.AsyncClient, url: str, body: Mapping[str, object], headers: Mapping[str, str]
) -> httpx.Response:
    """POST as JSON; the answer, whatever it says of the message itself.

    Raises:
        TryLater: no answer, the provider's own fault, or too many requests.
        Undeliverable: the address is none.
    """
    try:
        response = await client.post(
            url,
            content=json.dumps(body, ensure_ascii=False).encode(),
            headers={**headers, "Content-Type": "application/json; charset=utf-8"},
            timeout=LIMIT_S,
            follow_redirects=False,
        )
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Undeliverable(
            f"보낼 주소가 올바르지 않습니다({error}). 설정을 확인하십시오.",
            f"not an address to send to ({error}). Check the settings.",
        ) from None
    except httpx.HTTPError as error:
        raise TryLater(
            f"제공 업체가 응답하지 않습니다({type(error).__name__}).",
            f"the provider does not answer ({type(error).__name__}).",
        ) from None
    if response.status_code == _BUSY or response.status_code >= 500:
        raise TryLater(
            f"제공 업체가 지금 받지 못합니다({response.status_code}).",
            f"the provider does not take it now ({response.status_code}).",
            retry_after_s(response.headers.get("retry-after", ""), datetime.now(UTC)),
        )
    return response


def answered(response: httpx.Response) -> dict[str, object]:
    """The JSON object of an answer, empty when it is none."""
    if len(response.content) > _MAX_ANSWER:
        return {}
    try:
        found = json.loads(response.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def retry_after_s(header: str, now: datetime) -> float | None:
    """Seconds, or a date (RFC 9110 §10.2.3), bounded; None: neither."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_WAIT_S)
    try:
        then = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return min(max(0.0, (then - now).total_seconds()), MAX_WAIT_S)

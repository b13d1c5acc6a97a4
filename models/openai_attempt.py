"""One attempt at an OpenAI-compatible server: what goes wrong on the line, and whether it may pass."""

import asyncio
import math
from collections.abc import Awaitable
from typing import Final, TypeVar

import httpx

from contracts.errors import ModelAway, SangdamError
from models.chat_answer import NoAnswer

NO_SCHEMA: Final = frozenset({400, 422, 501})
"""What servers answer to a `response_format` that they do not know."""
_MAY_PASS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})

T = TypeVar("T")


class Failed(Exception):
    """An attempt that brought nothing; `error` is what to say when there is no other."""

    def __init__(
        self, error: SangdamError, *, may_pass: bool = True, status: int = 0, retry_after_s: float = 0
    ) -> None:
        super().__init__(error)
        self.error = error
        self.may_pass = may_pass
        self.status = status
        self.retry_after_s = retry_after_s


async def within(step: Awaitable[T], due: float) -> T:
    """Await one step on the line, up to a time of the loop's clock.

    Raises:
        Failed: it is late, or the line broke.
    """
    try:
        async with asyncio.timeout_at(due):
            return await step
    except TimeoutError:
        # Asked again it would queue behind itself.
        raise Failed(late("답이", "answer"), may_pass=False) from None
    except (httpx.TransportError, httpx.StreamError) as error:
        raise Failed(
            ModelAway(
                f"언어 모델 서버에 연결할 수 없거나 연결이 끊겼습니다({type(error).__name__}). 서버가 켜져 있는지, "
                "주소가 맞는지 확인하십시오.",
                f"the language model's server cannot be reached, or the line broke ({type(error).__name__}). Check "
                "that it runs and that its address is right.",
            )
        ) from None


def refused(response: httpx.Response) -> Failed:
    """Another status than 200. The body is not told: servers repeat in it what they were asked, and keys."""
    status = response.status_code
    if status in {401, 403}:
        what, hint = "키를 거절했습니다", "refused the key"
    elif status == 404:
        what, hint = "그런 주소나 모델이 없다고 합니다", "knows no such address or model"
    elif 300 <= status < 400:
        what, hint = "다른 주소로 보내려 합니다", "wants to send us elsewhere"
    elif status in _MAY_PASS or status >= 500:
        what, hint = "지금 답하지 못합니다", "cannot answer now"
    else:
        return Failed(
            NoAnswer(
                f"언어 모델 서버가 이 질문을 받지 않습니다(HTTP {status}). 질문이 모델의 한도보다 길 수 있습니다.",
                f"the language model's server refused this question (HTTP {status}). It may be longer than the model allows.",
            ),
            may_pass=False,
            status=status,
        )
    return Failed(
        ModelAway(
            f"언어 모델 서버가 {what}(HTTP {status}). 설정과 서버의 기록을 확인하십시오.",
            f"the language model's server {hint} (HTTP {status}). Check the settings and the server's log.",
        ),
        may_pass=status in _MAY_PASS,
        status=status,
        retry_after_s=_retry_after_s(response),
    )


def _retry_after_s(response: httpx.Response) -> float:
    """RFC 9110 10.2.3, in seconds; a date is as good as far away."""
    value = response.headers.get("retry-after", "")
    if not value:
        return 0.0
    return float(value) if value.isascii() and value.isdigit() else math.inf


def late(what: str, en: str) -> ModelAway:
    return ModelAway(
        f"언어 모델의 {what}이 제때 오지 않았습니다."
        if what == "답"
        else "언어 모델을 부를 차례가 제때 오지 않았습니다.",
        f"the language model's {en} did not come in time.",
    )

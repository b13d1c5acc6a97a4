"""A language model behind any server that speaks the OpenAI protocol: vLLM, SGLang, llama.cpp, a cloud.

Plain httpx rather than the `openai` package: one address is asked, and what matters here (one limit for the first
word and another between words, no second try once something was said, a breaker) is what that package leaves out.
"""

import asyncio
import math
import random
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.errors import BadSetting, ModelAway, ModelUnusable, SangdamError
from models.breaker import Breaker
from models.chat_answer import ChatAnswer, NoAnswer
from models.language_model import Prompt, in_words

_NO_SCHEMA: Final = frozenset({400, 422, 501})
"""What servers answer to a `response_format` that they do not know."""
_MAY_PASS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how often and how much."""

    connect_s: float = 2.0
    first_s: float = 10.0
    """From the request to the first word, a server's queue included; thoughts count as words."""
    between_s: float = 5.0
    """From one word to the next."""
    whole_s: float = 60.0
    """All of it: waiting for a turn, every try, the last word."""
    tries: int = 3
    backoff_s: float = 0.25
    """Before the second try at most so long, twice that before the third, by chance."""
    retry_after_s: float = 3.0
    """A server that asks for more patience than this is away."""
    streams: int = 4
    """Side by side; who comes then waits for a turn."""


@dataclass(slots=True)
class ModelCounts:
    """What became of what was asked, for the metrics."""

    answered: int = 0
    away: int = 0
    unusable: int = 0
    left: int = 0
    """Given up by who asked."""
    refused: int = 0
    """Not even tried: the breaker was open."""
    tried_again: int = 0


class OpenAIServer:
    """A `LanguageModel`. For one event loop."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key: str | None,
        limits: Limits = Limits(),
        breaker: Breaker | None = None,
        ca_file: Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            base_url: as its documentation gives it, up to and with `/v1`.
            model: its name there.
            key: sent as a bearer token, and told to nobody else.
            limits: see there.
            breaker: closes the way to a server that fails again and again.
            ca_file: certificates of a site's own authority.
            options: more fields for every request, as a server may want them.

        Raises:
            BadSetting: the address is none.
        """
        self._url = _chat_url(base_url)
        self._model = model
        self._limits = limits
        self._breaker = breaker or Breaker()
        self._options = dict(options or {})
        self._turns = asyncio.Semaphore(limits.streams)
        self._with_schema = True
        self.counts = ModelCounts()
        # No redirects and no proxy from the environment: words of citizens go to this address or nowhere.
        self._client = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {}),
            timeout=httpx.Timeout(None, connect=limits.connect_s),
            limits=httpx.Limits(max_connections=limits.streams + 1, max_keepalive_connections=limits.streams),
            follow_redirects=False,
            trust_env=False,
            verify=_trusting(ca_file) if ca_file else True,
        )

    @property
    def name(self) -> str:
        return self._model

    @property
    def breaker_state(self) -> str:
        """`closed`: it is asked; `open`: it is left alone; `half-open`: one is asking whether it is back."""
        return self._breaker.state

    async def close(self) -> None:
        await self._client.aclose()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer piece by piece; `contextlib.aclosing` around it stops the server when it is left early."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.whole_s
        self._admit(loop.time())
        await self._turn(until)
        try:
            # It may have opened meanwhile.
            self._admit(loop.time())
            async with aclosing(self._counted(prompt, until)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self._turns.release()

    def _admit(self, now_s: float) -> None:
        if not self._breaker.refuses(now_s):
            return
        self.counts.refused += 1
        seconds = math.ceil(self._breaker.wait_s(now_s))
        raise ModelAway(
            f"언어 모델 서버가 여러 번 답하지 못해 {seconds}초 동안 부르지 않습니다.",
            f"the language model's server failed several times and is left alone for {seconds} s.",
        )

    async def _turn(self, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                await self._turns.acquire()
        except TimeoutError:
            self.counts.away += 1
            raise _late("차례가", "turn") from None

    async def _counted(self, prompt: Prompt, until: float) -> AsyncGenerator[str, None]:
        """What comes of it is told to counts and breaker."""
        loop = asyncio.get_running_loop()
        given = self._breaker.enter(loop.time())
        try:
            async with aclosing(self._tries(prompt, until)) as pieces:
                async for piece in pieces:
                    yield piece
        except (ModelAway, ModelUnusable) as error:
            if isinstance(error, ModelAway):
                self.counts.away += 1
            else:
                self.counts.unusable += 1
            if isinstance(error, NoAnswer):
                self._breaker.worked(given)
            else:
                self._breaker.failed(given, loop.time())
            raise
        except BaseException:
            self.counts.left += 1
            self._breaker.dropped(given)
            raise
        self.counts.answered += 1
        self._breaker.worked(given)

    async def _tries(self, prompt: Prompt, until: float) -> AsyncGenerator[str, None]:
        """Again while nothing was said and what failed may pass."""
        loop = asyncio.get_running_loop()
        number, schema = 1, self._with_schema and prompt.schema is not None
        while True:
            answer = ChatAnswer(prompt)
            try:
                async with aclosing(self._once(prompt, answer, until, schema=schema)) as pieces:
                    async for piece in pieces:
                        yield piece
            except _Failed as failed:
                if schema and failed.status in _NO_SCHEMA:
                    schema = False
                    continue
                pause_s = random.uniform(0, self._limits.backoff_s * 2 ** (number - 1))  # noqa: S311  jitter
                pause_s = max(pause_s, failed.retry_after_s)
                hopeless = not failed.may_pass or answer.heard or number >= self._limits.tries
                if hopeless or pause_s > self._limits.retry_after_s or loop.time() + pause_s >= until:
                    raise failed.error from None
                number += 1
                self.counts.tried_again += 1
                await asyncio.sleep(pause_s)
            else:
                # Only an answer proves that the schema was what it had refused, and not the question.
                self._with_schema = self._with_schema and (schema or prompt.schema is None)
                return

    async def _once(
        self, prompt: Prompt, answer: ChatAnswer, until: float, *, schema: bool
    ) -> AsyncGenerator[str, None]:
        loop = asyncio.get_running_loop()
        due = min(until, loop.time() + self._limits.first_s)
        request = self._client.build_request("POST", self._url, json=self._body(prompt, schema=schema))
        response = await _within(self._client.send(request, stream=True), due)
        try:
            if response.status_code != 200:
                raise _refused(response)
            data = response.aiter_raw()
            while not answer.over:
                part = await _within(anext(data, b""), due)
                before = answer.heard
                try:
                    pieces = answer.feed(part, response.headers.get("content-type", ""))
                except ModelAway as error:
                    raise _Failed(error) from None
                for piece in pieces:
                    yield piece
                if answer.heard != before:
                    due = min(until, loop.time() + self._limits.between_s)
        finally:
            await response.aclose()

    def _body(self, prompt: Prompt, *, schema: bool) -> dict[str, Any]:
        if not schema:
            prompt = in_words(prompt)
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
            "stream": True,
            "temperature": 0,
            "seed": 0,
            "max_tokens": prompt.max_tokens,
        }
        if schema:
            wanted = {"name": "answer", "strict": True, "schema": prompt.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
        return body | self._options


class _Failed(Exception):
    """A try that brought nothing: between two functions here, never seen outside."""

    def __init__(
        self, error: SangdamError, *, may_pass: bool = True, status: int = 0, retry_after_s: float = 0
    ) -> None:
        super().__init__(error)
        self.error = error
        self.may_pass = may_pass
        self.status = status
        self.retry_after_s = retry_after_s


async def _within(step: Any, due: float) -> Any:
    """Await one step on the line; what goes wrong there becomes `_Failed`."""
    try:
        async with asyncio.timeout_at(due):
            return await step
    except TimeoutError:
        # Asked again it would queue behind itself.
        raise _Failed(_late("답이", "answer"), may_pass=False) from None
    except (httpx.TransportError, httpx.StreamError) as error:
        raise _Failed(
            ModelAway(
                f"언어 모델 서버에 연결할 수 없거나 연결이 끊겼습니다({type(error).__name__}). 서버가 켜져 있는지, "
                "주소가 맞는지 확인하십시오.",
                f"the language model's server cannot be reached, or the line broke ({type(error).__name__}). Check "
                "that it runs and that its address is right.",
            )
        ) from None


def _refused(response: httpx.Response) -> _Failed:
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
        return _Failed(
            NoAnswer(
                f"언어 모델 서버가 이 질문을 받지 않습니다(HTTP {status}). 질문이 모델의 한도보다 길 수 있습니다.",
                f"the language model's server refused this question (HTTP {status}). It may be longer than the model allows.",
            ),
            may_pass=False,
            status=status,
        )
    return _Failed(
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


def _late(what: str, en: str) -> ModelAway:
    return ModelAway(
        f"언어 모델의 {what}이 제때 오지 않았습니다."
        if what == "답"
        else "언어 모델을 부를 차례가 제때 오지 않았습니다.",
        f"the language model's {en} did not come in time.",
    )


def _chat_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url.rstrip("/") + "/chat/completions")
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query:
        raise BadSetting(
            "언어 모델 서버의 주소가 올바르지 않습니다. 'http://서버:8000/v1'처럼 적으십시오.",
            "the language model's address is none. Write it like 'http://server:8000/v1'.",
        )
    return url


def _trusting(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise BadSetting(
            f"인증서 파일 {ca_file}을 읽을 수 없습니다({error}).",
            f"the certificate file {ca_file} cannot be read ({error}).",
        ) from None

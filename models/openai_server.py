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
from typing import Any

import httpx

from contracts.errors import BadSetting, ModelAway, ModelUnusable
from models.breaker import Breaker
from models.chat_answer import ChatAnswer, NoAnswer
from models.language_model import Prompt, in_words
from models.openai_attempt import NO_SCHEMA, Failed, late, refused, within


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
            raise late("차례가", "turn") from None

    async def _counted(self, prompt: Prompt, until: float) -> AsyncGenerator[str, None]:
        """What comes of it is told to counts and breaker."""
        loop = asyncio.get_running_loop()
        given, spoke = self._breaker.enter(loop.time()), False
        try:
            async with aclosing(self._tries(prompt, until)) as pieces:
                async for piece in pieces:
                    spoke = True
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
            if spoke:
                self._breaker.worked(given)
            else:
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
            except Failed as failed:
                if schema and failed.status in NO_SCHEMA:
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
        response = await within(self._client.send(request, stream=True), due)
        try:
            if response.status_code != 200:
                raise refused(response)
            data = response.aiter_raw()
            while not answer.over:
                part = await within(anext(data, b""), due)
                before = answer.heard
                try:
                    pieces = answer.feed(part, response.headers.get("content-type", ""))
                except ModelAway as error:
                    raise Failed(error) from None
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

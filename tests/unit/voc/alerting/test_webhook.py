"""Calls to a real HTTP server."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from contracts.errors import BadInput, BadSetting, Unavailable
from voc.alerting.webhook import (
    DELIVERY,
    MAX_BYTES,
    REPLAY_S,
    SIGNATURE,
    Webhook,
    check_url,
    is_signed,
    signature,
)

KEY = "0123456789abcdef"
BODY = json.dumps({"title": "마포구 · 단수"}, ensure_ascii=False)


@dataclass
class Site:
    """What is called: answers as a test says and keeps what came."""

    port: int = 0
    status: str = "200 OK"
    more: str = ""
    """Further headers."""
    answer: bytes = b"ok"
    wait_s: float = 0.0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/alerts"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        headers = {name.lower(): value for name, value in headers.items()} | {"": lines[0]}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        await asyncio.sleep(self.wait_s)
        length = "" if "Transfer" in self.more else f"Content-Length: {len(self.answer)}\r\n"
        writer.write(
            f"HTTP/1.1 {self.status}\r\n{length}{self.more}Connection: close\r\n\r\n".encode() + self.answer
        )
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


async def call(site: Site, text: str = BODY, **more) -> None:
    async with Webhook(site.url, KEY, **more) as webhook:
        await webhook.call("a/new/webhook", text)


async def test_a_call_is_signed_and_says_which_delivery_it_is(site):
    await call(site, clock_s=lambda: 1_700_000_000.9)
    ((headers, body),) = site.got
    assert headers[""] == "POST /alerts HTTP/1.1"
    assert body.decode() == BODY
    assert headers[DELIVERY.lower()] == "a/new/webhook"
    assert headers["content-type"] == "application/json; charset=utf-8"
    given = headers[SIGNATURE.lower()]
    assert is_signed(KEY, given, body, 1_700_000_000)
    assert is_signed(KEY, given, body, 1_700_000_000 + REPLAY_S)
    assert not is_signed(KEY, given, body, 1_700_000_001 + REPLAY_S)
    assert not is_signed(KEY, given, body, 1_699_999_999 - REPLAY_S)
    assert not is_signed(KEY, given, body + b" ", 1_700_000_000)
    assert not is_signed("another key, 16 characters", given, body, 1_700_000_000)
    # A signature under another time is another signature.
    assert not is_signed(KEY, given.replace("t=1700000000", "t=1700000001"), body, 1_700_000_000)
    for broken in ("", "t=1", "v1=00", given + "0", given.upper()):
        assert not is_signed(KEY, broken, body, 1_700_000_000)


def test_the_signature_is_as_documented():
    # printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
    made = "e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e"
    assert signature(KEY, 1_700_000_000, b"{}") == f"t=1700000000,v1={made}"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("204 No Content", None),
        ("500 Oops", Unavailable),
        ("503 Later", Unavailable),
        ("429 Slowly", Unavailable),
        ("401 Who", BadInput),
        ("404 Where", BadInput),
        ("410 Gone", BadInput),
    ],
)
async def test_what_is_worth_another_try(site, status, error):
    site.status, site.answer = status, b""
    if error is None:
        await call(site)
        return
    with pytest.raises(error):
        await call(site)


async def test_no_redirect_is_followed(site):
    site.status, site.more = "302 Found", f"Location: {site.url}/elsewhere\r\n"
    with pytest.raises(BadInput):
        await call(site)
    assert len(site.got) == 1


async def test_a_slow_server_is_not_waited_for(site):
    site.wait_s = 5
    began = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable):
        await call(site, limit_s=0.2)
    assert asyncio.get_running_loop().time() - began < 3


async def test_of_a_huge_answer_little_is_read(site):
    site.more, site.answer = "Transfer-Encoding: chunked\r\n", b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    # It never ends, and the call does.
    async with asyncio.timeout(5):
        await call(site)


async def test_nobody_there(site):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site.port = free.getsockname()[1]
    with pytest.raises(Unavailable):
        await call(site)


async def test_too_large_is_not_sent(site):
    with pytest.raises(BadInput):
        await call(site, "x" * (MAX_BYTES + 1))
    assert site.got == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.kr",
        "http://hooks.example.kr/a",
        "http://localhost.example.kr/a",
        "https://",
        "https://user:secret@hooks.example.kr",
        "https://hooks.example.kr/#a",
        "https://hooks.example.kr:99999/",
        "ftp://127.0.0.1/",
        "http://[::1/",
    ],
)
def test_urls_that_are_not_called(url):
    with pytest.raises(BadSetting):
        check_url(url, KEY)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.kr/a?b=c", "http://127.0.0.1:1/", "http://[::1]:8/", "http://localhost/"]
)
def test_urls_that_are_called(url):
    check_url(url, KEY)
    with pytest.raises(BadSetting):
        check_url(url, KEY[:-1])

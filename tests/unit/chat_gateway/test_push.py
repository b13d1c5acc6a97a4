"""Web push: to a real HTTP server that decrypts it as a browser would."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import http_ece
import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chat_gateway.push import Pushes
from chat_gateway.web_push import (
    PAYLOAD,
    Signer,
    checked,
    is_push_service,
    new_push_key,
    public_push_key,
)
from contracts.chat import CITIZEN, SYSTEM, Assigned, ChatEntry, ChatHead, Noted, Party, Receipts, Said
from contracts.chat_http import PushAsked
from contracts.errors import BadRequest, BadSetting
from privacy.vault import Vault
from store import chat_pushes
from store.chat_tables import ChatPushRow
from store.database import Database
from tests.unit.chat_gateway.citizens import running_site

KEY = new_push_key()
CONTACT = "00000000-0000-4000-8000-000000000001"
KIM = Party(side="staff", staff_id="kim", name="김상담")


def text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Browser:
    """Its keys, and how it reads what comes."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    def asked(self, endpoint: str) -> PushAsked:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return PushAsked(endpoint=endpoint, p256dh=text(point), auth=text(self.auth))

    def read(self, body: bytes) -> bytes:
        found = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        assert isinstance(found, bytes)
        return found


@dataclass
class Service:
    """A push service."""

    port: int = 0
    status: int = 201
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def endpoint(self, name: str = "one") -> str:
        return f"http://127.0.0.1:{self.port}/push/{name}"

    async def take(self, request: Request) -> Response:
        self.got.append((request.url.path, dict(request.headers), await request.body()))
        self.news.set()
        return Response(status_code=self.status, headers={"Location": "http://127.0.0.1:1/"})

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    app = Starlette(routes=[Route("/push/{name}", made.take, methods=["POST"])])
    web = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    task = asyncio.create_task(web.serve())
    while not web.started:
        await asyncio.sleep(0.01)
    made.port = web.servers[0].sockets[0].getsockname()[1]
    yield made
    web.should_exit = True
    await task


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/store.db")
    yield opened
    await opened.close()


@dataclass
class Seen:
    delivered: int = 0

    async def __call__(self, _: str) -> Receipts:
        return Receipts(citizen_delivered=self.delivered)


@asynccontextmanager
async def running(
    database: Database, seen: Seen, *, wait_s: float = 0.05, pause_s: float = 0.0
) -> AsyncIterator[Pushes]:
    pushes = Pushes(
        database,
        Vault("v" * 32),
        Signer(KEY, "mailto:admin@example.kr"),
        seen,
        is_allowed=lambda endpoint: endpoint.startswith("http://127.0.0.1:"),
        wait_s=wait_s,
        pause_s=pause_s,
    )
    task = asyncio.create_task(pushes.run())
    try:
        yield pushes
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def pair(seq: int, who: Party = KIM, body: object = None) -> tuple[ChatHead, ChatEntry]:
    head = ChatHead(contact_id=CONTACT, epoch="e", last_seq=seq)
    entry = ChatEntry(
        contact_id=CONTACT,
        seq=seq,
        at_ms=0,
        author=who,
        body=body or Said(text="비밀 이야기"),  # type: ignore[arg-type]
    )
    return head, entry


async def stored(database: Database) -> int:
    async with database.session() as session:
        return await session.scalar(select(func.count()).select_from(ChatPushRow)) or 0


async def settled(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def test_who_is_away_is_told_that_there_is_news_and_no_more(
    service: Service, database: Database
) -> None:
    browser = Browser()
    async with running(database, Seen()) as pushes:
        await pushes.ask(CONTACT, browser.asked(service.endpoint()))
        pushes.heard([pair(5)])
        await service.until(1)
        await settled(lambda: pushes.counts.sent == 1)
    ((path, headers, body),) = service.got
    assert path == "/push/one"
    assert browser.read(body) == PAYLOAD == b'{"type": "message"}'
    assert "비밀".encode() not in body
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert int(headers["ttl"]) == 24 * 3600
    scheme, _, values = headers["authorization"].partition(" ")
    given = dict(value.strip().split("=", 1) for value in values.split(","))
    assert (scheme, given["k"]) == ("vapid", public_push_key(KEY))
    assert Vapid02.verify(headers["authorization"])
    claims = json.loads(base64.urlsafe_b64decode(given["t"].split(".")[1] + "=="))
    assert claims["aud"] == f"http://127.0.0.1:{service.port}"
    assert claims["sub"] == "mailto:admin@example.kr"
    async with database.session() as session:
        (row,) = await session.scalars(select(ChatPushRow))
    assert str(service.port).encode() not in row.sealed


async def test_who_has_it_on_the_page_is_not_told(service: Service, database: Database) -> None:
    seen = Seen(delivered=5)
    async with running(database, seen) as pushes:
        await pushes.ask(CONTACT, Browser().asked(service.endpoint()))
        for who, body in ((CITIZEN, None), (SYSTEM, Assigned(agent=KIM)), (KIM, Noted(text="…"))):
            pushes.heard([pair(9, who, body)])
        pushes.heard([pair(5)])
        await settled(lambda: not pushes._waiting)
        pushes.heard([pair(6)])
        await service.until(1)
    assert len(service.got) == 1


async def test_many_messages_ring_once(service: Service, database: Database) -> None:
    async with running(database, Seen(), wait_s=0.2, pause_s=0.6) as pushes:
        await pushes.ask(CONTACT, Browser().asked(service.endpoint()))
        for seq in range(5, 10):
            pushes.heard([pair(seq)])
        await service.until(1)
        began = asyncio.get_running_loop().time()
        pushes.heard([pair(10)])
        pushes.heard([pair(11)])
        await service.until(2)
        assert asyncio.get_running_loop().time() - began >= 0.5
        await settled(lambda: not pushes._waiting)
    assert len(service.got) == 2


@pytest.mark.parametrize(("status", "kept"), [(404, 0), (410, 0), (429, 1), (500, 1), (301, 1)])
async def test_a_browser_that_is_gone_is_forgotten(
    service: Service, database: Database, status: int, kept: int
) -> None:
    service.status = status
    async with running(database, Seen()) as pushes:
        await pushes.ask(CONTACT, Browser().asked(service.endpoint()))
        pushes.heard([pair(5)])
        await service.until(1)
        await settled(lambda: pushes.counts.gone + pushes.counts.failed == 1)
        async with asyncio.timeout(5):
            while await stored(database) != kept:
                await asyncio.sleep(0.01)
    assert len(service.got) == 1  # and where a service sends on is not followed


async def test_a_service_that_is_away_stops_nobody_else(service: Service, database: Database) -> None:
    async with running(database, Seen()) as pushes:
        await pushes.ask(CONTACT, Browser().asked("http://127.0.0.1:1/push/away"))
        await pushes.ask(CONTACT, Browser().asked(service.endpoint()))
        pushes.heard([pair(5)])
        await service.until(1)
        await settled(lambda: (pushes.counts.sent, pushes.counts.failed) == (1, 1))


async def test_a_few_browsers_of_a_chat_and_each_can_take_it_back(database: Database) -> None:
    async with running(database, Seen()) as pushes:
        for number in range(chat_pushes.MAX_OF_CHAT + 3):
            await pushes.ask(CONTACT, Browser().asked(f"http://127.0.0.1:1/push/{number}"))
        assert await stored(database) == chat_pushes.MAX_OF_CHAT
        async with database.session() as session:
            first = await chat_pushes.of_contact(session, CONTACT)
        known = PushAsked.model_validate_json(Vault("v" * 32).open(first[0].sealed, first[0].endpoint_hash))
        await pushes.take_back("another chat", known.endpoint)
        assert await stored(database) == chat_pushes.MAX_OF_CHAT
        await pushes.take_back(CONTACT, known.endpoint)
        assert await stored(database) == chat_pushes.MAX_OF_CHAT - 1
        await pushes.take_back(CONTACT)
        assert await stored(database) == 0


@pytest.mark.parametrize(
    ("endpoint", "is_one"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=abc", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.kr/x", False),
        ("https://evilfcm.googleapis.com/x", False),
        ("https://evil.kr/fcm.googleapis.com", False),
        ("https://fcm.googleapis.com@evil.kr/", False),
        ("https://user@fcm.googleapis.com/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1/", False),
        ("", False),
    ],
)
def test_only_push_services_are_called(endpoint: str, is_one: bool) -> None:
    assert is_push_service(endpoint) is is_one
    asked = Browser().asked(endpoint)
    if is_one:
        assert checked(asked) == asked
    else:
        with pytest.raises(BadRequest):
            checked(asked)


@pytest.mark.parametrize(
    "change", [{"auth": "short"}, {"p256dh": "AAAA"}, {"p256dh": "BA" + "A" * 85}, {"auth": "한글"}]
)
def test_keys_that_are_none_are_refused(change: dict[str, str]) -> None:
    asked = Browser().asked("https://fcm.googleapis.com/x").model_copy(update=change)
    with pytest.raises(BadRequest):
        checked(asked)


def test_settings() -> None:
    assert len(base64.urlsafe_b64decode(KEY + "=")) == 32
    assert len(base64.urlsafe_b64decode(public_push_key(KEY) + "=")) == 65
    assert new_push_key() != KEY
    for key, contact in (("nonsense", "mailto:a@b.kr"), (KEY, ""), (KEY, "a@b.kr")):
        with pytest.raises(BadSetting) as caught:
            Signer(key, contact)
        assert "SANGDAM_PUSH" in caught.value.ko


async def test_a_page_asks_and_takes_it_back(tmp_path: Path, service: Service) -> None:
    def pushes(log, database, vault) -> Pushes:
        signer = Signer(KEY, "mailto:admin@example.kr")
        return Pushes(
            database, vault, signer, log.receipts, is_allowed=lambda one: service.endpoint("page") == one
        )

    async with running_site(tmp_path, pushes=pushes, push_key=public_push_key(KEY)) as site:
        citizen = await site.citizen()
        assert (await citizen.client.get("/api/chat/site")).json()["push_key"] == public_push_key(KEY)
        asked = Browser().asked(service.endpoint("page")).model_dump()
        put = await citizen.client.put("/api/chat/push", json=asked, headers=citizen.bearer)
        assert put.status_code == 204
        assert await stored(site.database) == 1
        other = Browser().asked("https://evil.kr/x").model_dump()
        wrong = await citizen.client.put("/api/chat/push", json=other, headers=citizen.bearer)
        assert wrong.status_code == 400
        gone = await citizen.client.delete("/api/chat/push", headers=citizen.bearer)
        assert (gone.status_code, await stored(site.database)) == (204, 0)

"""What tests of the channels share: a gateway on real files, and a provider that is a real HTTP server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bus.base import Bus
from bus.open import open_bus
from chat_gateway.channels.instagram import Instagram
from chat_gateway.channels.kakao import Kakao
from chat_gateway.channels.port import ChannelPort
from chat_gateway.channels.signature import signed
from chat_gateway.channels.site import Channels
from chat_gateway.keys import Keys
from chat_gateway.log import ChatLog
from chat_gateway.options import Options
from chat_gateway.people import People
from chat_gateway.photos import Photos
from contracts.chat import ChatEntry, ReplyWindow, Taken
from contracts.clock import wall_ms
from contracts.errors import NotSignedIn, SangdamError
from contracts.panel import Staff
from privacy.vault import Vault
from store.database import Database
from tests.unit.chat_gateway.chats import KIM, rules

SECRET = "app-secret-of-a-test"
ACCOUNT = "17840000000000001"
HOUR_MS = 3_600_000
LIMIT_S = 10.0


def jpeg() -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
    return file.getvalue()


class Elsewhere:
    """The provider, as another process knows it."""

    def __init__(self, url: str) -> None:
        self.url = url


class Provider:
    """Takes messages as Meta's and a Kakao dealer's servers do, and gives pictures."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        """Bodies that were accepted."""
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[Response] = []
        """For the next requests, instead of taking them."""
        self.lose_answer_of: set[int] = set()
        """Numbers of requests that are taken and not answered."""
        self.seen = 0
        self.picture_delay_s = 0.0
        self.app = Starlette(
            routes=[
                Route("/picture.jpg", self._picture),
                Route(
                    "/moved.jpg", lambda _: Response(status_code=302, headers={"location": "/picture.jpg"})
                ),
                Route(
                    "/away.jpg",
                    lambda _: Response(status_code=302, headers={"location": "http://127.0.0.2:9/"}),
                ),
                Route("/{path:path}", self._take, methods=["POST"]),
            ]
        )
        self.url = ""

    async def _picture(self, _: Request) -> Response:
        await asyncio.sleep(self.picture_delay_s)
        return Response(jpeg(), media_type="image/jpeg")

    async def _take(self, request: Request) -> Response:
        number, self.seen = self.seen, self.seen + 1
        body = json.loads(await request.body())
        if self.answers:
            return self.answers.pop(0)
        self.paths.append(request.url.path)
        self.headers.append(dict(request.headers))
        self.sent.append(body)
        if number in self.lose_answer_of:
            await asyncio.sleep(60)
        return JSONResponse({"code": 0, "recipient_id": "x", "message_id": f"m{number}"})

    @property
    def texts(self) -> list[str]:
        return [
            one["message"]["text"] if isinstance(one["message"], dict) else one["message"]
            for one in self.sent
        ]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Provider"]:
        config = uvicorn.Config(
            self.app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=0
        )
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        yield self
        server.should_exit = server.force_exit = True
        await serving


async def until(is_so: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "not in time"
        await asyncio.sleep(0.01)


@dataclass
class Site:
    """One gateway's channels, with its log, as `service.py` puts them together."""

    bus: Bus
    database: Database
    vault: Vault
    log: ChatLog
    people: People
    keys: Keys
    channels: Channels
    hooks: httpx.AsyncClient
    offset_ms: int = 0
    windows: list[ReplyWindow] = field(default_factory=list)

    def now_ms(self) -> int:
        return wall_ms() + self.offset_ms

    async def post(
        self, path: str, body: object, *, secret: str = SECRET, header: str = ""
    ) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        name = "x-signature-256" if path.startswith("/hooks/kakao") else "x-hub-signature-256"
        return await self.hooks.post(path, content=raw, headers={name: header or signed(secret, raw)})

    async def instagram(
        self, mid: str, text: str = "", *, who: str = "igsid-1", **more: Any
    ) -> httpx.Response:
        return await self.post("/hooks/instagram", instagram(mid, text, who=who, at_ms=self.now_ms(), **more))

    async def kakao(self, serial: str, text: str, *, who: str = "kakao-1", **more: Any) -> httpx.Response:
        body = {
            "user_key": who,
            "sender_key": "sender-1",
            "session_id": "5",
            "time": self.now_ms(),
            "type": "text",
            "contents": text,
            "serial_number": serial,
        }
        return await self.post("/hooks/kakao/message", body | more)

    async def chat_of(self, channel: str = "instagram", who: str = "igsid-1") -> str | None:
        return await self.people.open_chat(await self.people.person_of(channel, who))

    async def entries(self, contact_id: str) -> list[ChatEntry]:
        return await self.log.entries(contact_id, limit=500)

    async def kinds(self, contact_id: str) -> list[str]:
        return [entry.body.kind for entry in await self.entries(contact_id)]

    async def taken(self, channel: str = "instagram", who: str = "igsid-1") -> str:
        contact_id = await self.chat_of(channel, who)
        assert contact_id
        await self.log.submit(contact_id, KIM, Taken())
        return contact_id

    async def until_kind(self, contact_id: str, kind: str, count: int = 1) -> list[ChatEntry]:
        end = time.monotonic() + LIMIT_S
        while True:
            found = [one for one in await self.entries(contact_id) if one.body.kind == kind]
            if len(found) >= count:
                return found
            assert time.monotonic() < end, await self.kinds(contact_id)
            await asyncio.sleep(0.02)


def instagram(
    mid: str, text: str = "", *, who: str = "igsid-1", at_ms: int = 0, **more: Any
) -> dict[str, Any]:
    """A message as Meta's reference writes it; `more` goes into `message`."""
    message = {"mid": mid} | ({"text": text} if text else {}) | more
    one = {
        "sender": {"id": who},
        "recipient": {"id": ACCOUNT},
        "timestamp": at_ms or wall_ms(),
        "message": message,
    }
    return {"object": "instagram", "entry": [{"id": ACCOUNT, "time": at_ms, "messaging": [one]}]}


def event(at_ms: int, *, who: str = "igsid-1", **what: Any) -> dict[str, Any]:
    """Something that is no message: `reaction={…}`, `read={…}`."""
    one = {"sender": {"id": who}, "recipient": {"id": ACCOUNT}, "timestamp": at_ms} | what
    return {"object": "instagram", "entry": [{"id": ACCOUNT, "time": at_ms, "messaging": [one]}]}


async def no_staff(_: HTTPConnection) -> Staff:
    raise NotSignedIn("", "")


@asynccontextmanager
async def site(folder: Path, provider: Provider | Elsewhere, **settings: Any) -> AsyncIterator[Site]:
    """A gateway on the files of this folder; a second one on the same is another process of the same site."""
    database = await Database.open(f"sqlite+aiosqlite:///{folder}/chat.db")
    bus = await open_bus(f"embedded://{folder}/bus.db?session_s=2")
    try:
        async with gateway(bus, database, provider, **settings) as made:
            yield made
    finally:
        await bus.close()
        await database.close()


@asynccontextmanager
async def gateway(
    bus: Bus, database: Database, provider: Provider | Elsewhere, *, offset_ms: int = 0, sends: bool = True
) -> AsyncIterator[Site]:
    vault, made = Vault("a vault key of the tests, long enough"), None

    def clock() -> int:
        return wall_ms() + (made.offset_ms if made else offset_ms)

    log = ChatLog(database, bus, vault, rules(), instance="test", clock=clock)
    people, keys = People(database, vault, clock), Keys(database, vault, clock)
    hosts = frozenset({provider.url})
    ports: dict[str, ChannelPort] = {
        "instagram": Instagram(
            secret=SECRET, token="ig-token", verify="word", url=f"{provider.url}/v23.0", image_hosts=hosts
        ),
        "kakao": Kakao(
            secret=SECRET,
            token="HT-Client-Id: id; HT-Client-Secret: hush",
            url=f"{provider.url}/write",
            image_hosts=hosts,
        ),
    }
    windows: list[ReplyWindow] = []
    channels = Channels(
        bus,
        database,
        log,
        rules=rules(),
        options=Options(public_url="https://chat.example", ars_key="a key of the ARS", kakao_secret=SECRET),
        people=people,
        keys=keys,
        photos=Photos(database, vault, clock),
        authenticate=no_staff,
        tell=lambda _, window: windows.append(window),
        clock=clock,
        ports=ports,
    )
    channels.courier._look_s = 0.3
    channels.dispatch._first_wait_s = 0.05
    log.listen(lambda pairs: [channels.replies.heard(*pair) for pair in pairs])
    app = FastAPI()
    app.include_router(channels.router)

    @app.exception_handler(SangdamError)
    async def _(_: Request, error: SangdamError) -> Response:
        return JSONResponse({"code": error.code}, status_code=error.http_status)

    hooks = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")
    made = Site(bus, database, vault, log, people, keys, channels, hooks, offset_ms, windows)
    work = [asyncio.create_task(log.run())]
    if sends:
        work.append(asyncio.create_task(channels.run()))
        await asyncio.wait_for(channels.courier.ready.wait(), LIMIT_S)
    try:
        yield made
    finally:
        for task in reversed(work):
            task.cancel()
            await asyncio.wait([task], timeout=LIMIT_S)
        await hooks.aclose()

"""`/api/chat`: what a citizen's page asks for outside of its WebSocket; `contracts/chat_http.py` has the JSON.

| route | who |
|---|---|
| GET site, POST (start), POST ticket, POST link | everybody, within limits |
| POST photos | who has a ticket; staff for a conversation of theirs |
| GET photos/{id}, entries, transcript | who has a ticket; staff for a conversation they may open |
| POST mail, PUT and DELETE push | who has a ticket |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from chat_gateway.access import Access, Reader
from chat_gateway.conversation import for_reader
from chat_gateway.keys import Keys
from chat_gateway.limits import Amount, Buckets, Limits, TooFast, network_of, seconds_en, seconds_ko
from chat_gateway.log import ChatLog
from chat_gateway.mail import Mailer
from chat_gateway.opening import Opening
from chat_gateway.photos import MAX_BYTES, Photos
from chat_gateway.push import Pushes
from chat_gateway.rules import Rules
from chat_gateway.tickets import Tickets
from chat_gateway.transcript import file_name, transcript
from contracts.chat import ChatEntry
from contracts.chat_http import (
    ChatSite,
    ChatStart,
    EntriesBefore,
    LinkRedeemed,
    MailAsked,
    PushAsked,
    TicketAsked,
)
from contracts.clock import Clock, wall_ms
from contracts.errors import BadRequest, Conflict, NotFound

MAX_PAGE: Final = 200
MAX_TRANSCRIPT: Final = 5000
"""Entries; the oldest ones go."""

TICKETS_OF_ADDRESS: Final = Amount(600, 40)
"""More than connections: each takes one."""

MAILS: Final = Amount(3, 1 / 1200)
"""Of a conversation."""
MAILS_OF_ADDRESS: Final = Amount(20, 1 / 60)

_PICTURE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="photo.jpg"',
}


@dataclass(frozen=True, slots=True)
class CitizenParts:
    """What the routes stand on."""

    rules: Rules
    log: ChatLog
    tickets: Tickets
    keys: Keys
    opening: Opening
    access: Access
    photos: Photos
    limits: Limits
    mailer: Mailer | None
    """None: this site sends no mail."""
    pushes: Pushes | None
    push_key: str
    """Public; empty without web push."""
    clock: Clock = wall_ms


def citizen_router(parts: CitizenParts) -> APIRouter:
    """All routes of this table."""
    router = APIRouter()
    for routes in (_doors, _photos, _reading, _telling):
        router.include_router(routes(parts), prefix="/api/chat")
    return router


def _doors(parts: CitizenParts) -> APIRouter:
    router = APIRouter()
    tickets = Buckets(TICKETS_OF_ADDRESS)

    @router.get("/site")
    async def site() -> Response:
        rules = parts.rules
        told = ChatSite(
            name_ko=rules.name.ko,
            name_en=rules.name.en,
            is_open=rules.is_open(parts.clock()),
            hours_ko=rules.hours_text.ko,
            hours_en=rules.hours_text.en,
            topics=rules.topics,
            links=rules.links,
            photo_max_bytes=MAX_BYTES,
            push_key=parts.push_key,
            mail=parts.mailer is not None,
        )
        return _json(told.model_dump_json())

    @router.post("")
    async def start(request: Request, asked: ChatStart) -> Response:
        parts.limits.opening(address_of(request))
        return _json((await parts.opening.start(asked)).model_dump_json())

    @router.post("/link")
    async def link(request: Request, asked: LinkRedeemed) -> Response:
        parts.limits.opening(address_of(request))
        return _json((await parts.opening.redeem(asked)).model_dump_json())

    @router.post("/ticket")
    async def ticket(request: Request, asked: TicketAsked) -> Response:
        if network := network_of(address_of(request)):
            _take([(tickets, network)], parts.clock(), ("연결이 너무 잦습니다", "too many connections"))
        await parts.keys.check(asked.key, asked.contact_id)
        return _json(parts.tickets.make(asked.contact_id).model_dump_json())

    return router


def _photos(parts: CitizenParts) -> APIRouter:
    router = APIRouter()

    @router.post("/photos")
    async def keep(request: Request, contact_id: str | None = None) -> Response:
        reader = await parts.access.reader(request, contact_id)
        if reader.head.state == "ended":
            raise Conflict("이미 끝난 상담입니다. 새 상담을 시작해 주십시오.", "this chat has ended.")
        length = request.headers.get("content-length", "")
        declared = int(length) if length.isascii() and length.isdigit() else None
        who = f"{reader.head.contact_id}/{reader.side}"
        parts.limits.photo(who, min(declared or MAX_BYTES, MAX_BYTES), address_of(request))
        try:
            kept = await parts.photos.keep(reader.head.contact_id, declared, request.stream())
        except ClientDisconnect:
            raise BadRequest("사진이 다 오기 전에 연결이 끊겼습니다.", "the connection was cut.") from None
        return _json(kept.model_dump_json())

    @router.get("/photos/{photo_id}")
    async def show(request: Request, photo_id: str) -> Response:
        contact_id = await parts.photos.contact_of(photo_id)
        await parts.access.reader(request, contact_id)
        jpeg = await parts.photos.jpeg(photo_id, contact_id)
        return Response(jpeg, media_type="image/jpeg", headers=_PICTURE_HEADERS)

    return router


def _reading(parts: CitizenParts) -> APIRouter:
    router = APIRouter()

    @router.get("/entries")
    async def entries(
        request: Request,
        before: Annotated[int, Query(ge=1)],
        contact_id: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    ) -> Response:
        reader = await parts.access.reader(request, contact_id)
        page = await parts.log.entries(reader.head.contact_id, before=before, limit=limit)
        told = EntriesBefore(
            entries=tuple(for_reader(entry, reader.side) for entry in page),
            has_more=bool(page) and page[0].seq > 1,
        )
        return _json(told.model_dump_json())

    @router.get("/transcript")
    async def as_text(request: Request, contact_id: str | None = None) -> Response:
        reader = await parts.access.reader(request, contact_id)
        return Response(
            await _transcript(parts, reader),
            media_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file_name(reader.head)}"'},
        )

    return router


def _telling(parts: CitizenParts) -> APIRouter:
    router = APIRouter()
    by_chat, by_address = Buckets(MAILS), Buckets(MAILS_OF_ADDRESS)

    @router.post("/mail", status_code=202)
    async def mail(request: Request, asked: MailAsked) -> Response:
        contact_id = parts.access.citizen(request)
        if parts.mailer is None:
            raise NotFound(
                "이 사이트는 메일을 보내지 않습니다. 기록을 파일로 저장해 주십시오.",
                "this site sends no mail. Save the transcript as a file.",
            )
        network = network_of(address_of(request))
        keys = [(by_chat, contact_id)] + ([(by_address, network)] if network else [])
        _take(keys, parts.clock(), ("메일을 너무 많이 보냈습니다", "too many mails"))
        head = await parts.log.head(contact_id)
        text = await _transcript(parts, Reader("citizen", head))
        title = "채팅 상담 기록" if head.language == "ko" else "chat transcript"
        name = parts.rules.name.ko if head.language == "ko" else parts.rules.name.en
        await parts.mailer.send(asked.address, f"{name} {title}", text, file_name(head))
        return Response(status_code=202)

    @router.put("/push", status_code=204)
    async def push(request: Request, asked: PushAsked) -> Response:
        contact_id = parts.access.citizen(request)
        await _pushes(parts).ask(contact_id, asked)
        return Response(status_code=204)

    @router.delete("/push", status_code=204)
    async def no_push(request: Request, asked: PushAsked | None = None) -> Response:
        contact_id = parts.access.citizen(request)
        await _pushes(parts).take_back(contact_id, asked.endpoint if asked else None)
        return Response(status_code=204)

    return router


def _take(costs: Sequence[tuple[Buckets, str]], now_ms: int, what: tuple[str, str]) -> None:
    """One of each, or nothing.

    Raises:
        TooFast: one of them is empty.
    """
    wait_ms = max(buckets.wait_ms(key, 1, now_ms) for buckets, key in costs)
    if wait_ms:
        raise TooFast(
            f"{what[0]}. {seconds_ko(wait_ms)} 뒤 다시 하십시오.",
            f"{what[1]}. Try again in {seconds_en(wait_ms)}.",
            wait_ms,
        )
    for buckets, key in costs:
        buckets.take(key, 1, now_ms)


async def _transcript(parts: CitizenParts, reader: Reader) -> str:
    """What the citizen saw, whoever asks for it."""
    entries: list[ChatEntry] = []
    before: int | None = reader.head.last_seq + 1
    while before is not None and len(entries) < MAX_TRANSCRIPT:
        page = await parts.log.entries(reader.head.contact_id, before=before, limit=MAX_PAGE)
        entries = page + entries
        before = page[0].seq if page and page[0].seq > 1 else None
    return transcript(reader.head, entries, parts.rules)


def _pushes(parts: CitizenParts) -> Pushes:
    if parts.pushes is None:
        raise NotFound("이 사이트는 알림을 보내지 않습니다.", "this site sends no notifications.")
    return parts.pushes


def address_of(request: Request) -> str:
    """Where the request comes from; behind a trusted proxy, what that proxy says."""
    return request.client.host if request.client else ""


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")

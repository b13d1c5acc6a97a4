"""What holds for every request: origin, size, headers, and a session that renews itself. Plain ASGI."""

import json
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.auth import Auth, Session, is_secure
from contracts.errors import BadRequest, NotAllowed, SangdamError

MAX_BODY_BYTES: Final = 64 * 1024

SECURITY_HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_HARMLESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class TooLarge(BadRequest):
    http_status = 413


class Guard:
    """Middleware around the whole application.

    Args:
        origins: further origins that may use it, e.g. `https://assist.example.kr` when a proxy changes the
            Host header.
        streamed: paths, and with a slash at the end all beneath them, whose bodies are read and bounded by their
            own routes, for staff only.
        open_streamed: the same, for everybody: their routes ask for a ticket or a signature.
        roomy: path prefix → bytes that a body may have there, for staff only.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        auth: Auth,
        origins: Collection[str] = (),
        streamed: tuple[str, ...] = (),
        open_streamed: tuple[str, ...] = (),
        roomy: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._auth = auth
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._streamed = streamed
        self._open_streamed = open_streamed
        self._roomy = roomy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.session = None
        send = self._with_headers(connection, send)
        try:
            self._check_origin(scope)
            if scope["type"] == "http" and scope["method"] not in _HARMLESS:
                receive = await self._body(connection, receive)
        except SangdamError as error:
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _body(self, connection: HTTPConnection, receive: Receive) -> Receive:
        scope = connection.scope
        path = scope["path"]
        if _is_among(path, self._open_streamed):
            return receive
        is_streamed = _is_among(path, self._streamed)
        room = next((room for prefix, room in self._roomy.items() if path.startswith(prefix)), 0)
        if is_streamed or room:
            await self._auth.session_of(connection)  # before a large body is read, not after
        return receive if is_streamed else await _bounded(scope, receive, room or MAX_BODY_BYTES)

    def _check_origin(self, scope: Scope) -> None:
        """A page of another site must not act with our cookie. Browsers always name a page's origin when it
        acts or opens a WebSocket; what names none is no browser's page.
        """
        if scope["type"] == "http" and scope["method"] in _HARMLESS:
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or origin.lower() in self._origins:
            return
        scheme, _, place = origin.lower().partition("://")
        if scheme not in ("http", "https") or place != headers.get("host", "").lower():
            raise NotAllowed(
                "다른 사이트에서 온 요청이라 받지 않았습니다. 주소창의 주소로 직접 들어와 주십시오. "
                "프록시를 쓰면 공개 주소를 설정에 적으십시오.",
                "refused: the request comes from another site. Open this address directly; behind a proxy, "
                "put its public origin into the settings.",
            )

    def _with_headers(self, connection: HTTPConnection, send: Send) -> Send:
        private = connection.url.path.startswith("/api/")

        async def wrapped(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                if message["type"] == "http.response.start":
                    for name, value in SECURITY_HEADERS.items():
                        headers.setdefault(name, value)
                    if private:
                        headers.setdefault("Cache-Control", "no-store")
                session = connection.state.session
                if isinstance(session, Session):
                    renewal = self._auth.renewal(session, secure=is_secure(connection))
                    if renewal:
                        headers.append("Set-Cookie", renewal)
            await send(message)

        return wrapped


def _is_among(path: str, places: tuple[str, ...]) -> bool:
    """One of them, or beneath one that has a slash at its end."""
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


def error_response(error: SangdamError, **more: object) -> Response:
    """`{code, ko, en}` with the error's own status."""
    body = {"code": error.code, "ko": error.ko, "en": error.en, **more}
    return Response(
        json.dumps(body, ensure_ascii=False), status_code=error.http_status, media_type="application/json"
    )


async def refuse(error: SangdamError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or a WebSocket that is not accepted yet, with the error."""
    response = error_response(error)
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    await response(scope, receive, send)


async def _bounded(scope: Scope, receive: Receive, limit: int) -> Receive:
    """Read the whole body, which is small, before anything is done with it.

    Raises:
        TooLarge: the body is longer than `limit` bytes.
    """
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    message: Message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
    waiting: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"요청이 너무 큽니다(최대 {limit // 1024} KiB).",
        f"request too large (at most {limit // 1024} KiB).",
    )

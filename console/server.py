"""What staff see: the application's HTTP and WebSocket side, and the service behind it."""

import asyncio
import logging
import zoneinfo
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketState

from bus.base import Bus
from bus.following import Follower, Observe
from console import pages
from console.alert_desk import AlertDesk
from console.alerts_api import alerts_router
from console.api import api_router
from console.auth import Auth
from console.board_api import board_router
from console.board_desk import BoardDesk
from console.desk import Desk
from console.gaps import Gaps
from console.guard import Guard, error_response, refuse
from console.guide_import import ArticleReader, GuideImporter
from console.guides_api import guides_router
from console.outbox import LIMIT
from console.panel_socket import PanelSocket
from console.panels import CLOSE_BEHIND, CLOSE_SIGNED_OUT, ConsoleCounts, Panels
from console.passwords import Passwords
from console.playback import playback_router
from console.projection import LIVE_CONTACTS, SHOWN, Projection
from console.quality import DEFAULT_FORM, quality_router
from console.recent import RECENT_MS
from console.reports_api import reports_router
from console.shelf import STALE_DAYS, Shelf
from contracts.categories import Category
from contracts.clock import Clock, wall_ms
from contracts.codec import AnyEvent
from contracts.districts import District
from contracts.errors import BadRequest, NotFound, SangdamError, Unavailable
from contracts.summary import SummaryForm
from contracts.topics import VOC_ALERTS
from contracts.voc import AlertChanged
from store.database import Database

log = logging.getLogger(__name__)

RECHECK_S: Final = 5.0
"""Panels of staff who were disabled or signed out elsewhere are closed within this time."""

STREAMED: Final = ("/api/ingest/", "/api/guides/import")
"""Routes that take large bodies and bound them themselves."""

OPEN_STREAMED: Final = ("/api/chat/photos", "/hooks/")
"""The same for citizens: who sends without a ticket is refused before the body is read; and for providers of their
channels, whose signature is over the whole body."""

ROOMY: Final = {"/api/guides": 512 * 1024}
"""Routes whose bodies are larger than others': a guide has up to 50,000 characters, of 6 bytes each in JSON that
escapes them."""


class Console:
    """Stores what the bus brings, and shows it to the panels of this process; `create_app` is its door.

    Any number of processes do both beside each other: they share the storing, and each shows everything.

    Args:
        secret: signs the session cookies; the same for all processes of one installation.
        timezone: where the contacts of today begin.
        queue_limit: messages that may wait for one panel.
        live_contacts: views kept in memory.
        observe: hears of each event, and of the wall time in ms, just before it is shown; not of those that
            were published before this process began to follow.
        form: the fields of the summary as the site wants them.
        read_guides: reads files of guides that editors upload; None: there is no such upload.
        stale_after_days: an article is stale when nobody wrote or checked it for longer.
        categories: the site's 상담유형, whose labels supervisors read.
        districts: the site's, for their map.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        *,
        secret: str,
        timezone: str = "Asia/Seoul",
        queue_limit: int = LIMIT,
        live_contacts: int = LIVE_CONTACTS,
        passwords: Passwords | None = None,
        clock: Clock = wall_ms,
        observe: Observe | None = None,
        form: SummaryForm = DEFAULT_FORM,
        read_guides: ArticleReader | None = None,
        stale_after_days: int = STALE_DAYS,
        categories: Sequence[Category] = (),
        districts: Sequence[District] = (),
    ) -> None:
        self.auth = Auth(database, secret, passwords=passwords, clock=clock)
        self.panels = Panels()
        self._bus = bus
        self._database = database
        self._clock = clock
        self._quality = partial(quality_router, timezone=timezone, form=form)
        self._projection = Projection(database, self.panels, live_contacts=live_contacts)
        self._observe = observe
        self._follower = Follower(
            bus, (*SHOWN, VOC_ALERTS), self._show, clock=clock, who="console", observe=self._hear
        )
        self._joined = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once this process shares the storing, knows the last minutes and hears what comes."""
        zone = zoneinfo.ZoneInfo(timezone)
        self._reports = partial(reports_router, zone=zone)
        self._shelf = Shelf(database, clock=clock, zone=zone, stale_after_days=stale_after_days)
        self._gaps = Gaps(database, clock=clock, zone=zone)
        self._board = BoardDesk(database, clock=clock, zone=zone, categories=categories, districts=districts)
        self._alerts = AlertDesk(bus, database, clock=clock)
        self._importer = GuideImporter(database, read_guides, clock=clock)
        self._desk = Desk(
            bus,
            database,
            self._projection,
            clock=clock,
            timezone=timezone,
            is_stale=self._shelf.is_stale,
            fields=[row.name for row in form.rows],
        )
        self._socket = PanelSocket(
            self.auth,
            self.panels,
            self._desk,
            ready=self._follower.caught_up,
            clock=clock,
            queue_limit=queue_limit,
        )

    @property
    def counts(self) -> ConsoleCounts:
        return self.panels.counts

    async def run(self) -> None:
        """Work until cancelled; then ask the panels to come back later, finish and leave: 5 s at most."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._projection.run(self._bus, self._joined))
            tasks.create_task(self._follower.run(self._clock() - RECENT_MS))
            tasks.create_task(self._recheck())
            tasks.create_task(self._say_goodbye())
            tasks.create_task(self._get_ready())

    def _hear(self, event: AnyEvent, now_ms: int) -> None:
        self._board.hear(event, now_ms)
        if self._observe:
            self._observe(event, now_ms)

    def _show(self, event: AnyEvent) -> None:
        """Alerts are no contacts: they say to look, and nothing of them is kept here."""
        if isinstance(event, AlertChanged):
            self._board.changed(event)
        else:
            self._projection.show(event)

    async def _get_ready(self) -> None:
        await self._joined.wait()
        await self._follower.caught_up.wait()
        self.ready.set()

    async def _say_goodbye(self) -> None:
        """Beside the end of the other tasks, not after it."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.drain()

    async def drain(self) -> None:
        """Ask all panels to come back, and take no new ones. To be called before the web server stops: it
        cuts the WebSockets without a word. A second call does nothing.
        """
        if not self.panels.going_away:
            await self.panels.drain()

    def router(self) -> APIRouter:
        """The panel's own routes."""
        router = api_router(self.auth, self.panels, self._desk, self._database)
        router.include_router(guides_router(self.auth, self._shelf, self._gaps, self._importer))
        router.include_router(board_router(self.auth, self._board))
        router.include_router(alerts_router(self.auth, self._alerts))
        router.include_router(self._reports(self.auth, self._database, self._clock))
        for routes in (self._quality, playback_router):
            router.include_router(routes(self.auth, self._desk, self._database, self._bus, self._clock))
        router.add_api_websocket_route("/ws/panel", self._socket.serve)
        return router

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            for panel in self.panels:
                try:
                    valid = await self.auth.still_valid(panel.session)
                except Unavailable as error:
                    # For too long: whether this account may still see anything cannot be known any more.
                    log.warning("console: %s", error)
                    panel.close(CLOSE_BEHIND)
                    continue
                if not valid:
                    panel.close(CLOSE_SIGNED_OUT)


def create_app(
    console: Console,
    *,
    static: Path = pages.FOLDER,
    routers: Iterable[APIRouter] = (),
    origins: Collection[str] = (),
    demo_sign_in: str | Mapping[str, str] | None = None,
) -> FastAPI:
    """The ASGI application.

    Args:
        console: the service; its `run` must run beside the web server.
        static: the built pages.
        routers: routes of other services; those under `/api/ingest/` may take large bodies.
        origins: public origins besides the Host header's own, for a proxy that changes it.
        demo_sign_in: who a visitor without a session is, see `Pages`; None but for the demonstration on loopback.
    """
    app = FastAPI(title="Sangdam", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(
        Guard, auth=console.auth, origins=origins, streamed=STREAMED, open_streamed=OPEN_STREAMED, roomy=ROOMY
    )
    add_error_handlers(app)
    for router in (console.router(), *routers):
        app.include_router(router)
    app.mount("/", pages.Pages(static, auth=console.auth, demo_sign_in=demo_sign_in))
    return app


def add_error_handlers(app: FastAPI) -> None:
    """Errors become sentences, whatever raised them: ours keep theirs, others say no more than they may."""

    @app.exception_handler(SangdamError)
    async def ours(connection: Request | WebSocket, error: SangdamError) -> Response | None:
        if error.http_status >= 500:
            log.error("%s: %s", connection.url.path, error)
        if isinstance(connection, WebSocket):
            if connection.application_state is WebSocketState.CONNECTED:
                await connection.close(1008)
            else:
                await refuse(error, connection.scope, connection.receive, connection.send)
            return None
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return error_response(
            BadRequest(
                f"요청을 읽을 수 없습니다({where}). 화면을 새로 고치십시오.",
                f"request not understood, {where}: {first['msg']}. Reload the page.",
            )
        )

    @app.exception_handler(HTTPException)
    async def by_status(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            told: SangdamError = NotFound(
                f"'{request.url.path}' 주소가 없습니다.", f"there is no '{request.url.path}'."
            )
        else:
            told = BadRequest(
                f"이 요청은 받을 수 없습니다({error.status_code}).", f"request refused: {error.detail}."
            )
        response = error_response(told)
        response.status_code = error.status_code
        return response

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        log.error("%s failed", request.url.path, exc_info=error)
        return error_response(
            SangdamError(
                "서버에 문제가 생겼습니다. 다시 시도하고, 계속되면 관리자에게 알려 주십시오.",
                "the server failed. Try again; if it stays, tell the administrator.",
            )
        )

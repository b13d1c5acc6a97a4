"""The HTTP side of the panel: `/api` and `/healthz`."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from console.auth import Auth, Session, end_cookie, is_secure
from console.desk import Desk, NewerEdit
from console.guard import error_response
from console.panels import CLOSE_SIGNED_OUT, Panels
from contracts.errors import NotSignedIn
from contracts.event import Model
from contracts.panel import ContactEntry, LanguageEdit, RolesEdit, SignIn, Staff, SummaryEdit
from store import articles
from store.database import Database

_ENTRIES: Final[TypeAdapter[Sequence[ContactEntry]]] = TypeAdapter(Sequence[ContactEntry])
_HEALTH_S: Final = 2.0


def api_router(auth: Auth, panels: Panels, desk: Desk, database: Database) -> APIRouter:
    """All routes; rights are checked in `Desk`, signatures in `Auth`."""
    router = APIRouter()
    _sign_in_routes(router, auth, panels)
    _contact_routes(router, auth, desk)

    @router.get("/healthz")
    async def health() -> Response:
        try:
            async with asyncio.timeout(_HEALTH_S), database.session() as session:
                await articles.version(session)
        except Exception:  # noqa: BLE001  whatever it is, the answer is the same
            return JSONResponse({"status": "database"}, status_code=503)
        return JSONResponse({"status": "ok"})

    return router


def _sign_in_routes(router: APIRouter, auth: Auth, panels: Panels) -> None:
    @router.post("/api/sign-in")
    async def sign_in(request: Request, body: SignIn) -> Response:
        address = request.client.host if request.client else ""
        session = await auth.sign_in(body.login, body.password, address)
        response = _json(session.staff)
        response.headers.append("Set-Cookie", auth.cookie_header(session, secure=is_secure(request)))
        return response

    @router.post("/api/sign-out")
    async def sign_out(request: Request) -> Response:
        try:
            session = await auth.session_of(request)
        except NotSignedIn:
            pass
        else:
            auth.sign_out(session)
            _close_panels(panels, session)
        response = Response(status_code=204)
        response.headers.append("Set-Cookie", end_cookie(secure=is_secure(request)))
        return response

    @router.get("/api/me")
    async def me(staff: Annotated[Staff, Depends(auth.authenticate)]) -> Response:
        return _json(staff)


def _contact_routes(router: APIRouter, auth: Auth, desk: Desk) -> None:
    signed_in = Depends(auth.authenticate)

    @router.get("/api/contacts")
    async def contacts(staff: Annotated[Staff, signed_in]) -> Response:
        return Response(_ENTRIES.dump_json(await desk.contacts(staff)), media_type="application/json")

    @router.get("/api/contacts/{contact_id}")
    async def contact(staff: Annotated[Staff, signed_in], contact_id: str) -> Response:
        return _json(await desk.open(staff, contact_id))

    @router.put("/api/contacts/{contact_id}/summary")
    async def save_summary(
        staff: Annotated[Staff, signed_in], contact_id: str, body: SummaryEdit
    ) -> Response:
        try:
            return _json(await desk.save_summary(staff, contact_id, body))
        except NewerEdit as error:
            newer = error.newer.model_dump(mode="json") if error.newer else None
            return error_response(error, newer=newer)

    @router.post("/api/contacts/{contact_id}/summary/draft")
    async def ask_for_draft(staff: Annotated[Staff, signed_in], contact_id: str) -> Response:
        await desk.ask_for_draft(staff, contact_id)
        return Response(status_code=202)

    @router.put("/api/contacts/{contact_id}/roles")
    async def set_roles(staff: Annotated[Staff, signed_in], contact_id: str, body: RolesEdit) -> Response:
        await desk.set_roles(staff, contact_id, body)
        return Response(status_code=204)

    @router.put("/api/contacts/{contact_id}/language")
    async def choose_language(
        staff: Annotated[Staff, signed_in], contact_id: str, body: LanguageEdit
    ) -> Response:
        await desk.choose_language(staff, contact_id, body)
        return Response(status_code=204)

    @router.get("/api/articles/{article_id:path}")
    async def article(_: Annotated[Staff, signed_in], article_id: str) -> Response:
        return _json(await desk.article(article_id))


def _close_panels(panels: Panels, session: Session) -> None:
    for panel in panels:
        if panel.session.session_id == session.session_id:
            panel.close(CLOSE_SIGNED_OUT)


def _json(model: Model) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")

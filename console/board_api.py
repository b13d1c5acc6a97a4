"""The supervisor's page over HTTP: `/api/voc/board`, `/api/voc/contacts`, `/api/voc/history`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from console.auth import Auth
from console.board_desk import MAX_CONTACTS, MAX_HOURS, MAX_PAST_H, BoardDesk
from contracts.panel import Staff
from contracts.voc import Danger

Code = Annotated[str | None, Query(max_length=80)]
"""Left out: all of them. Empty: contacts for which none is known."""
Time = Annotated[int | None, Query(ge=0, le=2**53)]
_JSON = "application/json"


def board_router(auth: Auth, desk: BoardDesk) -> APIRouter:
    """The routes; rights are checked in `BoardDesk`."""
    router = APIRouter(prefix="/api/voc")
    signed_in = Depends(auth.authenticate)

    @router.get("/board")
    async def board(
        staff: Annotated[Staff, signed_in],
        hours: Annotated[int, Query(ge=6, le=MAX_HOURS)] = 24,
        topic: Code = None,
        district: Code = None,
    ) -> Response:
        return Response(await desk.board(staff, hours, topic, district), media_type=_JSON)

    @router.get("/contacts")
    async def contacts(  # noqa: PLR0917  what the address may say
        staff: Annotated[Staff, signed_in],
        topic: Code = None,
        district: Code = None,
        danger: Danger | None = None,
        alert_id: Annotated[str | None, Query(max_length=64)] = None,
        since_ms: Time = None,
        until_ms: Time = None,
        limit: Annotated[int, Query(ge=1, le=MAX_CONTACTS)] = 50,
    ) -> Response:
        found = await desk.contacts(
            staff,
            topic=topic,
            district=district,
            danger=danger,
            alert_id=alert_id,
            since_ms=since_ms,
            until_ms=until_ms,
            limit=limit,
        )
        return Response(found.model_dump_json(), media_type=_JSON)

    @router.get("/history")
    async def history(
        staff: Annotated[Staff, signed_in],
        hours: Annotated[int, Query(ge=6, le=MAX_PAST_H)] = 168,
        topic: Code = None,
        district: Code = None,
    ) -> Response:
        return Response(await desk.history(staff, hours, topic, district), media_type=_JSON)

    return router

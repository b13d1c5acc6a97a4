"""How chats were served: `/api/quality/chats`, for supervisors."""

import datetime as dt
import zoneinfo
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from console import access
from console.auth import Auth
from console.measures import percentile
from console.reach import answering
from contracts.chat_http import ServedFigures, ServedRow
from contracts.clock import Clock
from contracts.panel import Staff
from store import chat_figures
from store.chat_figures import Served
from store.database import Database

MAX_DAYS: Final = 366


def served_router(auth: Auth, database: Database, clock: Clock, zone: zoneinfo.ZoneInfo) -> APIRouter:
    """The route. `zone` says where days begin."""
    router = APIRouter()
    signed_in = Depends(auth.authenticate)

    @router.get("/api/quality/chats")
    async def chats(
        staff: Annotated[Staff, signed_in], days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 30
    ) -> Response:
        access.check_sees_figures(staff)
        now = dt.datetime.fromtimestamp(clock() / 1000, zone)
        first = (now - dt.timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
        since_ms = round(first.timestamp() * 1000)
        async with answering(database) as session:
            found = await chat_figures.served(session, since_ms, clock() + 1)
        return Response(figures(found, since_ms).model_dump_json(), media_type="application/json")

    return router


def figures(found: Served, since_ms: int) -> ServedFigures:
    """The sums as the page shows them."""
    rated = found.ratings.total()
    stars = sum(score * count for score, count in found.ratings.items())
    return ServedFigures(
        since_ms=since_ms,
        rows=tuple(
            ServedRow(topic=one.topic, chats=one.chats, offered=one.offered, self_served=one.self_served)
            for one in found.topics
        ),
        waited_p50_s=percentile(found.waits, 0.5),
        waited_p90_s=percentile(found.waits, 0.9),
        rating_mean=round(stars / rated, 2) if rated else None,
        rated=rated,
    )

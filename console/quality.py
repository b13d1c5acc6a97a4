"""How summary drafts and chats fare: `/api/quality`; and the site's form of the summary: `/api/summary-form`."""

import asyncio
import datetime as dt
import zoneinfo
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from bus.base import Bus
from console import access
from console.auth import Auth
from console.desk import Desk
from console.measures import TYPING_CHARS_PER_S, quality
from console.reach import answering
from console.served import served_router
from contracts.clock import Clock
from contracts.panel import Staff
from contracts.summary import FormRow, SummaryForm
from store import measures
from store.database import Database

MAX_DAYS: Final = 366

DEFAULT_FORM: Final = SummaryForm(
    rows=(
        FormRow(name="inquiry", ko="문의내용", en="Inquiry", rows=3),
        FormRow(name="handling", ko="처리내용", en="Handling", rows=3),
        FormRow(name="followup", ko="후속조치", en="Follow-up", rows=2),
        FormRow(name="category", ko="상담유형", en="Category"),
    )
)
"""Of a site that has said nothing of its own."""


def quality_router(
    auth: Auth,
    desk: Desk,  # noqa: ARG001  routers are all made alike
    database: Database,
    bus: Bus,  # noqa: ARG001
    clock: Clock,
    *,
    timezone: str,
    form: SummaryForm = DEFAULT_FORM,
    typing_chars_per_s: float = TYPING_CHARS_PER_S,
) -> APIRouter:
    """Routes over the measures of saved summaries.

    Args:
        auth: who asks.
        desk: unused.
        database: that has the measures.
        bus: unused.
        clock: says which day it is.
        timezone: where days begin.
        form: of the summary, as the site wants it.
        typing_chars_per_s: how fast staff write, for the estimate of time saved.
    """
    router = APIRouter()
    zone = zoneinfo.ZoneInfo(timezone)
    signed_in = Depends(auth.authenticate)
    form_json = form.model_dump_json()

    @router.get("/api/summary-form", dependencies=[signed_in])
    async def summary_form() -> Response:
        return Response(form_json, media_type="application/json")

    @router.get("/api/quality/summaries")
    async def summaries(
        staff: Annotated[Staff, signed_in], days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 30
    ) -> Response:
        access.check_sees_figures(staff)
        now = dt.datetime.fromtimestamp(clock() / 1000, zone)
        first = (now - dt.timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
        async with answering(database) as session:
            found = await measures.figures(
                session, _ms(first), _ms(now) + 1, offset_ms=_offset_ms(now.utcoffset())
            )
        told = await asyncio.to_thread(quality, found, typing_chars_per_s)
        return Response(told.model_dump_json(), media_type="application/json")

    router.include_router(served_router(auth, database, clock, zone))
    return router


def _ms(at: dt.datetime) -> int:
    return round(at.timestamp() * 1000)


def _offset_ms(ahead: dt.timedelta | None) -> int:
    """Today's, for all days: Korea has no summer time. Elsewhere a night hour may count on the day beside it."""
    return 0 if ahead is None else round(ahead.total_seconds() * 1000)

"""Weekly reports over HTTP: `/api/voc/reports`. voc makes them; here they are asked for, listed and handed out."""

import datetime as dt
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.responses import Response

from console import access
from console.auth import Auth
from console.reach import answering
from contracts.clock import Clock
from contracts.errors import BadRequest, NotFound, Overloaded
from contracts.panel import Staff
from contracts.voc_http import ReportList
from contracts.weeks import monday_of
from store import voc_reports
from store.database import Database
from store.voc_reports import FileName

MAX_WAITING: Final = 10
"""Reports that may wait to be made at a time."""

_TYPES: Final[dict[FileName, str]] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}

_CLOSED: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For the page: its own styles, and nothing that runs, loads or leads on. It speaks in citizens' and staff's words."""


def reports_router(auth: Auth, database: Database, clock: Clock, zone: ZoneInfo) -> APIRouter:
    """The routes, for supervisors and admins. `zone` says where weeks begin."""
    router = APIRouter(prefix="/api/voc/reports")
    signed_in = Depends(auth.authenticate)

    @router.get("")
    async def reports(staff: Annotated[Staff, signed_in]) -> Response:
        access.check_sees_figures(staff)
        return _json(await _lines(database))

    @router.post("/{week}")
    async def ask(staff: Annotated[Staff, signed_in], week: str) -> Response:
        access.check_sees_figures(staff)
        now_ms = clock()
        if monday_of(week) > dt.datetime.fromtimestamp(now_ms / 1000, zone).date():
            raise BadRequest(
                f"{week}은(는) 아직 오지 않은 주입니다. 지난 주나 이번 주를 고르십시오.",
                f"{week} has not begun. Choose this week or one before.",
            )
        async with answering(database) as session:
            if len(await voc_reports.asked(session)) >= MAX_WAITING:
                raise Overloaded(
                    f"보고서 {MAX_WAITING}건이 벌써 기다립니다. 만들어지기를 기다렸다가 다시 하십시오.",
                    f"{MAX_WAITING} reports wait already. Try again when they are made.",
                )
            await voc_reports.ask(session, week, now_ms)
        return _json(await _lines(database))

    @router.get("/{week}/{name}")
    async def file(staff: Annotated[Staff, signed_in], week: str, name: FileName) -> Response:
        access.check_sees_figures(staff)
        monday_of(week)
        async with answering(database) as session:
            found = await voc_reports.file(session, week, name)
        if found is None:
            raise NotFound(
                f"{week} 보고서의 {name} 파일이 없습니다. 목록에서 보고서를 다시 만드십시오.",
                f"the report of {week} has no {name}. Ask for it in the list of reports.",
            )
        how = "inline" if name == "html" else "attachment"
        headers = {
            "Content-Disposition": f'{how}; filename="sangdam-{week}.{name}"',
            "Content-Security-Policy": _CLOSED,
        }
        return Response(found, media_type=_TYPES[name], headers=headers)

    return router


async def _lines(database: Database) -> ReportList:
    async with answering(database) as session:
        return ReportList(reports=tuple(await voc_reports.lines(session)))


def _json(model: ReportList) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")

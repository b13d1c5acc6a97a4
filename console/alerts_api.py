"""Alerts and the budget of false alarms over HTTP: `/api/voc/alerts`, `/api/voc/rules`. Rights are `AlertDesk`'s."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from console.alert_desk import AlertDesk, State
from console.auth import Auth
from contracts.event import Model
from contracts.panel import Staff
from contracts.voc import AlertCommand
from contracts.voc_http import VocRules

MAX_DAYS: Final = 366


def alerts_router(auth: Auth, desk: AlertDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/api/voc")
    signed_in = Depends(auth.authenticate)

    @router.get("/alerts")
    async def alerts(
        staff: Annotated[Staff, signed_in],
        state: State = "open",
        days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 30,
    ) -> Response:
        return _json(await desk.alerts(staff, state, days))

    @router.get("/alerts/{alert_id}")
    async def alert(staff: Annotated[Staff, signed_in], alert_id: str) -> Response:
        return _json(await desk.view(staff, alert_id))

    @router.post("/alerts/{alert_id}/actions")
    async def act(staff: Annotated[Staff, signed_in], alert_id: str, body: AlertCommand) -> Response:
        return _json(await desk.act(staff, alert_id, body))

    @router.get("/rules")
    async def rules(staff: Annotated[Staff, signed_in]) -> Response:
        return _json(await desk.rules(staff))

    @router.put("/rules")
    async def set_rules(staff: Annotated[Staff, signed_in], body: VocRules) -> Response:
        return _json(await desk.set_rules(staff, body))

    return router


def _json(model: Model) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")

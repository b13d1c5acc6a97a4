"""The guide editor: `/api/guides` and `/api/gaps`; types in `contracts/guides.py`, rights in `Shelf` and `Gaps`."""

from collections.abc import Coroutine, Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from console.auth import Auth
from console.catalogue import MAX_PAGE, Sort, Wanted
from console.gaps import MAX_DAYS, Gaps
from console.guard import error_response
from console.guide_import import GuideImporter
from console.shelf import MAX_FIGURE_DAYS, Shelf
from contracts.event import Model
from contracts.guides import (
    Gap,
    GapMove,
    GapStatus,
    GuideFlag,
    GuideMove,
    GuideSave,
    GuideStatus,
    GuideVersion,
)
from contracts.panel import Staff
from store.versions import Newer

_VERSIONS: Final[TypeAdapter[Sequence[GuideVersion]]] = TypeAdapter(Sequence[GuideVersion])
_GAPS: Final[TypeAdapter[Sequence[Gap]]] = TypeAdapter(Sequence[Gap])


def guides_router(auth: Auth, shelf: Shelf, gaps: Gaps, importer: GuideImporter) -> APIRouter:
    """All routes of the guide editor."""
    router = APIRouter()
    # An id may hold a slash, so what follows it is told by its own last word.
    _list_routes(router, auth, shelf, importer)
    _article_routes(router, auth, shelf)
    _gap_routes(router, auth, gaps)
    return router


def _list_routes(router: APIRouter, auth: Auth, shelf: Shelf, importer: GuideImporter) -> None:
    signed_in = Depends(auth.authenticate)

    @router.get("/api/guides")
    async def guides(  # noqa: PLR0917  FastAPI gives them by name
        staff: Annotated[Staff, signed_in],
        text: Annotated[str, Query(max_length=200)] = "",
        flag: GuideFlag | Literal[""] = "",
        status: GuideStatus | Literal[""] = "",
        category: str = "",
        district: str = "",
        sort: Sort = "title",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=0, le=MAX_PAGE)] = 50,
    ) -> Response:
        wanted = Wanted(text, flag, status, category, district, sort, offset, limit)
        return _json(await shelf.page(staff, wanted))

    @router.get("/api/guides/figures")
    async def figures(
        staff: Annotated[Staff, signed_in], days: Annotated[int, Query(ge=1, le=MAX_FIGURE_DAYS)] = 30
    ) -> Response:
        return _json(await shelf.figures(staff, days))

    @router.post("/api/guides")
    async def new(staff: Annotated[Staff, signed_in], body: GuideSave) -> Response:
        return await _unless_newer(shelf.save(staff, "", body))

    @router.post("/api/guides/import")
    async def take(staff: Annotated[Staff, signed_in], request: Request) -> Response:
        return _json(await importer.take(staff, request))


def _article_routes(router: APIRouter, auth: Auth, shelf: Shelf) -> None:
    signed_in = Depends(auth.authenticate)

    @router.get("/api/guides/{article_id:path}/versions/{version:int}")
    async def version(staff: Annotated[Staff, signed_in], article_id: str, version: int) -> Response:
        return _json(await shelf.version(staff, article_id, version))

    @router.get("/api/guides/{article_id:path}/versions")
    async def versions(staff: Annotated[Staff, signed_in], article_id: str) -> Response:
        found = await shelf.versions(staff, article_id)
        return Response(_VERSIONS.dump_json(found), media_type="application/json")

    @router.post("/api/guides/{article_id:path}/move")
    async def move(staff: Annotated[Staff, signed_in], article_id: str, body: GuideMove) -> Response:
        return await _unless_newer(shelf.move(staff, article_id, body))

    @router.put("/api/guides/{article_id:path}")
    async def save(staff: Annotated[Staff, signed_in], article_id: str, body: GuideSave) -> Response:
        return await _unless_newer(shelf.save(staff, article_id, body))


def _gap_routes(router: APIRouter, auth: Auth, gaps: Gaps) -> None:
    signed_in = Depends(auth.authenticate)

    @router.get("/api/gaps")
    async def most_asked(
        staff: Annotated[Staff, signed_in],
        status: GapStatus = "open",
        days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 30,
    ) -> Response:
        found = await gaps.most_asked(staff, status, days)
        return Response(_GAPS.dump_json(found), media_type="application/json")

    @router.post("/api/gaps/{gap_id:path}/draft")
    async def draft(staff: Annotated[Staff, signed_in], gap_id: str) -> Response:
        return _json(await gaps.draft(staff, gap_id))

    @router.post("/api/gaps/{gap_id:path}")
    async def move(staff: Annotated[Staff, signed_in], gap_id: str, body: GapMove) -> Response:
        return _json(await gaps.move(staff, gap_id, body))


async def _unless_newer(saving: Coroutine[object, object, GuideVersion]) -> Response:
    """The version, or 409 with the one that somebody else saved meanwhile."""
    try:
        return _json(await saving)
    except Newer as error:
        newer = error.newer.model_dump(mode="json") if error.newer else None
        return error_response(error, newer=newer)


def _json(model: Model) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")

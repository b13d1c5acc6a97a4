"""The built single-page application, as `make setup` leaves it in `console/static/`."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from console.auth import Auth, is_secure
from contracts.errors import NotSignedIn

FOLDER: Final = Path(__file__).parent / "static"

_FOREVER: Final = "public, max-age=31536000, immutable"
_NOT_PAGES: Final = ("api/", "ws/", "assets/")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_MISSING: Final = """<!doctype html><html lang="ko"><meta charset="utf-8"><title>상담</title>
<h1>화면이 아직 만들어지지 않았습니다</h1>
<p>저장소 폴더에서 <code>make setup</code>을 실행한 뒤 이 화면을 새로 고치십시오.</p>
<p lang="en">The pages are not built yet. Run <code>make setup</code> in the repository and reload.
Looked in: {folder}</p></html>"""


class Pages(StaticFiles):
    """Files by their names; every other address is a place within the application, so it gets index.html.

    Args:
        demo_sign_in: login of the account as which a visitor without a session is signed in; or loopback name
            (`localhost`, `127.0.0.1`, `[::1]`) → login: browsers keep the cookies of each apart, so that two people
            may be shown side by side. Only for the demonstration, and only when the page is opened by such a name:
            another site that points its name here (DNS rebinding) gets nothing.
    """

    def __init__(
        self, folder: Path, *, auth: Auth, demo_sign_in: str | Mapping[str, str] | None = None
    ) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.config_checked = True  # a missing folder gets a page of its own, below
        self._folder = folder
        self._auth = auth
        if isinstance(demo_sign_in, str):
            demo_sign_in = dict.fromkeys(_LOOPBACK, demo_sign_in)
        self._demo_sign_in = {
            name: login for name, login in (demo_sign_in or {}).items() if name in _LOOPBACK
        }

    async def get_response(self, path: str, scope: Scope) -> Response:
        path = path.replace("\\", "/")
        if path not in (".", "index.html"):
            try:
                response = await super().get_response(path, scope)
            except HTTPException as error:
                if error.status_code != 404 or f"{path}/".startswith(_NOT_PAGES):
                    raise
            else:
                response.headers["Cache-Control"] = _FOREVER if path.startswith("assets/") else "no-cache"
                return response
        return await self._index(scope)

    async def _index(self, scope: Scope) -> Response:
        try:
            response = await super().get_response("index.html", scope)
        except HTTPException as error:
            if error.status_code != 404:
                raise
            return HTMLResponse(_MISSING.format(folder=html.escape(str(self._folder))), status_code=503)
        response.headers["Cache-Control"] = "no-cache"
        await self._sign_in_visitor(HTTPConnection(scope), response)
        return response

    async def _sign_in_visitor(self, connection: HTTPConnection, response: Response) -> None:
        login = self._demo_sign_in.get(_host_name(connection.headers))
        if login is None:
            return
        try:
            await self._auth.session_of(connection)
        except NotSignedIn:
            session = await self._auth.sign_in_as(login)
            if session is not None:
                cookie = self._auth.cookie_header(session, secure=is_secure(connection))
                response.headers.append("Set-Cookie", cookie)


def _host_name(headers: Headers) -> str:
    """Without the port."""
    host = headers.get("host", "").lower()
    return host if host.endswith("]") else host.rpartition(":")[0] or host

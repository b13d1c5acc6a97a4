"""The citizens' page and the widget under `/chat/`, as `npm run build` leaves them in `chat_gateway/static/`.

The files are few and small: they are read once, compressed once, and served from memory.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chat_gateway.options import Options
from contracts.errors import NotFound

FOLDER: Final = Path(__file__).parent / "static"
MAX_FILE_BYTES: Final = 2 << 20
"""Nothing that we build is nearly as large; a larger file is left out."""

_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_SMALL: Final = 512
"""Bytes below which compressing saves nothing."""
_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_SHRINKS: Final = frozenset({".html", ".js", ".css", ".svg", ".txt", ".webmanifest"})

_MISSING: Final = """<!doctype html><html lang="ko"><meta charset="utf-8"><title>채팅 상담</title>
<h1>채팅 화면이 아직 만들어지지 않았습니다</h1>
<p>저장소 폴더에서 <code>make setup</code>을 실행한 뒤 이 화면을 새로 고치십시오.</p>
<p lang="en">The chat page is not built yet. Run <code>make setup</code> in the repository and reload.</p></html>"""


@dataclass(frozen=True, slots=True)
class File:
    """A built file, ready to be sent."""

    content: bytes
    compressed: bytes
    """Empty where that saves nothing."""
    media_type: str
    tag: str
    """Of its content, for `If-None-Match`."""
    is_asset: bool
    """Its name changes with its content."""


def content_policy(embed_origins: frozenset[str]) -> str:
    """What the page may load and who may show it: our own files, and photos as `blob:`; no inline anything."""
    ancestors = " ".join(sorted(embed_origins)) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {ancestors}"
    )


class CitizenPages:
    """Serves the built files; until they are built, a page that says so.

    Args:
        options: `embed_origins` are the sites that may show the page within theirs.
        folder: the built files. Read at the first request, and again only while there is no index.html.
    """

    def __init__(self, options: Options, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._files: dict[str, File] = {}
        self._headers = {
            "Content-Security-Policy": content_policy(options.embed_origins),
            # The place is asked for by the page itself, and by nothing that it would load.
            "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        if options.embed_origins:
            # Browsers that know frame-ancestors ignore it; the guard's DENY would be for others.
            self._headers["X-Frame-Options"] = "SAMEORIGIN"

    def router(self) -> APIRouter:
        """`/chat/…`: to be included before anything that answers every address."""
        routes = APIRouter()
        methods = ["GET", "HEAD"]
        routes.add_api_route("/chat", self._to_the_page, methods=methods, include_in_schema=False)
        routes.add_api_route("/chat/{path:path}", self._file, methods=methods, include_in_schema=False)
        return routes

    async def _to_the_page(self) -> Response:
        return RedirectResponse("/chat/", status_code=308)

    async def _file(self, path: str, request: Request) -> Response:
        """
        Raises:
            NotFound: there is no such file.
        """
        files = self._built()
        if path in ("", "index.html") and "index.html" not in files:
            return HTMLResponse(_MISSING, status_code=503)
        file = files.get(path or "index.html")
        if file is None:
            raise NotFound(
                "이 주소에는 화면이 없습니다. /chat/ 으로 들어와 주십시오.", "no such page: go to /chat/."
            )
        return self._response(path, file, request)

    def _response(self, path: str, file: File, request: Request) -> Response:
        headers = self._headers | {
            "Cache-Control": _FOREVER if file.is_asset else _ASK_AGAIN,
            "ETag": file.tag,
            "Vary": "Accept-Encoding",
        }
        if path == "sw.js":
            headers["Service-Worker-Allowed"] = "/chat/"
        if path == "widget.js":
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.compressed and "gzip" in request.headers.get("accept-encoding", ""):
            content = file.compressed
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers, media_type=file.media_type)

    def _built(self) -> dict[str, File]:
        if "index.html" not in self._files:
            self._files = dict(_read(self._folder))
        return self._files


def _read(folder: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= MAX_FILE_BYTES:
            name = path.relative_to(folder).as_posix()
            yield name, _file(name, path.read_bytes())


def _file(name: str, content: bytes) -> File:
    suffix = Path(name).suffix
    compressed = b""
    if suffix in _SHRINKS and len(content) >= _SMALL:
        compressed = gzip.compress(content, 9, mtime=0)
    return File(
        content,
        compressed,
        _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream",
        f'"{hashlib.sha256(content).hexdigest()[:20]}"',
        name.startswith("assets/"),
    )

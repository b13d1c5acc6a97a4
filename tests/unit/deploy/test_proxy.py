"""The proxy sends every route to the service that has it; where Caddy is, it really runs."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

CADDY = shutil.which("caddy", path=f"{os.environ['PATH']}:{Path.home()}/.cache/sangdam/deploy-tools/bin")
START_S = 20.0


def goes_to(root: Path, name: str, path: str) -> bool:
    text = (root / "deploy/caddy/Caddyfile").read_text()
    (patterns,) = re.findall(rf"@{name} path (.+)", text)
    return any(re.fullmatch(pattern.replace("*", ".*"), path) for pattern in patterns.split())


def test_every_route_goes_to_its_service(root: Path) -> None:
    def routes(*files: str) -> set[str]:
        text = "".join((root / file).read_text() for file in files)
        return set(re.findall(r'"(/(?:api|ws)/[\w/{}:-]+)"', text))

    ingest, console = routes("ingest/server.py"), routes("console/api.py", "console/server.py")
    assert "/ws/microphone" in ingest
    assert "/ws/panel" in console
    assert all(goes_to(root, "ingest", route) for route in ingest), ingest
    api = (root / "chat_gateway/citizen_api.py").read_text()
    chat = {f"/api/chat{path}" for path in re.findall(r'@router\.\w+\("(/?[\w/{}]*)"', api)}
    assert {"/api/chat", "/api/chat/ticket", "/api/chat/photos/{photo_id}"} <= chat
    assert all(goes_to(root, "chat", route) for route in chat), chat
    # Prefixes of streamed bodies are named in the console's guard; they are others'.
    others = {"/api/ingest/", "/api/chat/photos"}
    assert not {
        route for route in console - others for name in ("ingest", "chat") if goes_to(root, name, route)
    }


class Echo(BaseHTTPRequestHandler):
    """Says who it is and what reached it."""

    name = ""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        while length > 0:
            length -= len(self.rfile.read(min(length, 1 << 20)))
        self.send_response(101 if self.headers.get("Upgrade") else 200)
        for name in ("Upgrade", "Connection"):
            if name in self.headers:
                self.send_header(name, self.headers[name])
        self.send_header("X-Name", self.name)
        self.send_header("X-Proto", self.headers.get("X-Forwarded-Proto", ""))
        self.send_header("X-Host", self.headers.get("Host", ""))
        self.send_header("X-Origin", self.headers.get("Origin", ""))
        self.end_headers()

    do_POST = do_GET  # noqa: N815  the name is the library's

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def upstream(name: str) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type(name, (Echo,), {"name": name}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Caddy with our Caddyfile on free ports, before servers that echo."""
    if CADDY is None:
        pytest.skip("caddy가 없습니다(deploy/check --install) / there is no caddy")
    folder = tmp_path_factory.mktemp("caddy")
    https, http, health = free_port(), free_port(), free_port()
    text = (Path(__file__).parents[3] / "deploy/caddy/Caddyfile").read_text()
    for old, new in (("8443", https), ("http_port 8080", f"http_port {http}"), ("8082", health)):
        assert old in text
        text = text.replace(old, str(new))
    (folder / "Caddyfile").write_text(text)
    with (
        upstream("ingest") as ingest,
        upstream("chat") as chat,
        upstream("console") as console,
        upstream("grafana") as grafana,
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SANGDAM_INGEST": "localhost",
            "SANGDAM_INGEST_PORT": str(ingest),
            "SANGDAM_CHAT_GATEWAY": "localhost",
            "SANGDAM_CHAT_GATEWAY_PORT": str(chat),
            "SANGDAM_CONSOLE": "localhost",
            "SANGDAM_CONSOLE_PORT": str(console),
            "SANGDAM_GRAFANA": f"127.0.0.1:{grafana}",
        }
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [CADDY, "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"],
                env=environment,
                stderr=log,
                stdout=log,
            )
        try:
            limit = time.monotonic() + START_S
            root_certificate = folder / ".local/share/caddy/pki/authorities/local/root.crt"
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{health}/healthz").raise_for_status()
                    context = ssl.create_default_context(cafile=str(root_certificate))
                    httpx.get(f"https://localhost:{https}/", verify=context)
                    break
                except (httpx.HTTPError, OSError):
                    assert process.poll() is None, (folder / "log").read_text()
                    assert time.monotonic() < limit, (folder / "log").read_text()
                    time.sleep(0.1)
            with httpx.Client(base_url=f"https://localhost:{https}", verify=context) as client:
                client.headers["X-Test-Http"] = str(http)
                yield client
        finally:
            process.terminate()
            process.wait(10)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "console"),
        ("/contacts/1", "console"),
        ("/api/contacts", "console"),
        ("/ws/panel", "console"),
        ("/ws/microphone", "ingest"),
        ("/api/ingest/samples", "ingest"),
        ("/chat/", "chat"),
        ("/api/chat/ticket", "chat"),
        ("/ws/chat", "chat"),
        ("/hooks/instagram", "chat"),
        ("/api/quality/chats", "console"),
        ("/grafana/d/sangdam", "grafana"),
    ],
)
def test_who_answers(proxy: httpx.Client, path: str, name: str) -> None:
    answer = proxy.get(path)
    assert answer.headers["X-Name"] == name
    # The console marks its cookies Secure by the first and refuses other origins by the second.
    assert answer.headers["X-Proto"] == "https"
    assert answer.headers["X-Host"] == proxy.base_url.netloc.decode()
    assert answer.headers["Strict-Transport-Security"]


def test_web_sockets_pass(proxy: httpx.Client) -> None:
    answer = proxy.get("/ws/microphone", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert answer.status_code == 101
    assert answer.headers["X-Name"] == "ingest"


def test_one_browser_stays_with_one_ingest(proxy: httpx.Client) -> None:
    answer = proxy.get("/api/ingest/samples")
    assert "sangdam_ingest" in answer.headers.get("Set-Cookie", "") or "sangdam_ingest" in proxy.cookies


def test_only_recordings_may_be_large(proxy: httpx.Client) -> None:
    two_mib = b"0" * (2 << 20)
    assert proxy.post("/api/ingest/recordings", content=two_mib).status_code == 200
    assert proxy.post("/api/sign-in", content=two_mib).status_code in (413, 502)


def test_plain_http_leads_to_https(proxy: httpx.Client) -> None:
    port = proxy.headers["X-Test-Http"]
    answer = httpx.get(f"http://localhost:{port}/x")
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://localhost")

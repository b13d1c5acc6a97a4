"""A messenger's citizen and an agent, through one real process: webhook, queue, the agent's page, the provider."""

import hashlib
import hmac
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

LOGIN, PASSWORD, SECRET = "kim", "a long enough password", "the app's secret"
LIMIT_S = 30


class Provider(ThreadingHTTPServer):
    """Takes what is sent."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                provider.taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"message_id": "m"}')

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def texts(self) -> list[str]:
        return [one["message"]["text"] for one in self.taken]


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.shutdown()
    made.server_close()


def webhook(client: httpx.Client, *messages: dict[str, Any], secret: str = SECRET) -> int:
    one = [
        {
            "sender": {"id": "77"},
            "recipient": {"id": "1"},
            "timestamp": int(time.time() * 1000),
            "message": message,
        }
        for message in messages
    ]
    body = json.dumps({"object": "instagram", "entry": [{"id": "1", "messaging": one}]}).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return client.post(
        "/hooks/instagram", content=body, headers={"x-hub-signature-256": signature}
    ).status_code


def wait(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + LIMIT_S
    while not (found := look()):
        assert time.monotonic() < end, "not in time"
        time.sleep(0.05)
    return found


def until(agent: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of this kind."""
    while (message := json.loads(agent.recv(LIMIT_S)))["type"] != kind:
        pass
    return message


def test_a_citizen_of_a_messenger_and_an_agent(
    serve: Any, run_sangdam: Any, tmp_path: Path, provider: Provider
) -> None:
    settings = {
        "SANGDAM_INSTAGRAM_SECRET": SECRET,
        "SANGDAM_INSTAGRAM_TOKEN": "token",
        "SANGDAM_INSTAGRAM_VERIFY": "word",
        "SANGDAM_INSTAGRAM_URL": f"http://127.0.0.1:{provider.server_port}",
        "SANGDAM_ARS_KEY": "the key of the ARS",
    }
    site = serve("console", "chat_gateway", **settings)
    assert run_sangdam(tmp_path / "site", "users", "add", LOGIN, given=f"{PASSWORD}\n").status == 0
    client = httpx.Client(base_url=site.ready().url(), timeout=20)
    registered = {"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "42"}
    assert client.get("/hooks/instagram", params=registered).text == "42"
    assert webhook(client, {"mid": "m0", "text": "위조"}, secret="other") == 403
    assert webhook(client, {"mid": "m1", "text": "여권은 어디서 만드나요?"}) == 200
    echoes = [{"mid": f"e{number}", "text": "x" * 900, "is_echo": True} for number in range(100)]
    assert (
        webhook(client, *echoes, {"mid": "m1", "text": "여권은 어디서 만드나요?"}) == 200
    )  # 100 KB, once before

    contact_id = _only_chat(tmp_path / "site")
    client.post("/api/sign-in", json={"login": LOGIN, "password": PASSWORD}).raise_for_status()
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
    with connect(f"{site.url().replace('http', 'ws')}/ws/chat", additional_headers=cookie) as agent:
        agent.send(json.dumps({"type": "open", "version": 1}))
        until(agent, "welcome")
        agent.send(json.dumps({"type": "available", "on": True}))
        wait(lambda: any("연결되었습니다" in text for text in provider.texts))
        agent.send(json.dumps({"type": "attend", "contact_id": contact_id}))
        assert [entry["body"]["kind"] for entry in until(agent, "snapshot")["entries"]].count("said") == 1
        window = until(agent, "window")
        assert (window["channel"], window["max_chars"]) == ("instagram", 333)
        answer = {"kind": "said", "text": "구청에서 만듭니다."}
        sent = {"type": "send", "contact_id": contact_id, "client_id": "agent-0001", "body": answer}
        agent.send(json.dumps(sent))
        until(agent, "ack")
        wait(lambda: "구청에서 만듭니다." in provider.texts)
        assert webhook(client, {"mid": "m2", "text": "고맙습니다"}) == 200
        until(agent, "window")

    headers = {"authorization": "Bearer the key of the ARS"}
    made = client.post("/api/chat/links", json={"facts": {"메뉴": "여권"}}, headers=headers).json()
    key = client.post("/api/chat/link", json={"token": made["url"].partition("#link=")[2]}).json()
    assert key["contact_id"] != contact_id


def _only_chat(folder: Path) -> str:
    with sqlite3.connect(f"file:{folder / 'sangdam.db'}?mode=ro", uri=True) as database:
        ((contact_id,),) = database.execute("SELECT contact_id FROM chats").fetchall()
    return str(contact_id)

"""A citizen over the real HTTP and WebSocket, in a thread: what a page would do, without a page."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import websockets.sync.client
from websockets.exceptions import ConnectionClosed

WAIT_S: Final = 10.0


class ScriptedCitizen:
    """Opens a conversation at once."""

    def __init__(self, url: str, nickname: str, skill: str = "") -> None:
        self._url = url
        self._told = threading.Condition()
        self.entries: dict[int, dict[str, Any]] = {}
        self.receipts: dict[str, int] = {}
        key = self._post(
            "/api/chat", {"channel": "web", "language": "ko", "nickname": nickname, "skill": skill}
        )
        self.contact_id = str(key["contact_id"])
        self._ticket = str(self._post("/api/chat/ticket", key)["ticket"])
        self._open = ExitStack()
        connecting = websockets.sync.client.connect(
            f"{url.replace('http', 'ws', 1)}/ws/chat", origin=websockets.Origin(url), compression=None
        )
        self._socket = self._open.enter_context(connecting)
        self._count = 0
        self._typed = 0
        self._send({"type": "open", "version": 1, "ticket": self._ticket})
        self._send({"type": "attend", "contact_id": self.contact_id})
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        self.write({"kind": "said", "text": text})

    def write(self, body: dict[str, Any]) -> None:
        self._count += 1
        client_id = f"citizen-{time.monotonic_ns()}-{self._count}"
        self._send({"type": "send", "contact_id": self.contact_id, "client_id": client_id, "body": body})

    def types(self, text: str) -> None:
        """The whole field, as it reads now."""
        told = {"type": "typing", "contact_id": self.contact_id, "draft": "draft-1", "event": "reset"}
        self._send(told | {"seq": self._typed, "text": text, "is_composing": True})
        self._typed += 1

    def photo(self, jpeg: bytes) -> dict[str, Any]:
        """Put a picture up; what the gateway says of it."""
        headers = {
            "Authorization": f"Bearer {self._ticket}",
            "Content-Type": "image/jpeg",
            "Origin": self._url,
        }
        asked = urllib.request.Request(f"{self._url}/api/chat/photos", jpeg, headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return dict(json.load(answer))

    def texts(self, side: str = "staff") -> list[str]:
        """What that side said, in order."""
        with self._told:
            entries = sorted(self.entries.items())
        return [
            entry["body"]["text"]
            for _, entry in entries
            if entry["body"]["kind"] == "said" and entry["author"]["side"] == side
        ]

    def kinds(self) -> list[str]:
        with self._told:
            return [entry["body"]["kind"] for _, entry in sorted(self.entries.items())]

    def wait(self, expected: Callable[[], bool], limit_s: float = WAIT_S) -> None:
        """Until it is so."""
        with self._told:
            so = self._told.wait_for(expected, limit_s)
        assert so, f"not within {limit_s} s; the citizen was told {self.entries}"

    def seen(self) -> None:
        """Everything that is there was read."""
        last = max(self.entries, default=0)
        self._send({"type": "got", "contact_id": self.contact_id, "delivered": last, "read": last})

    def close(self) -> None:
        self._open.close()
        self._thread.join(5)

    def _send(self, request: dict[str, Any]) -> None:
        self._socket.send(json.dumps(request, ensure_ascii=False))

    def _read(self) -> None:
        try:
            for frame in self._socket:
                with self._told:
                    self._hear(json.loads(frame))
                    self._told.notify_all()
        except ConnectionClosed:
            pass

    def _hear(self, message: dict[str, Any]) -> None:
        for entry in message.get("entries") or ([message["entry"]] if message["type"] == "entry" else []):
            self.entries[entry["seq"]] = entry
        if told := message.get("receipts"):
            self.receipts = told

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Origin": self._url}
        asked = urllib.request.Request(self._url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return dict(json.load(answer))

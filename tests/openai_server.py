"""A real HTTP server that speaks the OpenAI protocol as far as chats go, and misbehaves as a test tells it to.

    def reply(request):                       # the request's JSON
        return Reply('{"lines": []}', break_after=2)

    with ScriptedModel(reply) as server:
        OpenAIServer(server.base_url, "test-model", key=None)

It runs in threads of its own, one a connection. What it was asked is in `requests`; how many clients left before
their answer was over, in `left`. Nothing waits longer than `PATIENCE_S`.
"""

import contextlib
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self

PATIENCE_S = 20.0
"""A stall ends after so long even when nobody leaves."""


@dataclass(frozen=True)
class Reply:
    """What the server answers, and how badly. Pieces are counted from 1."""

    text: str = ""
    """What the model writes."""
    status: int = 200
    """Another than 200: an error object in place of an answer."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is, with `content_type`, in place of everything."""
    content_type: str = "text/event-stream"
    piece_chars: int = 4
    before_s: float = 0.0
    """Waits so long before the first piece, and is silent."""
    comments: bool = False
    """Sends keep-alive comments while it waits or stalls."""
    gap_s: float = 0.0
    """Waits so long between two pieces."""
    stall_after: int | None = None
    """Says nothing more after so many pieces; 0: not even the first."""
    break_after: int | None = None
    """Cuts the connection after so many pieces; 0: before the first."""
    error_after: int | None = None
    """Sends an error object in the stream after so many pieces."""
    split_bytes: int | None = None
    """Sends so many bytes at once, so that letters and lines arrive in halves."""
    endless: bool = False
    """Begins again when the text is over."""
    reasoning: str = ""
    """Thoughts sent before the text, in `reasoning_content`."""
    finish: str | None = "stop"
    """`finish_reason`; None: it never says one."""
    done: bool = True
    """Ends with `data: [DONE]`."""
    as_json: bool = False
    """Answers with one JSON object even when asked for a stream."""


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    json: dict[str, Any]

    @property
    def system(self) -> str:
        return self._said("system")

    @property
    def user(self) -> str:
        return self._said("user")

    def _said(self, role: str) -> str:
        return "\n".join(one["content"] for one in self.json["messages"] if one["role"] == role)


Script = Callable[[dict[str, Any]], Reply | str]
"""From a request's JSON to the answer; a text is a good one."""


def in_turn(*replies: Reply | str) -> Script:
    """Answers one after another; the last one stays."""
    numbers = count()
    return lambda _: replies[min(next(numbers), len(replies) - 1)]


class ScriptedModel:
    """The server, while the context is entered; `down` and `up` again on the same port."""

    def __init__(self, reply: Script | Reply | str = "네.") -> None:
        self.reply: Script = reply if callable(reply) else lambda _: reply
        """May be changed at any time."""
        self.requests: list[Request] = []
        self.left = 0
        """Clients that closed the connection before the answer was over."""
        self.most_at_once = 0
        self._at_once = 0
        self._port = 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def up(self) -> None:
        """Listen; connections are refused until then."""
        self._server = _Server(("127.0.0.1", self._port), _handler_of(self))
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def down(self) -> None:
        """Listen no more, and cut whoever is being answered."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.cut()
        self._server = None

    def wait(self, look: Callable[[], Any], limit_s: float = 10.0) -> None:
        """Until `look` gives something."""
        deadline = time.monotonic() + limit_s
        while not look():
            assert time.monotonic() < deadline, f"waited {limit_s:.0f} s"
            time.sleep(0.01)

    @contextlib.contextmanager
    def answering(self, request: Request) -> Iterator[Reply]:
        """For the handler: counts, and asks the script."""
        with self._lock:
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            said = self.reply(request.json)
            yield Reply(said) if isinstance(said, str) else said
        except _Left:
            with self._lock:
                self.left += 1
        finally:
            with self._lock:
                self._at_once -= 1


class _Left(Exception):
    """The client has closed the connection."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are part of the play."""

    def cut(self) -> None:
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _handler_of(model: ScriptedModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers, json.loads(self.rfile.read(length)))
            self.close_connection = True
            if self.path != "/v1/chat/completions":
                self._whole(404, b"{}", "application/json", {})
                return
            with model.answering(request) as reply:
                self._answer(request, reply)

        def _answer(self, request: Request, reply: Reply) -> None:
            if reply.body is not None:
                self._whole(reply.status, reply.body, reply.content_type, reply.headers)
            elif reply.status != 200:
                error = {"error": {"message": "scripted", "type": "scripted", "code": reply.status}}
                self._whole(reply.status, json.dumps(error).encode(), "application/json", reply.headers)
            elif reply.as_json or not request.json.get("stream"):
                self._pause(reply.before_s, comments=False)
                self._whole(200, json.dumps(_completion(reply)).encode(), "application/json", reply.headers)
            else:
                self._stream(reply)

        def _whole(self, status: int, body: bytes, kind: str, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self._write(body)

        def _stream(self, reply: Reply) -> None:
            if reply.break_after == 0:
                self._cut()
                return
            self.send_response(200)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._pause(reply.before_s, comments=reply.comments)
            self._event(_chunk({"role": "assistant", "content": ""}), reply)
            for number, piece in enumerate(_pieces(reply)):
                if reply.stall_after == number:
                    self._pause(PATIENCE_S, comments=reply.comments)
                if reply.break_after == number:
                    self._cut()
                    return
                if reply.error_after == number:
                    self._event(
                        {"error": {"message": "scripted", "type": "server_error", "code": 500}}, reply
                    )
                    break
                self._event(_chunk(piece), reply)
                self._pause(reply.gap_s, comments=False)
            self._end(reply)

        def _end(self, reply: Reply) -> None:
            if reply.finish is not None:
                self._event(_chunk({}, reply.finish), reply)
            self._event(
                {"object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 7}}, reply
            )
            # Clients may hang up at [DONE]: nobody has left early then.
            with contextlib.suppress(_Left):
                if reply.done:
                    self._send(b"data: [DONE]\n\n", reply.split_bytes)
                self._write(b"0\r\n\r\n")

        def _event(self, data: object, reply: Reply) -> None:
            self._send(f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode(), reply.split_bytes)

        def _send(self, data: bytes, at_once: int | None) -> None:
            step = at_once or len(data)
            for start in range(0, len(data), step):
                part = data[start : start + step]
                self._write(f"{len(part):x}\r\n".encode() + part + b"\r\n")

        def _write(self, data: bytes) -> None:
            self._pause(0.0, comments=False)
            try:
                self.wfile.write(data)
                self.wfile.flush()
            except OSError:
                raise _Left from None

        def _pause(self, seconds: float, *, comments: bool) -> None:
            """Wait, unless the client leaves."""
            deadline = time.monotonic() + seconds
            while True:
                rest = deadline - time.monotonic()
                readable, _, _ = select.select([self.connection], [], [], min(0.05, max(0.0, rest)))
                if readable and self._is_closed():
                    raise _Left
                if rest <= 0:
                    return
                if comments:
                    self._write_comment()

        def _is_closed(self) -> bool:
            try:
                return not self.connection.recv(1, socket.MSG_PEEK)
            except OSError:
                return True

        def _write_comment(self) -> None:
            try:
                self.wfile.write(b"e\r\n: keep-alive\n\n\r\n")
                self.wfile.flush()
            except OSError:
                raise _Left from None

        def _cut(self) -> None:
            """With a reset, as when a process is killed."""
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()

    return Handler


def _pieces(reply: Reply) -> Iterator[dict[str, str]]:
    if reply.reasoning:
        yield {"reasoning_content": reply.reasoning}
    while True:
        for start in range(0, len(reply.text), reply.piece_chars):
            yield {"content": reply.text[start : start + reply.piece_chars]}
        if not reply.endless:
            return


def _chunk(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chat-1", "object": "chat.completion.chunk", "model": "test-model", "choices": [choice]}


def _completion(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    return {"id": "chat-1", "object": "chat.completion", "model": "test-model", "choices": [choice]}

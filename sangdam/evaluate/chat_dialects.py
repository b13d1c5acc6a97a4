"""How a loader talks to a chat server: ours (`docs/chat-protocol.md`), and Socket.IO's for the peer. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from contracts.chat import Typing
from sangdam.evaluate.chat_load import Side

PING_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message of the server says."""

    kind: Literal["ready", "line", "ack", "again", "refused", "typing", "reconnect", "other"]
    contact_id: str = ""
    text: str = ""
    """Of a line."""
    seq: int = 0
    """Of an entry, or of live typing within its draft."""
    author: str = ""
    name: str = ""
    """Client id of an acknowledgement or refusal; the draft of live typing."""
    reply: str = ""
    """To be sent back."""
    wait_ms: int = 0


OTHER: Final = (Heard("other"),)


class Dialect(Protocol):
    """One server's language; a loader has one for all its sockets."""

    path: str

    def headers(self, key: str, /) -> Mapping[str, str]:
        """Of the handshake; `key` is what the conductor gave for this socket."""
        ...

    def hello(self, key: str, contacts: Sequence[tuple[str, int]]) -> list[str]:
        """First messages of a connection: who it is, and the conversations with the last number known of each."""
        ...

    def send(self, contact_id: str, client_id: str, text: str) -> str: ...

    def typing(self, typing: Typing) -> str: ...

    def ping(self, now_ms: int, /) -> str:
        """Sent every `PING_S`; empty: the server asks by itself."""
        ...

    def hear(self, raw: bytes, side: Side, /) -> Sequence[Heard]: ...


class Ours:
    """`/ws/chat`. Citizens' keys are tickets, staff's are cookies."""

    path = "/ws/chat"

    def __init__(self) -> None:
        self.epochs: dict[str, str] = {}

    def headers(self, key: str) -> Mapping[str, str]:
        return {"Cookie": key} if key.startswith("sangdam_session=") else {}

    def hello(self, key: str, contacts: Sequence[tuple[str, int]]) -> list[str]:
        ticket = "" if key.startswith("sangdam_session=") else key
        return [
            _json(type="open", version=1, ticket=ticket),
            *(
                _json(
                    type="attend", contact_id=contact_id, epoch=self.epochs.get(contact_id, ""), last_seq=seq
                )
                for contact_id, seq in contacts
            ),
        ]

    def send(self, contact_id: str, client_id: str, text: str) -> str:
        body = {"kind": "said", "text": text}
        return _json(type="send", contact_id=contact_id, client_id=client_id, body=body)

    def typing(self, typing: Typing) -> str:
        return typing.model_dump_json()

    def ping(self, now_ms: int) -> str:
        return _json(type="ping", sent_ms=now_ms)

    def hear(self, raw: bytes, side: Side) -> Sequence[Heard]:
        told = json.loads(raw)
        match told["type"]:
            case "entry":
                return (self._entry(told["entry"], side),)
            case "ack":
                return (Heard("ack", told["contact_id"], name=told["client_id"], seq=told["seq"]),)
            case "typing":
                return (Heard("typing", told["contact_id"], seq=told["seq"], name=told["draft"]),)
            case "refused":
                kind: Literal["again", "refused"] = "again" if told["again"] else "refused"
                return (
                    Heard(
                        kind,
                        told["contact_id"],
                        name=told["client_id"],
                        wait_ms=told["wait_ms"],
                        text=told["en"],
                    ),
                )
            case "snapshot" | "replayed":
                head = told["head"]
                self.epochs[head["contact_id"]] = head["epoch"]
                ready = Heard("ready", head["contact_id"], seq=head["last_seq"])
                return (*(self._entry(one, side) for one in told["entries"]), ready)
            case "reconnect":
                return (Heard("reconnect", wait_ms=told["after_ms"]),)
            case _:
                return OTHER

    @staticmethod
    def _entry(entry: Mapping[str, Any], side: Side) -> Heard:
        body, contact_id, seq = entry["body"], entry["contact_id"], entry["seq"]
        author = entry["author"]["side"]
        text = body["text"] if body["kind"] == "said" else ""
        got = _json(type="got", contact_id=contact_id, delivered=seq, read=seq) if author != side else ""
        return Heard("line", contact_id, text, seq, author, reply=got)


class SocketIo:
    """Socket.IO 5 on Engine.IO 4, straight over WebSocket (docs: socket.io/docs/v4/socket-io-protocol).

    `bench/chat_peer.py` is the server: rooms, a number for each message, an acknowledgement. Keys name the side.
    """

    path = "/socket.io/?EIO=4&transport=websocket"

    def __init__(self) -> None:
        self._acks = 0
        self._waiting: dict[int, tuple[str, str]] = {}

    def headers(self, _key: str, /) -> Mapping[str, str]:
        return {}

    def hello(self, key: str, contacts: Sequence[tuple[str, int]]) -> list[str]:
        rooms = [contact_id for contact_id, _ in contacts]
        return [f"40{json.dumps({'rooms': rooms, 'side': key})}"]

    def send(self, contact_id: str, client_id: str, text: str) -> str:
        self._acks += 1
        self._waiting[self._acks] = (contact_id, client_id)
        told = {"contact_id": contact_id, "client_id": client_id, "text": text}
        return f"42{self._acks}{json.dumps(['message', told], ensure_ascii=False)}"

    def typing(self, typing: Typing) -> str:
        return f'42["typing",{typing.model_dump_json()}]'

    def ping(self, _now_ms: int, /) -> str:
        return ""

    def hear(self, raw: bytes, _side: Side, /) -> Sequence[Heard]:
        if raw == b"2":
            return (Heard("other", reply="3"),)
        if raw.startswith(b"43"):
            number = int(raw[2 : raw.index(b"[")])
            contact_id, client_id = self._waiting.pop(number)
            return (Heard("ack", contact_id, name=client_id),)
        if not raw.startswith(b"42"):
            return OTHER
        event, told = json.loads(raw[2:])
        if event == "rooms":
            return tuple(Heard("ready", contact_id) for contact_id in told)
        if event == "typing":
            return (Heard("typing", told["contact_id"], seq=told["seq"], name=told["draft"]),)
        return (Heard("line", told["contact_id"], told["text"], told["seq"], told["author"]),)


DIALECTS: Final[Mapping[str, Callable[[], Dialect]]] = {"sangdam": Ours, "socketio": SocketIo}


def _json(**told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

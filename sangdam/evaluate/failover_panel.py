"""A panel as the page is one: comes back by itself, watches, takes snapshots and events, and never reloads."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from pydantic import TypeAdapter
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from console.view import apply
from contracts.codec import AnyEvent
from contracts.panel import ContactView, Hello, PanelMessage, Pushed, Reconnect, Snapshot, Watch
from contracts.transcript import Utterance

_MESSAGES: Final[TypeAdapter[PanelMessage]] = TypeAdapter(PanelMessage)
_BACK_S: Final = 0.5
"""As the page's shortest; it waits longer after many failures, which only costs time here."""
_DEAD_S: Final = 10.0
_LOOK_S: Final = 0.5


class Panel:
    """One open panel in a thread of its own."""

    def __init__(self, url: Callable[[], str], cookie: str) -> None:
        """Args:
        url: of a console that lives now.
        cookie: of the signed-in agent.
        """
        self._url = url
        self._cookie = cookie
        self._lock = threading.Lock()
        self._views: dict[str, ContactView] = {}
        self._wanted: list[str] = []
        self._unsent: list[str] = []
        self.faults: list[str] = []
        """What the agent would have seen go wrong: a final that changed or went away."""
        self.connections = 0
        self.final_at: list[tuple[float, Utterance]] = []
        """(monotonic seconds, final) in the order in which they came by push, first time of each."""
        self._seen: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def watch(self, contact_id: str) -> None:
        with self._lock:
            self._wanted.append(contact_id)
            self._unsent.append(contact_id)

    def view(self, contact_id: str) -> ContactView | None:
        with self._lock:
            return self._views.get(contact_id)

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(_DEAD_S + 5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            wait_s = _BACK_S
            with suppress(OSError, TimeoutError, WebSocketException):
                address = self._url().replace("http", "ws") + "/ws/panel"
                with connect(
                    address,
                    additional_headers={"Cookie": self._cookie},
                    open_timeout=5,
                    ping_interval=_DEAD_S / 2,
                    ping_timeout=_DEAD_S / 2,
                    close_timeout=1,
                ) as socket:
                    self.connections += 1
                    wait_s = self._converse(socket)
            self._stopping.wait(wait_s)

    def _converse(self, socket: ClientConnection) -> float:
        """Until the line ends; the seconds to wait before the next one."""
        with self._lock:
            self._unsent = list(self._wanted)
        while not self._stopping.is_set():
            self._send_watches(socket)
            try:
                message = _MESSAGES.validate_json(socket.recv(timeout=_LOOK_S))
            except TimeoutError:
                continue
            except ConnectionClosed:
                break
            match message:
                case Hello() | Snapshot() | Pushed():
                    self._take(message)
                case Reconnect():
                    return message.after_ms / 1000
                case _:
                    pass
        return _BACK_S

    def _send_watches(self, socket: ClientConnection) -> None:
        with self._lock:
            wanted, self._unsent = self._unsent, []
        with suppress(ConnectionClosed):
            for contact_id in wanted:
                socket.send(Watch(contact_id=contact_id).model_dump_json())

    def _take(self, message: Hello | Snapshot | Pushed) -> None:
        with self._lock:
            if isinstance(message, Snapshot):
                contact_id = message.view.contact.contact_id
                self._compare(self._views.get(contact_id), message.view)
                self._views[contact_id] = message.view
            elif isinstance(message, Pushed):
                self._push(message.event)

    def _push(self, event: AnyEvent) -> None:
        before = self._views.get(event.contact_id)
        if isinstance(event, Utterance) and event.status == "final" and event.utterance_id not in self._seen:
            self._seen.add(event.utterance_id)
            self.final_at.append((time.monotonic(), event))
        after = apply(before, event)
        if after is not None and after is not before:
            self._compare(before, after)
            self._views[event.contact_id] = after

    def _compare(self, before: ContactView | None, after: ContactView) -> None:
        """A final that was shown stays as it is."""
        if before is None:
            return
        now = {one.utterance_id: one for one in after.utterances}
        for one in before.utterances:
            if one.status != "final":
                continue
            if (later := now.get(one.utterance_id)) is None:
                self.faults.append(f"gone: {one.utterance_id} '{one.text}'")
            elif later.status != "final" or later.text != one.text:
                self.faults.append(f"changed: {one.utterance_id} '{one.text}' to '{later.text}'")

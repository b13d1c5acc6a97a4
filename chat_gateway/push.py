"""Web push: who has put the page away is told that there is a new message, once and late rather than twice."""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from chat_gateway.web_push import Allowed, Signer, checked, is_push_service
from contracts.chat import ChatEntry, ChatHead, Photo, Place, Receipts, Said
from contracts.chat_http import PushAsked
from contracts.clock import Clock, wall_ms
from contracts.errors import SangdamError
from privacy.vault import Vault
from store import chat_pushes
from store.chat_pushes import StoredPush
from store.database import Database

log = logging.getLogger(__name__)

WAIT_S: Final = 5.0
"""A page that is there has said so within this time."""

PAUSE_S: Final = 30.0
"""Between two pushes of one conversation: the first one rang."""

MAX_WAITING: Final = 2000
_KEEP_MS: Final = 30 * 24 * 3_600_000
_ANSWER_S: Final = 10.0
_AT_ONCE: Final = 8
_GONE: Final = frozenset({404, 410})

SeenUpTo = Callable[[str], Awaitable[Receipts]]


@dataclass(slots=True)
class _Due:
    """A look at what has arrived. Times are the event loop's."""

    at_s: float
    latest_s: float
    seq: int
    """Of the newest message."""


@dataclass(slots=True)
class PushCounts:
    """What operators want to know."""

    sent: int = 0
    failed: int = 0
    gone: int = 0
    dropped: int = 0


class Pushes:
    """Browsers that asked for it, and the messages to them.

    Args:
        signer: encrypts and signs.
        receipts: what has arrived on the citizen's page, by conversation.
        is_allowed: endpoints that may be called.
        wait_s: how long a page may take to say that the message arrived.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        signer: Signer,
        receipts: SeenUpTo,
        *,
        clock: Clock = wall_ms,
        is_allowed: Allowed = is_push_service,
        wait_s: float = WAIT_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.counts = PushCounts()
        self._database = database
        self._vault = vault
        self._signer = signer
        self._receipts = receipts
        self._clock = clock
        self._is_allowed = is_allowed
        self._wait_s = wait_s
        self._pause_s = pause_s
        self._waiting: dict[str, _Due] = {}
        self._pushed: OrderedDict[str, float] = OrderedDict()
        self._news = asyncio.Event()

    async def ask(self, contact_id: str, asked: PushAsked) -> None:
        """Tell this browser of new messages of this conversation.

        Raises:
            BadRequest: nothing can be sent to it.
        """
        usable = checked(asked, self._is_allowed)
        endpoint_hash = _hash(usable.endpoint)
        sealed = self._vault.seal(usable.model_dump_json().encode(), endpoint_hash)
        async with self._database.session() as session:
            await chat_pushes.put(session, contact_id, StoredPush(endpoint_hash, sealed), self._clock())

    async def take_back(self, contact_id: str, endpoint: str | None = None) -> None:
        """No more, of one browser or of all."""
        async with self._database.session() as session:
            if endpoint is None:
                await chat_pushes.forget_contact(session, contact_id)
            else:
                await chat_pushes.forget(session, _hash(endpoint), contact_id)

    async def forget_old(self) -> None:
        async with self._database.session() as session:
            await chat_pushes.forget_before(session, self._clock() - _KEEP_MS)

    def heard(self, pairs: Sequence[tuple[ChatHead, ChatEntry]]) -> None:
        """What was committed; never waits."""
        for head, entry in pairs:
            if entry.author.side == "staff" and isinstance(entry.body, Said | Photo | Place):
                self._expect(head.contact_id, entry.seq)

    def _expect(self, contact_id: str, seq: int) -> None:
        at_s = asyncio.get_running_loop().time() + self._wait_s
        due = self._waiting.get(contact_id)
        if due is not None:
            due.at_s, due.seq = max(due.at_s, min(at_s, due.latest_s)), seq
        elif len(self._waiting) < MAX_WAITING:
            at_s = max(at_s, self._pushed.get(contact_id, at_s - self._pause_s) + self._pause_s)
            self._waiting[contact_id] = _Due(at_s, at_s + self._wait_s, seq)
            self._news.set()
        else:
            self.counts.dropped += 1

    async def run(self) -> None:
        """Send, until cancelled."""
        limits = httpx.Limits(max_connections=_AT_ONCE)
        async with (
            httpx.AsyncClient(timeout=_ANSWER_S, limits=limits, follow_redirects=False) as client,
            asyncio.TaskGroup() as tasks,
        ):
            free = asyncio.Semaphore(_AT_ONCE)
            while True:
                contact_id, seq = await self._next()
                await free.acquire()
                task = tasks.create_task(self._push(client, contact_id, seq))
                task.add_done_callback(lambda _: free.release())

    async def _next(self) -> tuple[str, int]:
        """The conversation that is due, when it is."""
        while True:
            self._news.clear()
            now = asyncio.get_running_loop().time()
            first = min(self._waiting, key=lambda name: self._waiting[name].at_s, default=None)
            wait_s = None if first is None else self._waiting[first].at_s - now
            if first is not None and wait_s is not None and wait_s <= 0:
                return first, self._waiting.pop(first).seq
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def _push(self, client: httpx.AsyncClient, contact_id: str, seq: int) -> None:
        """Of what goes wrong here nobody's message is lost: the page shows it when it is opened."""
        try:
            if (await self._receipts(contact_id)).citizen_delivered >= seq:
                return
            async with self._database.session() as session:
                browsers = await chat_pushes.of_contact(session, contact_id)
            for browser in browsers:
                await self._send(client, contact_id, browser)
        except (SangdamError, OSError) as error:
            self.counts.failed += 1
            log.warning("push: %s", error)
        except Exception:
            self.counts.failed += 1
            log.exception("push failed")

    async def _send(self, client: httpx.AsyncClient, contact_id: str, browser: StoredPush) -> None:
        plain = self._vault.open(browser.sealed, browser.endpoint_hash)
        asked = PushAsked.model_validate_json(plain)
        headers, body = self._signer.request(asked, self._clock() // 1000)
        self._pushed[contact_id] = asyncio.get_running_loop().time()
        self._pushed.move_to_end(contact_id)
        if len(self._pushed) > MAX_WAITING:
            self._pushed.popitem(last=False)
        try:
            answer = await client.post(asked.endpoint, content=body, headers=headers)
        except httpx.HTTPError as error:
            self.counts.failed += 1
            log.warning("push: %s", type(error).__name__)  # its words name the endpoint
            return
        if answer.status_code in _GONE:
            self.counts.gone += 1
            await self.take_back(contact_id, asked.endpoint)
        elif answer.is_success:
            self.counts.sent += 1
        else:
            self.counts.failed += 1
            log.warning("push: %d of %s", answer.status_code, answer.request.url.host)


def _hash(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode("utf-8", "replace")).hexdigest()

"""Live chat as one service: the log, who is connected, the queue, and every way in. Composes, and runs what runs."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from fastapi import APIRouter
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from bus.base import Bus
from chat_gateway import staff_api
from chat_gateway.access import Access
from chat_gateway.bus_events import Told
from chat_gateway.channels.site import Channels
from chat_gateway.citizen_api import CitizenParts, citizen_router
from chat_gateway.clearing import Clearing
from chat_gateway.counts import ChatCounts
from chat_gateway.first_answer import FirstAnswers
from chat_gateway.hub import Hub
from chat_gateway.idle import Idle
from chat_gateway.keys import Keys
from chat_gateway.limits import Limits
from chat_gateway.log import ChatLog
from chat_gateway.mail import Mailer, mail_server
from chat_gateway.opening import Opening
from chat_gateway.options import Options
from chat_gateway.pages import CitizenPages
from chat_gateway.people import People
from chat_gateway.photos import Photos
from chat_gateway.push import Pushes
from chat_gateway.queue import Queue
from chat_gateway.rules import Rules
from chat_gateway.server import ChatServer
from chat_gateway.tickets import Tickets
from chat_gateway.web_push import Signer, public_push_key
from contracts.chat import ChatEntry, ChatHead, ReplyWindow
from contracts.clock import Clock, wall_ms
from contracts.panel import Staff
from privacy.vault import Vault
from store.database import Database

Work = Coroutine[object, object, None]


class ChatGateway:
    """Any number of gateways work beside each other, on one database and one bus.

    Args:
        bus: to the other gateways, and to all other services.
        database: of the site.
        vault: seals what citizens write.
        rules: how the site runs its chats.
        options: its secrets and addresses.
        secret: signs the tickets; the same for all processes of one installation.
        authenticate: who of the staff sends a request or opens a connection; raises NotSignedIn.
        instance: of this process, new at each start.
        clock: wall time.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        vault: Vault,
        rules: Rules,
        options: Options,
        *,
        secret: str,
        authenticate: Callable[[HTTPConnection], Awaitable[Staff]],
        instance: str,
        clock: Clock = wall_ms,
    ) -> None:
        self.counts = ChatCounts()
        self.ready = asyncio.Event()
        """Set once entries are written and followed."""
        told = Told()
        self.log = ChatLog(
            database, bus, vault, rules, instance=instance, clock=clock, events=told, counts=self.counts
        )
        self.hub = Hub(self.log, bus, vault, instance=instance, clock=clock)
        self.hub.listen(_heard_elsewhere(told))
        self.queue = Queue(self.log, self.hub, database, rules, instance=instance, clock=clock)
        idle = Idle(self.log, database, rules, clock=clock)
        self.hub.listen_typing(idle.typed)
        limits = Limits(rules.limits)
        tickets = Tickets(secret, clock)
        keys = Keys(database, vault, clock)
        people = People(database, vault, clock)
        self.answers = FirstAnswers(self.log, bus, rules)
        self.log.listen(self.answers.heard)
        photos = Photos(database, vault, clock)
        self.channels = Channels(
            bus,
            database,
            self.log,
            rules=rules,
            options=options,
            people=people,
            keys=keys,
            photos=photos,
            authenticate=authenticate,
            tell=self._tell_window,
            clock=clock,
        )
        self.hub.listen(self.channels.replies.heard)
        self.pushes = self._push_service(database, vault, options, clock)
        self._server = ChatServer(
            self.log,
            self.hub,
            authenticate=authenticate,
            tickets=tickets,
            queue=self.queue,
            limits=limits,
            database=database,
            replies=self.channels.replies,
            origins=options.origins,
            clock=clock,
        )
        self.socket: ASGIApp = self._server
        """WebSocket `/ws/chat`."""
        mail = mail_server(options.smtp, options.smtp_password, options.mail_from)
        self.router = APIRouter()
        self.router.include_router(staff_api.routes(self.queue, rules, authenticate))
        self.router.include_router(
            citizen_router(
                CitizenParts(
                    rules=rules,
                    log=self.log,
                    tickets=tickets,
                    keys=keys,
                    opening=Opening(self.log, keys, people, rules, database, clock=clock),
                    access=Access(tickets, self.log, database, authenticate, clock),
                    photos=photos,
                    limits=limits,
                    mailer=Mailer(mail) if mail else None,
                    pushes=self.pushes,
                    push_key=public_push_key(options.push_key) if options.push_key else "",
                    clock=clock,
                )
            )
        )
        self.router.include_router(self.channels.router)
        self.router.include_router(CitizenPages(options).router())
        self._works: list[Callable[[], Work]] = [
            self.log.run,
            self.hub.run,
            self._server.run,
            self.queue.run,
            idle.run,
            self.answers.run,
            self.channels.run,
            *([self.pushes.run] if self.pushes else []),
            Clearing([keys.forget_expired, *([self.pushes.forget_old] if self.pushes else [])]).run,
            self._get_ready,
        ]
        """What runs; each until cancelled."""

    async def run(self) -> None:
        """Work until cancelled; then the pages are asked to come back later, and what is being written is finished."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in self._works:
                    tasks.create_task(work())
                tasks.create_task(self._say_goodbye())
        finally:
            self.ready.clear()

    async def drain(self) -> None:
        """Ask all pages to come back. To be called before the web server stops: it cuts WebSockets without a word."""
        await self._server.drain()

    async def _get_ready(self) -> None:
        await self.hub.ready.wait()
        self.ready.set()

    async def _say_goodbye(self) -> None:
        """Beside the end of the other tasks, not after it."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.drain()

    def _tell_window(self, contact_id: str, window: ReplyWindow) -> None:
        self.hub.tell(contact_id, window, side="staff")

    def _push_service(
        self, database: Database, vault: Vault, options: Options, clock: Clock
    ) -> Pushes | None:
        if not options.push_key:
            return None
        signer = Signer(options.push_key, options.push_contact)
        pushes = Pushes(database, vault, signer, self.log.receipts, clock=clock)
        self.log.listen(pushes.heard)
        return pushes

    # -- gauges --------------------------------------------------------------------------------------------

    @property
    def connections(self) -> dict[str, int]:
        """Open ones by side."""
        return self.hub.connections

    @property
    def conversations(self) -> dict[str, int]:
        """Followed here, by state."""
        return self.hub.conversations

    @property
    def waiting_chats(self) -> int:
        """That wait for an agent, at any gateway, as of the last look."""
        return self.queue.waiting

    @property
    def longest_wait_ms(self) -> int:
        """How long the first of them has waited."""
        return self.queue.longest_ms

    @property
    def agents(self) -> int:
        """Who takes conversations now, at any gateway."""
        return self.queue.agents

    @property
    def waiting_commands(self) -> int:
        """That wait for their transaction."""
        return self.log.waiting

    @property
    def publish_lag_ms(self) -> int:
        """How long the oldest entry has waited for the bus."""
        return self.log.publisher.lag_ms


def _heard_elsewhere(told: Told) -> Callable[[ChatHead | None, ChatEntry], None]:
    """What is masked in a line may depend on lines that another gateway wrote."""

    def heard(head: ChatHead | None, entry: ChatEntry) -> None:
        if head is None:
            told.hear(entry)

    return heard

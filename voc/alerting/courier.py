"""Sends mails and webhook calls that the store says are due: each at least once, by one process at a time.

What cannot be sent is tried again, later each time, for a day; then it is given up and said.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, Protocol

from bus.outage import AWAY, Outage
from contracts.clock import Clock, wall_ms
from contracts.errors import BadInput, SangdamError
from store import voc_deliveries
from store.database import Database
from store.voc_deliveries import Delivery
from voc.alerting.webhook import Webhook

log = logging.getLogger(__name__)

SendMail = Callable[[Sequence[str], str, str], Awaitable[None]]
"""(recipients, subject, text): they have all been handed over on return."""

LOOK_S: Final = 2.0
LEASE_MS: Final = 90_000
"""Longer than one delivery takes; a process that dies with one leaves it to others after it."""
FIRST_WAIT_MS: Final = 15_000
LAST_WAIT_MS: Final = 3_600_000
GIVE_UP_MS: Final = 24 * 3_600_000
KEEP_MS: Final = 30 * 24 * 3_600_000
_FORGET_EVERY_MS: Final = 3_600_000
_SEND_S: Final = 60.0
_AT_ONCE: Final = 4
_ERROR: Final = 200


class Way(Protocol):
    """How something is sent."""

    @property
    def name(self) -> str:
        """`mail` or `webhook`, as deliveries call it."""
        ...

    async def send(self, delivery: Delivery) -> None:
        """Raises: BadInput: it will never be taken. SangdamError, OSError: not this time."""
        ...


@dataclass(frozen=True, slots=True)
class MailWay:
    """Alerts by mail, to all who are to know."""

    send_mail: SendMail
    recipients: tuple[str, ...]
    name: str = "mail"

    async def send(self, delivery: Delivery) -> None:
        subject, _, text = delivery.body.partition("\n\n")
        await self.send_mail(self.recipients, subject, text)


@dataclass(frozen=True, slots=True)
class WebhookWay:
    webhook: Webhook
    name: str = "webhook"

    async def send(self, delivery: Delivery) -> None:
        await self.webhook.call(delivery.delivery_id, delivery.body)


@dataclass(slots=True)
class CourierCounts:
    """By way; all only rise."""

    sent: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    """Attempts."""
    given_up: Counter[str] = field(default_factory=Counter)


class Courier:
    """See above.

    Args:
        database: holds what is to be sent.
        ways: those that this site has.
        clock: wall time.
        look_s: how often the store is asked.
    """

    def __init__(
        self, database: Database, ways: Sequence[Way], *, clock: Clock = wall_ms, look_s: float = LOOK_S
    ) -> None:
        self._database = database
        self._ways = {way.name: way for way in ways}
        self._clock = clock
        self._look_s = look_s
        self._outage = Outage("voc.courier")
        self._forgot_ms = 0
        self.counts = CourierCounts()

    async def run(self) -> None:
        """Send what is due until cancelled. No fault ends it."""
        if not self._ways:
            return
        async with AsyncExitStack() as stack:
            for way in self._ways.values():
                if isinstance(way, WebhookWay):
                    await stack.enter_async_context(way.webhook)
            while True:
                try:
                    while await self.deliver():
                        self._outage.over()
                    self._outage.over()
                    await asyncio.sleep(self._look_s)
                except AWAY as error:
                    await self._outage.wait(error)
                except Exception:
                    log.exception("voc.courier: a look failed")
                    await asyncio.sleep(self._look_s)

    async def deliver(self) -> int:
        """Send what is due now, a few at a time; how many were tried.

        Raises:
            Unavailable: the store is away.
        """
        now_ms = self._clock()
        async with self._database.session() as session:
            if now_ms - self._forgot_ms > _FORGET_EVERY_MS:
                await voc_deliveries.forget(session, now_ms - KEEP_MS)
                self._forgot_ms = now_ms
            due = await voc_deliveries.claim(session, self._ways, now_ms, lease_ms=LEASE_MS, limit=_AT_ONCE)
        for failure in await asyncio.gather(*map(self._send, due), return_exceptions=True):
            if failure is not None:
                raise failure
        return len(due)

    async def _send(self, delivery: Delivery) -> None:
        way = self._ways[delivery.way]
        try:
            async with asyncio.timeout(_SEND_S):
                await way.send(delivery)
        except BadInput as error:
            await self._failed(delivery, error, is_final=True)
        except (SangdamError, OSError) as error:  # TimeoutError is one
            await self._failed(delivery, error, is_final=False)
        except Exception as error:
            log.exception("voc.courier: %s", delivery.delivery_id)
            await self._failed(delivery, error, is_final=False)
        else:
            self.counts.sent[delivery.way] += 1
            async with self._database.session() as session:
                await voc_deliveries.sent(session, delivery.delivery_id)

    async def _failed(self, delivery: Delivery, error: Exception, *, is_final: bool) -> None:
        now_ms = self._clock()
        due_ms = now_ms + wait_ms(delivery.attempts)
        gives_up = is_final or due_ms > delivery.made_at_ms + GIVE_UP_MS
        self.counts.failed[delivery.way] += 1
        if gives_up:
            self.counts.given_up[delivery.way] += 1
            log.error("voc.courier: %s is given up: %s", delivery.delivery_id, error)
        else:
            log.warning("voc.courier: %s is sent later: %s", delivery.delivery_id, error)
        async with self._database.session() as session:
            said = str(error) or type(error).__name__
            await voc_deliveries.failed(
                session, delivery.delivery_id, said[:_ERROR], None if gives_up else due_ms
            )


def wait_ms(attempts: int) -> int:
    """After so many attempts: twice as long each time, an hour at most."""
    return int(min(FIRST_WAIT_MS * 2 ** min(attempts - 1, 20), LAST_WAIT_MS))

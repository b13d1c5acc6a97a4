"""Two real gateway processes behind a proxy without stickiness, and the pages of both sides of every conversation."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from contracts.chat import ChatEntry, Said
from contracts.errors import Unreachable
from sangdam import settings
from sangdam.evaluate.chat_judge import Sent, faults
from sangdam.evaluate.chat_screen import Screen
from sangdam.evaluate.chat_seed import read_log, seed
from sangdam.evaluate.failover_process import ServedProcess
from sangdam.evaluate.failover_site import clean_environment
from sangdam.evaluate.waiting import until
from tests.integration.failure.chat_proxy import Proxy

SETTLED_S = 40.0
SECRET = "a secret of tests that is long enough for cookies"
"""All processes of a site share it; with Kafka it must be given."""


class ChatFailureSite:
    """Started by `async with`.

    Args:
        folder: of data and logs.
        conversations: each with a citizen's page.
        per_agent: conversations that an agent's page follows.
        database, bus: URLs; empty: SQLite and the embedded bus.
    """

    def __init__(
        self, folder: Path, *, conversations: int, per_agent: int = 10, database: str = "", bus: str = ""
    ) -> None:
        self.folder = folder
        self._count = conversations
        self.agents = -(-conversations // per_agent)
        self.options = settings.load().model_copy(
            update={
                "data_dir": folder,
                "bus": bus,
                "database": database,
                "secret": SecretStr(SECRET),
                "vault_key": SecretStr(SECRET),
            }
        )
        self._variables = clean_environment() | {
            "SANGDAM_DATA_DIR": str(folder),
            "SANGDAM_SECRET": SECRET,
            "SANGDAM_VAULT_KEY": SECRET,
            "SANGDAM_OFFLINE": "1",
            "SANGDAM_LOG": "INFO",
            "PYTHONUTF8": "1",
            **({"SANGDAM_DATABASE": database} if database else {}),
            **({"SANGDAM_BUS": bus} if bus else {}),
        }
        self.gateways = [
            ServedProcess(f"gateway-{number}", ("chat_gateway",), folder, self._variables)
            for number in (1, 2)
        ]
        self.processes = {one.name: one for one in self.gateways}
        self.proxy = Proxy(lambda: [one.port for one in self.gateways])
        self._numbers = itertools.count()
        """No two messages have the same words."""
        self.contacts: tuple[str, ...] = ()
        self.citizens: dict[str, Screen] = {}
        self.staff: dict[str, Screen] = {}

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.options.bus_engine == "kafka":
            await asyncio.to_thread(self._make_topics)
        seeded = await seed(self.options, self._count, self.agents)
        self.contacts = seeded.contacts
        for gateway in self.gateways:
            gateway.start()
        await asyncio.gather(*(asyncio.to_thread(gateway.ready) for gateway in self.gateways))
        await self.proxy.start()

        async def ticket(contact_id: str) -> str:
            return seeded.ticket(contact_id)

        for contact_id in self.contacts:
            self.citizens[contact_id] = Screen(
                self.address, (contact_id,), "citizen", ticket=lambda of=contact_id: ticket(of)
            )
        for number, cookie in enumerate(seeded.agents):
            own = self.contacts[number :: self.agents]
            page = Screen(self.address, own, "staff", cookie=cookie)
            self.staff.update(dict.fromkeys(own, page))
        for page in self.pages:
            page.start()
        await until(lambda: all(self._shown(one) for one in self.contacts), "all chats shown", SETTLED_S)
        return self

    def _make_topics(self) -> None:
        command = [sys.executable, "-m", "sangdam", "topics", "apply", "--yes"]
        subprocess.run(command, env=self._variables, check=True, capture_output=True, timeout=60)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(page.stop() for page in self.pages))
        await self.proxy.close()
        for gateway in self.gateways:
            if gateway.lives:
                gateway.thaw()
                gateway.kill()

    def address(self) -> str:
        return f"ws://127.0.0.1:{self.proxy.port}/ws/chat"

    @property
    def pages(self) -> list[Screen]:
        return [*self.citizens.values(), *dict.fromkeys(self.staff.values())]

    def page(self, contact_id: str, side: str) -> Screen:
        return (self.citizens if side == "citizen" else self.staff)[contact_id]

    def gateway_of(self, page: Screen) -> int:
        """The number of the gateway that the page is connected to; -1: to none."""
        port = self.proxy.gateways.get(page.local_port, 0)
        return next((number for number, one in enumerate(self.gateways) if one.port == port), -1)

    async def say(self, contact_id: str, side: str, text: str) -> str:
        return await self.page(contact_id, side).say(contact_id, Said(text=text))

    async def both_talk(self, contact_id: str, messages: int, over_s: float) -> None:
        """Both sides say so much in so long, in turns."""
        for _ in range(messages):
            for side in ("citizen", "staff"):
                await self.say(contact_id, side, f"{side} {next(self._numbers)}")
                await asyncio.sleep(over_s / messages / 2)

    async def kill(self, number: int) -> None:
        """As `kill -9`."""
        await asyncio.to_thread(self.gateways[number].kill)

    async def revive(self, number: int) -> None:
        self.gateways[number].start()
        await asyncio.to_thread(self.gateways[number].ready)

    # -- in the end

    async def settled(self, limit_s: float = SETTLED_S) -> None:
        """Everything is acknowledged, and both screens of each conversation show the same."""
        with suppress(Unreachable):  # what is wrong says more
            await until(lambda: not self._unsettled(), "settled", limit_s)
        found = self._unsettled()
        assert not found, "\n".join(found[:20])

    async def faults(self) -> list[str]:
        """Of every conversation: what was sent, the database's log, both screens."""
        logs = await read_log(self.options, self.contacts)
        return [fault for contact_id in self.contacts for fault in self._faults(contact_id, logs[contact_id])]

    def _faults(self, contact_id: str, log: Sequence[ChatEntry]) -> list[str]:
        citizen, staff = self.citizens[contact_id], self.staff[contact_id]
        sent: list[Sent] = [*citizen.sent(contact_id), *staff.sent(contact_id)]
        screens = {"citizen": citizen.entries(contact_id), "staff": staff.entries(contact_id)}
        refused = [*citizen.chats[contact_id].refused.values(), *staff.chats[contact_id].refused.values()]
        return [f"{contact_id[:8]} {fault}" for fault in faults(log, sent, screens)] + [
            f"{contact_id[:8]} refused: {one.en}" for one in refused
        ]

    def _shown(self, contact_id: str) -> bool:
        pages = (self.citizens[contact_id], self.staff[contact_id])
        return all(page.chats[contact_id].head is not None for page in pages)

    def _unsettled(self) -> list[str]:
        found = []
        for one in self.contacts:
            for page in (self.citizens[one], self.staff[one]):
                chat = page.chats[one]
                if chat.unacked:
                    line = f"gateway {self.gateway_of(page)}, {page.connections} connections"
                    refused = {refusal.code for refusal in page.refusals}
                    found.append(
                        f"{one[:8]} {page.side}: {len(chat.unacked)} not acknowledged; {line}; {refused}"
                    )
            seen = (self.citizens[one].chats[one].last_seq, self.staff[one].chats[one].last_seq)
            if seen[0] != seen[1]:
                found.append(f"{one[:8]}: citizen at {seen[0]}, staff at {seen[1]}")
        return found


def requeued(log: Sequence[ChatEntry]) -> bool:
    """The agent was taken for gone."""
    return any(entry.body.kind == "requeued" for entry in log)

"""Conversations that are with agents already, written straight into a database: what the chat bench begins with."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chat_gateway.conversation import head_after
from chat_gateway.tickets import Tickets
from console.auth import Auth
from contracts.chat import CITIZEN, Body, ChatEntry, ChatHead, LiveTyping, Opened, Party, Receipts, Taken
from contracts.clock import wall_ms
from contracts.panel import StaffRole
from privacy.vault import Vault
from sangdam.settings import Settings
from sangdam.site import cookie_secret, site_database, vault_key
from store import chats, staff
from store.chats import SealedEntry, StoredChat
from store.database import Database
from store.staff import StoredStaff

SUPERVISOR: Final = "bench-supervisor"
_BATCH: Final = 500
_UNUSABLE: Final = "!"
"""Nobody signs in by password here: cookies are signed with the site's secret."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a loader needs."""

    contacts: tuple[str, ...]
    agents: tuple[str, ...]
    """Cookies; conversation n is with agent n modulo their number."""
    supervisor: str
    """A cookie."""
    ticket: Callable[[str], str]
    """For a conversation, as the gateway makes them; they run out."""


async def seed(options: Settings, conversations: int, agents: int) -> Seeded:
    """Staff, and conversations in which an agent sits and the citizen's typing is seen live."""
    vault = Vault(vault_key(options))
    parties = [Party(side="staff", staff_id=f"bench-{n}", name=f"상담사 {n}") for n in range(agents)]
    contacts = [str(uuid.uuid4()) for _ in range(conversations)]
    async with site_database(options) as database:
        secret = cookie_secret(options)
        auth = Auth(database, secret)
        cookies = [await _cookie(database, auth, party.staff_id, "agent") for party in parties]
        supervisor = await _cookie(database, auth, SUPERVISOR, "supervisor")
        now_ms = wall_ms()
        for first in range(0, conversations, _BATCH):
            made = [
                _conversation(vault, contact_id, parties[(first + place) % agents], now_ms)
                for place, contact_id in enumerate(contacts[first : first + _BATCH])
            ]
            await _write(database, made)
    tickets = Tickets(secret)
    return Seeded(
        tuple(contacts), tuple(cookies), supervisor, lambda contact_id: tickets.make(contact_id).ticket
    )


async def read_log(options: Settings, contact_ids: Sequence[str]) -> dict[str, list[ChatEntry]]:
    """What the database has of these conversations, opened."""
    vault = Vault(vault_key(options))
    found: dict[str, list[ChatEntry]] = {}
    async with site_database(options) as database, database.session() as session:
        for contact_id in contact_ids:
            rows = await chats.entries(session, contact_id, limit=100_000)
            found[contact_id] = [
                ChatEntry.model_validate_json(vault.open(row.sealed, contact_id)) for row in rows
            ]
    return found


async def _cookie(database: Database, auth: Auth, staff_id: str, role: StaffRole) -> str:
    async with database.session() as session:
        await staff.add(session, StoredStaff(staff_id, staff_id, role, _UNUSABLE))
    session_of = await auth.sign_in_as(staff_id)
    assert session_of is not None, "it was added just now"
    return auth.cookie_header(session_of, secure=False).partition(";")[0]


def _conversation(
    vault: Vault, contact_id: str, agent: Party, now_ms: int
) -> tuple[StoredChat, list[SealedEntry]]:
    head, sealed = ChatHead(contact_id=contact_id, epoch=uuid.uuid4().hex), []
    for entry in _entries(contact_id, agent, now_ms):
        head = head_after(head, entry)
        words = vault.seal(entry.model_dump_json().encode(), contact_id)
        sealed.append(
            SealedEntry(contact_id, entry.seq, "", entry.at_ms, entry.author.side, entry.body.kind, words)
        )
    return StoredChat(head, Receipts(), str(uuid.uuid4()), now_ms, now_ms), sealed


def _entries(contact_id: str, agent: Party, now_ms: int) -> Iterator[ChatEntry]:
    told: tuple[tuple[Party, Body], ...] = (
        (CITIZEN, Opened(channel="web")),
        (agent, Taken()),
        (CITIZEN, LiveTyping(on=True)),
    )
    for seq, (author, body) in enumerate(told, 1):
        yield ChatEntry(contact_id=contact_id, seq=seq, at_ms=now_ms, author=author, body=body)


async def _write(database: Database, made: Sequence[tuple[StoredChat, list[SealedEntry]]]) -> None:
    entries = [entry for _, sealed in made for entry in sealed]
    async with database.session() as session:
        await chats.begin_writing(session)
        await chats.add(session, [chat for chat, _ in made])
        await chats.append(session, entries)
        await chats.mark_published(session, [(entry.contact_id, entry.seq) for entry in entries])

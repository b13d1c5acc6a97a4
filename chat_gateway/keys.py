"""What opens a chat: a key that a browser keeps, and a link that works once. Kept as hashes only."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from contracts.chat_http import LinkAsked
from contracts.clock import Clock, wall_ms
from contracts.errors import NotFound, NotSignedIn
from privacy.vault import Vault
from store import chat_keys
from store.database import Database

KEY_MS: Final = 30 * 24 * 3_600_000
"""A browser comes back within this time, counted from its last visit."""

LINK_MS: Final = 3_600_000
"""A message by SMS is opened within minutes, or not at all."""

_BYTES: Final = 32
"""256 bits: nobody guesses one, so a plain hash keeps it."""

_PROLONG_MS: Final = 24 * 3_600_000
"""A key is written to once a day at most."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A link that was used just now."""

    person_id: str
    asked: LinkAsked
    used_ms: int


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who has a key."""

    person_id: str
    contact_id: str


class Keys:
    """Makes, reads and uses up what opens a chat.

    Args:
        database: keeps the hashes.
        vault: seals what a link knows of the person.
        clock: wall time.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock = wall_ms) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def make_key(self, person_id: str, contact_id: str) -> str:
        """A key to this conversation, for the browser to keep."""
        key = secrets.token_urlsafe(_BYTES)
        async with self._database.session() as session:
            await chat_keys.add(
                session,
                hashed(key),
                "key",
                person_id=person_id,
                contact_id=contact_id,
                expires_ms=self._clock() + KEY_MS,
            )
        return key

    async def bearer(self, key: str) -> Bearer | None:
        """Whose key it is; None: nobody's, or no more. A key in use lives on."""
        now_ms = self._clock()
        async with self._database.session() as session:
            found = await chat_keys.get(session, hashed(key), "key", now_ms)
            if found is None or found.contact_id is None:
                return None
            if found.expires_ms < now_ms + KEY_MS - _PROLONG_MS:
                await chat_keys.prolong(session, hashed(key), now_ms + KEY_MS)
        return Bearer(found.person_id, found.contact_id)

    async def check(self, key: str, contact_id: str) -> Bearer:
        """Whose key it is.

        Raises:
            NotSignedIn: it is no key, has run out, or opens another conversation: not told which.
        """
        bearer = await self.bearer(key)
        if bearer is None or bearer.contact_id != contact_id:
            raise NotSignedIn(
                "이 상담을 열 수 없습니다. 새 상담을 시작해 주십시오.",
                "this key does not open that chat. Start a new one.",
            )
        return bearer

    async def claim(self, key: str, lost_ms: int) -> int:
        """Have the key for oneself for a while: a mark for `release`, 0 while somebody else has it.

        A claim that is older than `lost_ms` is taken over. What is no key can be claimed by anybody.
        """
        now_ms = self._clock()
        async with self._database.session() as session:
            if await chat_keys.get(session, hashed(key), "key", now_ms) is None:
                return now_ms
            is_mine = await chat_keys.claim(session, hashed(key), now_ms, now_ms - lost_ms)
        return now_ms if is_mine else 0

    async def release(self, key: str, mark: int) -> None:
        async with self._database.session() as session:
            await chat_keys.unuse(session, hashed(key), mark)

    async def make_link(self, asked: LinkAsked, person_id: str) -> tuple[str, int]:
        """A token that opens a chat once, and until when it does, in wall time.

        The telephone number is not kept: `person_id` stands for it.
        """
        token = secrets.token_urlsafe(_BYTES)
        expires_ms = self._clock() + LINK_MS
        known = asked.model_copy(update={"phone": ""}).model_dump_json().encode()
        async with self._database.session() as session:
            await chat_keys.add(
                session,
                hashed(token),
                "link",
                person_id=person_id,
                expires_ms=expires_ms,
                sealed=self._vault.seal(known, hashed(token)),
            )
        return token, expires_ms

    async def redeem(self, token: str) -> Redeemed:
        """Use the link up: of two who try, one has it.

        Raises:
            NotFound: there is no such link, it has run out, or it was used before: not told which.
        """
        now_ms, key_hash = self._clock(), hashed(token)
        async with self._database.session() as session:
            is_first = await chat_keys.use(session, key_hash, "link", now_ms)
            found = await chat_keys.get(session, key_hash, "link", now_ms) if is_first else None
        if found is None or found.sealed is None:
            raise NotFound(
                "이 링크는 이미 쓰였거나 기한이 지났습니다. 120에 다시 요청해 주십시오.",
                "this link was used already or has run out. Ask for another one.",
            )
        asked = LinkAsked.model_validate_json(self._vault.open(found.sealed, key_hash))
        return Redeemed(found.person_id, asked, now_ms)

    async def give_back(self, token: str, redeemed: Redeemed) -> None:
        """The chat could not be opened: the link works again."""
        async with self._database.session() as session:
            await chat_keys.unuse(session, hashed(token), redeemed.used_ms)

    async def forget_expired(self) -> None:
        """Clear away what has run out."""
        gone = chat_keys.FORGET_AT_ONCE
        while gone == chat_keys.FORGET_AT_ONCE:
            async with self._database.session() as session:
                gone = await chat_keys.forget_expired(session, self._clock())


def hashed(secret: str) -> str:
    """How a key or link is kept."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

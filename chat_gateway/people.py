"""One citizen, one thread: who is who across channels, and in which conversation they are.

A person is a random id. Where a person is reached (an Instagram id, a Kakao user key, the telephone number of a
visible ARS) is found by a keyed hash and kept sealed: the table alone tells nobody who wrote.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from contracts.chat import Channel
from contracts.clock import Clock, wall_ms
from privacy.vault import Vault
from store import chat_people
from store.database import Database

_DETAILS: Final = TypeAdapter(dict[str, str])
_ID: Final = "id"


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a person is reached, opened."""

    channel: Channel
    external_id: str = field(repr=False)
    wrote_ms: int = 0
    """When they wrote there last; 0: no reply is taken there."""
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What else replies need, e.g. to which of our accounts they wrote."""


class People:
    """Persons, their addresses and their open conversation.

    Args:
        database: keeps them.
        vault: hashes and seals the addresses.
        clock: wall time.
    """

    def __init__(self, database: Database, vault: Vault, clock: Clock = wall_ms) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def person_of(self, channel: Channel, external_id: str) -> str:
        """Whose address this is; a new person where nobody had it. Of many who ask at once all get the same.

        Args:
            channel: `ars` for a telephone number, in whatever spelling.
            external_id: as the provider names the person.
        """
        return await self._bound(channel, external_id, str(uuid.uuid4()))

    async def link(self, person_id: str, channel: Channel, external_id: str) -> str:
        """The address is this person's too. Where it was another's, the two are one from now on.

        Returns:
            Whom both are now: who had the address first.
        """
        first = await self._bound(channel, external_id, person_id)
        if first != person_id:
            await self.merge(person_id, first)
        return first

    async def merge(self, person_id: str, into: str) -> None:
        """Two persons turn out to be one."""
        async with self._database.session() as session:
            await chat_people.merge(session, person_id, into)

    async def wrote(
        self, channel: Channel, external_id: str, at_ms: int, details: Mapping[str, str] | None = None
    ) -> None:
        """They wrote there at this wall time: replies may be sent for a while. Never set back."""
        sealed = None if details is None else self._sealed(channel, external_id, details)
        async with self._database.session() as session:
            await chat_people.wrote(session, channel, self._hash(channel, external_id), at_ms, sealed)

    async def close_window(self, channel: Channel, external_id: str) -> None:
        """The provider takes no more replies until they write again."""
        async with self._database.session() as session:
            await chat_people.close_window(session, channel, self._hash(channel, external_id))

    async def open_chat(self, person_id: str) -> str | None:
        """Their conversation that has not ended, through whichever channel it began."""
        async with self._database.session() as session:
            return await chat_people.open_chat(session, person_id)

    async def reached(self, person_id: str, channel: Channel) -> Reached | None:
        """Where the person is reached on a channel; of several, where they wrote last.

        Raises:
            BadSetting: sealed under another key.
        """
        async with self._database.session() as session:
            known = await chat_people.addresses(session, person_id)
        for address in known:
            if address.channel == channel:
                about = _about(channel, address.address_hash)
                opened = _DETAILS.validate_json(self._vault.open(address.sealed, about))
                return Reached(channel, opened.pop(_ID), address.wrote_ms, opened)
        return None

    async def reached_in(self, contact_id: str, channel: Channel) -> Reached | None:
        """As `reached`, of the person of a conversation."""
        async with self._database.session() as session:
            person_id = await chat_people.person_of_chat(session, contact_id)
        return None if person_id is None else await self.reached(person_id, channel)

    async def _bound(self, channel: Channel, external_id: str, person_id: str) -> str:
        address_hash = self._hash(channel, external_id)
        async with self._database.session() as session:
            known = await chat_people.address(session, channel, address_hash)
            if known is not None:
                return known.person_id
            sealed = self._sealed(channel, external_id, {})
            new = chat_people.Address(channel, address_hash, person_id, 0, sealed)
            return await chat_people.add(session, new)

    def _hash(self, channel: Channel, external_id: str) -> str:
        if channel == "ars":
            external_id = digits(external_id)
        return self._vault.hash(external_id, f"address.{channel}")

    def _sealed(self, channel: Channel, external_id: str, details: Mapping[str, str]) -> bytes:
        # A telephone number is kept as its hash alone: nothing is sent there by us.
        kept = {**details, _ID: "" if channel == "ars" else external_id}
        about = _about(channel, self._hash(channel, external_id))
        return self._vault.seal(_DETAILS.dump_json(kept), about)


def _about(channel: str, address_hash: str) -> str:
    """What an address is sealed with: one cannot be put in another's place."""
    return f"{channel}.{address_hash}"


def digits(phone: str) -> str:
    """A telephone number in one spelling: `+82 10-1234-5678` and `010.1234.5678` are the same."""
    found = "".join(sign for sign in phone if sign.isascii() and sign.isdigit())
    if found.startswith("0082"):
        found = found[2:]
    if found.startswith("82") and len(found) > 10:
        found = "0" + found[2:].removeprefix("0")
    return found

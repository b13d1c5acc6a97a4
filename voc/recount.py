"""Everything counted anew from what the store knows of contacts: after a new code table, or to see that all is right."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from contracts.voc import About
from store import contacts, voc_contacts, voc_recount
from store.database import Database
from store.voc_recount import Differences
from voc.conversations import Conversation
from voc.history import restore
from voc.reading.about import Reader

AT_ONCE: Final = 200
LIVE_MS: Final = 86_400_000
"""A contact that began since and has not ended is being counted, by whoever hears it."""

_END: Final = 1 << 60

Told = Callable[[int, int], None]
"""Called with how many of how many are done."""


@dataclass(frozen=True, slots=True)
class Recounted:
    contacts: int = 0
    """That were read again."""
    differing: int = 0
    """Of them, those that were counted otherwise, or not at all."""
    sums: Differences = field(default_factory=Differences)

    def __bool__(self) -> bool:
        """Something differed."""
        return bool(self.differing or self.sums)


async def recount(
    database: Database,
    reader: Reader,
    *,
    zone: ZoneInfo,
    now_ms: int,
    since_ms: int | None = None,
    until_ms: int | None = None,
    check: bool = False,
    told: Told = lambda _done, _all: None,
    told_days: Told = lambda _done, _all: None,
) -> Recounted:
    """Read stored contacts again and write what they are about, then compare the sums with that.

    Contacts of which only the figures are known, as simulated ones, stay as they are. It may be broken off and begun
    again at any time, while others write.

    Args:
        database: open.
        reader: says what a contact is about.
        zone: whose calendar tells the days.
        now_ms: wall time.
        since_ms: contacts that began at this time or later; None: all.
        until_ms: and before this one.
        check: only tell what differs.
        told: of the contacts that were read.
        told_days: of the days whose sums were compared.
    """
    within = (since_ms or 0, _END if until_ms is None else until_ms)
    async with database.session() as session:
        total = await voc_recount.contacts_between(session, *within)
    read = differing = passed = 0
    async for some in _stored(database, *within):
        passed += len(some)
        kept = [each for each in some if each.has_ended or each.said().at_ms < now_ms - LIVE_MS]
        abouts = await asyncio.to_thread(_read, reader, kept)
        news = [about for each, about in zip(kept, abouts, strict=True) if about != each.told]
        if news and not check:
            async with database.session() as session:
                await voc_contacts.put(session, news, zone=zone)
        read, differing = read + len(kept), differing + len(news)
        told(passed, max(total, passed))
    sums = await voc_recount.recount(
        database, zone, mend=not check, since_ms=since_ms, until_ms=until_ms, told=told_days
    )
    return Recounted(read, differing, sums)


async def _stored(database: Database, since_ms: int, until_ms: int) -> AsyncIterator[list[Conversation]]:
    """Contacts of the store, the newest first, some at a time."""
    before: contacts.Place = (until_ms, "")
    while True:
        async with database.session() as session:
            entries = await contacts.recent(session, since_ms, AT_ONCE, before=before)
        if not entries:
            return
        last = entries[-1].contact
        before = (last.started_at_ms, last.contact_id)
        some = [
            Conversation(entry.contact.contact_id)
            for entry in entries
            if entry.contact.started_at_ms < until_ms
        ]
        await restore(database, some)
        yield some


def _read(reader: Reader, many: Sequence[Conversation]) -> list[About]:
    """What they are about; the theme, which is no function of a contact alone, stays."""
    found = [reader.about(each.said()) for each in many]
    return [
        voc_contacts.themed(voc_contacts.plain(about), each.told)
        for each, about in zip(many, found, strict=True)
    ]

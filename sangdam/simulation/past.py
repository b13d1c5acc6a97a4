"""Four weeks of contacts of a simulated city, put where contacts are counted; topped up where a demo left off."""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from contracts.voc import About
from sangdam.simulation.people import People, living_in
from sangdam.voc_city import City
from store import voc_contacts, voc_simulated
from store.database import Database
from voc.series import HOUR_MS, Counts

PAST_MS: Final = 28 * 24 * HOUR_MS
PER_DAY: Final = 2_000
"""Contacts; a workday has more, a Sunday fewer."""
SEED: Final = 120
SILENT: Final = 0.2
"""Of the contacts: citizens who do not say where they are."""
BATCH: Final = 2_000

Progress = Callable[[float, float], None]
"""Told contacts made, and about how many there will be."""


def city_of(people: People, zone: ZoneInfo, per_day: float = PER_DAY) -> City:
    """The city of the demonstration, always the same."""
    return City(SEED, people.topics, people.districts, per_day, zone=zone)


async def fill(
    database: Database,
    people: People,
    city: City,
    now_ms: int,
    *,
    past_ms: int = PAST_MS,
    plant: Callable[[Counts], Counts] = lambda counts: counts,
    progress: Progress = lambda _done, _all: None,
) -> int:
    """Contacts of the last weeks, or since the newest simulated one.

    Args:
        database: that counts them.
        people: who calls.
        city: how often.
        now_ms: until when, wall time.
        past_ms: since when, at most.
        plant: events of the past; asked only when all of it is made.
        progress: told after each batch.

    Returns:
        How many there are.
    """
    async with database.session() as session:
        last_ms = await voc_simulated.last_ms(session)
    since_ms = max(now_ms - past_ms, last_ms + 1 if last_ms is not None else 0)
    if since_ms >= now_ms:
        return 0
    first_hour = since_ms // HOUR_MS
    counts = city.counts(first_hour, now_ms // HOUR_MS - first_hour + 1, seed=first_hour)
    if last_ms is None:
        counts = plant(counts)
    total, made, done = int(counts.contacts.sum()), 0, 0
    batches = _batches(people, city, counts, first_hour)
    while batch := await asyncio.to_thread(next, batches, None):
        kept = [about for about in batch if since_ms <= about.at_ms < now_ms]
        async with database.session() as session:
            made += await voc_contacts.put(session, kept, zone=city.zone)
        done += len(batch)
        progress(done, total)
    return made


def _batches(people: People, city: City, counts: Counts, seed: int) -> Iterator[list[About]]:
    """Each seed has contacts with ids of its own."""
    chance = random.Random(seed)  # noqa: S311  a simulation
    for batch in city.batches(counts, seed, size=BATCH):
        yield [_one(people, about, chance) for about in batch]


def _one(people: People, about: About, chance: random.Random) -> About:
    """Somebody with this matter, from there."""
    district = "" if chance.random() < SILENT else about.district
    citizen = people.one(about.topic, chance)
    return living_in(citizen, about.contact_id, about.at_ms, district, people.place(district, chance))

"""Four weeks of contacts of a simulated city, put where contacts are counted; topped up where a demo left off."""

import asyncio
import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from contracts.voc import About
from sangdam.simulation import story
from sangdam.simulation.people import People, living_in
from sangdam.voc_city import City, Habits
from store import voc_contacts, voc_simulated
from store.database import Database
from voc.series import HOUR_MS, Counts

PAST_MS: Final = 28 * 24 * HOUR_MS
PER_DAY: Final = 2_000
"""Contacts; a workday has more, a Sunday fewer."""
SEED: Final = 120
SILENT: Final = 0.2
"""Of the contacts, whatever they are about: citizens who do not say where they are."""
CALM: Final = Habits(hour_scatter=0.03, day_sd=0.05, trend_sd=0.005, volume_sd=0.04, surges_per_week=0.0)
"""A quiet month, so that what is shown is the outage and no wave of calls that nobody can explain."""
BATCH: Final = 2_000

Progress = Callable[[float, float], None]
"""Told contacts made, and about how many there will be."""


def city_of(people: People, zone: ZoneInfo, per_day: float = PER_DAY) -> City:
    """The city of the demonstration, always the same."""
    city = City(SEED, people.topics, people.districts, per_day, CALM, zone=zone)
    nowhere = people.districts.index("")
    city.shares[:, nowhere] = 0
    city.shares *= (1 - SILENT) / city.shares.sum(1, keepdims=True)
    city.shares[:, nowhere] = SILENT
    return city


async def fill(
    database: Database,
    people: People,
    city: City,
    now_ms: int,
    *,
    past_ms: int = PAST_MS,
    progress: Progress = lambda _done, _all: None,
) -> int:
    """Contacts of the last weeks, or since the newest simulated one.

    Args:
        database: that counts them.
        people: who calls.
        city: how often.
        now_ms: until when, wall time.
        past_ms: since when, at most; the whole week counts in which it begins.
        progress: told after each batch.

    Returns:
        How many there are.
    """
    async with database.session() as session:
        last_ms = await voc_simulated.last_ms(session)
    is_new = last_ms is None or last_ms < now_ms - past_ms
    since_ms = _monday(now_ms - past_ms, city.zone) if is_new or last_ms is None else last_ms + 1
    if since_ms >= now_ms:
        return 0
    first_hour = since_ms // HOUR_MS
    counts = city.counts(first_hour, now_ms // HOUR_MS - first_hour + 1, seed=first_hour)
    is_told = is_new and past_ms >= PAST_MS
    if is_told:
        counts = story.plant(city, counts, now_ms)
    total, made, done = int(counts.contacts.sum()), 0, 0
    batches = _batches(people, city, counts, first_hour)
    while batch := await asyncio.to_thread(next, batches, None):
        kept = [about for about in batch if since_ms <= about.at_ms < now_ms]
        async with database.session() as session:
            made += await voc_contacts.put(session, kept, zone=city.zone)
        done += len(batch)
        progress(done, total)
    if is_told:
        await story.tell(database, people, city, counts, now_ms)
    return made


def _monday(at_ms: int, zone: ZoneInfo) -> int:
    """Beginning of its week: reports compare whole weeks."""
    day = dt.datetime.fromtimestamp(at_ms / 1000, zone).date()
    monday = dt.datetime.combine(day - dt.timedelta(days=day.weekday()), dt.time(), zone)
    return round(monday.timestamp() * 1000)


def _batches(people: People, city: City, counts: Counts, seed: int) -> Iterator[list[About]]:
    """Each seed has contacts with ids of its own."""
    chance = random.Random(seed)  # noqa: S311  a simulation
    for batch in city.batches(counts, seed, size=BATCH):
        yield [_one(people, about, chance) for about in batch]


def _one(people: People, about: About, chance: random.Random) -> About:
    """Somebody with this matter, from there."""
    citizen = people.one(about.topic, chance)
    place = people.place(about.district, chance)
    return living_in(citizen, about.contact_id, about.at_ms, about.district, place)

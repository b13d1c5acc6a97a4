"""The city of the demonstration, put together."""

import asyncio
import random
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from contracts.categories import DEFAULT_PATH, load_categories
from contracts.clock import wall_ms
from contracts.districts import load_districts
from models.morphemes import Morphemes
from sangdam.application import Application
from sangdam.settings import Settings
from sangdam.simulation.calls import Switchboard
from sangdam.simulation.city_now import CityNow
from sangdam.simulation.past import PAST_MS, PER_DAY, Progress, city_of, fill
from sangdam.simulation.people import meet
from sangdam.simulation.scripts import read_scripts
from sangdam.voc_site import site_zone
from store import voc_simulated
from store.database import Database
from voc.reading.about import Reader

RULES: Final = Path(__file__).with_name("rules.yaml")
_LATELY_MS: Final = 36 * 3_600_000
"""Longer than any window of the detector but those of slow rises."""
_LIVE: Final = 36
"""Letters of a live contact's id; those of the past that is made up are shorter."""


def with_city(options: Settings) -> Settings:
    """The settings with alerts that are looked for often, unless the site has some of its own; and with the codes and
    districts that the simulated calls are about.
    """
    return options.model_copy(update={"voc": options.voc or RULES, "categories": None, "districts": None})


async def settle(
    application: Application,
    options: Settings,
    *,
    past_ms: int = PAST_MS,
    per_day: float = PER_DAY,
    speed: float = 1.0,
    progress: Progress = lambda _done, _all: None,
) -> CityNow:
    """Make the city's past, or top it up; what is returned makes its calls from now on.

    Raises:
        BadSetting: lines or tables that cannot be used.
        StorageFull, Unavailable: the past could not be kept.
    """
    scripts = read_scripts()
    districts = load_districts()
    zone = site_zone(options)
    people = await asyncio.to_thread(
        lambda: meet(Reader(load_categories(DEFAULT_PATH), districts, Morphemes()), scripts, districts)
    )
    city = city_of(people, zone, per_day)
    database = application.database
    await take_back(database, scripts.outage.topic, zone, wall_ms())
    await fill(database, people, city, wall_ms(), past_ms=past_ms, progress=progress)
    foundation = application.foundation
    return CityNow(
        board=Switchboard(foundation.bus, foundation.instance, speed=speed),
        people=people,
        scripts=scripts,
        city=city,
        chance=random.Random(),  # noqa: S311  a simulation
        speed=speed,
    )


async def take_back(database: Database, topic: str, zone: ZoneInfo, now_ms: int) -> None:
    """A demo that is started again tells its story from the beginning: alerts of the last one go, and contacts of its
    outage. Otherwise water would still be out, and nothing would be new.
    """
    since_ms = now_ms - _LATELY_MS
    async with database.session() as session:
        told = await voc_simulated.of_topic(session, topic, since_ms)
        live = [about.contact_id for about in told if len(about.contact_id) >= _LIVE]
        await voc_simulated.forget(session, live, zone)
        await voc_simulated.forget_alerts(session, since_ms)

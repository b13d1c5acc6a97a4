"""A city that was learnt for weeks, in a real database, with an outbreak to come."""

import random
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bus.base import Bus
from contracts.categories import load_categories
from contracts.districts import load_districts
from contracts.transcript import Utterance
from contracts.voc import About
from sangdam.voc_city import City
from store import transcripts, voc_contacts
from store.database import Database
from voc.alerting.notices import Notices
from voc.baseline.calendar import Calendar
from voc.detector import Detector
from voc.rules import Rules, load_rules
from voc.series import HOUR_MS

ZONE: Final = ZoneInfo("Asia/Seoul")
CATEGORIES: Final = load_categories()
DISTRICTS: Final = load_districts()
MINUTE: Final = 60_000
STEP_MS: Final = 300_000
START_H: Final = 494_884
"""A Tuesday, 13:00 in Seoul."""
START: Final = START_H * HOUR_MS
WATER: Final = "3020"
MAPO: Final = "마포구"
SAID: Final = "합정동인데 단수가 돼서 물이 안 나와요"

_WORDS: Final = {one.code: tuple(one.keywords) for one in CATEGORIES}


@dataclass
class Centre:
    """Contacts come as `until` is called; a detector looks as a test says."""

    database: Database
    bus: Bus
    rules: Rules = field(default_factory=lambda: replace(load_rules(), learn_every_s=86_400))
    tell: Notices | None = None
    _random: random.Random = field(default_factory=lambda: random.Random(5))

    def detector(self, bus: Bus | None = None, database: Database | None = None) -> Detector:
        """A process of its own."""
        return Detector(
            database or self.database,
            bus or self.bus,
            self.rules,
            Calendar(ZONE, "KR"),
            DISTRICTS,
            CATEGORIES,
            clock=lambda: START,
            tell=self.tell,
        )

    async def call(
        self,
        count: int,
        at_ms: int,
        *,
        topic: str = WATER,
        district: str = MAPO,
        phrases: Sequence[str] = ("단수", "합정동"),
        text: str = "",
        **more: object,
    ) -> list[About]:
        """So many contacts within the five minutes before."""
        made = [
            About(
                contact_id=str(uuid.UUID(int=self._random.getrandbits(128))),
                at_ms=at_ms - self._random.randrange(1, STEP_MS),
                topic=topic,
                district=district,
                phrases=tuple(phrases),
                **more,  # type: ignore[arg-type]
            )
            for _ in range(count)
        ]
        async with self.database.session() as session:
            await voc_contacts.put(session, made, zone=ZONE)
            if text:
                await transcripts.upsert_many(session, [_final(about, text) for about in made])
        return made


def _final(about: About, text: str) -> Utterance:
    return Utterance(
        contact_id=about.contact_id,
        at_ms=about.at_ms,
        utterance_id=f"{about.contact_id}/0/0",
        revision=1,
        status="final",
        channel=0,
        role="caller",
        start_ms=0,
        end_ms=2_000,
        text=text,
        heard_ms=about.at_ms,
    )


def past(per_day: float, weeks: int) -> list[About]:
    """What the city said until `START`."""
    chance = random.Random(1)
    city = City(7, [one.code for one in CATEGORIES], ["", *(one.name for one in DISTRICTS)], per_day)
    hours = weeks * 168
    found = []
    for about in city.contacts(city.counts(START_H - hours, hours)):
        words = _WORDS[about.topic]
        found.append(
            about.model_copy(
                update={
                    "contact_id": str(uuid.UUID(int=chance.getrandbits(128))),
                    "phrases": tuple(chance.sample(words, min(2, len(words)))),
                }
            )
        )
    return found


async def fill(database: Database, per_day: float = 300, weeks: int = 4) -> None:
    abouts = past(per_day, weeks)
    for start in range(0, len(abouts), 5_000):
        async with database.session() as session:
            await voc_contacts.put(session, abouts[start : start + 5_000], zone=ZONE)


def copied(template: Path, folder: Path) -> str:
    """URL of a copy of a closed SQLite database."""
    shutil.copyfile(template, folder / "centre.db")
    return f"sqlite+aiosqlite:///{folder}/centre.db"

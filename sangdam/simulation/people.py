"""What simulated citizens say, read once as every contact is: topic, complaint and phrases of each script.

So the past that is made up and the calls of now are counted alike, and a phrase of every day is no new one.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.districts import District
from contracts.transcript import Utterance
from contracts.voc import About
from sangdam.simulation.scripts import Lines, Scripts, at_home
from voc.reading.about import Reader, Said

_NOBODY: Final = str(uuid.UUID(int=0))


@dataclass(frozen=True, slots=True)
class Citizen:
    """One script, read."""

    lines: Lines
    about: About
    """Of somebody who does not say where they are."""


@dataclass(frozen=True, slots=True)
class People:
    """Citizens of a city by topic, and where they live."""

    citizens: dict[str, tuple[Citizen, ...]]
    places: dict[str, tuple[str, ...]]
    """District → neighbourhoods that stand in no other one."""

    def one(self, topic: str, chance: random.Random) -> Citizen:
        """Somebody with this matter."""
        return chance.choice(self.citizens[topic])

    def place(self, district: str, chance: random.Random) -> str:
        """Some neighbourhood there; empty without a district."""
        return chance.choice(self.places[district]) if district else ""

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted(self.citizens))

    @property
    def districts(self) -> tuple[str, ...]:
        """The empty one among them: many do not say where they are."""
        return ("", *self.places)


def meet(reader: Reader, scripts: Scripts, districts: Sequence[District]) -> People:
    """Read all scripts. Blocks for about a second."""
    said_of = {
        topic: tuple(Citizen(lines, reader.about(_said(lines))) for lines in calls)
        for topic, calls in scripts.everyday.items()
    }
    owners: dict[str, int] = {}
    for district in districts:
        for place in district.places:
            owners[place] = owners.get(place, 0) + 1
    places = {one.name: tuple(place for place in one.places if owners[place] == 1)[:12] for one in districts}
    return People(said_of, places)


def living_in(citizen: Citizen, contact_id: str, at_ms: int, district: str, place: str) -> About:
    """A contact of this citizen, as it would be read; built without validation, which takes most of the time."""
    about = citizen.about
    where = (f"{district} {place}", place, district) if district else ()
    return About.model_construct(
        contact_id=contact_id,
        at_ms=at_ms,
        kind="call",
        simulated=True,
        topic=about.topic,
        district=district,
        place=place,
        danger=about.danger,
        complaint=about.complaint,
        phrases=(*about.phrases[:9], *where),
        theme_id="",
        label=about.label,
    )


def read_call(reader: Reader, lines: Lines, district: str = "", place: str = "") -> About:
    """What a citizen's lines are read as, where they live there."""
    return reader.about(_said(at_home(lines, district, place)))


def _said(lines: Lines) -> Said:
    finals = tuple(
        Utterance(
            contact_id=_NOBODY,
            at_ms=0,
            utterance_id=f"{_NOBODY}/1/{number}",
            revision=1,
            status="final",
            channel=1,
            role="caller",
            start_ms=number * 1000,
            end_ms=number * 1000,
            text=line,
            heard_ms=0,
        )
        for number, line in enumerate(lines)
    )
    return Said(_NOBODY, 0, "call", simulated=True, roles={1: "caller"}, finals=finals)

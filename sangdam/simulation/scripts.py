"""What is said in simulated calls: `samples/voc_calls/*.yaml`."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from contracts.errors import BadSetting
from contracts.event import Model, Role
from sangdam.site import SAMPLES

FOLDER: Final = SAMPLES / "voc_calls"

Lines = tuple[str, ...]


class Everyday(Model):
    """Calls of one topic."""

    topic: str
    """Empty: of none."""
    calls: tuple[Lines, ...] = Field(min_length=1)


class Spot(Model):
    district: str
    place: str


class Outage(Model):
    """Calls of an outage of water; `{where}` and `{place}` stand for where it is."""

    at: Spot
    topic: str
    calls: tuple[Lines, ...] = Field(min_length=1)


class AgentLines(Model):
    hello: Lines = Field(min_length=1)
    answer: Lines = Field(min_length=1)
    close: Lines = Field(min_length=1)
    bye: Lines = Field(min_length=1)
    """The citizen's."""


@dataclass(frozen=True, slots=True)
class Scripts:
    everyday: dict[str, tuple[Lines, ...]]
    """Topic → calls."""
    outage: Outage
    agents: AgentLines

    def call(self, citizen: Lines, chance: random.Random) -> list[tuple[Role, str]]:
        """A whole call around what the citizen says."""
        first, *more = citizen
        pick = chance.choice
        call: list[tuple[Role, str]] = [("agent", pick(self.agents.hello)), ("caller", first)]
        for line in more:
            call += [("agent", pick(self.agents.answer)), ("caller", line)]
        return [*call, ("agent", pick(self.agents.close)), ("caller", pick(self.agents.bye))]


_EVERYDAY: Final = TypeAdapter(tuple[Everyday, ...])


def read_scripts(folder: Path = FOLDER) -> Scripts:
    """All files of the folder.

    Raises:
        BadSetting: a file is missing, or is not what it should be.
    """
    try:
        everyday = _EVERYDAY.validate_python(_read(folder / "everyday.yaml"))
        outage = Outage.model_validate(_read(folder / "outage.yaml"))
        agents = AgentLines.model_validate(_read(folder / "agents.yaml"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        why = " ".join(str(error).split())[:200]
        raise BadSetting(
            f"모의 통화의 대본 {folder}을(를) 쓸 수 없습니다({why}). 저장소의 samples/voc_calls와 견주어 고치십시오.",
            f"lines of simulated calls in {folder} cannot be used ({why}); compare them with samples/voc_calls.",
        ) from None
    return Scripts({one.topic: one.calls for one in everyday}, outage, agents)


def at_home(citizen: Lines, district: str, place: str) -> Lines:
    """The same with where the citizen is, said in passing; empty: it is not said."""
    where = f"{district} {place}".strip()
    return (f"{where}인데요 {citizen[0]}", *citizen[1:]) if where else citizen


def there(citizen: Lines, spot: Spot) -> Lines:
    """Lines of the outage at this place."""
    where = f"{spot.district} {spot.place}"
    return tuple(line.format(where=where, place=spot.place) for line in citizen)


def _read(path: Path) -> object:
    return yaml.safe_load(path.read_text("utf-8"))

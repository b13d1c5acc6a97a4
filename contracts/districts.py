"""The site's districts: where each lies on a map of tiles, which are its neighbours, what its places are called.

`districts.yaml` holds those of Seoul; another city hands in a file of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from contracts.errors import BadSetting
from contracts.event import Model

DEFAULT_PATH: Final = Path(__file__).with_name("districts.yaml")


@dataclass(frozen=True, slots=True)
class District:
    """One district of the site."""

    name: str
    """As it is counted and shown: 마포구."""
    row: int
    """Of its tile, from the north."""
    column: int
    """Of its tile, from the west."""
    neighbours: tuple[str, ...]
    """Districts that share a border, a river's too. If one is another's neighbour, the other is its."""
    places: tuple[str, ...]
    """Legal and administrative neighbourhoods: 합정동. The same name may stand in several districts."""
    landmarks: tuple[str, ...] = ()
    """What else people call places: stations, markets, short names (합정, 홍대입구)."""


class _Entry(Model):
    row: int = Field(ge=0, le=99)
    column: int = Field(ge=0, le=99)
    neighbours: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    landmarks: tuple[str, ...] = ()


_FILE: Final = TypeAdapter(dict[str, _Entry])


def load_districts(path: Path | None = None) -> tuple[District, ...]:
    """Read a site's districts, in the file's order; without a path those of Seoul.

    Raises:
        BadSetting: the file is missing or is no YAML of districts, two share a tile, or a neighbour is unknown
            or does not name its neighbour back.
    """
    where = path or DEFAULT_PATH
    try:
        entries = _FILE.validate_python(yaml.safe_load(where.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise _bad(where, " ".join(str(error).split())[:200]) from None
    districts = tuple(
        District(name, entry.row, entry.column, entry.neighbours, entry.places, entry.landmarks)
        for name, entry in entries.items()
    )
    _check(districts, where)
    return districts


def _check(districts: Sequence[District], where: Path) -> None:
    if not districts:
        raise _bad(where, "no district")
    neighbours = {district.name: set(district.neighbours) for district in districts}
    tiles: dict[tuple[int, int], str] = {}
    for district in districts:
        other = tiles.setdefault((district.row, district.column), district.name)
        if other != district.name:
            raise _bad(where, f"{other}, {district.name}: same tile")
        for neighbour in district.neighbours:
            if neighbour == district.name or district.name not in neighbours.get(neighbour, ()):
                raise _bad(where, f"{district.name} – {neighbour}: not neighbours of each other")


def _bad(path: Path, what: str) -> BadSetting:
    return BadSetting(
        f"자치구 파일 '{path}'을(를) 쓸 수 없습니다({what}). '구: {{row, column, neighbours, places}}' 꼴의 YAML인지, 이웃이 서로를 가리키는지 확인하십시오.",
        f"cannot use districts '{path}' ({what}); it should be YAML like 'district: {{row, column, neighbours, "
        "places}', and neighbours should name each other.",
    )

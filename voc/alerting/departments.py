"""Who should act: the first entry of the site's table that fits an alert. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.voc import Danger

PLACE: Final = "{district}"
ANY_DISTRICT: Final = "관할 구"
"""Stands for the district where an alert names none, or many."""


@dataclass(frozen=True, slots=True)
class Department:
    """An entry of the table. Whatever it names must fit; what is empty fits everything."""

    name: str
    """`{district}` is the alert's leading district."""
    topics: tuple[str, ...] = ()
    """Beginnings of codes."""
    dangers: tuple[Danger, ...] = ()
    districts: tuple[str, ...] = ()

    def fits(self, topic: str, danger: Danger | None, district: str) -> bool:
        return (
            (not self.topics or topic.startswith(self.topics))
            and (not self.dangers or danger in self.dangers)
            and (not self.districts or district in self.districts)
        )

    def named(self, district: str) -> str:
        return self.name.replace(PLACE, district or ANY_DISTRICT)


def suggested(table: Sequence[Department], topic: str, danger: Danger | None, district: str) -> str:
    """The department for an alert's leading topic, its danger and its district; empty: none fits."""
    return next((one.named(district) for one in table if one.fits(topic, danger, district)), "")


def names(table: Sequence[Department]) -> tuple[str, ...]:
    """All there are, in the table's order, each once."""
    return tuple(dict.fromkeys(one.named("") for one in table))

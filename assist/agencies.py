"""Other agencies' matters: which number a caller should be given. A table, and what was said against it. Pure."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, ConfigDict, ValidationError

from contracts.errors import BadInput
from contracts.event import Model

DEFAULT_PATH: Final = Path(__file__).with_name("agencies.yaml")

_NUMBER: Final = re.compile(r"(?<![\d-])\d[\d-]*\d(?![\d-])")
_PARTICLE: Final = re.compile(r"(?<=[가-힣]{2})(?:이|가|을|를|은|는|에|도)$")


def _is_pattern(text: str) -> str:
    _compiled(text)
    return text


def _compiled(pattern: str) -> re.Pattern[str]:
    # People and recognisers write '건강 보험' and '건강보험'.
    return re.compile(pattern.replace(" ?", " ").replace(" ", r"\s*"), re.IGNORECASE)


class Agency(Model):
    """One line of the table."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    number: str
    """As it is dialled: `126`, `1577-1000`."""
    name: str
    title: str
    says: str
    """One or two plain sentences that the agent can say."""
    asks: Annotated[tuple[str, ...], AfterValidator(lambda all_: tuple(_is_pattern(each) for each in all_))]
    """What callers say about its matters, as regular expressions; a space matches any spaces or none."""
    hours: str = ""
    source: str
    emergency: bool = False
    """Shown at once and first."""
    revised: dt.date
    """When the table was last looked through."""

    @property
    def card_id(self) -> str:
        return f"agency-{self.number}"

    @property
    def label(self) -> str:
        """Name and number: '국세상담센터 126'."""
        return f"{self.name} {self.number}"

    @cached_property
    def _asks(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_compiled(pattern) for pattern in self.asks)

    def matched(self, text: str) -> tuple[str, ...]:
        """The caller's words that speak of this agency, in order of the patterns; empty: it is not meant."""
        found = (pattern.search(text) for pattern in self._asks)
        named = dict.fromkeys(_whole_words(text, *match.span()) for match in found if match)
        return tuple(_PARTICLE.sub("", words) for words in named if words)


class Agencies:
    """The table."""

    def __init__(self, agencies: Sequence[Agency] = ()) -> None:
        self._agencies = tuple(agencies)

    def __iter__(self) -> Iterator[Agency]:
        return iter(self._agencies)

    def __len__(self) -> int:
        return len(self._agencies)

    def meant(self, text: str) -> list[Agency]:
        """The agencies whose matters the text speaks of: emergencies first, then in the table's order."""
        found = [agency for agency in self._agencies if agency.matched(text)]
        return sorted(found, key=lambda agency: not agency.emergency)


def load_agencies(path: Path = DEFAULT_PATH) -> Agencies:
    """Read a table; see `agencies.yaml` for the form.

    Raises:
        BadInput: it cannot be read, or is not of that form.
    """
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        revised = table["revised"]
        lines = [{"revised": revised} | line for line in table["agencies"]]
        agencies = [Agency.model_validate(line) for line in lines]
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        ValidationError,
        TypeError,
        KeyError,
        re.error,
    ) as error:
        raise BadInput(
            f"다른 기관 표 {path}을(를) 읽을 수 없습니다: {error}",
            f"cannot read the table of other agencies {path}: {error}",
        ) from error
    numbers = [agency.number for agency in agencies]
    doubled = sorted({number for number in numbers if numbers.count(number) > 1})
    if doubled:
        raise BadInput(
            f"다른 기관 표 {path}에 같은 번호가 여러 번 있습니다: {', '.join(doubled)}",
            f"numbers that stand twice in the table of other agencies {path}: {', '.join(doubled)}",
        )
    return Agencies(agencies)


def numbers_in(text: str) -> list[str]:
    """Telephone numbers of a text: '국세청 126' → ['126']."""
    return _NUMBER.findall(text)


def _whole_words(text: str, start: int, end: int) -> str:
    """The words that a match lies in: '소득세' in '종합소득세는' → '종합소득세는'."""
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return " ".join(text[start:end].split())

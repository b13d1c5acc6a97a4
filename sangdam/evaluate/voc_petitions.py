"""`sangdam eval voc --design petitions`: what is raised in three months of real public petitions, and when.

Petitions are `$SANGDAM_TEST_DATA/petitions/*.jsonl`: one JSON object a line with `begin` (date), `category`,
`content`. Of their text only single phrases come out. Whether an alert was a real event people have to judge
(docs/voc-evaluation.md).
"""

import datetime as dt
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, cast

from pydantic import TypeAdapter, ValidationError

from contracts.errors import BadInput
from contracts.event import Model
from models.morphemes import Morphemes
from sangdam.evaluate.petition_events import THRESHOLD, Petition, PetitionEvent, events
from sangdam.terminal import Bar, out
from voc.reading.phrases import Phrases, load_background

VARIABLE: Final = "SANGDAM_TEST_DATA"
_READ_CHARS: Final = 300
"""Of a petition: what it is about stands at its beginning, as in a call. With 4,000 it finds the same events later."""
_QUICK_CHARS: Final = 120
_SHOWN_PHRASES: Final = 8
_SHOWN_CATEGORIES: Final = 3


class RawPetition(Model):
    """A line of the files."""

    begin: dt.date
    category: str
    content: str


_LINE: Final = TypeAdapter(RawPetition)


def evaluate(progress: Bar, *, quick: bool = False) -> dict[str, object]:
    """Read, count, detect. About 15 s; `quick` reads less of each petition.

    Raises:
        BadInput: the petitions are missing, or a file is no such JSON.
    """
    raw = read(_folder())
    phrases = Phrases(Morphemes().analyze, load_background(), with_names=True)
    petitions: list[Petition] = []
    for number, each in enumerate(raw):
        text = each.content[: _QUICK_CHARS if quick else _READ_CHARS]
        petitions.append(Petition(each.begin.toordinal(), each.category, frozenset(phrases.in_line(text))))
        progress.move(number + 1, len(raw))
    return figures(petitions)


def figures(petitions: list[Petition]) -> dict[str, object]:
    """The events, and how many petitions by week and category they were found in."""
    found = events(petitions)
    days = [petition.day for petition in petitions]
    return {
        "petitions": len(petitions),
        "from": _date(min(days)),
        "to": _date(max(days)),
        "threshold": THRESHOLD,
        "alerts": [_told(event, petitions) for event in found],
        "weeks": _weeks(petitions),
    }


def read(folder: Path) -> list[RawPetition]:
    """All petitions of a folder, by date.

    Raises:
        BadInput: none is there, or a line is none.
    """
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise _missing(folder)
    found: list[RawPetition] = []
    for path in paths:
        # Not splitlines(): a JSON string may hold line separators of Unicode.
        for number, line in enumerate(path.read_text(encoding="utf-8").rstrip("\n").split("\n"), start=1):
            try:
                found.append(_LINE.validate_python(json.loads(line)))
            except (ValueError, ValidationError):
                raise BadInput(
                    f"'{path}' {number}번째 줄이 청원이 아닙니다. begin, category, content가 있는 JSON이어야 합니다.",
                    f"line {number} of '{path}' is no petition; it should be JSON with begin, category, content.",
                ) from None
    return sorted(found, key=lambda petition: petition.begin)


def show(result: dict[str, object]) -> None:
    """One line an alert."""
    out.print(f"{result['petitions']}건, {result['from']} – {result['to']}")
    for alert in cast("list[dict[str, object]]", result["alerts"]):
        phrases = ", ".join(cast("list[str]", alert["phrases"]))
        out.print(
            f"{alert['raised']} – {alert['last']}  {alert['of']:8} {alert['seen']}/{alert['expected']}"
            f"  p {alert['p_value']}  {alert['usual']:6}  {phrases}",
            markup=False,
        )


def _told(event: PetitionEvent, petitions: list[Petition]) -> dict[str, object]:
    best = event.best
    categories = Counter(petitions[row].category for row in event.petitions)
    return {
        "raised": _date(event.first_day),
        "last": _date(event.last_day),
        "of": best.of,
        "phrases": event.names()[:_SHOWN_PHRASES],
        "categories": dict(categories.most_common(_SHOWN_CATEGORIES)),
        "petitions": len(event.petitions),
        "seen": len(best.petitions),
        "expected": round(best.expected, 2),
        "window_days": best.window_days,
        "p_value": float(f"{best.p_value:.1e}"),
        "usual": best.usual,
    }


def _weeks(petitions: Iterable[Petition]) -> dict[str, dict[str, int]]:
    """Week's Monday → petitions by category."""
    weeks: dict[str, Counter[str]] = {}
    for petition in petitions:
        monday = petition.day - (petition.day - 1) % 7
        weeks.setdefault(_date(monday), Counter())[petition.category] += 1
    return {week: dict(counts.most_common()) for week, counts in sorted(weeks.items())}


def _date(day: int) -> str:
    return dt.date.fromordinal(day).isoformat()


def _folder() -> Path:
    data = os.environ.get(VARIABLE)
    if not data:
        raise _missing(None)
    return Path(data) / "petitions"


def _missing(folder: Path | None) -> BadInput:
    where = f"'{folder}'" if folder else f"${VARIABLE}"
    return BadInput(
        f"청원 자료가 없습니다({where}). {VARIABLE}에 petitions/*.jsonl이 있는 폴더를 적으십시오. 이 자료는 함께 배포하지 않습니다.",
        f"no petitions ({where}); set {VARIABLE} to the folder that holds petitions/*.jsonl. The data is not part of the project.",
    )

"""A year of a city's contacts for `bench/voc.py`: simulated, but with ids, words and dangers as real ones have them."""

import uuid
from collections.abc import Iterator
from typing import Final

import numpy as np

from contracts.categories import load_categories
from contracts.contact import ContactStateChanged
from contracts.districts import load_districts
from contracts.voc import About, Danger, Finding, PlaceCount, TopicCount
from sangdam.voc_city import City

MONTH_H: Final = 24 * 30
WORDS: Final = 20_000
"""Different phrases; how often they are said falls with their rank, as words do (Zipf)."""
PHRASES: Final = 6
"""Of one contact."""
DANGERS: Final[tuple[Danger, ...]] = ("gas", "fire", "flood", "crowd", "outage", "collapse")


def city(per_day: float) -> City:
    """With the topics and districts that come along; every tenth place is unknown."""
    topics = [category.code for category in load_categories()]
    return City(7, topics, [*(district.name for district in load_districts()), "", ""], per_day)


def contacts(per_day: float, days: int, until_hour: int, size: int) -> Iterator[list[About]]:
    """By time, in lists of `size`; the last one ends before `until_hour`."""
    home = city(per_day)
    rng = np.random.default_rng(11)
    words = [f"민원낱말{number}" for number in range(WORDS)]
    first = until_hour - days * 24
    for start in range(first, until_hour, MONTH_H):
        # Month by month: a year of counts would take a gigabyte.
        counts = home.counts(start, min(MONTH_H, until_hour - start), seed=start)
        for batch in home.batches(counts, size=size):
            yield dressed(batch, words, rng)


def dressed(batch: list[About], words: list[str], rng: np.random.Generator) -> list[About]:
    """With an id that sorts nowhere, phrases, complaints (8 %) and dangers (1 %)."""
    ids = rng.bytes(16 * len(batch))
    said = (rng.zipf(1.3, (len(batch), PHRASES)) % len(words)).tolist()
    lots = rng.random((len(batch), 2)).tolist()
    return [
        about.model_copy(
            update={
                "contact_id": str(uuid.UUID(bytes=ids[16 * index : 16 * index + 16])),
                "phrases": tuple(dict.fromkeys(words[number] for number in said[index])),
                "complaint": ("답답해요",) if lots[index][0] < 0.08 else (),
                "danger": DANGERS[index % 6] if lots[index][1] < 0.01 else None,
                "place": "망원동" if about.district else "",
                "label": "분야 > 세부 유형",
            }
        )
        for index, about in enumerate(batch)
    ]


def alert(number: int, raised_at_ms: int, topic: str, district: str) -> Finding:
    """One of a year's alerts."""
    return Finding(
        alert_id=str(uuid.UUID(int=number, version=4)),
        revision=1,
        kind="rise",
        lane="safety" if number % 4 == 0 else "usual",
        severity="warning",
        title=f"{district} · {topic}",
        raised_at_ms=raised_at_ms,
        first_ms=raised_at_ms - 3_600_000,
        last_ms=raised_at_ms + 7_200_000,
        window_ms=3_600_000,
        seen=14,
        expected=2.5,
        p_value=1e-7,
        contacts=31,
        topics=(TopicCount(topic=topic, label=topic, contacts=31),),
        districts=(PlaceCount(district=district, contacts=31),),
    )


def live(number: int, now_ms: int) -> ContactStateChanged:
    """A call that goes on."""
    return ContactStateChanged(
        contact_id=str(uuid.UUID(int=1_000_000 + number, version=4)),
        at_ms=now_ms,
        revision=2,
        state="talking",
        agent_id=f"agent-{number}",
        title="010-****-0000",
        started_at_ms=now_ms - number * 1000,
    )

"""What the evaluation of alerts is run on: a city's contacts, small things that happen every day, and planted incidents.

Contacts are no independent draws: of one broken lamp two neighbours tell. Such happenings are part of every day here,
and those that as many people tell of as an alert needs are written down, so that nobody calls their alerts false. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import count
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from contracts.categories import load_categories
from contracts.districts import load_districts
from contracts.voc import About, Danger
from contracts.voc_track import Strand
from sangdam.evaluate.voc_hourly_world import FIRST_HOUR, HABITS
from sangdam.voc_city import City
from voc.series import HOUR_MS, WEEK_H

Kind = Literal["district", "neighbours", "city", "danger", "words"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SIZES: Final[dict[Kind, tuple[int, int, int]]] = {
    "district": (5, 10, 20),
    "neighbours": (6, 12, 24),
    "city": (15, 30, 60),
    "danger": (3, 5, 10),
    "words": (5, 10, 20),
}
"""Contacts of a planted incident: a small, a middling and a large one."""
LASTS_H: Final[dict[Kind, float]] = {
    "district": 3.0,
    "neighbours": 6.0,
    "city": 6.0,
    "danger": 1.0,
    "words": 6.0,
}
APART_H: Final = 5
"""Between two planted incidents, in the mean."""
DAY_MS: Final = 24 * HOUR_MS
_NOWHERE: Final = 0.2
"""Of the contacts: those who do not say where they are."""
_DAILY: Final[dict[Kind, float]] = {"district": 6.0, "danger": 2.0, "words": 3.0}
"""Small happenings a day."""
_MORE: Final[dict[Kind, float]] = {"district": 0.35, "danger": 0.25, "words": 0.3}
"""Chance that one more tells of it, after each who did."""
_WITHIN_H: Final = 1.0
_LEAST: Final[dict[Kind, int]] = {"district": 4, "danger": 3, "words": 4}
"""Contacts from which on a small happening deserves its alert: those of `voc/site.yaml`."""
_DANGERS: Final[tuple[Danger, ...]] = get_args(Danger)
_WORDS: Final = 100_000
"""That citizens know."""
_WORDS_SAID: Final = 4
"""In a contact, beside those of its topic."""
_ZIPF: Final = 1.05
_ZIPF_SHIFT: Final = 2.7
"""How often the word of a rank is said: (rank + shift) ** -exponent (Mandelbrot 1953)."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happens, and that some people tell of."""

    kind: Kind
    topic: str
    """Empty: any."""
    districts: tuple[str, ...]
    """Empty: the whole city."""
    danger: Danger | None
    word: str
    """That nobody ever said; empty: none."""
    at_ms: tuple[int, ...]
    """Of its contacts."""
    size: int | None
    """Which of `SIZES`; None: a small happening of every day."""

    def is_told_by(self, strand: Strand) -> bool:
        """Whether an alert of this series tells of it."""
        if self.districts and strand.districts and not set(self.districts) & set(strand.districts):
            return False
        if strand.danger:
            return strand.danger == self.danger
        if strand.phrase:
            return strand.phrase == self.word
        if strand.topic:
            return strand.topic == self.topic
        # More contacts of whatever topic, in its district.
        return bool(self.districts and strand.districts)


@dataclass(frozen=True, slots=True)
class World:
    city: City
    first_ms: int
    """Contacts begin."""
    run_ms: int
    """The detector begins to look."""
    until_ms: int
    incidents: tuple[Incident, ...]
    """Planted ones, and happenings large enough for an alert."""
    _extra: tuple[About, ...]

    def contacts(self) -> Iterator[About]:
        """All, by time."""
        hours = (self.until_ms - self.first_ms) // HOUR_MS
        usual = self.city.batches(self.city.counts(self.first_ms // HOUR_MS, hours))
        return merge(_talking(usual, self.city.seed), self._extra, key=lambda about: about.at_ms)


def _talking(batches: Iterable[list[About]], seed: int) -> Iterator[About]:
    """The same contacts with words of everyday language in them, most of them seldom heard."""
    rng = np.random.default_rng([seed, 22])
    often = (np.arange(1, _WORDS + 1) + _ZIPF_SHIFT) ** -_ZIPF
    up_to = np.cumsum(often / often.sum())
    for batch in batches:
        said = np.searchsorted(up_to, rng.random((len(batch), _WORDS_SAID))).tolist()
        for about, ranks in zip(batch, said, strict=True):
            words = (*about.phrases, *(f"말{rank}" for rank in ranks))
            yield about.model_copy(update={"phrases": tuple(dict.fromkeys(words))})


def world(seed: int, *, per_day: float, learn_weeks: int, run_days: int) -> World:
    """A city of this seed; incidents are planted after the weeks that are learnt from."""
    topics = [one.code for one in load_categories()]
    names = [one.name for one in load_districts()]
    city = City(seed, topics, [*names, ""], per_day, HABITS)
    city.shares[:, -1] = 0
    city.shares *= (1 - _NOWHERE) / city.shares.sum(1, keepdims=True)
    city.shares[:, -1] = _NOWHERE
    first_ms = FIRST_HOUR * HOUR_MS
    run_ms = first_ms + learn_weeks * WEEK_H * HOUR_MS
    until_ms = run_ms + run_days * DAY_MS
    chance = _Chance(city, np.random.default_rng([seed, 21]))
    planted = list(chance.planted(run_ms, until_ms - 2 * DAY_MS))
    small = list(chance.happenings(first_ms, until_ms))
    extra = [about for one in (*planted, *small) for about in chance.told(one)]
    told = [one for one in small if len(one.at_ms) >= _LEAST[one.kind]]
    return World(
        city,
        first_ms,
        run_ms,
        until_ms,
        (*planted, *told),
        tuple(sorted(extra, key=lambda about: about.at_ms)),
    )


class _Chance:
    """What happens, where and to whom, by lot."""

    def __init__(self, city: City, rng: np.random.Generator) -> None:
        self._city = city
        self._rng = rng
        self._neighbours = {one.name: one.neighbours for one in load_districts()}
        self._places = tuple(self._neighbours)
        self._serial = count()

    def planted(self, since_ms: int, until_ms: int) -> Iterator[Incident]:
        """One after the other, kinds in turn, at hours at which people call."""
        at_ms = since_ms
        for number in count():
            at_ms += int(self._rng.exponential(APART_H * HOUR_MS))
            if at_ms >= until_ms:
                return
            kind, size = KINDS[number % len(KINDS)], number // len(KINDS) % 3
            begun_ms = self._waking(at_ms)
            length_ms = LASTS_H[kind] * HOUR_MS
            # Most call early: exponential, cut off at its end.
            share = self._rng.random(SIZES[kind][size])
            after = -np.log(1 - share * (1 - np.exp(-2.0))) / 2.0 * length_ms
            yield self._incident(kind, np.sort(begun_ms + after), size)

    def happenings(self, since_ms: int, until_ms: int) -> Iterator[Incident]:
        for kind, daily in _DAILY.items():
            for _ in range(int(self._rng.poisson(daily * (until_ms - since_ms) / DAY_MS))):
                begun_ms = self._waking(int(self._rng.integers(since_ms, until_ms - 2 * DAY_MS)))
                many = int(self._rng.geometric(1 - _MORE[kind]))
                after = self._rng.random(many) * _WITHIN_H * HOUR_MS
                yield self._incident(kind, np.sort(begun_ms + after), None)

    def told(self, one: Incident) -> Iterator[About]:
        """Its contacts."""
        for at_ms in one.at_ms:
            topic = one.topic or self._pick(self._city.topics)
            district = self._pick(one.districts) if one.districts else self._somewhere(topic)
            yield About(
                contact_id=f"told-{next(self._serial)}",
                at_ms=at_ms,
                simulated=True,
                topic=topic,
                district=district,
                danger=one.danger,
                phrases=(one.word,) if one.word else (),
            )

    def _incident(self, kind: Kind, at_ms: NDArray[np.float64], size: int | None) -> Incident:
        where = self._pick(self._places)
        districts: tuple[str, ...] = (where,)
        if kind == "neighbours":
            near = self._rng.permutation(list(self._neighbours[where]))[:2]
            districts = (where, *(str(name) for name in near))
        elif kind == "city":
            districts = ()
        return Incident(
            kind,
            "" if kind in {"danger", "words"} else self._pick(self._city.topics),
            districts,
            _DANGERS[int(self._rng.integers(len(_DANGERS)))] if kind == "danger" else None,
            f"새말{next(self._serial)}" if kind == "words" else "",
            tuple(int(one) for one in at_ms),
            size,
        )

    def _waking(self, at_ms: int) -> int:
        """Within a day, at an hour at which the city calls."""
        hours = at_ms // HOUR_MS + 1 + np.arange(24)
        busy = self._city.rates[self._city.calendar.slot(hours)].sum(1)
        hour = int(self._rng.choice(hours, p=busy / busy.sum()))
        return hour * HOUR_MS + int(self._rng.integers(HOUR_MS))

    def _somewhere(self, topic: str) -> str:
        shares = self._city.shares[self._city.topics.index(topic)]
        return self._city.districts[int(self._rng.choice(len(shares), p=shares))]

    def _pick(self, names: Sequence[str]) -> str:
        return names[int(self._rng.integers(len(names)))]

"""Themes: contacts that say alike things, whatever their topic. Online; a theme keeps its id. Pure but for the encoder.

Without an encoder two contacts are alike by the phrases they share, rare ones first. With one they are by the cosine of
what they say, above what unrelated contacts of this site have: encoders differ in what they call near.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import log1p
from typing import Final, Protocol
from uuid import NAMESPACE_OID, uuid5

import numpy as np
from numpy.typing import NDArray

from contracts.voc import About

MIN_CONTACTS: Final = 3
"""Fewer are no theme yet."""
MAX_THEMES: Final = 2000
"""Kept in memory; the one that grew longest ago gives way."""
MAX_CONTACTS: Final = 20_000
"""Contacts whose theme is remembered, so that one that is read again does not count twice."""
_LOOKED_AT: Final = 6
"""Most telling phrases of a contact by which it is placed."""
_SHARE: Final = 0.4
"""Of the weight of a contact's phrases: it must be the theme's."""
_CORE: Final = 1 / 3
"""Share of a theme's contacts, and two of them at least, that say a phrase which stands for it."""
_UNHEARD: Final = 100
"""Contacts that are taken to have said nothing of it: a phrase is not common because two of three said it."""
_NAMED_BY: Final = 2
_SAMPLE: Final = 128
"""Contacts from which is learnt how near unrelated ones are."""
_SELDOM: Final = 0.99
_BEFORE_LEARNT: Final = 0.9

Vector = NDArray[np.float32]


class Encodes(Protocol):
    """What a dense model does; `models.encoder.Encoder` does it."""

    def encode(self, texts: Sequence[str]) -> Vector:
        """Unit vectors, shape (texts, dimensions)."""


@dataclass(slots=True)
class Theme:
    theme_id: str
    """From the contact it began with: a replay gives the same."""
    first_ms: int
    last_ms: int
    contacts: int = 0
    phrases: Counter[str] = field(default_factory=Counter)
    """In how many of its contacts."""
    direction: Vector | None = None
    """Sum of its contacts' vectors."""

    @property
    def core(self) -> list[str]:
        """Phrases that stand for it, the most said first."""
        enough = max(2.0 if self.contacts >= MIN_CONTACTS else 1.0, self.contacts * _CORE)
        said = [(-count, -len(phrase), phrase) for phrase, count in self.phrases.items() if count >= enough]
        return [phrase for _, _, phrase in sorted(said)]

    @property
    def name(self) -> str:
        """Its phrases; no part of one that is named already."""
        names: list[str] = []
        for phrase in self.core:
            if len(names) < _NAMED_BY and not any(phrase in other or other in phrase for other in names):
                names.append(phrase)
        return " · ".join(names)

    @property
    def centroid(self) -> Vector | None:
        return (
            None
            if self.direction is None
            else self.direction / max(float(np.linalg.norm(self.direction)), 1e-9)
        )


class Themes:
    """All themes of late. Not thread-safe; `place` blocks for as long as the encoder takes."""

    def __init__(self, encoder: Encodes | None = None, known: Iterable[Theme] = ()) -> None:
        """Begin with the themes that are known from before."""
        self._encoder = encoder
        self._themes: OrderedDict[str, Theme] = OrderedDict((theme.theme_id, theme) for theme in known)
        self._saying: dict[str, set[str]] = {}
        """Phrase → themes in which it was said."""
        for theme in self._themes.values():
            self._note(theme, theme.phrases)
        self._placed: OrderedDict[str, tuple[str, tuple[str, ...], Vector | None]] = OrderedDict()
        self._said: Counter[str] = Counter()
        self._changed: set[str] = set()
        self._sample: list[Vector] = []
        self._near = _BEFORE_LEARNT

    def place(self, about: About, text: str = "") -> About:
        """The contact with its theme; without one where it has too few phrases.

        Args:
            about: what it is about.
            text: what the encoder reads; its phrases, where none is given.
        """
        phrases = about.phrases[:_LOOKED_AT]
        before = self._placed.get(about.contact_id)
        if before is not None:
            if before[1] == phrases:
                return about.model_copy(update={"theme_id": before[0]})
            self._take_out(about.contact_id)
        if not phrases:
            return about.model_copy(update={"theme_id": ""})
        vector = None if self._encoder is None else self._vector(text or ", ".join(phrases))
        theme = self._nearest(phrases, vector, before[0] if before else "") or self._begun_by(about)
        self._put_in(theme, about, phrases, vector)
        return about.model_copy(update={"theme_id": theme.theme_id})

    def is_theme(self, theme_id: str) -> bool:
        """Enough contacts say alike things."""
        theme = self._themes.get(theme_id)
        return theme is not None and theme.contacts >= MIN_CONTACTS

    def changed(self) -> list[Theme]:
        """Themes that grew or shrank since this was last asked, and are themes."""
        found = [self._themes[key] for key in sorted(self._changed) if self.is_theme(key)]
        self._changed.clear()
        return found

    def _begun_by(self, about: About) -> Theme:
        theme = Theme(str(uuid5(NAMESPACE_OID, f"theme/{about.contact_id}")), about.at_ms, about.at_ms)
        theme = self._themes.setdefault(theme.theme_id, theme)
        while len(self._themes) > MAX_THEMES:
            self._forget(next(iter(self._themes)))
        return theme

    def _note(self, theme: Theme, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            self._saying.setdefault(phrase, set()).add(theme.theme_id)

    def _forget(self, theme_id: str) -> None:
        theme = self._themes.pop(theme_id)
        for phrase in theme.phrases:
            saying = self._saying.get(phrase, set())
            saying.discard(theme_id)
            if not saying:
                self._saying.pop(phrase, None)

    def _put_in(self, theme: Theme, about: About, phrases: tuple[str, ...], vector: Vector | None) -> None:
        theme.contacts += 1
        theme.first_ms, theme.last_ms = min(theme.first_ms, about.at_ms), max(theme.last_ms, about.at_ms)
        theme.phrases.update(phrases)
        self._note(theme, phrases)
        if vector is not None:
            theme.direction = vector.copy() if theme.direction is None else theme.direction + vector
        self._said.update(phrases)
        self._themes.move_to_end(theme.theme_id)
        self._placed[about.contact_id] = (theme.theme_id, phrases, vector)
        self._changed.add(theme.theme_id)
        while len(self._placed) > MAX_CONTACTS:
            _, (_, old, _) = self._placed.popitem(last=False)
            self._said -= Counter(old)

    def _take_out(self, contact_id: str) -> None:
        theme_id, phrases, vector = self._placed.pop(contact_id)
        self._said -= Counter(phrases)
        theme = self._themes.get(theme_id)
        if theme is None:
            return
        theme.contacts -= 1
        theme.phrases.subtract(phrases)
        if vector is not None and theme.direction is not None:
            theme.direction = theme.direction - vector
        self._changed.add(theme_id)
        if theme.contacts <= 0:
            self._forget(theme_id)

    def _nearest(self, phrases: Sequence[str], vector: Vector | None, before: str) -> Theme | None:
        """The theme that is most alike, if one is alike enough; of equal ones that of before, then the largest."""
        least = _SHARE if vector is None else self._near
        if vector is None:
            some = sorted(frozenset[str]().union(*(self._saying.get(phrase, ()) for phrase in phrases)))
            scored = [(self._shared(self._themes[key], phrases), self._themes[key]) for key in some]
        else:
            scored = [(_cosine(theme, vector), theme) for theme in self._themes.values()]
        enough = [(score, theme) for score, theme in scored if score >= least]
        best = max(
            enough,
            key=lambda entry: (entry[0], entry[1].theme_id == before, entry[1].contacts, entry[1].theme_id),
            default=None,
        )
        return best[1] if best else None

    def _shared(self, theme: Theme, phrases: Sequence[str]) -> float:
        """Weight of the phrases that are the theme's too, of 1; one plain word alone is nothing."""
        core = set(theme.core)
        shared = [phrase for phrase in phrases if phrase in core]
        if len(shared) < 2 and not any(" " in phrase for phrase in shared):
            return 0.0
        return sum(map(self._weight, shared)) / sum(map(self._weight, phrases))

    def _weight(self, phrase: str) -> float:
        """The rarer the phrase, the more."""
        return log1p((len(self._placed) + _UNHEARD) / (self._said[phrase] + 1))

    def _vector(self, text: str) -> Vector:
        assert self._encoder is not None
        vector = np.asarray(self._encoder.encode([text])[0], dtype=np.float32)
        self._sample.append(vector)
        if len(self._sample) >= _SAMPLE:
            sample = np.stack(self._sample)
            cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
            self._near = float(np.quantile(cosines, _SELDOM))
            del self._sample[: _SAMPLE // 2]
        return vector


def _cosine(theme: Theme, vector: Vector) -> float:
    centroid = theme.centroid
    return 0.0 if centroid is None or centroid.shape != vector.shape else float(centroid @ vector)

"""A part of a query, analysed once: what is looked up for it, and what it is about. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assist.grams import pair_keys, sound_keys
from assist.lexicon import STOP_TERMS
from assist.morphs import UNKNOWN
from assist.query import QueryPart, without_phrases
from assist.synonyms import Meant, Synonyms
from assist.topics import Term, morpheme, stems
from assist.words import bigrams, districts_in, words

Looked = Mapping[int, float]
"""Terms to look up in one index, with their weights."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A part of a query."""

    text: str
    weight: float
    content: tuple[str, ...]
    """Its morphemes without those that lead nowhere."""
    subject: tuple[str, ...]
    """Content without places: '마포구' says where, not what."""
    about: Mapping[Term, float]
    """Terms of the words that hold subject, and at less weight those of their official names; '그런데' and
    '있는' do not count."""
    own: frozenset[Term]
    """Those of `about` that were said themselves."""
    morphemes: Looked
    pairs: Looked
    sounds: Looked
    meant: tuple[tuple[Meant, tuple[tuple[str, ...], ...]], ...]
    """Everyday words in it, and the morphemes of each official term for them."""


class Listener:
    """Analyses parts of queries against one vocabulary."""

    def __init__(
        self,
        forms_of: Callable[[str], list[str]],
        number: Callable[[str], int],
        synonyms: Synonyms,
        synonym_weight: float,
    ) -> None:
        """Take what a query is read with.

        Args:
            forms_of: a text's morphemes.
            number: a morpheme's number in the index, `UNKNOWN` if no guide has it.
            synonyms: official terms for everyday words.
            synonym_weight: 0-1, what such a term counts beside a word that was said.
        """
        self._forms_of = forms_of
        self._number = number
        self._synonyms = synonyms
        self._synonym_weight = synonym_weight
        self._official: dict[str, list[str]] = {}
        """Morphemes of official terms that came up; no more than the list has."""

    def hear(self, part: QueryPart) -> Heard:
        forms = self._forms_of(part.text)
        content = [form for form in forms if form not in STOP_TERMS]
        places = districts_in(part.text)
        subject = [form for form in content if not any(form in place for place in places)]
        bare = without_phrases(part.text)
        said = [word for word in words(bare) if any(form in word for form in subject)]
        seams = [left[-1] + right[0] for left, right in pairwise(said)]
        own = frozenset([*map(morpheme, subject), *bigrams(" ".join(said)), *seams])
        meant = self._synonyms.meant(part.text, forms) if self._synonym_weight else []
        terms = {term: self._official_forms(term) for some in meant for term in some.terms}
        about = dict.fromkeys(own, 1.0)
        for term, its_forms in terms.items():
            for stem in stems(term, its_forms):
                about.setdefault(stem, self._synonym_weight)
        added = list(terms)
        return Heard(
            text=part.text,
            weight=part.weight,
            content=tuple(content),
            subject=tuple(subject),
            about=about,
            own=own,
            morphemes=self._looked(
                self._numbers(content), self._numbers(form for some in terms.values() for form in some)
            ),
            pairs=self._looked(pair_keys([bare])[0].tolist(), pair_keys(added)[0].tolist()),
            sounds=self._looked(sound_keys([bare])[0].tolist(), sound_keys(added)[0].tolist()),
            meant=tuple((some, tuple(tuple(terms[term]) for term in some.terms)) for some in meant),
        )

    def _official_forms(self, term: str) -> list[str]:
        if term not in self._official:
            self._official[term] = [form for form in self._forms_of(term) if form not in STOP_TERMS]
        return self._official[term]

    def _numbers(self, forms: Iterable[str]) -> list[int]:
        numbers = (self._number(form) for form in forms)
        return [number for number in numbers if number != UNKNOWN]

    def _looked(self, said: Sequence[int], meant: Sequence[int]) -> Looked:
        """What was said counts in full, what it may mean less; each once."""
        return dict.fromkeys(meant, self._synonym_weight) | dict.fromkeys(said, 1.0)

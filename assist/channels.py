"""The guides' words in four ways: morphemes, pairs of letters, runs of sounds, and passages apart. Pure.

Morphemes find '버리다' in '버리려고'; pairs of letters survive what breaks morphemes, sounds what breaks pairs.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from assist.grams import pair_key, pair_keys, sound_keys
from assist.heard import Heard, Looked
from assist.morphs import UNKNOWN, Analysed, Forms
from assist.passages import Passage, passages_of
from assist.postings import Field, Numbers, Postings, Scores
from assist.topics import Term
from store.articles import StoredArticle

_FIELDS: Final = (
    Field(weight=3.0, b=0.5),
    Field(weight=3.0, b=0.3),
    Field(weight=2.0, b=0.0),
    Field(weight=1.0, b=0.75),
)
"""Title, keywords, the body's beginning, body. What an editor puts into a title or keyword is what the article is
about; the first sentence says it again: counting it thrice raises recall@1 on 1,596 FAQ titles by .006 (clean)
and .02 (misheard)."""

_PASSAGE_FIELD: Final = (Field(weight=1.0, b=0.5),)

LEAD_CHARS: Final = 70
LEAD_FORMS: Final = 17
"""The beginning of a body, in letters and in morphemes. 30, 50 and 80 letters were alike."""

CONTEXT_LIMIT: Final = 2.0
"""Evidence with the older parts of a query counts up to so many times that of the newest part alone."""

_MORPHEME: Final = "="


class Channels:
    """Immutable once built."""

    def __init__(self, articles: Sequence[StoredArticle], analysed: Analysed) -> None:
        """Index articles.

        Args:
            articles: at any number.
            analysed: with the title, joined keywords and body of each.
        """
        self._articles = articles
        self._analysed = analysed
        self._morphemes = self._index_morphemes()
        self._pairs = self._index_letters(pair_keys)
        self._sounds = self._index_letters(sound_keys)
        self._index_passages()

    def _index_morphemes(self) -> Postings:
        fields: list[list[Forms]] = [[], [], [], []]
        for article in self._articles:
            body = self._analysed.of(article.body)
            texts = (self._analysed.of(article.title), self._analysed.of(keywords_of(article)))
            for field, forms in zip(fields, (*texts, body[:LEAD_FORMS], body), strict=True):
                field.append(forms)
        return Postings(len(self._articles), [_joined(field) for field in fields], _FIELDS)

    def _index_letters(self, keys: Callable[[Sequence[str]], tuple[Numbers, Numbers]]) -> Postings:
        texts = (
            [article.title for article in self._articles],
            [keywords_of(article) for article in self._articles],
            [article.body[:LEAD_CHARS] for article in self._articles],
            [article.body for article in self._articles],
        )
        return Postings(len(self._articles), [keys(field) for field in texts], _FIELDS)

    def _index_passages(self) -> None:
        """Passages apart: the best one of an article is evidence, and is what a card shows."""
        each = [passages_of(article.body) or [Passage("", article.title)] for article in self._articles]
        self._passages: tuple[Passage, ...] = tuple(passage for some in each for passage in some)
        self._first_passage = np.cumsum([0, *map(len, each)], dtype=np.int64)
        texts = [f"{passage.heading} {passage.text}" for passage in self._passages]
        self._passage_pairs = Postings(len(texts), [pair_keys(texts)], _PASSAGE_FIELD)

    def evidence(self, heard: Sequence[Heard], passages: Scores) -> list[Scores]:
        """Four kinds, each of shape (articles,), in mentions of the rarest term; as `evidence.FEATURES` begin.

        Args:
            heard: the parts of a query, newest first.
            passages: of `passage_scores` for the same.
        """
        return [
            _limited(self._morphemes, [part.morphemes for part in heard], heard),
            _limited(self._pairs, [part.pairs for part in heard], heard),
            _limited(self._sounds, [part.sounds for part in heard], heard),
            np.maximum.reduceat(passages, self._first_passage[:-1]),
        ]

    def passage_scores(self, heard: Sequence[Heard]) -> Scores:
        """Shape (passages,)."""
        query = _together([part.pairs for part in heard], heard)
        return self._passage_pairs.scores(query) / np.float32(self._passage_pairs.rarest)

    def best_passage(self, number: int, passages: Scores) -> Passage:
        """Of an article the passage with most evidence; the first one on a draw."""
        first, behind = int(self._first_passage[number]), int(self._first_passage[number + 1])
        return self._passages[first + int(np.argmax(passages[first:behind]))]

    def rarity(self, term: Term) -> float:
        """In mentions of the rarest kind, 0-1."""
        if term.startswith(_MORPHEME):
            number = self._analysed.vocabulary.number(term[1:])
            return 1.0 if number == UNKNOWN else self._morphemes.idf(number) / self._morphemes.rarest
        return self._pairs.idf(pair_key(term)) / self._pairs.rarest

    def holders(self, heard: Sequence[Heard], numbers: Sequence[int]) -> dict[str, set[int]]:
        """For each morpheme, said or meant, which of some articles hold it."""
        forms = {form for part in heard for form in part.content}
        forms |= {form for part in heard for _, terms in part.meant for term in terms for form in term}
        known = ((form, self._analysed.vocabulary.number(form)) for form in forms)
        return {
            form: self._morphemes.holders(number, numbers) if number != UNKNOWN else set()
            for form, number in known
        }

    @property
    def nbytes(self) -> int:
        """Memory of the arrays it searches in, in bytes; the articles themselves and their topics come on top."""
        postings = (self._morphemes, self._pairs, self._sounds, self._passage_pairs)
        return sum(some.nbytes for some in postings) + self._analysed.nbytes


def _limited(postings: Postings, looked: Sequence[Looked], heard: Sequence[Heard]) -> Scores:
    """Evidence of one kind in mentions of the rarest term.

    What was said before tells guides apart, but must not make a guide likely by itself.
    """
    query = _together(looked, heard)
    evidence = postings.scores(query)
    if len(heard) > 1:
        newest = {term: weight * heard[0].weight for term, weight in looked[0].items()}
        evidence = np.minimum(evidence, CONTEXT_LIMIT * postings.scores(newest))
    return evidence / np.float32(postings.rarest)


def _together(looked: Sequence[Looked], heard: Sequence[Heard]) -> dict[int, float]:
    """All parts as one; a word said again in an older turn is not worth twice."""
    query: dict[int, float] = {}
    for terms, part in zip(looked, heard, strict=True):
        for term, weight in terms.items():
            query[term] = max(query.get(term, 0.0), weight * part.weight)
    return query


def keywords_of(article: StoredArticle) -> str:
    """In one text."""
    return " ".join(article.keywords)


def _joined(texts: Sequence[Forms]) -> tuple[Numbers, Numbers]:
    lengths = [len(forms) for forms in texts]
    terms = np.concatenate(texts).astype(np.int64) if texts else np.zeros(0, dtype=np.int64)
    return terms, np.repeat(np.arange(len(texts)), lengths)

"""The guides as a search index: morphemes, pairs of letters, runs of sounds and passages, fused by learned weights.

Morphemes find '버리다' in '버리려고'; pairs of letters survive what breaks morphemes, sounds what breaks pairs. The
best by their BM25F together are scored again by what their titles say. Pure but for the morpheme analyser, which
is handed in. What was measured stands in docs/adr/0022-retrieval-fusion.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assist.evidence import FEATURES, Closeness, Matrix
from assist.grams import pair_key, pair_keys, sound_keys
from assist.heard import Heard, Listener, Looked
from assist.lexicon import STOP_TERMS
from assist.morphs import UNKNOWN, Analysed, Analyser, Forms, ManyAnalyser
from assist.passages import Passage, passages_of
from assist.postings import Field, Numbers, Postings, Scores
from assist.query import QueryPart, matched_words
from assist.synonyms import Synonyms
from assist.synonyms import shipped as shipped_synonyms
from assist.topics import Term, Topic, stems
from assist.weights import Weights
from assist.weights import shipped as shipped_weights
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

SAME_DISTRICT: Final = 1.5
OTHER_DISTRICT: Final = 0.3
UNASKED_DISTRICT: Final = 0.6
"""Factors on the evidence for an article that holds in one district only: the caller's own, another than the
caller's, any while the caller has named none."""

CONTEXT_LIMIT: Final = 2.0
"""Evidence with the older parts of a query counts up to so many times that of the newest part alone."""

WITHOUT_SUBJECT: Final = 0.2
"""Factor on the evidence of a turn that has no subject ('마포구에 살아요'): it finds, but proves nothing."""

_CANDIDATES: Final = 40
"""So many of the best by BM25F are scored; those that an encoder finds close come to them."""

_MORPHEME: Final = "="


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found."""

    article: StoredArticle
    passage: Passage
    """Of its passages the one that answers best."""
    score: float
    """0-1, comparable between queries and contacts: about the chance that this is the right guide."""
    matched: tuple[str, ...]
    """Words of the query, as they were said, that led here; those of the newest part first."""
    fresh: int
    """How many of them stand in the newest part."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brings."""

    hits: tuple[Hit, ...]
    """Best first."""
    subject: tuple[str, ...]
    """What the newest part is about: its morphemes of two letters or more, without places. Empty: nothing."""


NOTHING: Final = Found((), ())


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a query is scored by; for scoring and for learning the weights."""

    numbers: Sequence[int]
    """Of the articles, best by first evidence first."""
    features: Matrix
    """Shape (candidates, features), in the order of `assist.evidence.FEATURES`."""


class ArticleIndex:
    """Immutable: when articles change, a new one takes its place."""

    def __init__(
        self,
        articles: Sequence[StoredArticle],
        analyse: Analyser,
        previous: "ArticleIndex | None" = None,
        *,
        analyse_many: ManyAnalyser | None = None,
        weights: Weights | None = None,
        synonyms: Synonyms | None = None,
    ) -> None:
        """Index articles. Takes seconds for thousands: build it on a thread, the old one answers meanwhile.

        Args:
            articles: all that can be found.
            analyse: the morphemes of one text.
            previous: the index before; texts that it has analysed already are not analysed again.
            analyse_many: the morphemes of many texts, where that is faster than one by one.
            weights: of the kinds of evidence; those that come with the project unless a site has its own.
            synonyms: everyday words and their official terms; the project's own unless told otherwise.
        """
        self.articles = tuple(articles)
        self.weights = shipped_weights() if weights is None else weights
        self._analyse = analyse
        self._numbers = {article.article_id: number for number, article in enumerate(self.articles)}
        self._analysed: Analysed = Analysed(
            (text for article in self.articles for text in _texts(article)),
            analyse,
            analyse_many,
            previous._analysed if previous else None,  # noqa: SLF001  of our own kind
        )
        self._morphemes = self._index_morphemes()
        self._pairs = self._index_letters(pair_keys)
        self._sounds = self._index_letters(sound_keys)
        self._index_passages()
        self._topics = tuple(self._topic(article) for article in self.articles)
        self._districts = np.array([article.district for article in self.articles], dtype=np.str_)
        self._listener = Listener(
            self._forms_of,
            self._analysed.vocabulary.number,
            shipped_synonyms() if synonyms is None else synonyms,
            self.weights.synonyms,
        )

    def _index_morphemes(self) -> Postings:
        fields: list[list[Forms]] = [[], [], [], []]
        for article in self.articles:
            body = self._analysed.of(article.body)
            texts = (self._analysed.of(article.title), self._analysed.of(_keywords(article)))
            for field, forms in zip(fields, (*texts, body[:LEAD_FORMS], body), strict=True):
                field.append(forms)
        return Postings(len(self.articles), [_joined(field) for field in fields], _FIELDS)

    def _index_letters(self, keys: Callable[[Sequence[str]], tuple[Numbers, Numbers]]) -> Postings:
        texts = (
            [article.title for article in self.articles],
            [_keywords(article) for article in self.articles],
            [article.body[:LEAD_CHARS] for article in self.articles],
            [article.body for article in self.articles],
        )
        return Postings(len(self.articles), [keys(field) for field in texts], _FIELDS)

    def _index_passages(self) -> None:
        """Passages apart: the best one of an article is evidence, and is what a card shows."""
        each = [passages_of(article.body) or [Passage("", article.title)] for article in self.articles]
        self._passages = tuple(passage for some in each for passage in some)
        self._first_passage = np.cumsum([0, *map(len, each)], dtype=np.int64)
        texts = [f"{passage.heading} {passage.text}" for passage in self._passages]
        self._passage_pairs = Postings(len(texts), [pair_keys(texts)], _PASSAGE_FIELD)

    def _topic(self, article: StoredArticle) -> Topic:
        phrases = [stems(text, self._content(text)) for text in (article.title, *article.keywords)]
        return Topic.of(phrases, self._rarity)

    def _forms_of(self, text: str) -> list[str]:
        known = self._analysed.forms(text)
        return list(self._analyse(text)) if known is None else known

    def _content(self, text: str) -> list[str]:
        """Its morphemes without those that lead nowhere."""
        return [form for form in self._forms_of(text) if form not in STOP_TERMS]

    def _rarity(self, term: Term) -> float:
        """In mentions of the rarest kind, 0-1."""
        if term.startswith(_MORPHEME):
            number = self._analysed.vocabulary.number(term[1:])
            return 1.0 if number == UNKNOWN else self._morphemes.idf(number) / self._morphemes.rarest
        return self._pairs.idf(pair_key(term)) / self._pairs.rarest

    @property
    def nbytes(self) -> int:
        """Memory of the arrays it searches in, in bytes; the articles themselves and their topics come on top."""
        postings = (self._morphemes, self._pairs, self._sounds, self._passage_pairs)
        return sum(some.nbytes for some in postings) + self._analysed.nbytes

    def search(
        self,
        parts: Sequence[QueryPart],
        *,
        limit: int = 10,
        district: str = "",
        near: Mapping[str, float] | None = None,
    ) -> Found:
        """The best articles, best first; the same query gives the same hits in the same order.

        Args:
            parts: newest first.
            limit: at most so many.
            district: the caller's, empty when unknown.
            near: article id → cosine (0-1) of its best passage by a dense encoder; None: by words alone.
        """
        if not parts or not self.articles:
            return NOTHING
        heard = [self._listener.hear(part) for part in parts]
        passages = self._passage_scores(heard)
        candidates = self._candidates(heard, passages, district, near, max(limit, _CANDIDATES))
        chances = self.weights.chances(candidates.features, dense=bool(near))
        order = np.lexsort((np.arange(len(chances)), -chances))[:limit]
        holders = self._holders(heard, [candidates.numbers[at] for at in order])
        return Found(
            hits=tuple(
                self._hit(candidates.numbers[at], float(chances[at]), heard, passages, holders)
                for at in order
            ),
            subject=tuple(form for form in heard[0].subject if len(form) > 1),
        )

    def candidates(
        self, parts: Sequence[QueryPart], district: str = "", near: Mapping[str, float] | None = None
    ) -> Candidates:
        """What a search would score, before it is weighed: for learning the weights."""
        if not parts or not self.articles:
            return Candidates((), np.zeros((0, len(FEATURES))))
        heard = [self._listener.hear(part) for part in parts]
        return self._candidates(heard, self._passage_scores(heard), district, near, _CANDIDATES)

    def _candidates(
        self,
        heard: Sequence[Heard],
        passages: Scores,
        district: str,
        near: Mapping[str, float] | None,
        count: int,
    ) -> Candidates:
        factors = self._district_factors(district) * np.float32(1.0 if heard[0].own else WITHOUT_SUBJECT)
        kinds = [
            self._limited(self._morphemes, [part.morphemes for part in heard], heard) * factors,
            self._limited(self._pairs, [part.pairs for part in heard], heard) * factors,
            self._limited(self._sounds, [part.sounds for part in heard], heard) * factors,
            self._best_of_passages(passages) * factors,
        ]
        first = sum(
            (np.float32(weight) * kind for weight, kind in zip(self.weights.first, kinds, strict=True)),
            start=np.zeros(len(self.articles), dtype=np.float32),
        )
        closeness: Closeness = near or {}
        numbers = dict.fromkeys(_best(first, count))
        numbers |= {self._numbers[some]: None for some in closeness if some in self._numbers}
        chosen = list(numbers)
        about = {term: weight * self._rarity(term) for term, weight in heard[0].about.items()}
        features = np.zeros((len(chosen), len(FEATURES)))
        features[:, :4] = np.stack([kind[chosen] for kind in kinds], axis=1)
        for row, number in enumerate(chosen):
            topic, factor = self._topics[number], float(factors[number])
            features[row, 4:] = (
                np.log1p(topic.said(about) * factor),
                topic.whole(about) * min(1.0, factor),
                closeness.get(self.articles[number].article_id, 0.0),
            )
        return Candidates(chosen, features)

    def _limited(self, postings: Postings, looked: Sequence[Looked], heard: Sequence[Heard]) -> Scores:
        """Evidence of one kind in mentions of the rarest term.

        What was said before tells guides apart, but must not make a guide likely by itself.
        """
        query: dict[int, float] = {}
        for terms, part in zip(looked, heard, strict=True):
            for term, weight in terms.items():
                # A word said again in an older turn is not worth twice.
                query[term] = max(query.get(term, 0.0), weight * part.weight)
        evidence = postings.scores(query)
        if len(heard) > 1:
            newest = {term: weight * heard[0].weight for term, weight in looked[0].items()}
            evidence = np.minimum(evidence, CONTEXT_LIMIT * postings.scores(newest))
        return evidence / np.float32(postings.rarest)

    def _passage_scores(self, heard: Sequence[Heard]) -> Scores:
        """Shape (passages,)."""
        query: dict[int, float] = {}
        for part in heard:
            for pair, weight in part.pairs.items():
                query[pair] = max(query.get(pair, 0.0), weight * part.weight)
        return self._passage_pairs.scores(query) / np.float32(self._passage_pairs.rarest)

    def _best_of_passages(self, passages: Scores) -> Scores:
        """Shape (articles,)."""
        return np.maximum.reduceat(passages, self._first_passage[:-1])

    def _district_factors(self, district: str) -> Scores:
        """Shape (articles,): what the caller's district makes of each article."""
        own, all_of_seoul = self._districts == district, self._districts == ""
        elsewhere = OTHER_DISTRICT if district else UNASKED_DISTRICT
        factors = np.where(all_of_seoul, 1.0, np.where(own, SAME_DISTRICT, elsewhere))
        return factors.astype(np.float32)

    def _hit(
        self,
        number: int,
        score: float,
        heard: Sequence[Heard],
        passages: Scores,
        holders: Mapping[str, set[int]],
    ) -> Hit:
        held = {form for form, numbers in holders.items() if number in numbers}
        led_here = [matched_words(part.text, _led_here(part, held)) for part in heard]
        first, behind = self._first_passage[number], self._first_passage[number + 1]
        return Hit(
            article=self.articles[number],
            passage=self._passages[first + int(np.argmax(passages[first:behind]))],
            score=score,
            matched=tuple(dict.fromkeys(word for some in led_here for word in some)),
            fresh=len(led_here[0]),
        )

    def _holders(self, heard: Sequence[Heard], numbers: Sequence[int]) -> dict[str, set[int]]:
        """For each morpheme, said or meant, which of some articles hold it."""
        forms = {form for part in heard for form in part.content}
        forms |= {form for part in heard for _, terms in part.meant for term in terms for form in term}
        known = ((form, self._analysed.vocabulary.number(form)) for form in forms)
        return {
            form: self._morphemes.holders(number, numbers) if number != UNKNOWN else set()
            for form, number in known
        }


def _led_here(part: Heard, held: set[str]) -> list[str]:
    """Of a part's words those that an article holds, or holds an official term for."""
    own = [form for form in part.content if form in held]
    return own + [
        some.said for some, terms in part.meant if any(term and held.issuperset(term) for term in terms)
    ]


def _keywords(article: StoredArticle) -> str:
    return " ".join(article.keywords)


def _texts(article: StoredArticle) -> tuple[str, ...]:
    return (article.title, _keywords(article), article.body, *article.keywords)


def _joined(texts: Sequence[Forms]) -> tuple[Numbers, Numbers]:
    lengths = [len(forms) for forms in texts]
    terms = np.concatenate(texts).astype(np.int64) if texts else np.zeros(0, dtype=np.int64)
    return terms, np.repeat(np.arange(len(texts)), lengths)


def _best(evidence: Scores, count: int) -> list[int]:
    """Numbers of the `count` documents with most evidence, best first, the earlier one on a draw."""
    found = np.flatnonzero(evidence > 0)
    order = np.lexsort((found, -evidence[found]))
    return [int(number) for number in found[order[:count]]]

"""The guides as a search index: morphemes, pairs of letters, runs of sounds and passages, fused by learned weights.

Morphemes find '버리다' in '버리려고'; pairs of letters survive what breaks morphemes, sounds what breaks pairs. The
best by their BM25F together are scored again by what their titles say. Pure but for the morpheme analyser, which
is handed in. What was measured stands in docs/adr/0022-retrieval-fusion.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assist.channels import Channels, keywords_of
from assist.evidence import FEATURES, Closeness, Matrix
from assist.heard import Heard, Listener
from assist.lexicon import STOP_TERMS
from assist.morphs import Analysed, Analyser, ManyAnalyser
from assist.passages import Passage
from assist.postings import Scores
from assist.query import QueryPart, matched_words
from assist.synonyms import Synonyms
from assist.synonyms import shipped as shipped_synonyms
from assist.topics import Topic, stems
from assist.weights import Weights
from assist.weights import shipped as shipped_weights
from store.articles import StoredArticle

SAME_DISTRICT: Final = 1.5
OTHER_DISTRICT: Final = 0.3
UNASKED_DISTRICT: Final = 0.6
"""Factors on the evidence for an article that holds in one district only: the caller's own, another than the
caller's, any while the caller has named none."""

WITHOUT_SUBJECT: Final = 0.2
"""Factor on the evidence of a turn that has no subject ('마포구에 살아요'): it finds, but proves nothing."""

_CANDIDATES: Final = 40
"""So many of the best by BM25F are scored; those that an encoder finds close come to them."""


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
        self._channels = Channels(self.articles, self._analysed)
        self._topics = tuple(self._topic(article) for article in self.articles)
        self._districts = np.array([article.district for article in self.articles], dtype=np.str_)
        self._listener = Listener(
            self._forms_of,
            self._analysed.vocabulary.number,
            shipped_synonyms() if synonyms is None else synonyms,
            self.weights.synonyms,
        )

    def _topic(self, article: StoredArticle) -> Topic:
        phrases = [stems(text, self._content(text)) for text in (article.title, *article.keywords)]
        return Topic.of(phrases, self._channels.rarity)

    def _forms_of(self, text: str) -> list[str]:
        known = self._analysed.forms(text)
        return list(self._analyse(text)) if known is None else known

    def _content(self, text: str) -> list[str]:
        """Its morphemes without those that lead nowhere."""
        return [form for form in self._forms_of(text) if form not in STOP_TERMS]

    @property
    def nbytes(self) -> int:
        """Memory of the arrays it searches in, in bytes; the articles themselves and their topics come on top."""
        return self._channels.nbytes

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
        passages = self._channels.passage_scores(heard)
        candidates = self._candidates(heard, passages, district, near, max(limit, _CANDIDATES))
        chances = self.weights.chances(candidates.features, dense=bool(near))
        order = np.lexsort((np.arange(len(chances)), -chances))[:limit]
        holders = self._channels.holders(heard, [candidates.numbers[at] for at in order])
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
        return self._candidates(heard, self._channels.passage_scores(heard), district, near, _CANDIDATES)

    def _candidates(
        self,
        heard: Sequence[Heard],
        passages: Scores,
        district: str,
        near: Mapping[str, float] | None,
        count: int,
    ) -> Candidates:
        factors = self._district_factors(district) * np.float32(1.0 if heard[0].own else WITHOUT_SUBJECT)
        kinds = [kind * factors for kind in self._channels.evidence(heard, passages)]
        first = sum(
            (np.float32(weight) * kind for weight, kind in zip(self.weights.first, kinds, strict=True)),
            start=np.zeros(len(self.articles), dtype=np.float32),
        )
        closeness: Closeness = near or {}
        numbers = dict.fromkeys(_best(first, count))
        numbers |= {self._numbers[some]: None for some in closeness if some in self._numbers}
        chosen = list(numbers)
        about = {term: weight * self._channels.rarity(term) for term, weight in heard[0].about.items()}
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
        return Hit(
            article=self.articles[number],
            passage=self._channels.best_passage(number, passages),
            score=score,
            matched=tuple(dict.fromkeys(word for some in led_here for word in some)),
            fresh=len(led_here[0]),
        )


def _led_here(part: Heard, held: set[str]) -> list[str]:
    """Of a part's words those that an article holds, or holds an official term for."""
    own = [form for form in part.content if form in held]
    return own + [
        some.said for some, terms in part.meant if any(term and held.issuperset(term) for term in terms)
    ]


def _texts(article: StoredArticle) -> tuple[str, ...]:
    return (article.title, keywords_of(article), article.body, *article.keywords)


def _best(evidence: Scores, count: int) -> list[int]:
    """Numbers of the `count` documents with most evidence, best first, the earlier one on a draw."""
    found = np.flatnonzero(evidence > 0)
    order = np.lexsort((found, -evidence[found]))
    return [int(number) for number in found[order[:count]]]

"""The guides as a search index: Korean morphemes and character pairs, scored together.

Morphemes find '버리다' in '버리려고'; pairs of characters find '여권' in a misheard '여꿘 재발급'. Both are terms
of one BM25F index and count alike. Pure but for the morpheme analyser, which is handed in. What was measured
stands in docs/adr/0005-retrieval.md.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from assist.lexicon import STOP_TERMS
from assist.passages import Passage, best_passage, passages_of
from assist.postings import Field, Postings, Scores
from assist.query import QueryPart, matched_words, without_phrases
from assist.words import bigrams, districts_in, words
from store.articles import StoredArticle

Analyser = Callable[[str], Sequence[str]]
"""A text's content morphemes in order: nouns, stems, numbers, foreign words."""

_FIELDS: Final = (Field(weight=3.0, b=0.5), Field(weight=3.0, b=0.3), Field(weight=1.0, b=0.75))
"""Title, keywords, body. What an editor puts into a title or keyword is what the article is about."""

SAME_DISTRICT: Final = 1.5
OTHER_DISTRICT: Final = 0.3
UNASKED_DISTRICT: Final = 0.8
"""Factors on the evidence for an article that holds in one district only: the caller's own, another than the
caller's, any while the caller has named none."""

CONTEXT_LIMIT: Final = 2.0
"""Evidence with the older parts of a query counts up to so many times that of the newest part alone."""

_DOUBT: Final = 7.5
_GAINS: Final = (1.6, 0.7, 2.9, 1.8)
"""Logistic fit of 'is this the right guide?' to 380 labelled pairs of a turn and its first hit. The gains of:
log of the topic said, evidence, the share of a whole title or keyword said, the share of the turn that is
topic; the first two in mentions of the rarest kind of term."""

_NEAR_FROM: Final = 0.4
_NEAR_GAIN: Final = 6.0
"""What a dense encoder's cosine above the first adds to the logistic; before it is learned for an encoder."""

_CANDIDATES: Final = 20
"""So many of the best by BM25F are ranked again by score: what the title says then counts once more."""

_MORPHEME: Final = "="
"""Before a morpheme, so that '여권' the morpheme and '여권' the pair of characters are two terms."""


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
class _Part:
    """A part of a query, analysed once."""

    text: str
    weight: float
    content: tuple[str, ...]
    """Its morphemes without those that lead nowhere."""
    terms: tuple[str, ...]
    """What is looked up: morphemes and pairs, each once."""
    subject: tuple[str, ...]
    """Content without places: '마포구' says where, not what."""
    about: tuple[str, ...]
    """Terms of the words that hold subject; '그런데' and '있는' do not."""
    seams: tuple[str, ...]
    """Pairs across their spaces: '수도 요금' is the keyword '수도요금'."""


@dataclass(frozen=True, slots=True)
class _Topic:
    """What an article is about, by its title and keywords."""

    terms: frozenset[str]
    phrases: tuple[tuple[frozenset[str], float], ...]
    """Terms of the title and of each keyword, with their rarity together."""


class ArticleIndex:
    """Immutable: when articles change, a new one takes its place."""

    def __init__(
        self, articles: Sequence[StoredArticle], analyse: Analyser, previous: "ArticleIndex | None" = None
    ) -> None:
        """Index articles; texts that `previous` has analysed already are not analysed again."""
        self.articles = tuple(articles)
        self._analyse = analyse
        self._known: dict[str, tuple[str, ...]] = {}
        earlier = previous._known if previous else {}  # noqa: SLF001  of our own kind
        self._postings = Postings([self._fields(article, earlier) for article in self.articles], _FIELDS)
        self._topics = tuple(self._topic(article) for article in self.articles)
        self._numbers = {article.article_id: number for number, article in enumerate(self.articles)}
        self._districts = np.array([article.district for article in self.articles], dtype=np.str_)

    def _fields(self, article: StoredArticle, earlier: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
        texts = (article.title, " ".join(article.keywords), article.body)
        for text in (*texts, *article.keywords):
            self._known[text] = earlier[text] if text in earlier else tuple(self._analyse(text))
        return [[_MORPHEME + form for form in self._known[text]] + bigrams(text) for text in texts]

    def _topic(self, article: StoredArticle) -> "_Topic":
        phrases = [
            frozenset(_stems(text, self._content(text))) for text in (article.title, *article.keywords)
        ]
        return _Topic(
            terms=frozenset().union(*phrases),
            phrases=tuple((phrase, self._rarity(phrase)) for phrase in phrases if phrase),
        )

    def _content(self, text: str) -> list[str]:
        """Its morphemes without those that lead nowhere."""
        forms = self._known.get(text)
        return [form for form in (self._analyse(text) if forms is None else forms) if form not in STOP_TERMS]

    def _rarity(self, terms: Iterable[str]) -> float:
        """Together, in mentions of the rarest kind of term."""
        return sum(self._postings.idf(term) for term in terms) / self._postings.rarest

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
        heard = [self._analysed(part) for part in parts]
        query: dict[str, float] = {}
        for part in heard:
            for term in part.terms:
                # A word said again in an older turn is not worth twice.
                query[term] = max(query.get(term, 0.0), part.weight)
        factors = self._district_factors(district)
        evidence = self._postings.scores(query) * factors
        newest = self._postings.scores(dict.fromkeys(heard[0].terms, parts[0].weight)) * factors
        # What was said before tells guides apart, but must not make a guide likely by itself.
        evidence = np.minimum(evidence, CONTEXT_LIMIT * newest)
        closeness = near or {}
        candidates = dict.fromkeys(_best(evidence, max(limit, _CANDIDATES)))
        candidates |= {
            self._numbers[article_id]: None for article_id in closeness if article_id in self._numbers
        }
        scored = [
            (
                self._score(
                    number,
                    float(evidence[number]),
                    heard[0],
                    closeness.get(self.articles[number].article_id, 0.0),
                ),
                float(evidence[number]),
                -number,
            )
            for number in candidates
        ]
        best = sorted(scored, reverse=True)[:limit]
        return Found(
            hits=tuple(self._hit(-negative, score, heard, query) for score, _, negative in best),
            subject=tuple(form for form in heard[0].subject if len(form) > 1),
        )

    def _analysed(self, part: QueryPart) -> _Part:
        content = self._content(part.text)
        places = districts_in(part.text)
        subject = tuple(form for form in content if not any(form in place for place in places))
        bare = without_phrases(part.text)
        said = [word for word in words(bare) if any(form in word for form in subject)]
        return _Part(
            text=part.text,
            weight=part.weight,
            content=tuple(content),
            terms=tuple(_terms(content, bare)),
            subject=subject,
            about=tuple(_terms(subject, " ".join(said))),
            seams=tuple(left[-1] + right[0] for left, right in pairwise(said)),
        )

    def _district_factors(self, district: str) -> Scores:
        """Shape (articles,): what the caller's district makes of each article."""
        own, all_of_seoul = self._districts == district, self._districts == ""
        elsewhere = OTHER_DISTRICT if district else UNASKED_DISTRICT
        factors = np.where(all_of_seoul, 1.0, np.where(own, SAME_DISTRICT, elsewhere))
        return factors.astype(np.float32)

    def _score(self, number: int, evidence: float, newest: _Part, near: float) -> float:
        topic, about = self._topics[number], frozenset(newest.about)
        about_closed_up = about.union(newest.seams)
        said = self._rarity(about_closed_up & topic.terms)
        shares = [self._rarity(about_closed_up & phrase) / whole for phrase, whole in topic.phrases]
        features = (
            math.log1p(said),
            evidence / self._postings.rarest,
            max(shares, default=0.0),
            min(1.0, said / self._rarity(about)) if about else 0.0,
        )
        sure = sum(gain * feature for gain, feature in zip(_GAINS, features, strict=True))
        sure += _NEAR_GAIN * max(0.0, near - _NEAR_FROM)
        return 1.0 / (1.0 + math.exp(_DOUBT - sure))

    def _hit(self, number: int, score: float, heard: Sequence[_Part], query: Mapping[str, float]) -> Hit:
        article = self.articles[number]
        led_here = [
            matched_words(part.text, [form for form in part.content if self._holds(number, form)])
            for part in heard
        ]
        pairs = {
            term: weight * self._postings.idf(term)
            for term, weight in query.items()
            if not term.startswith(_MORPHEME)
        }
        return Hit(
            article=article,
            passage=best_passage(passages_of(article.body) or [Passage("", article.title)], pairs),
            score=score,
            matched=tuple(dict.fromkeys(word for some in led_here for word in some)),
            fresh=len(led_here[0]),
        )

    def _holds(self, number: int, form: str) -> bool:
        return self._postings.worth(_MORPHEME + form, number) > 0


def _terms(content: Sequence[str], text: str) -> list[str]:
    return list(dict.fromkeys([*(_MORPHEME + form for form in content), *bigrams(text)]))


def _stems(text: str, content: Sequence[str]) -> list[str]:
    """Terms of a text up to the end of each word's content: '여권을' → '^여', '여권'.

    What follows is grammar, and everybody's grammar is alike. Compounds go in by their parts.
    """
    parts = [form for form in content if not any(form != part and form.startswith(part) for part in content)]
    terms = [_MORPHEME + form for form in parts]
    for word in words(without_phrases(text)):
        ends = [word.find(form) + len(form) for form in content if form in word]
        if ends:
            start = f"^{word[: max(ends)]}"
            terms += [start[i : i + 2] for i in range(len(start) - 1)]
    return terms


def _best(evidence: Scores, count: int) -> list[int]:
    """Numbers of the `count` documents with most evidence, best first, the earlier one on a draw."""
    found = np.flatnonzero(evidence > 0)
    order = np.lexsort((found, -evidence[found]))
    return [int(number) for number in found[order[:count]]]

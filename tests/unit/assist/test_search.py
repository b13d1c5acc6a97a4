"""The one way to search: what helps is used, what is slow or broken is left out and counted."""

import threading

import numpy as np
import pytest

from assist.index import ArticleIndex
from assist.query import QueryPart
from assist.search import InTime, Searcher, asked, passage_text, together
from models.breaker import Breaker

PARTS = [QueryPart("여권 재발급", 1.0)]
LONG_S = 30.0
"""For what is in time."""


@pytest.fixture
def index(article, analyse):
    return ArticleIndex(
        [
            article("lost", "여권 분실", "여권을 잃어버리면 신고합니다."),
            article("new", "여권 재발급", "여권을 다시 만듭니다.", keywords=("재발급",)),
            article("water", "수도 요금", "수도 요금은 두 달에 한 번 나옵니다."),
        ],
        analyse,
    )


class Near:
    """In the place of a DenseIndex: says what it was told."""

    name = "near"

    def __init__(self, near):
        self.near_by = near
        self.asked = []

    def near(self, texts, count=50):
        self.asked.append(list(texts))
        return self.near_by() if callable(self.near_by) else self.near_by


class Scores:
    """In the place of a reranker."""

    name = "scores"

    def __init__(self, score):
        self.by_title = score
        self.asked = []

    def score(self, query, passages):
        self.asked.append((query, list(passages)))
        return np.array([self.by_title(passage) for passage in passages], np.float32)


def ids(found):
    return [hit.article.article_id for hit in found.hits]


def test_words_alone(index):
    searcher = Searcher(index)
    assert searcher.engine == "lexical"
    assert searcher.search(PARTS) == index.search(PARTS)
    assert searcher.search([]).hits == ()
    assert ids(searcher.search(PARTS, limit=1)) == ["new"]


def test_what_is_near_is_found_without_its_words(index):
    near = Near({"water": 0.95})
    searcher = Searcher(index, near, near_budget_s=LONG_S)
    assert searcher.engine == "dense"
    found = searcher.search([QueryPart("물값이 너무 나왔어요", 1.0), QueryPart("여보세요", 0.4)])
    assert "water" in ids(found)
    assert near.asked == [["물값이 너무 나왔어요", "여보세요 물값이 너무 나왔어요"]]
    assert searcher.counts["dense"].used == 1


def test_an_encoder_that_fails_costs_only_itself(index):
    searcher = Searcher(index, Near(lambda: 1 / 0), near_budget_s=LONG_S)
    assert searcher.engine == "dense"
    for _ in range(3):
        assert searcher.search(PARTS) == index.search(PARTS)
    assert (searcher.counts["dense"].failed, searcher.counts["dense"].used) == (3, 0)
    assert searcher.engine == "lexical"


def test_read_again_the_order_follows_the_scores(index):
    reranker = Scores(lambda passage: 0.99 if passage.startswith("여권 분실") else 0.01)
    searcher = Searcher(index, reranker=reranker, rerank_budget_s=LONG_S)
    assert searcher.engine == "reranked"
    found = searcher.search(PARTS)
    assert ids(found)[0] == "lost"
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
    query, passages = reranker.asked[0]
    assert query == "여권 재발급"
    assert "여권 분실\n여권을 잃어버리면 신고합니다." in passages
    assert found.hits[0].matched == index.search(PARTS).hits[1].matched


def test_the_whole_conversation_is_read_again(index):
    reranker = Scores(lambda _: 0.5)
    Searcher(index, reranker=reranker, rerank_budget_s=LONG_S).search(
        [QueryPart("재발급이요", 1.0), QueryPart("여권이", 0.4)]
    )
    assert reranker.asked[0][0] == "여권이 재발급이요"


def test_only_the_best_are_read_again(article, analyse):
    many = ArticleIndex([article(f"a{n:02}", f"여권 안내 {n}") for n in range(40)], analyse)
    reranker = Scores(lambda _: 0.5)
    found = Searcher(many, reranker=reranker, rerank_budget_s=LONG_S).search(
        [QueryPart("여권 안내", 1.0)], limit=30
    )
    assert len(reranker.asked[0][1]) == 20
    assert len(found.hits) == 30


def test_a_late_reranker_is_left_out(index):
    wait = threading.Event()
    reranker = Scores(lambda _: wait.wait(10))
    searcher = Searcher(index, reranker=reranker, rerank_budget_s=0.05)
    try:
        for _ in range(3):
            assert searcher.search(PARTS) == index.search(PARTS)
        assert searcher.counts["rerank"].late == 3
        assert searcher.engine == "lexical"
        # By now nobody waits for it any more.
        assert searcher.search(PARTS) == index.search(PARTS)
        assert (searcher.counts["rerank"].late, searcher.counts["rerank"].skipped) == (3, 1)
        assert len(reranker.asked) == 1
    finally:
        wait.set()


def test_renewed_it_goes_on_counting(index, article, analyse):
    searcher = Searcher(index, Near(lambda: 1 / 0), near_budget_s=LONG_S)
    searcher.search(PARTS)
    other = ArticleIndex([article("other", "여권 재발급")], analyse)
    renewed = searcher.renewed(other, Near({}))
    assert ids(renewed.search(PARTS)) == ["other"]
    assert (renewed.counts["dense"].failed, renewed.counts["dense"].used) == (1, 1)
    assert searcher.renewed(other).engine == "lexical"


def test_in_time_one_thing_after_another():
    """Who waits behind another is late, too, and its job is not begun for nobody."""
    helper = InTime("test", 0.5, Breaker(failures=100))
    wait, begun = threading.Event(), []
    assert helper.run(lambda: 7) == 7
    assert helper.run(lambda: wait.wait(10)) is None
    assert helper.run(lambda: begun.append(1)) is None
    wait.set()
    assert helper.run(lambda: 8) == 8
    assert begun == []
    assert (helper.counts.used, helper.counts.late) == (2, 2)


def test_two_opinions():
    assert together(0.5, 0.5) == pytest.approx(0.5)
    assert together(0.9, 0.1) < 0.5 < together(0.1, 0.9)
    assert 0.0 < together(0.0, 0.0) < together(1e-12, 0.9) < together(1.0, 1.0) < 1.0
    values = [together(0.4, score / 100) for score in range(101)]
    assert values == sorted(values)


def test_texts_of_a_query(index):
    assert asked(PARTS) == ["여권 재발급"]
    assert passage_text(index.search(PARTS).hits[0]).splitlines()[0] == "여권 재발급"

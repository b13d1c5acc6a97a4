"""Guides by meaning, through real encoders, a real reranker and the real vector library."""

import datetime as dt
import re
import threading

import numpy as np
import pytest

from assist.dense import DenseIndex, Stopped, texts_of
from assist.index import ArticleIndex
from assist.passages import passages_of
from assist.query import QueryPart
from assist.search import Searcher, passage_text
from assist.vectors import VectorFile
from store.articles import StoredArticle

pytest.importorskip("usearch", reason="needs the vector library: deploy/extras -m pytest tests/extras")

PATIENT = {"near_budget_s": 30, "rerank_budget_s": 30}
TOPICS = ("여권", "수도", "주차", "폐기물", "과태료", "도서관", "버스", "공원")


def article(article_id, title, body=""):
    empty = dict.fromkeys(("category", "department", "district", "agency", "source"), "")
    dates = {"revised": dt.date(2026, 1, 1), "checked": None}
    return StoredArticle(article_id, title, body, keywords=(), sample=True, **empty, **dates)


def guides(count=24):
    return [
        article(
            f"g{number:02}",
            f"{TOPICS[number % len(TOPICS)]} 안내 {number}",
            f"{TOPICS[number % len(TOPICS)]} 일은 {number}번 창구입니다.\n\n## 준비물\n신분증과 서류 {number}장입니다.",
        )
        for number in range(count)
    ]


class Counted:
    """Counts what an encoder is asked."""

    def __init__(self, encoder):
        self.encoder = encoder
        self.passages = []
        self.name, self.dimensions, self.fingerprint = encoder.name, encoder.dimensions, encoder.fingerprint

    def encode(self, texts, kind="query"):
        if kind == "passage":
            self.passages += texts
        return self.encoder.encode(texts, kind)


def _cosines(encoder, rows, query):
    return encoder.encode([text for _, text in rows], "passage") @ encoder.encode([query])[0]


@pytest.fixture
def counted(encoder):
    return Counted(encoder)


@pytest.fixture
def index():
    return ArticleIndex(guides(), lambda text: re.findall(r"[가-힣]{2}", text))


def test_a_passages_own_words_find_it(encoder):
    """With random weights only the same text is surely near: its cosine is 1."""
    dense = DenseIndex.build(guides(), encoder)
    assert len(dense) == 48
    for guide in guides()[::5]:
        for text in texts_of(guide):
            near = dense.near([text])
            assert next(iter(near)) == guide.article_id
            assert near[guide.article_id] == pytest.approx(1.0, abs=2e-3)


def test_it_is_exact(encoder):
    """As all cosines compared one by one would say."""
    all_guides = guides(60)
    dense = DenseIndex.build(all_guides, encoder)
    query = "수도 요금이 너무 많이 나왔어요"
    rows = [(guide.article_id, text) for guide in all_guides for text in texts_of(guide)]
    cosines = {}
    for (article_id, _), cosine in zip(rows, _cosines(encoder, rows, query), strict=True):
        cosines[article_id] = max(cosines.get(article_id, 0.0), float(cosine))
    near = dense.near([query], count=10)
    assert len(near) == 10
    assert list(near.values()) == sorted(near.values(), reverse=True)
    best = sorted(cosines.values(), reverse=True)[:10]
    assert list(near.values()) == pytest.approx(best, abs=3e-3)
    for article_id, cosine in near.items():
        assert cosine == pytest.approx(cosines[article_id], abs=3e-3)


def test_the_nearer_of_several_texts_counts(encoder):
    dense = DenseIndex.build(guides(), encoder)
    one, two = texts_of(guides()[3])[0], texts_of(guides()[9])[1]
    near = dense.near(["", one, two])
    assert {article_id for article_id, cosine in near.items() if cosine > 0.998} == {"g03", "g09"}
    assert dense.near(["", " "]) == {}
    assert DenseIndex.build([], encoder).near([one]) == {}


def test_titles_stand_over_every_passage():
    assert texts_of(guides()[0]) == [
        "여권 안내 0\n여권 일은 0번 창구입니다.",
        "여권 안내 0\n준비물\n신분증과 서류 0장입니다.",
    ]
    assert texts_of(article("bare", "제목만")) == ["제목만"]


def test_only_what_changed_is_encoded(counted):
    first = DenseIndex.build(guides(), counted)
    assert len(counted.passages) == 48
    changed = [*guides()[1:], article("new", "새 안내", "새로 생겼습니다.")]
    changed[4] = article("g05", guides()[5].title, "아주 다른 말입니다.")
    second = DenseIndex.build(changed, counted, first)
    assert counted.passages[48:] == ["도서관 안내 5\n아주 다른 말입니다.", "새 안내\n새로 생겼습니다."]
    assert next(iter(second.near(["새 안내\n새로 생겼습니다."]))) == "new"
    assert "g00" not in second.near([texts_of(guides()[0])[0]], count=100)
    assert next(iter(first.near([texts_of(guides()[0])[0]]))) == "g00"


def test_another_encoders_vectors_are_not_taken_over(counted, make_encoder, tmp_path):
    from models.encoder import Encoder

    first = DenseIndex.build(guides(), counted)
    other = Counted(Encoder.load(make_encoder("another"), models_dir=tmp_path, offline=True))
    second = DenseIndex.build(guides(), other, first)
    assert len(other.passages) == 48
    assert next(iter(second.near([texts_of(guides()[3])[0]]))) == "g03"


def test_a_restart_encodes_nothing_again(counted, tmp_path):
    kept = VectorFile(tmp_path, counted.fingerprint, counted.dimensions)
    first = DenseIndex.build(guides(), counted, kept=kept)
    second = DenseIndex.build(guides(), counted, kept=kept)
    assert len(counted.passages) == 48
    query = ["수도 요금"]
    assert second.near(query) == first.near(query)


def test_told_to_stop_it_keeps_what_it_has(counted, tmp_path):
    kept = VectorFile(tmp_path, counted.fingerprint, counted.dimensions)
    with pytest.raises(Stopped):
        DenseIndex.build(guides(), counted, kept=kept, stopped=lambda: len(counted.passages) > 10)
    assert 10 < len(counted.passages) < 48
    DenseIndex.build(guides(), counted, kept=kept)
    assert len(counted.passages) == 48


def test_searched_while_another_is_built(encoder):
    first = DenseIndex.build(guides(), encoder)
    wanted = first.near(["수도 요금"])
    built = []
    thread = threading.Thread(target=lambda: built.append(DenseIndex.build(guides(200), encoder, first)))
    thread.start()
    while thread.is_alive():
        assert first.near(["수도 요금"]) == pytest.approx(wanted, abs=1e-3)
    assert len(built[0]) == 400


def test_by_words_by_meaning_and_read_again(index, encoder, reranker):
    dense = DenseIndex.build(guides(), encoder)
    parts = [QueryPart("수도 창구가 어디예요", 1.0)]
    engines = [
        Searcher(index),
        Searcher(index, dense, **PATIENT),
        Searcher(index, dense, reranker, **PATIENT),
    ]
    assert [searcher.engine for searcher in engines] == ["lexical", "dense", "reranked"]
    found = [searcher.search(parts) for searcher in engines]
    assert all(some.hits for some in found)
    assert engines[2].counts["rerank"].used == 1


def test_what_no_word_finds_is_found_by_meaning(index, encoder):
    """A passage in the encoder's eyes the same as the query, and without a word of it in the index."""
    dense = DenseIndex.build([article("g07", "zzz qqq xxx"), *guides()[8:]], encoder)
    parts = [QueryPart("zzz qqq xxx", 1.0)]
    assert "g07" not in [hit.article.article_id for hit in Searcher(index).search(parts).hits]
    assert Searcher(index, dense, **PATIENT).search(parts).hits[0].article.article_id == "g07"


def test_the_order_follows_the_rerankers_scores(index, reranker):
    parts = [QueryPart("여권 창구", 1.0)]
    searcher = Searcher(index, reranker=reranker, **PATIENT)
    plain, reread = Searcher(index).search(parts, limit=20), searcher.search(parts, limit=20)
    equal = [hit for hit in plain.hits if abs(hit.score - plain.hits[0].score) < 1e-6]
    ids = [hit.article.article_id for hit in equal]
    scores = dict(zip(ids, reranker.score("여권 창구", [passage_text(hit) for hit in equal]), strict=True))
    order = [hit.article.article_id for hit in reread.hits if hit.article.article_id in scores]
    assert [scores[one] for one in order] == sorted(scores.values(), reverse=True)


def test_passages_are_those_of_cards():
    body = guides()[0].body
    assert [passage.text for passage in passages_of(body)] == [
        text.split("\n")[-1] for text in texts_of(guides()[0])
    ]


def test_half_precision_keeps_the_cosine(encoder):
    vectors = encoder.encode([text for guide in guides() for text in texts_of(guide)], "passage")
    half = vectors.astype(np.float16).astype(np.float32)
    assert np.abs(half @ half.T - vectors @ vectors.T).max() < 3e-3

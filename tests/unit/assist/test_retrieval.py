import random

import pytest

from assist.weights import shipped
from contracts.errors import BadInput
from sangdam.application import SAMPLE_GUIDES, SAMPLES
from sangdam.evaluate.mishearing import misheard
from sangdam.evaluate.retrieval import Asked, evaluate_retrieval, read_guides, read_queries
from sangdam.evaluate.tuning import Material, split_queries, split_unanswered, titles_of, tune

CALLERS = SAMPLES / "queries" / "caller-queries.tsv"
UNANSWERED = SAMPLES / "queries" / "unanswered.tsv"


@pytest.fixture
def small(tmp_path):
    articles, queries = tmp_path / "articles.csv", tmp_path / "queries.tsv"
    articles.write_text("id,title,body\na,가,여권은 구청에서\nb,나,소파는 신고하고\n", encoding="utf-8")
    queries.write_text("query\tarticle_id\n여권\ta\n소파\tb\n침대\tb\n", encoding="utf-8")
    return articles, queries


def test_figures_of_a_small_base(small, analyse):
    told = []
    figures = evaluate_retrieval(*small, lambda done, of: told.append((done, of)), analyse)
    assert (figures["n"], figures["articles"], figures["body_only"]) == (3, 2, 0)
    assert (
        figures["recall_at_1"] == figures["recall_at_5"] == figures["mrr"] == figures["ndcg_at_10"] == 0.6667
    )
    assert set(figures) >= {"noise_recall_at_1", "noise_recall_at_5", "noise_mrr", "p95_ms", "index_mb"}
    assert told == [(number, 6) for number in range(1, 7)]


def test_with_noise_the_figures_are_those_with_noise(small, analyse):
    clean = evaluate_retrieval(*small, lambda *_: None, analyse)
    noisy = evaluate_retrieval(*small, lambda *_: None, analyse, noise=1.0)
    assert noisy["noise"] == 1.0
    assert noisy["recall_at_1"] < clean["recall_at_1"] == noisy["clean_recall_at_1"]


def test_titles_as_queries_are_put_to_bodies(small, analyse, tmp_path):
    queries = tmp_path / "titles.tsv"
    queries.write_text("query\tarticle_id\n가\ta\n나\tb\n", encoding="utf-8")
    figures = evaluate_retrieval(small[0], queries, lambda *_: None, analyse)
    assert (figures["body_only"], figures["recall_at_5"]) == (1, 0.0)


def test_a_split_that_is_not_there_is_told(tmp_path):
    queries = tmp_path / "queries.tsv"
    queries.write_text("query\tarticle_id\tsplit\n여권\ta\ttune\n", encoding="utf-8")
    assert read_queries(queries, "tune") == read_queries(queries) == [Asked("여권", "a")]
    with pytest.raises(BadInput):
        read_queries(queries, "test")


def test_mishearing_repeats_and_spares_what_it_should():
    text = "여권 재발급 120번"
    assert misheard(text, 0.0, random.Random(1)) == text
    assert misheard(text, 1.0, random.Random(1)) == misheard(text, 1.0, random.Random(1)) != text
    assert "120" in misheard(text, 1.0, random.Random(1))
    # Each syllable is changed, dropped, or followed by one that nobody said.
    assert all(misheard("가", 1.0, random.Random(seed)) != "가" for seed in range(50))


def test_sample_queries_are_enough_and_no_guide_is_on_both_sides():
    tuned, tested = split_queries(CALLERS)
    assert len(tuned) + len(tested) >= 160
    sides = [{asked.article_id for asked in side} for side in (tuned, tested)]
    assert not sides[0] & sides[1]
    known = {article.article_id for article in read_guides(SAMPLE_GUIDES)}
    assert sides[0] | sides[1] <= known
    assert not set(split_unanswered(UNANSWERED)[0]) & set(split_unanswered(UNANSWERED)[1])


def test_callers_find_the_sample_guides(kiwi):
    figures = evaluate_retrieval(
        SAMPLE_GUIDES, CALLERS, lambda *_: None, kiwi.nouns_and_terms, split="test", noise=0.1
    )
    assert figures["clean_recall_at_1"] >= 0.82
    assert figures["clean_recall_at_5"] >= 0.95
    assert figures["recall_at_5"] >= 0.90


def test_recall_on_real_guides(test_data):
    faq = test_data / "faq"
    figures = evaluate_retrieval(
        faq / "seoul-120-text.csv", faq / "dev_queries.tsv", lambda *_: None, noise=0.2
    )
    assert (figures["n"], figures["body_only"]) == (300, 1)
    assert figures["clean_recall_at_1"] >= 0.73
    assert figures["clean_recall_at_5"] >= 0.89
    assert figures["recall_at_1"] >= 0.60
    assert figures["recall_at_5"] >= 0.79


def test_weights_are_learned_from_a_sites_own_queries(analyse, article):
    names = ("여권", "소파", "수도", "버스", "도서관", "가로등", "청년", "주차")
    guides = [
        article(f"g{n}", f"{name} 안내", f"{name} 담당은 구청입니다. " * 8) for n, name in enumerate(names)
    ]
    queries = [Asked(f"{name} 문제로요", f"g{n}") for n, name in enumerate(names)]
    told = []
    outcome = tune(
        Material(
            guides, queries[::2], queries[1::2], ["날씨가 좋네요"], ["배가 고파요"], guides, titles_of(guides)
        ),
        shipped(),
        analyse,
        step=lambda done, of: told.append((done, of)),
        near=lambda texts: {asked.article_id: 0.9 for asked in queries if asked.query in texts},
    )
    assert outcome.after["recall_at_1"] == 1.0
    assert outcome.weights.dense is not None
    assert outcome.before.keys() == outcome.after.keys()
    assert told[-1][0] == told[-1][1]


def test_queries_without_a_split_are_split_by_guide(tmp_path):
    path = tmp_path / "queries.tsv"
    path.write_text("query\tarticle_id\n가\ta\n나\ta\n다\tb\n라\tc\n", encoding="utf-8")
    tuned, tested = split_queries(path)
    assert {asked.article_id for asked in tuned} == {"a", "c"}
    assert {asked.article_id for asked in tested} == {"b"}


def test_titles_that_say_nothing_are_not_learned_from(article):
    long = "본문입니다. " * 20
    guides = [
        article("a", "가", long),
        article("b", "나", "짧음"),
        article("c", "다", long),
        article("d", "다", long),
    ]
    assert [asked.article_id for asked in titles_of(guides)] == ["a"]
    assert titles_of(guides, [Asked("가", "a")]) == []

import random

from sangdam.evaluate.retrieval import evaluate_retrieval, misheard


def test_figures_of_a_small_base(tmp_path, analyse):
    articles, queries = tmp_path / "articles.csv", tmp_path / "queries.tsv"
    articles.write_text("id,title,body\na,가,여권은 구청에서\nb,나,소파는 신고하고\n", encoding="utf-8")
    queries.write_text("query\tarticle_id\n여권\ta\n소파\tb\n침대\tb\n", encoding="utf-8")
    told = []
    figures = evaluate_retrieval(articles, queries, lambda done, of: told.append((done, of)), analyse)
    assert (figures["n"], figures["articles"]) == (3, 2)
    assert figures["recall_at_1"] == figures["recall_at_5"] == figures["mrr"] == 0.6667
    assert set(figures) >= {"noise_recall_at_1", "noise_recall_at_5", "noise_mrr", "p95_ms"}
    assert told == [(number, 6) for number in range(1, 7)]


def test_mishearing_repeats_and_spares_what_it_should():
    text = "여권 재발급 120번"
    assert misheard(text, 0.0, random.Random(1)) == text
    assert misheard(text, 1.0, random.Random(1)) == misheard(text, 1.0, random.Random(1)) != text
    assert "120" in misheard(text, 1.0, random.Random(1))


def test_recall_on_real_guides(test_data, kiwi):
    faq = test_data / "faq"
    figures = evaluate_retrieval(
        faq / "seoul-120-text.csv", faq / "dev_queries.tsv", lambda *_: None, kiwi.nouns_and_terms
    )
    assert figures["n"] == 300
    assert figures["recall_at_1"] >= 0.70
    assert figures["recall_at_5"] >= 0.86
    assert figures["noise_recall_at_5"] >= 0.74

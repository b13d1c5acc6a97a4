import datetime as dt
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from assist.index import ArticleIndex
from assist.passages import PASSAGE_CHARS, passages_of
from assist.query import QueryPart, RollingQuery, is_courtesy, without_phrases
from store.articles import StoredArticle

TEXT = st.text(max_size=200) | st.text(alphabet="가나여권을 재발급\n#-*[](). 12aZ$^=", max_size=200)


def article(number, title, body, keyword, district):
    day = dt.date(2026, 1, 1)
    return StoredArticle(
        str(number), title, body, "", "", district, "", (keyword,), day, None, "", sample=True
    )


BASE = [
    article(1, "여권 재발급", "구청에 갑니다", "여권", ""),
    article(2, "소파", "신고합니다", "가구", "마포구"),
]


def analyse(text):
    return re.findall(r"\w+", text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=4), st.lists(TEXT, min_size=1, max_size=3), TEXT)
def test_any_text_is_searched_and_the_answer_repeats(texts, asked, district):
    articles = [
        article(n, title, body, keyword, district) for n, (title, body, keyword) in enumerate(texts, 9)
    ]
    index = ArticleIndex([*BASE, *articles], analyse)
    parts = [QueryPart(text, 1 / (n + 1)) for n, text in enumerate(asked)]
    found = index.search(parts, district=district)
    assert found == index.search(parts, district=district)
    assert found == ArticleIndex([*BASE, *articles], analyse).search(parts, district=district)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(len(hit.passage.text) <= max(PASSAGE_CHARS, len(hit.article.title)) for hit in found.hits)


@given(TEXT)
def test_passages_keep_every_word_of_plain_text(text):
    plain = re.sub(r"[#*_`>\[\]()!]", "", text)
    kept = "".join(f"{passage.heading}{passage.text}" for passage in passages_of(plain))
    assert "".join(kept.split()) == "".join(plain.split())


@given(st.lists(TEXT, max_size=12))
def test_the_rolling_query_is_bounded(turns):
    query = RollingQuery()
    for turn in turns:
        query.heard_caller(turn)
        query.heard_agent(turn)
        without_phrases(turn)
    assert len(query.parts()) <= 4
    assert bool(query.parts()) == any(not is_courtesy(turn) for turn in turns)

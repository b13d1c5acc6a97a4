import datetime as dt
from dataclasses import replace

from store import articles
from store.articles import StoredArticle

PASSPORT = StoredArticle(
    article_id="passport",
    title="여권 재발급",
    body="## 준비물\n신분증",
    category="민원",
    department="민원여권과",
    district="종로구",
    agency="",
    keywords=("여권", "재발급"),
    revised=dt.date(2026, 3, 1),
    checked=None,
    source="https://example.org",
    sample=True,
)


async def test_comes_back_as_written(session):
    assert await articles.upsert_many(session, [PASSPORT]) == 1
    assert await articles.get(session, "passport") == PASSPORT
    assert await articles.get(session, "none") is None


async def test_version_rises_only_with_a_change(session):
    assert await articles.version(session) == 0
    await articles.upsert_many(session, [PASSPORT, replace(PASSPORT, article_id="other")])
    assert await articles.version(session) == 1
    assert await articles.upsert_many(session, [PASSPORT]) == 0
    assert await articles.upsert_many(session, []) == 0
    assert await articles.version(session) == 1
    checked = replace(PASSPORT, checked=dt.date(2026, 4, 1))
    assert await articles.upsert_many(session, [checked, replace(PASSPORT, article_id="other")]) == 1
    assert await articles.version(session) == 2
    assert await articles.all(session) == [replace(PASSPORT, article_id="other"), checked]


async def test_thousands_at_once_and_the_last_of_an_id_wins(session):
    many = [replace(PASSPORT, article_id=f"a{number:04}") for number in range(2500)]
    last = replace(many[0], title="고침")
    assert await articles.upsert_many(session, [*many, last]) == 2500
    found = await articles.all(session)
    assert len(found) == 2500
    assert found[0] == last

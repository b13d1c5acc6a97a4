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


async def test_served_from_its_first_day_to_its_last(session):
    days = [dt.date(2026, 1, day) for day in range(1, 32)]
    some = [
        replace(PASSPORT, article_id="always"),
        replace(PASSPORT, article_id="from", valid_from=days[9]),
        replace(PASSPORT, article_id="retired", retired=True, valid_from=days[1]),
        replace(PASSPORT, article_id="until", valid_until=days[19]),
        replace(PASSPORT, article_id="within", valid_from=days[4], valid_until=days[9]),
    ]
    await articles.upsert_many(session, some)
    assert await articles.all(session) == some
    changes = []
    for day in days:
        valid = await articles.valid(session, day)
        assert valid == [article for article in some if article.is_valid(day)]
        if not changes or changes[-1][1] != [one.article_id for one in valid]:
            changes.append((day, [one.article_id for one in valid]))
    assert changes == [
        (days[0], ["always", "until"]),
        (days[4], ["always", "until", "within"]),
        (days[9], ["always", "from", "until", "within"]),
        (days[10], ["always", "from", "until"]),
        (days[20], ["always", "from"]),
    ]
    # Who asks for the next change is told each of them, and nothing else.
    told, day = [], days[0]
    while (day := await articles.next_change(session, day)) is not None:
        told.append(day)
    assert told == [day for day, _ in changes[1:]]


def test_stale_is_what_nobody_checked_for_long():
    on = dt.date(2027, 3, 1)
    assert not PASSPORT.is_stale(on)
    assert PASSPORT.is_stale(on + dt.timedelta(days=1))
    assert not replace(PASSPORT, checked=on).is_stale(on + dt.timedelta(days=365))
    assert replace(PASSPORT, checked=on).is_stale(on + dt.timedelta(days=31), after_days=30)

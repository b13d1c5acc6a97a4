"""The guides that are searched, on a real database, day by day."""

import datetime as dt

import pytest

from assist.library import Library
from assist.query import QueryPart
from store import articles
from store.database import Database

NOON_MS = int(dt.datetime(2026, 1, 1, 3, tzinfo=dt.UTC).timestamp() * 1000)
DAY_MS = 86_400_000


class Words:
    """Stands for Kiwi."""

    def __init__(self, analyse):
        self.analyse = analyse

    def warm_up(self):
        pass

    def nouns_and_terms(self, text):
        return self.analyse(text)

    def nouns_and_terms_of(self, texts):
        return [self.analyse(text) for text in texts]


@pytest.fixture
async def database(tmp_path, article):
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'guides.db'}")
    async with opened.session() as session:
        await articles.upsert_many(
            session,
            [
                article("passport", "여권 재발급"),
                article("festival", "불꽃 축제", valid_until=dt.date(2026, 1, 3)),
            ],
        )
    yield opened
    await opened.close()


async def test_what_holds_until_a_day_is_gone_the_day_after_and_other_days_cost_nothing(database, analyse):
    now = [NOON_MS]
    library = Library(database, Words(analyse), clock=lambda: now[0])

    def found():
        return [hit.article.article_id for hit in library.search([QueryPart("불꽃 축제", 1.0)]).hits]

    indices = []
    for _ in range(4):
        await library.refresh()
        indices.append((library._index, found()))
        now[0] += DAY_MS
    first, second, third, fourth = indices
    assert first[0] is second[0] is third[0], "no guide began or ended: nothing is built again"
    assert third[1] == ["festival"]
    assert fourth[1] == []

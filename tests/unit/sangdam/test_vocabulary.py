"""The names of a tenant come from its guides and places."""

import datetime as dt

from contracts.districts import load_districts
from models.morphemes import Morpheme
from sangdam.vocabulary import places_of, vocabulary
from store.articles import StoredArticle


def article(
    title: str, department: str = "", agency: str = "", keywords: tuple[str, ...] = ()
) -> StoredArticle:
    body = "수도계량기를 확인하고 연락합니다."
    day = dt.date(2026, 1, 1)
    return StoredArticle(
        title, title, body, "생활", department, "마포구", agency, keywords, day, None, "", sample=True
    )


def nouns(title: str) -> list[Morpheme]:
    """Every word a noun."""
    starts = [title.index(word) for word in title.split()]
    return [Morpheme(w, "NNG", at, len(w)) for w, at in zip(title.split(), starts, strict=True)]


def test_names_from_everything_a_guide_says_of_itself() -> None:
    found = vocabulary(
        [article("미세먼지 대기질 확인", "구청 세무과", "국세청 126", ("소파", "119", "얼었어요"))],
        {"마포구": ("합정동",), "중구": ("명동",)},
        nouns,
    )
    assert found.names == (
        *("국세청", "구청", "세무과", "마포구", "중구", "마포구청", "중구청", "소파"),
        *("미세먼지", "대기질", "합정동", "명동"),
    )
    assert "수도계량기를" in found.known


def test_words_of_every_title_are_no_names() -> None:
    assert vocabulary([article("신청 방법 안내")], {}, nouns).names == ("마포구",)


def test_places_of_seoul() -> None:
    places = places_of(load_districts())
    assert len(places) == 25
    assert "합정동" in places["마포구"]
    assert "홍대입구" not in places["마포구"], "a landmark is hardly ever misheard as a neighbourhood"

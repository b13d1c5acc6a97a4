import datetime as dt

import pytest

from assist.agencies import load_agencies
from assist.cards import day_of, reason_for_agency, snippet_of, snippet_of_agency, stamped
from assist.index import Hit
from assist.passages import Passage
from contracts.suggestion import NothingFound, SuggestionOffered

CONTACT = "00000000-0000-4000-8000-000000000001"
NOON = 1_763_866_800_000
"""2025-11-23, noon in Seoul."""


@pytest.fixture
def hit(article):
    def make(**fields):
        return Hit(article("a", "여권", **fields), Passage("수수료", "오만 원"), 0.91234, ("여권",), fresh=1)

    return make


def test_a_guide_says_how_old_it_is(hit):
    looked = dt.date(2025, 11, 1)
    snippet = snippet_of(hit(checked=looked, version=7, valid_until=dt.date(2026, 12, 31)), NOON)
    assert (snippet.version, snippet.stale, snippet.valid_until) == (7, False, dt.date(2026, 12, 31))
    assert snippet_of(hit(checked=looked), NOON, stale_days=10).stale
    assert not snippet_of(hit(checked=looked), None, stale_days=10).stale


def test_the_day_is_seouls():
    assert day_of(NOON) == dt.date(2025, 11, 23)
    assert day_of(NOON + 12 * 3_600_000) == dt.date(2025, 11, 24)


def test_a_line_of_the_table():
    tax = next(each for each in load_agencies() if each.number == "126")
    snippet = snippet_of_agency(tax, "종합소득세를 내려고요")
    assert (snippet.kind, snippet.article_id, snippet.agency) == ("agency", "agency-126", "국세상담센터 126")
    assert "126" in snippet.text
    assert snippet.matched == ("종합소득세",)
    assert reason_for_agency(tax, "종합소득세를 내려고요") == (
        "'종합소득세'를 말씀하셨습니다. 다른 기관(국세상담센터 126) 소관입니다."
    )


def test_emergencies_say_so():
    fire = next(each for each in load_agencies() if each.number == "119")
    assert "바로 연결" in reason_for_agency(fire, "불이 났어요")


def test_cards_are_stamped_when_they_are_published(hit):
    offer = SuggestionOffered(
        contact_id=CONTACT, at_ms=1, suggestion_id="s", revision=1, utterance_id="u", query="q", reason="r",
        snippet=snippet_of(hit()), final_at_ms=1,
    )  # fmt: skip
    none = NothingFound(contact_id=CONTACT, at_ms=1, utterance_id="u", query="q", best_score=0.1)
    cards = stamped([offer, none], 9, "dense", 42)
    assert [(card.at_ms, card.engine) for card in cards] == [(9, "dense"), (9, "dense")]
    assert cards[1].guides_version == 42

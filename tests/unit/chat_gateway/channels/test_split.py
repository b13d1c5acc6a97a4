import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_gateway.channels.split import is_boundary, split

FAMILY = "👨‍👩‍👧"
FLAGS = "🇰🇷🇺🇸"
THUMB = "👍🏽"
DECOMPOSED = unicodedata.normalize("NFD", "한글")


def bare(text: str) -> str:
    return "".join(text.split())


def test_short_text_stays_whole():
    assert split("여권은 구청에서 만듭니다.", 1000) == ("여권은 구청에서 만듭니다.",)
    assert split("  \n ", 1000) == ()


def test_ends_of_sentences_before_ends_of_words():
    text = "첫 문장은 여기까지입니다. 둘째 문장은 조금 더 길게 이어집니다."
    assert split(text, 25) == ("첫 문장은 여기까지입니다.", "둘째 문장은 조금 더 길게 이어집니다.")


def test_ends_of_paragraphs_before_ends_of_sentences():
    text = "가나다라마. 바사\n아자차카. 타파하가나다"
    assert split(text, 18) == ("가나다라마. 바사", "아자차카. 타파하가나다")


def test_a_sentence_that_ends_exactly_at_the_limit():
    first = "가" * 9 + "."
    assert split(f"{first} {first}", 10) == (first, first)


def test_words_stay_whole_where_sentences_are_too_long():
    text = " ".join(["가나다라마"] * 50)
    assert all(set(part.split()) == {"가나다라마"} for part in split(text, 40))


def test_bytes_of_hangul():
    parts = split("가" * 1000, 1000, "bytes")
    assert [len(part) for part in parts] == [333, 333, 333, 1]
    assert all(len(part.encode()) <= 1000 for part in parts)


@pytest.mark.parametrize("whole", [FAMILY, THUMB, "e\u0301", "✌️", "각", DECOMPOSED[:3], "\r\n", "🇰🇷"])
def test_no_cut_inside_what_people_see_as_one(whole):
    assert [is_boundary(whole, at) for at in range(1, len(whole))] == [False] * (len(whole) - 1)


def test_flags_in_a_row_are_apart():
    assert [is_boundary(FLAGS, at) for at in range(5)] == [True, False, True, False, True]


def test_a_family_goes_to_the_next_part():
    parts = split("가" * 18 + FAMILY + "나" * 5, 20)
    assert parts == ("가" * 18, FAMILY + "나" * 5)


def test_one_endless_character_is_cut_all_the_same():
    parts = split("e" + "\u0301" * 50, 20)
    assert "".join(parts) == "e" + "\u0301" * 50
    assert max(map(len, parts)) <= 20


signs = st.one_of(
    st.sampled_from([*"가나 .!?\n🇰e", "\u0301", "\u200d", "👨", "\u1100", "\u1161"]),
    st.characters(exclude_categories=["Cs"]),
)


@given(
    st.lists(signs, max_size=120).map("".join), st.integers(4, 30), st.sampled_from(["characters", "bytes"])
)
def test_nothing_is_lost_and_everything_fits(text, limit, unit):
    parts = split(text, limit, unit)
    assert bare("".join(parts)) == bare(text)
    for part in parts:
        assert part
        assert (len(part) if unit == "characters" else len(part.encode())) <= limit

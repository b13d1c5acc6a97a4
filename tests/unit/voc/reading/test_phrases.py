"""Phrases of a contact: compounds, ranked against what is usual, and never personal data."""

from pathlib import Path

import pytest

from contracts.errors import BadSetting
from models.morphemes import Morphemes
from sangdam.voc_background import table
from voc.reading.phrases import BACKGROUND, MAX_PHRASES, Background, Phrases, load_background, log_likelihood

USUAL = Background({"신고": 40, "구청": 30, "가스": 1}, 1000)


@pytest.fixture(scope="module")
def morphemes() -> Morphemes:
    return Morphemes()


@pytest.fixture(scope="module")
def phrases(morphemes: Morphemes) -> Phrases:
    return Phrases(morphemes.analyze, USUAL, places=("합정동",))


def test_one_spelling_however_it_was_spaced(phrases: Phrases) -> None:
    assert "가스 냄새" in phrases.in_line("가스 냄새가 나요")
    assert "대형 폐기물" in phrases.in_line("대형폐기물 버리려고요")
    assert "대형 폐기물" in phrases.in_line("대형 폐기물 버리려고요")


def test_what_is_seldom_said_comes_first(phrases: Phrases) -> None:
    found = phrases.telling(["구청에 신고했는데 가스 냄새가 또 나요 구청이 신고를 안 받아요"])
    assert found[0] == "가스 냄새"
    assert "구청" in found
    assert found.index("냄새") < found.index("구청")


def test_no_more_than_are_kept(phrases: Phrases) -> None:
    words = "수도관 계량기 가로등 놀이터 경로당 도서관 미술관 어린이집 보건소 지하철 자전거 주차장 과태료 여권 등본"
    assert len(phrases.telling([word + "이요" for word in words.split()])) == MAX_PHRASES


def test_the_order_of_lines_does_not_matter(phrases: Phrases) -> None:
    lines = ["수도관이 터졌어요", "골목에 물바다예요", "수도관 공사하던 데예요"]
    assert phrases.telling(lines) == phrases.telling(lines[::-1])


def test_no_personal_data(phrases: Phrases) -> None:
    line = "제 이름은 [이름]이고 전화는 [전화번호]요 홍길동이라고 합니다 김민수 씨도 있어요 12345번이요 합정동이요"
    found = phrases.in_line(line)
    assert "합정동" in found
    for private in ("이름", "전화번호", "홍길동", "김민수", "12345"):
        assert not any(private in phrase for phrase in found)


def test_names_of_public_texts_stay(morphemes: Morphemes) -> None:
    assert "김민수" in Phrases(morphemes.analyze, USUAL, with_names=True).in_line("김민수 장관이 말했다")


def test_empty_words_lead_nowhere(phrases: Phrases) -> None:
    assert phrases.in_line("지금 여기 그 문제 때문에 문의 좀 드리려고요") == ()


def test_log_likelihood() -> None:
    # By hand: expected 20/11 and 200/11; 2 (10 ln 5.5 + 10 ln 0.55).
    assert log_likelihood(10, 100, 10, 1000) == pytest.approx(22.138, abs=0.001)
    assert log_likelihood(1, 100, 10, 1000) == pytest.approx(0.0, abs=0.01)
    assert log_likelihood(1, 100, 50, 1000) == 0.0
    assert log_likelihood(2, 100, 0, 1000) > log_likelihood(1, 100, 0, 1000) > 0


def test_the_background_is_that_of_the_samples(morphemes: Morphemes) -> None:
    assert BACKGROUND.read_text(encoding="utf-8") == table(morphemes)
    assert load_background().counts["구청"] > load_background().counts["과태료"]


@pytest.mark.parametrize("text", ["구청", "구청\t많이", "\t\t"])
def test_a_bad_background(tmp_path: Path, text: str) -> None:
    (tmp_path / "words.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=r"words\.tsv"):
        load_background(tmp_path / "words.tsv")


def test_a_place_alone_is_no_phrase(phrases: Phrases) -> None:
    found = phrases.telling(["합정동에서 이상한 냄새가 나요.", "합정동 합정동이요."])
    assert "냄새" in " ".join(found)
    assert not [phrase for phrase in found if set(phrase.split()) <= {"합정동"}]

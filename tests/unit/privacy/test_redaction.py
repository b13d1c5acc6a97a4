"""What is masked, what stays: a labelled set of sentences, numbers read over several utterances, words."""

import re
import time
from pathlib import Path

import pytest

from contracts.transcript import Word
from privacy.redaction import MASKS, Redacted, StreamRedactor, redact, redact_words

_HERE = Path(__file__).parent
_LABEL = re.compile(r"\{(\w+):([^}]*)\}")


def _lines(name: str) -> list[str]:
    text = (_HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


POSITIVE = _lines("sentences_positive.txt")
NEGATIVE = _lines("sentences_negative.txt")


def _raw(line: str) -> str:
    return _LABEL.sub(lambda match: match[2], line)


def _expected(line: str) -> str:
    return _LABEL.sub(lambda match: MASKS[match[1]], line)  # type: ignore[index]  # kinds are checked by the lookup


def test_the_labelled_set_is_large_enough_to_mean_something() -> None:
    assert len(POSITIVE) >= 120
    assert len(NEGATIVE) >= 120


@pytest.mark.parametrize("line", POSITIVE)
def test_personal_data_is_masked_and_the_rest_stays(line: str) -> None:
    assert redact(_raw(line)).text == _expected(line)


@pytest.mark.parametrize("text", NEGATIVE)
def test_what_is_not_personal_stays(text: str) -> None:
    assert redact(text) == Redacted(text)


def test_kinds_are_named_once_in_order() -> None:
    found = redact("저는 김철수라고 합니다 번호는 010-1234-5678, 또 010-1111-2222입니다")
    assert found.kinds == ("name", "phone")


STREAMS = [
    (
        ["공일공이요", "네", "일이삼사", "오육칠팔이요"],
        ["[전화번호]이요", "네", "[전화번호]", "[전화번호]이요"],
    ),
    (["010", "1234", "5678", "두 시에 갈게요"], ["[전화번호]", "[전화번호]", "[전화번호]", "두 시에 갈게요"]),
    (["공일공.", "2018.", "1234."], ["[전화번호].", "[전화번호].", "[전화번호]."]),
    (["공", "일", "공", "일이", "삼사", "오육칠팔"], ["공", "일", *["[전화번호]"] * 4]),
    (
        ["공일공이고", "일삼사오", "일일이고요", "사오"],
        ["[전화번호]이고", "[전화번호]", "[전화번호]이고요", "[전화번호]"],
    ),
    (
        ["주민번호가요", "팔공공일일일", "일이삼사오육칠이요"],
        ["주민번호가요", "[주민등록번호]", "[주민등록번호]이요"],
    ),
    (["계좌 알려 드릴게요", "삼사오", "육칠", "팔구공일"], ["계좌 알려 드릴게요", *["[계좌번호]"] * 3]),
    (
        ["제 번호가", "공일공 오오", "육육 칠칠", "팔팔이요"],
        ["제 번호가", *["[전화번호]"] * 2, "[전화번호]이요"],
    ),
    (["공일공", "천이백삼십사", "오천육백칠십팔이요"], ["[전화번호]", "[전화번호]", "[전화번호]이요"]),
    (["일이요", "네", "이사 때문에요"], ["일이요", "네", "이사 때문에요"]),
    (["이요", "사이가 안 좋아서요", "오 분이요"], ["이요", "사이가 안 좋아서요", "오 분이요"]),
    (
        ["공일공 일이삼사 오육칠팔이요", "두 명이요", "삼 층이에요"],
        ["[전화번호]이요", "두 명이요", "삼 층이에요"],
    ),
    (["공일공 일이삼사 오육칠팔이요", "일이 있어서요"], ["[전화번호]이요", "일이 있어서요"]),
]


@pytest.mark.parametrize(("said", "expected"), STREAMS)
def test_a_number_read_over_several_utterances(said: list[str], expected: list[str]) -> None:
    stream = StreamRedactor()
    assert [stream.redact(text).text for text in said] == expected


def test_a_partial_is_masked_without_moving_the_memory() -> None:
    stream = StreamRedactor()
    stream.redact("공일공이요")
    for partial in ("이", "이삼", "이삼사오"):
        stream.redact_partial(partial)
    assert stream.redact_partial("사오").text == "[전화번호]"
    assert stream.redact("이삼사오").text == "[전화번호]"
    assert StreamRedactor().redact_partial("공일공 일이").text == "[전화번호]"


def test_a_growing_partial_never_shows_more_than_two_digits() -> None:
    said = "네 공일공 일이삼사 오육칠팔이요"
    for cut in range(len(said)):
        shown = StreamRedactor().redact_partial(said[:cut]).text
        assert len(re.findall("[공일이삼사오육칠팔]", shown.replace("이요", ""))) <= 2, shown


def test_masking_twice_changes_nothing() -> None:
    for line in POSITIVE:
        once = redact(_raw(line)).text
        assert redact(once).text == once


def _words(text: str) -> list[Word]:
    return [
        Word(text=piece, start_ms=100 * index, end_ms=100 * index + 90, probability=0.9 - index / 100)
        for index, piece in enumerate(text.split())
    ]


def test_words_read_as_the_masked_text() -> None:
    raw = "네 공일공 일이삼사 오육칠팔이요 저는 김철수입니다"
    words = redact_words(_words(raw), raw, redact(raw))
    assert [word.text for word in words] == ["네", "[전화번호]이요", "저는", "[이름]입니다"]
    assert (words[1].start_ms, words[1].end_ms) == (100, 390)
    assert words[1].probability == pytest.approx(0.87)


def test_words_that_are_not_in_the_text_do_not_pass_a_mask() -> None:
    raw = "번호는 010-1234-5678이요"
    pieces = [
        Word(text=t, start_ms=0, end_ms=1, probability=1)
        for t in (" 번호는", " 010", "-1234", "-5678", "이요", " 9")
    ]
    assert "".join(word.text for word in redact_words(pieces, raw, redact(raw))) == " 번호는[전화번호]이요"


def test_all_labelled_sentences_leave_no_digit_in_the_words() -> None:
    for line in POSITIVE:
        raw = _raw(line)
        shown = " ".join(word.text for word in redact_words(_words(raw), raw, redact(raw)))
        assert shown == " ".join(_expected(line).split())


def test_redaction_does_not_slow_the_hot_path() -> None:
    text = " ".join(map(_raw, POSITIVE + NEGATIVE))
    lines = [_raw(line) for line in POSITIVE + NEGATIVE] * 5
    started = time.process_time()
    for line in lines:
        redact(line)
    assert 5 * len(text) / (time.process_time() - started) > 10_000  # characters a second


def test_who_joins_in_the_midst_masks_digits_at_the_beginning():
    """Another worker may have heard the first half of the number."""
    assert StreamRedactor().redact("사 팔 구요").text == "사 팔 구요"
    joined = StreamRedactor(joins=True)
    assert joined.remembers
    assert joined.redact("사 팔 구요").text == "[전화번호]요"
    later = StreamRedactor(joins=True)
    assert later.redact("3만 5천 원이요").text == "3만 5천 원이요"
    later.redact("감사합니다")
    assert not later.remembers
    assert later.redact("사 팔 구요").text == "사 팔 구요"

"""A second hearing takes names, and nothing else, from the second text."""

from asr.hotwords import ABOUT, hotword_prompt, second_hearing

HEARD = ("그런데", "시며버스는", "어디에", "신청하나요?")
NEAR: tuple[tuple[str, ...], ...] = ((), ("심야버스", "새벽버스"), (), ())


def test_a_suspect_word_becomes_the_name_that_is_there() -> None:
    again = "그런데 심야버스는 어디에 신청하나요?"
    assert second_hearing(HEARD, NEAR, again) == ("그런데", "심야버스는", "어디에", "신청하나요?")


def test_any_of_its_names() -> None:
    assert second_hearing(HEARD, NEAR, "그런데 새벽버스 어디에 신청하나요")[1] == "새벽버스"


def test_other_words_stay_as_they_were_heard_first() -> None:
    again = "그런대 심야버스는 오디에 실종하나요"
    assert second_hearing(HEARD, NEAR, again) == ("그런데", "심야버스는", "어디에", "신청하나요?")


def test_a_name_elsewhere_does_not_count() -> None:
    assert second_hearing(HEARD, NEAR, "심야버스 시며버스는 어디에 신청하나요") == HEARD
    assert second_hearing(HEARD, NEAR, "그런데 시며버스는 어디에 심야버스") == HEARD


def test_a_longer_word_is_not_the_name() -> None:
    assert second_hearing(HEARD, NEAR, "그런데 심야버스정류장 어디에 신청하나요") == HEARD


def test_names_that_are_written_apart() -> None:
    assert second_hearing(("시미아포스,", "요금"), (("심야버스",), ()), "심야 버스 요금") == (
        "심야버스,",
        "요금",
    )


def test_an_echo_or_nothing_changes_nothing() -> None:
    assert second_hearing(HEARD, NEAR, "") == HEARD
    assert second_hearing((), (), "심야버스") == ()


def test_prompt() -> None:
    assert hotword_prompt(["심야버스", "은평구", "심야버스"]) == f"{ABOUT} 심야버스, 은평구."
    assert hotword_prompt(["심야버스", "대형폐기물", "은평구"], max_chars=9) == f"{ABOUT} 심야버스, 은평구."
    assert hotword_prompt([]) == ""

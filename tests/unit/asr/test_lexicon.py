"""Names that sound like a misheard word, and silence where none does."""

import random
import time

import pytest

from asr.lexicon import OFFERS, Lexicon, sound

NAMES = (
    *(
        "마포구",
        "관악구",
        "강남구",
        "서초구",
        "중구",
        "합정동",
        "화곡동",
        "신림동",
        "망원동",
        "을지로",
        "종로",
    ),
    *(
        "다산콜",
        "과태료",
        "대형폐기물",
        "심야버스",
        "반려동물",
        "주차관리과",
        "청소행정과",
        "수도계량기",
        "옥인동",
    ),
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(NAMES, known=("강나루를", "무료"))


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        # As whisper base wrote them on telephone audio.
        ("간남구에", "강남구"),
        ("다산코", "다산콜"),
        ("다상코", "다산콜"),
        ("시며버스는", "심야버스"),
        ("시미아포스", "심야버스"),
        ("말려동문", "반려동물"),
        ("수독게량기를", "수도계량기"),
        # Sounds that are not kept apart.
        ("마보구", "마포구"),
        ("애형패기물", "대형폐기물"),
        ("합청동에서", "합정동"),
        ("청소행전과로", "청소행정과"),
        ("주차괄리과", "주차관리과"),
        # Written as it sounds: assimilation, liaison.
        ("실림동", "신림동"),
        ("오긴동", "옥인동"),
        # A particle that was misheard, too.
        ("마보구애서", "마포구"),
    ],
)
def test_the_name_that_was_meant_comes_first(lexicon: Lexicon, heard: str, name: str) -> None:
    assert lexicon.nearest(heard)[:1] == (name,)


@pytest.mark.parametrize(
    "word",
    [
        *("마포구", "마포구에서", "종로입니다", "을지로", "과태료는요"),  # names
        *("그러면", "하나요", "정말", "여기도"),  # what everyone says
        *("강나루", "무료로"),  # known to the tenant
        *("토마토", "텔레비전이", "끊겼어요", "버스", "아", "", "?!", "16번으로", "okay", "3동"),
    ],
)
def test_silence(lexicon: Lexicon, word: str) -> None:
    assert lexicon.nearest(word) == ()


def test_as_many_as_sound_alike() -> None:
    lexicon = Lexicon(["신사동", "신자동", "신차동", "신싸동", "잠실동", "산사동"])
    offers = lexicon.nearest("씬사동")
    assert offers[0] == "신사동"
    assert len(offers) == OFFERS
    assert "잠실동" not in offers


def test_names_are_shown_as_they_are_written() -> None:
    assert Lexicon(["주차 관리과", "120", "A팀"]).nearest("주차괄리과에") == ("주차 관리과",)


def test_no_names() -> None:
    assert Lexicon([]).nearest("마보구") == ()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("옥인", "ㅗㄱㅣㄴ"),
        ("강", "ㄱㅏŋ"),
        ("값", "ㄱㅏㅂ"),
        ("꽃", "ㄲㅗㄷ"),
        ("꽃이", "ㄲㅗㅊㅣ"),
        ("A1", ""),
    ],
)
def test_sound(word: str, said: str) -> None:
    assert sound(word) == said


def test_five_thousand_names_cost_less_than_a_millisecond() -> None:
    rng = random.Random(0)
    syllables = [chr(rng.randrange(0xAC00, 0xD7A4, 4)) for _ in range(400)]
    lexicon = Lexicon("".join(rng.choices(syllables, k=rng.randint(2, 7))) for _ in range(5000))
    words = ["".join(rng.choices(syllables, k=rng.randint(2, 6))) for _ in range(200)]
    started = time.process_time()
    for word in words:
        lexicon.nearest(word)
    assert (time.process_time() - started) / len(words) < 0.001


@pytest.mark.parametrize(
    ("heard", "reading"),
    [
        ("마보구에서", "마포구에서"),
        ("간남구.", "강남구."),
        ("옥민동이에요,", "옥인동이에요,"),
        ("심야머스", "심야버스"),
    ],
)
def test_readings_keep_what_stands_behind_the_name(lexicon: Lexicon, heard: str, reading: str) -> None:
    assert lexicon.readings(heard)[0] == reading
    assert len(lexicon.readings(heard)) == len(lexicon.nearest(heard))

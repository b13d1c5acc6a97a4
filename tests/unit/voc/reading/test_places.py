"""Districts and places that a line names, also briefly, misheard, or in another city."""

import pytest

from contracts.districts import load_districts
from voc.reading.places import Places, located

PLACES = Places(load_districts())


@pytest.mark.parametrize(
    ("text", "district", "place"),
    [
        ("서울시 강서구입니다", "강서구", ""),
        ("마포구청에 갔는데요", "마포구", ""),
        ("마포 쪽이에요", "마포구", ""),
        ("상계1동이요", "노원구", "상계1동"),
        ("신림 삼동에서요", "관악구", "신림삼동"),
        ("홍대입구역 앞이에요", "마포구", "홍대입구"),
        ("합정에 살아요", "마포구", "합정"),
        ("서울마포구합정동이요", "마포구", "합정동"),
        ("관악구 신사동이요", "관악구", "신사동"),
        ("신사동인데요", "", "신사동"),
        ("사당역 근처요", "", "사당역"),
        ("강남 사는데요", "강남구", ""),
    ],
)
def test_named(text: str, district: str, place: str) -> None:
    assert located(PLACES.named(text)) == (district, place)


@pytest.mark.parametrize(
    "text",
    [
        "부산 강서구예요",
        "대구광역시 중구입니다",
        "친구 집이에요",
        "하수구가 막혔어요",
        "강북 쪽으로 가는 버스요",
        "능동적으로 해 주세요",
        "성수기 요금이요",
        "서울대병원 예약이요",
        "관악산 등산로가",
        "센서가 동작인데 안 돼요",
        "여름방학 프로그램",
        "개봉했어요 영화요",
    ],
)
def test_not_named(text: str) -> None:
    assert located(PLACES.named(text)) == ("", "")


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("영동포구예요", "영등포구"),
        ("손파구인데요", "송파구"),
        ("마보구에 살아요", "마포구"),
        ("은병구요", "은평구"),
    ],
)
def test_misheard(text: str, district: str) -> None:
    assert located(PLACES.named(text))[0] == district


def test_what_could_be_two_districts_is_none() -> None:
    assert located(PLACES.named("상동구예요"))[0] == ""


def test_no_districts_at_all() -> None:
    assert Places(()).named("마포구 합정동이요") == ()

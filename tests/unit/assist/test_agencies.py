import pytest

from assist.agencies import load_agencies, numbers_in
from contracts.errors import BadInput

LINE = "  - {number: '126', name: 국세상담센터, title: 국세, says: 126입니다., source: https://x, asks: ['%s']}\n"


@pytest.fixture(scope="module")
def agencies():
    return load_agencies()


def test_the_table_is_whole(agencies):
    assert len(agencies) >= 20
    assert {"110", "112", "119", "107", "126", "1345", "118", "182", "1366"} <= {
        each.number for each in agencies
    }
    for agency in agencies:
        assert len(agency.says) < 120
        assert agency.source.startswith("https://")
        assert agency.number in agency.title or agency.number in agency.says


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("종합소득세 신고를 하려고 하는데요", "126"),
        ("미국에서 산 물건이 통관에 걸렸어요", "125"),
        ("스팸 문자가 계속 와요", "118"),
        ("비자를 연장하고 싶어요", "1345"),
        ("실업급여 신청하려고요", "1350"),
        ("건강 보험료가 올랐어요", "1577-1000"),
        ("케이티엑스 표를 환불하려고요", "1588-7788"),
        ("할머니가 아침에 나가서 안 들어오세요", "182"),
        ("학교폭력 신고하려고요", "117"),
    ],
)
def test_matters_of_others(agencies, said, number):
    assert agencies.meant(said)[0].number == number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("집에 불이 났어요", "119"),
        ("아버지가 갑자기 쓰러졌어요", "119"),
        ("어떤 남자가 저를 계속 따라와요", "112"),
        ("너무 힘들어서 죽고 싶어요", "109"),
        ("사람이 물에 빠졌어요", "119"),
        ("옆집에서 비명이 들려요", "112"),
    ],
)
def test_emergencies_come_first(agencies, said, number):
    first = agencies.meant(said)[0]
    assert (first.number, first.emergency) == (number, True)


@pytest.mark.parametrize(
    "said",
    [
        "여권 재발급하려고요",
        "가로등 불이 나갔어요",
        "지방소득세는요",
        "지방 소득세는요",
        "자동차세를 내려고요",
        "담배 연기가 들어와요",
        "기초연금은 몇 살부터 받아요",
        "소파를 버리려고 하는데요",
        "전화를 한참 기다렸잖아요",
        "더워서 죽겠어요",
        "사람이 너무 많아요",
        "애가 둘인데 어린이집을 찾고 있어요",
    ],
)
def test_the_citys_own_matters(agencies, said):
    assert agencies.meant(said) == []


def test_words_are_named_whole(agencies):
    (agency,) = agencies.meant("종합소득세를 내려고요")
    assert agency.matched("종합소득세를 내려고요") == ("종합소득세",)


def test_numbers():
    assert numbers_in("경찰 112·금융감독원 1332") == ["112", "1332"]
    assert numbers_in("국민연금공단 1577-1000") == ["1577-1000"]


@pytest.mark.parametrize(
    "text",
    ["", "revised: 2026-01-01\nagencies: 3", "revised: 2026-01-01\nagencies:\n" + LINE % "(", "agencies: []"],
)
def test_tables_that_cannot_be_read(tmp_path, text):
    path = tmp_path / "agencies.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"agencies\.yaml"):
        load_agencies(path)


def test_a_number_stands_once(tmp_path):
    path = tmp_path / "agencies.yaml"
    path.write_text("revised: 2026-01-01\nagencies:\n" + 2 * (LINE % "소득세"), encoding="utf-8")
    with pytest.raises(BadInput, match="126"):
        load_agencies(path)
    with pytest.raises(BadInput):
        load_agencies(tmp_path / "nowhere.yaml")

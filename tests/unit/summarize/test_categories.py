import pytest

from contracts.categories import categorise, load_categories
from contracts.errors import BadSetting


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("소파를 버리려고 하는데 대형 폐기물 신고는 어떻게 하나요?", "청소·환경 > 대형폐기물"),
        ("여권 재발급 수수료가 얼마예요?", "민원·제증명 > 여권"),
        ("전입 신고를 하려고요.", "민원·제증명 > 전입·주민등록"),
        ("집에서 가스 냄새가 나요.", "안전·긴급 > 긴급신고"),
        ("심야 버스는 몇 시까지 있나요?", "교통 > 시내버스·심야버스"),
        ("종합 소득세는 언제까지 내나요?", "세금 > 국세(다른 기관)"),
    ],
)
def test_words_lead_to_a_category(say, text, label):
    said = say(f"caller: {text}")
    found = categorise(said, {}, load_categories())
    assert found is not None
    assert found.label == label
    assert found.evidence == (said[0].utterance_id,)
    assert 0 < found.confidence < 1


def test_no_words_no_category(say):
    assert categorise(say("caller: 네, 안녕하세요."), {}, load_categories()) is None
    assert categorise([], {}, load_categories()) is None


def test_more_evidence_is_more_confidence_and_a_rival_less(say):
    categories = load_categories()
    once = categorise(say("caller: 여권이요."), {}, categories)
    often = categorise(say("caller: 여권 재발급이요.", "caller: 여권 분실했어요."), {}, categories)
    rival = categorise(say("caller: 여권이요.", "caller: 택시요."), {}, categories)
    assert once is not None
    assert often is not None
    assert rival is not None
    assert rival.confidence < once.confidence < often.confidence


def test_an_agency_brings_its_own_table(say, tmp_path):
    path = tmp_path / "codes.yaml"
    path.write_text('- {code: "1", label: 우리 구 축제, keywords: [불꽃 축제]}', encoding="utf-8")
    found = categorise(say("caller: 불꽃축제 언제 해요?"), {}, load_categories(path))
    assert found is not None
    assert found.label == "우리 구 축제"


@pytest.mark.parametrize(
    "text", [None, "- {label: 코드 없음}", "말 그대로", "[", "- {code: a, label: b, children: 3}"]
)
def test_a_table_that_cannot_be_used_is_told(tmp_path, text):
    path = tmp_path / "codes.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=r"codes\.yaml"):
        load_categories(path)

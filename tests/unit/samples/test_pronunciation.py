"""Sound changes of Korean, with examples from the Standard Pronunciation of Korean (표준 발음법)."""

from __future__ import annotations

import pytest

from samples.korean_speech.phonemes import phonemes
from samples.korean_speech.pronunciation import compose, decompose, pronounce, pronounce_text

CASES = {
    "연음 (liaison)": "옷이 오시, 있어 이써, 깎아 까까, 밖에 바께, 앉아 안자, 젊어 절머, 값을 갑쓸, 넋이 넉씨, 심야 시먀, 강아지 강아지",
    "음절의 끝소리 (neutral codas)": "부엌 부억, 옷 옫, 낮 낟, 꽃 꼳, 앞 압, 몫 목, 여덟 여덜, 값 갑, 닭 닥, 삶 삼",
    "비음화 (nasal)": "국물 궁물, 먹는 멍는, 닫는 단는, 있는 인는, 꽃망울 꼰망울, 없는 엄는, 앞마당 암마당, 합니다 함니다, "
    "종로 종노, 강남 강남, 담력 담녁, 대통령 대통녕, 등록 등녹, 협력 혐녁, 십리 심니",
    "유음화 (liquid)": "난로 날로, 신림동 실림동, 관리 괄리, 연락 열락, 칼날 칼랄, 뚫는 뚤른, 설날 설랄",
    "구개음화 (palatal)": "굳이 구지, 같이 가치, 땀받이 땀바지, 붙여 부처, 핥이다 할치다, 굳히다 구치다, 닫혀 다처, 묻혔다 무첟따",
    "경음화 (tense)": "국밥 국빱, 깎다 깍따, 옷고름 옫꼬름, 꽃다발 꼳따발, 덮개 덥깨, 앉고 안꼬, 넓게 널께, 핥다 할따, 닮고 담꼬, "
    "읽고 일꼬, 읽다 익따, 접수 접쑤, 없다 업따, 값지다 갑찌다",
    "격음화 (aspirated)": "놓고 노코, 좋던 조턴, 쌓지 싸치, 많고 만코, 닳지 달치, 입학 이팍, 못하다 모타다, 앉히다 안치다, 밝히다 발키다, "
    "넓히다 널피다, 맏형 마텽, 맞히다 마치다, 시작하고 시자카고",
    "ㅎ 탈락 (silent h)": "좋아 조아, 낳은 나은, 많아 마나, 싫어도 시러도, 닿소 다쏘, 놓는 논는, 않네 안네",
    "모음 (vowels)": "희망 히망, 문의 무니, 의사 의사, 폐기물 페기물, 차례 차례, 예의 예이, 가져 가저, 다쳐 다처",
    "사전 (by the word)": "여권 여꿘, 여권을 여꿔늘, 신분증이 신분쯩이, 문자로 문짜로, 드릴게요 드릴께요, 길게 길게",
}


@pytest.mark.parametrize(
    ("written", "said"),
    [tuple(pair.split()) for pairs in CASES.values() for pair in pairs.split(", ")],
)
def test_word_is_said_by_the_standard(written: str, said: str) -> None:
    assert compose(pronounce(written)) == said


def test_no_two_boundaries_disturb_each_other() -> None:
    assert compose(pronounce("붙잡혔습니다만")) == "붇짜펻씀니다만"


def test_dependent_noun_is_tense_only_after_a_verb_in_l() -> None:
    assert pronounce_text("신청할 수 있나요?") == "신청할 쑤 인나요"
    assert pronounce_text("나이 수") == "나이 수"


def test_decompose_keeps_only_hangul() -> None:
    assert compose(decompose("2시간 뒤, 집으로!")) == "시간뒤집으로"
    assert decompose("") == []


@pytest.mark.parametrize(
    ("written", "ipa"),
    [
        ("소파를", "sopʰaɾɯl"),
        ("가구", "kaɡu"),  # a plain stop is voiced between vowels, voiceless at the start
        ("시민", "ɕimin"),
        ("신림동", "ɕilimdoŋ"),  # ㄹㄹ is one long l
        ("있습니다", "isɯmnida"),
        ("저는 가요", "ʨɔnɯn kajo"),
        ("네, 그런가요?", "ne, kɯɾɔnɡajo?"),
        ("…?", ""),
    ],
)
def test_phonemes(written: str, ipa: str) -> None:
    assert phonemes(written) == ipa

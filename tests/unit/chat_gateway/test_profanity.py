"""Rude words are marked where they stand, also when they are broken up; harmless words that hold them are not."""

import itertools
import re

import pytest

from chat_gateway import profanity as module
from chat_gateway.profanity import Profanity

profanity = Profanity()

RUDE = (
    """
씨발|아 시발|시1발|시.발|ㅅㅣㅂㅏㄹ|씨이발 씨발|ㅅㅂ|ㅆㅂ|씨팔|쉬발|아 시 발|이 씨발놈아|시바ㄹ|병신|이 병신아|병1신|ㅂㅅ|ㅄ|븅신|개새끼|개 새끼야|개쉐끼
이 새끼가|미친놈|미친 년|좆같네|존나 짜증나|지랄하네|지 랄|썅|개자식|닥쳐|꺼져|꺼져라|엿 먹어|니 애미|느금마|18놈|창녀|빡대가리|등신|도둑놈아|죽여버린다
fuck you|FUCKING|shit|asshole|tlqkf|傻逼|씨.발|개소리하지 마|나쁜 놈들
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

CLEAN = (
    """
시발점이 어디인가요|시발역에서 타요|일시 발급|일시발급|즉시 발송해 주세요|임시 발급이 되나요|동시 발생|수시발급|3시 발 KTX|김철수 씨 발급 신청|김철수 씨 발 다쳤어요
씨앗 발아율|출시 발표|개나리 축제|새끼손가락을 다쳤어요|새끼 고양이 구조|고양이 새끼|이 새끼 고양이|강아지 새끼를 낳았어요|새끼줄|질병 신고|간병 신청|전염병 신고|문병신청
병신년에 태어났어요|전염병|불이 꺼져요|가로등이 꺼져 있어요|졸라서 샀어요|등신대 제작|지랄탄|아시발음|다시 발급|혹시 발송됐나요|역시 발 빠르네요|도시 발전|택시 발견
족발집 신고|미친 듯이 더워요|개소식이 언제죠|개돈|18년도|십팔번|class|pass|assessment|Scunthorpe|이십팔년|다섯 놈|네 애완견|네 에어컨 지원이요|니 에어컨|안녕하세요
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


def test_recall_and_precision_on_the_labelled_words():
    missed = [text for text in RUDE if not profanity(text)]
    false = [text for text in CLEAN if profanity(text)]
    found = len(RUDE) - len(missed)
    assert found / len(RUDE) >= 0.97, missed
    assert found / (found + len(false)) >= 0.97, false


def test_the_quick_look_that_ends_most_messages_hides_nothing(monkeypatch):
    quick = {text: profanity(text) for text in RUDE + CLEAN}
    monkeypatch.setattr(module, "_GATE", re.compile(""))
    assert {text: profanity(text) for text in quick} == quick


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("왜 안 해줘 시1발 진짜", ["시1발"]),
        ("ㅅㅣㅂㅏㄹ", ["ㅅㅣㅂㅏㄹ"]),
        ("😀😀 병신 아니고 개새끼", ["병신", "개새끼"]),
        ("꺼져!", ["꺼져"]),
    ],
)
def test_spans_are_of_the_text_as_written_in_code_points(text, marked):
    assert [text[begin:end] for begin, end in profanity(text)] == marked


def test_spans_are_in_order_and_apart():
    spans = profanity("씨발 " * 100)
    assert spans == tuple(sorted(spans))
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))
    assert len(spans) == module.MAX_SPANS


def test_a_site_adds_words_and_takes_words_out():
    site = Profanity(also=["멍청이"], excepted=["미친놈"])
    assert site("이 멍 청 이야") == ((2, 7),)
    assert not site("미친놈")
    assert not profanity("멍청이")

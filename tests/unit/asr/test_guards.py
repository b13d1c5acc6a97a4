import pytest

from asr.guards import Evidence, guard

STRONG = Evidence(mean_logprob=-0.2, no_speech=0.05, looped=False, voiced_ms=3_000)
UNSURE = Evidence(mean_logprob=-0.9, no_speech=0.3, looped=False, voiced_ms=3_000)
SILENT = Evidence(mean_logprob=-0.3, no_speech=0.8, looped=False, voiced_ms=3_000)
HOPELESS = Evidence(mean_logprob=-1.8, no_speech=0.9, looped=False, voiced_ms=3_000)
LOOPED = Evidence(mean_logprob=-0.2, no_speech=0.05, looped=True, voiced_ms=3_000)

PHRASES = [
    "MBC 뉴스 이덕영입니다.",
    "KBS 뉴스 김철수입니다",
    "YTN 뉴스 홍길동이었습니다.",
    "시청해 주셔서 감사합니다.",
    "시청해주셔서 감사합니다",
    "구독해 주셔서 대단히 감사합니다!",
    "구독과 좋아요 부탁드립니다.",
    "구독, 좋아요 꾹 눌러주세요!",
    "구독과 좋아요, 알림 설정까지 부탁드려요.",
    "한글 자막 by 한효정",
    "자막 제공: 아무개",
    "한국어 자막 제작",
    "다음 영상에서 만나요.",
    "다음 시간에 뵙겠습니다.",
    "다음 주에 또 만나요!",
    "수고하셨습니다.",
    "감사합니다.",
]


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize("evidence", [UNSURE, SILENT], ids=["unsure", "silent"])
def test_an_invented_phrase_falls_on_weak_evidence(phrase, evidence):
    assert guard(phrase, evidence) == ""


@pytest.mark.parametrize("phrase", PHRASES)
def test_the_same_phrase_stays_when_it_was_said(phrase):
    assert guard(phrase, STRONG) == phrase


@pytest.mark.parametrize("phrase", PHRASES)
def test_an_invented_end_is_cut_off_real_speech(phrase):
    assert guard(f"소파는 어디에 버리나요? {phrase}", UNSURE) == "소파는 어디에 버리나요?"


def test_inventions_in_a_row_all_fall():
    assert (
        guard("네, 알겠습니다. 시청해 주셔서 감사합니다. MBC 뉴스 이덕영입니다.", UNSURE) == "네, 알겠습니다."
    )


def test_what_stands_in_the_midst_is_no_invention():
    said = "감사합니다. 그런데 수수료는 얼마예요?"
    assert guard(said, UNSURE) == said
    said = "자막 제작 지원은 어느 부서에서 하나요?"
    assert guard(said, STRONG) == said


@pytest.mark.parametrize("said", ["네", "네.", "예", "아니요", "여보세요?", "네, 네.", "삼십이요"])
@pytest.mark.parametrize("evidence", [STRONG, UNSURE, SILENT, LOOPED])
def test_short_real_answers_stay(said, evidence):
    short = Evidence(evidence.mean_logprob, evidence.no_speech, evidence.looped, voiced_ms=160)
    assert guard(said, short) == said


def test_more_than_a_mouth_can_say_is_no_evidence():
    too_short = Evidence(mean_logprob=-0.2, no_speech=0.05, looped=False, voiced_ms=100)
    assert guard("시청해 주셔서 감사합니다.", too_short) == ""


@pytest.mark.parametrize("text", ["", "   ", ".", "...", "?!", "♪"])
@pytest.mark.parametrize("evidence", [STRONG, UNSURE])
def test_marks_without_letters_are_nothing(text, evidence):
    assert guard(text, evidence) == ""


def test_hopeless_text_falls_whatever_it_says():
    assert guard("소파를 버리려고요", HOPELESS) == ""


@pytest.mark.parametrize(
    ("looped", "once"),
    [
        ("그래서 " * 30, "그래서"),
        ("소파를 버려요. " * 10, "소파를 버려요."),
        ("네, 그래서 제가 제가 제가 제가 제가 제가", "네, 그래서 제가"),
        ("아아아아아아아아아아아아", "아아"),
    ],
)
def test_loops_collapse(looped, once):
    assert guard(looped, LOOPED) == once


def test_repetition_that_is_no_loop_stays():
    said = "네 네 네 네 네 네 맞아요"
    assert guard(said, STRONG) == said
    three = "빨리 빨리 빨리 와 주세요"
    assert guard(three, LOOPED) == three


def test_a_loop_of_an_invention_falls_where_speech_is_weak():
    weak = Evidence(mean_logprob=-0.9, no_speech=0.3, looped=True, voiced_ms=3_000)
    assert guard("감사합니다. " * 12, weak) == ""

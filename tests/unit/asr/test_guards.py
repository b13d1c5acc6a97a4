from dataclasses import replace

import pytest

from asr.guards import GUARDS, Evidence, Guarded, examine

STRONG = Evidence(mean_logprob=-0.2, no_speech=0.05, looped=False, voiced_ms=3_000)
BARE = Evidence(mean_logprob=-1.0, no_speech=0.1, looped=False, voiced_ms=1_000)
"""As real thanks are heard that stand alone."""
NOISY = Evidence(mean_logprob=-0.6, no_speech=0.4, looped=False, voiced_ms=3_000)
SILENT = Evidence(mean_logprob=-0.9, no_speech=0.9, looped=False, voiced_ms=3_000)
UNLIKELY = Evidence(mean_logprob=-1.9, no_speech=0.1, looped=False, voiced_ms=3_000)
LOOPED = replace(STRONG, looped=True)
PROMPT = "마포구, 서대문구, 은평구, 대형 폐기물, 주민등록등본, 불법 주정차"

BROADCAST = [
    "MBC 뉴스 이덕영입니다.",
    "KBS 뉴스 김철수입니다",
    "YTN 뉴스 홍길동이었습니다.",
    "시청해 주셔서 감사합니다.",
    "시청해주셔서 감사합니다",
    "시청해 주셔서 고맙습니다.",
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
    "이 영상은 또 다른 영상에서 만나요.",
]
POLITE = ["수고하셨습니다.", "감사합니다.", "고맙습니다", "이야기를 들어 주셔서 고맙습니다."]


@pytest.mark.parametrize("phrase", BROADCAST)
@pytest.mark.parametrize("evidence", [BARE, NOISY], ids=["bare", "noisy"])
def test_what_broadcasts_say_falls_unless_it_is_heard_well(phrase, evidence):
    assert examine(phrase, evidence).text == ""
    assert examine(phrase, STRONG).text == phrase


@pytest.mark.parametrize("phrase", POLITE[:3])
def test_thanks_fall_on_noise(phrase):
    assert examine(phrase, NOISY).text == ""


@pytest.mark.parametrize("phrase", POLITE)
@pytest.mark.parametrize("evidence", [STRONG, BARE], ids=["strong", "bare"])
def test_thanks_that_were_said_stay(phrase, evidence):
    assert examine(phrase, evidence).text == phrase


@pytest.mark.parametrize("phrase", [*BROADCAST, *POLITE[:3]])
def test_an_invented_end_is_cut_off_speech(phrase):
    assert examine(f"소파는 어디에 버리나요? {phrase}", NOISY).text == "소파는 어디에 버리나요?"


def test_inventions_in_a_row_all_fall():
    said = "네, 알겠습니다. 감사합니다. 시청해 주셔서 감사합니다. MBC 뉴스 이덕영입니다."
    assert examine(said, NOISY).text == "네, 알겠습니다."
    assert examine(said, BARE).text == "네, 알겠습니다. 감사합니다."


def test_what_stands_in_the_midst_is_no_invention():
    said = "감사합니다. 그런데 수수료는 얼마예요?"
    assert examine(said, NOISY).text == said
    said = "자막 제작 지원은 어느 부서에서 하나요?"
    assert examine(said, STRONG).text == said


@pytest.mark.parametrize("said", ["네", "네.", "예", "뭐?"])
def test_a_short_answer_is_believed_on_less(said):
    heard = Evidence(mean_logprob=-1.8, no_speech=0.43, looped=False, voiced_ms=160)
    assert examine(said, heard).text == said
    assert examine(said, replace(heard, mean_logprob=-2.4)).text == ""


@pytest.mark.parametrize("said", ["아니요", "여보세요?", "네, 네.", "삼십이요"])
@pytest.mark.parametrize("evidence", [STRONG, BARE, NOISY, LOOPED])
def test_short_real_answers_stay(said, evidence):
    assert examine(said, replace(evidence, voiced_ms=160)).text == said


def test_more_than_a_mouth_can_say_is_no_evidence():
    assert examine("고객님 감사합니다.", replace(STRONG, voiced_ms=100)).text == "고객님"
    assert examine("고객님 감사합니다.", replace(STRONG, voiced_ms=900)).text == "고객님 감사합니다."


@pytest.mark.parametrize("text", ["", "   ", ".", "...", "?!", "♪"])
def test_marks_without_letters_are_nothing(text):
    assert examine(text, STRONG) == Guarded("")


@pytest.mark.parametrize(
    ("evidence", "name"),
    [
        (replace(STRONG, voiced_ms=64), "unvoiced"),
        (UNLIKELY, "noise"),
        (SILENT, "noise"),
        (replace(LOOPED, no_speech=0.5), "noise"),
    ],
    ids=["nobody", "unlikely", "silent", "looped"],
)
def test_text_falls_whatever_it_says(evidence, name):
    assert examine("소파를 버리려고요", evidence) == Guarded("", (name,))


def test_unclear_speech_is_no_noise():
    said = "이 친구가 저한테 차도 내주고"
    assert examine(said, replace(STRONG, mean_logprob=-1.35, no_speech=0.31)).text == said


@pytest.mark.parametrize(
    ("looped", "once"),
    [
        ("그래서 " * 30, "그래서"),
        ("소파를 버려요. " * 10, "소파를 버려요."),
        ("네, 그래서 제가 제가 제가 제가 제가 제가", "네, 그래서 제가"),
        ("아아아아아아아아아아아아", "아아"),
        ("너무 많이 하다가 없지, 너무 많이 하다가 없지, 너무 많이 하다가 없지", "너무 많이 하다가 없지"),
    ],
)
def test_loops_collapse(looped, once):
    assert examine(looped, LOOPED) == Guarded(once, ("loop",))


def test_repetition_that_is_no_loop_stays():
    said = "네 네 네 네 네 네 맞아요"
    assert examine(said, STRONG).text == said
    three = "빨리 빨리 빨리 와 주세요"
    assert examine(three, LOOPED).text == three


@pytest.mark.parametrize(
    "text", ["대형 폐기물, 주민등록등본, 불법 주정차", "서대문구, 은평구, 대형 폐기물.", PROMPT]
)
def test_a_prompt_that_comes_back_on_noise_falls(text):
    noisy = replace(NOISY, prompt=PROMPT)
    assert examine(text, noisy) == Guarded("", ("echo",))
    assert examine(text, replace(STRONG, prompt=PROMPT)).text == text
    assert examine(text, NOISY).text == text


def test_a_short_echo_of_long_voice_falls():
    murmur = replace(STRONG, no_speech=0.15, voiced_ms=8_000, prompt=PROMPT)
    assert examine("불법 주정차", murmur).text == ""
    assert examine("불법 주정차", replace(murmur, voiced_ms=1_200)).text == "불법 주정차"
    assert examine("불법 주정차", replace(murmur, no_speech=0.01)).text == "불법 주정차"


def test_speech_about_what_the_prompt_names_is_no_echo():
    said = "은평구에서 냉장고를 버리려면 얼마를 내야 하나요?"
    assert examine(said, replace(NOISY, prompt=PROMPT)).text == said


def test_guards_that_fired_are_named():
    assert examine("네, 감사합니다. 시청해 주셔서 감사합니다.", NOISY) == Guarded(
        "네,", ("broadcast", "polite")
    )
    assert examine("네, 감사합니다.", STRONG) == Guarded("네, 감사합니다.")
    assert set(examine("아 " * 40, replace(LOOPED, voiced_ms=200)).fired) <= set(GUARDS)

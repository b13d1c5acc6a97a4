"""Lines are shown, mended, marked or withheld by what was said."""

import pytest

from contracts.summary import SummaryLine
from summarize.spoken import spoken_of
from summarize.trust import check, checked_line

TURNS = (
    "agent: 안녕하세요. 다산콜입니다. 무엇을 도와드릴까요?",
    "caller: 마포구 망원동인데요, 소파 버리는 수수료가 얼마예요?",
    "agent: 소파는 오천 원이고, 마포구청 청소행정과에 신고하시면 됩니다.",
    "caller: 그럼 다음 주 화요일에 내놓을게요. 담당이 누구세요?",
    "agent: 네, 박성호 주무관입니다. 내일까지 문자로 보내 드리겠습니다.",
)


@pytest.fixture
def spoken(say):
    return spoken_of(say(*TURNS), {})


@pytest.fixture
def ids(say):
    return [utterance.utterance_id for utterance in say(*TURNS)]


def shown(spoken, field, text, *evidence):
    return checked_line(SummaryLine(field=field, text=text, evidence=evidence), spoken)


def marks(line):
    return [(line.text[doubt.start : doubt.end], doubt.kind) for doubt in line.doubts]


def test_a_good_line_stays_as_it_is(spoken, ids):
    line = shown(spoken, "handling", "소파 수수료 5,000원 안내함", ids[2])
    assert line is not None
    assert (line.text, line.evidence, line.doubts) == ("소파 수수료 5,000원 안내함", (ids[2],), ())


@pytest.mark.parametrize(
    ("field", "text", "mark"),
    [
        ("handling", "소파 수수료 50,000원 안내함", ("50,000원", "amount")),
        ("inquiry", "마포구 상암동 소파 배출 수수료 문의함", ("상암동", "address")),
        ("inquiry", "은평구 소파 배출 수수료 문의함", ("은평구", "address")),
        ("handling", "박성훈 주무관이 문자로 보내 드리기로 함", ("박성훈", "name")),
        ("followup", "모레까지 문자 발송 예정", ("모레", "date")),
        ("handling", "소파는 청소행정과 02-3153-1234로 신고하도록 안내함", ("02-3153-1234", "phone")),
        ("inquiry", "소파 3개 배출 수수료 문의함", ("3개", "number")),
    ],
)
def test_what_nobody_said_is_marked(spoken, field, text, mark):
    line = shown(spoken, field, text)
    assert line is not None
    assert marks(line) == [mark]


def test_marks_count_code_points(spoken):
    line = shown(spoken, "handling", "😀 소파 수수료 9,000원 안내함")
    assert line is not None
    assert marks(line) == [("9,000원", "amount")]


def test_evidence_that_is_none_is_found(spoken, ids):
    for cited in ((), ("nobody/0/0",), (ids[0],), (ids[3],)):
        line = shown(spoken, "handling", "소파는 마포구청 청소행정과에 신고하도록 안내함", *cited)
        assert line is not None
        assert ids[2] in line.evidence


def test_evidence_of_no_use_is_left_out(spoken, ids):
    line = shown(spoken, "inquiry", "망원동 소파 배출 수수료 문의함", ids[0], ids[1])
    assert line is not None
    assert line.evidence == (ids[1],)


@pytest.mark.parametrize(
    "text",
    [
        "보증금 환급 절차를 설명함",
        "무상 수거를 예약해 드림",
        "소파 수수료를 감면해 주기로 함",
        "문자로 안내함",
        "",
        "x" * 300,
        "소파 수수료 [링크](http://a.example) 안내함",
        "<b>소파 수수료</b> 안내함",
        '{"text": "소파 수수료"}',
    ],
)
def test_what_nothing_said_carries_is_withheld(spoken, text):
    assert shown(spoken, "handling", text) is None


def test_what_the_agent_told_is_not_taken_from_the_caller(say):
    said = say("caller: 대형 냉장고 무상 수거 예약이 되나요?", "agent: 확인이 필요합니다.")
    spoken = spoken_of(said, {})
    text = "대형 냉장고 무상 수거 예약 안내함"
    assert shown(spoken, "handling", text, said[0].utterance_id) is None
    assert shown(spoken, "inquiry", text, said[0].utterance_id) is not None


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("agent: 온라인 신청은 하실 수 없습니다.", "온라인 신청 가능함을 안내함"),
        ("agent: 온라인 신청을 하실 수 있습니다.", "온라인 신청 불가함을 안내함"),
        ("agent: 온라인 신청은 대상이 아니십니다. 다른 것은 됩니다.", "온라인 신청 가능함을 안내함"),
        ("agent: 온라인 신청에 인증서는 필요 없습니다.", "온라인 신청에 인증서 필요함을 안내함"),
        ("agent: 온라인 신청에 인증서가 필요합니다.", "온라인 신청에 인증서 불필요함을 안내함"),
        ("agent: 온라인 신청 수수료가 있습니다.", "온라인 신청 수수료 없음을 안내함"),
        ("agent: 온라인 신청은 무료가 아닙니다.", "온라인 신청 승인함"),
    ],
)
def test_yes_is_not_made_of_no(say, answer, line):
    spoken = spoken_of(say("caller: 온라인 신청 되나요?", answer), {})
    assert shown(spoken, "handling", line) is None


def test_a_callers_number_counts_for_the_agent_when_she_confirms_it(say):
    asked = "caller: 토요일 세 시에 접수하러 가면 되죠."
    yes = spoken_of(say(asked, "agent: 네, 접수 창구로 오시면 됩니다."), {})
    no = spoken_of(say(asked, "agent: 아니요, 접수 창구는 평일만 합니다."), {})
    text = "토요일 3시 접수 창구 방문 안내함"
    line = shown(yes, "handling", text)
    assert line is not None
    assert line.doubts == ()
    line = shown(no, "handling", text)
    assert line is not None
    assert {piece for piece, _ in marks(line)} == {"토요일", "3시"}


def test_corrected_roles_decide(say):
    said = say("caller: 소파는 오천 원입니다. 구청에 신고하시면 됩니다.", "agent: 소파 버리려고요.")
    text = "소파 5,000원, 구청 신고 안내함"
    assert shown(spoken_of(said, {}), "handling", text) is None
    assert shown(spoken_of(said, {0: "agent", 1: "caller"}), "handling", text) is not None


def test_a_draft_is_bounded_and_says_how_much_was_withheld(spoken, ids):
    line = SummaryLine(field="handling", text="소파 수수료 5,000원 안내함", evidence=(ids[2],))
    many = [line.model_copy(update={"text": f"소파 수수료 5,000원 안내함{'.' * n}"}) for n in range(9)]
    found = check([line, line, *many], spoken)
    assert len(found.lines) == 6
    assert found.withheld == 3
    assert check([line.model_copy(update={"text": "로또 당첨 번호 안내함"})], spoken).withheld == 1
    assert check([line], spoken_of([], {})).lines == ()

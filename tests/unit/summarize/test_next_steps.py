"""결과, and 기관, 기한, 담당 of the follow-up, by rules."""

import pytest

from contracts.categories import load_categories, ranked
from contracts.summary import SummaryLine
from summarize.draft import extractive
from summarize.form import load_template
from summarize.next_steps import next_steps
from summarize.results import suggest, supports

TEMPLATE = load_template()
OWNERS = ("상담사", "담당 부서", "고객")


@pytest.mark.parametrize(
    ("turns", "result"),
    [
        (["caller: 언제 와요?", "agent: 확인한 다음 다시 전화드리겠습니다."], "재통화 약속"),
        (["caller: 고장 신고요.", "agent: 네, 접수했습니다."], "접수"),
        (["caller: 담당자 좀요.", "agent: 주차관리과로 연결해 드리겠습니다."], "담당 부서 연결"),
        (["caller: 소득세요.", "agent: 국세청 126번으로 문의해 주세요."], "타 기관 안내"),
        (
            ["caller: 얼마예요?", "agent: 오천 원이고 구청에 내시면 됩니다.", "caller: 네, 감사합니다."],
            "안내 완료",
        ),
        (["agent: 접수해 드리겠습니다.", "agent: 주차관리과로 연결해 드리겠습니다."], "담당 부서 연결"),
        (["caller: 얼마예요?", "agent: 오천 원이고 구청에 내시면 됩니다."], None),
        (["caller: 접수했습니다라고 하세요."], None),
        (["caller: 여보세요?", "agent: 접수해 드릴까요?"], None),
        ([], None),
    ],
)
def test_a_result_is_proposed_when_the_agent_said_it(say, turns, result):
    said = say(*turns)
    found = suggest(said, {}, TEMPLATE.results)
    assert (found.text if found else None) == result
    if found:
        assert set(found.evidence) <= {one.utterance_id for one in said}


def test_a_sites_own_words_speak_for_its_results(say):
    said = say("caller: 처리 좀요.", "agent: 구청으로 이첩해 드리겠습니다.")
    found = suggest(said, {}, {"이첩": ("이첩해 드리",), "접수": ()})
    assert found is not None
    assert (found.text, found.evidence) == ("이첩", (said[1].utterance_id,))
    known = [(one, one.role) for one in said]
    assert supports("이첩", ("이첩해 드리",), known) == said[1].utterance_id
    assert supports("접수", (), known) is None


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("서초구청 주차관리과에서 내일까지 연락드리겠습니다.", {"agency": "서초구청 주차관리과", "due": "내일까지", "owner": "담당 부서"}),
        ("제가 다음 주 화요일까지 문자로 보내 드리겠습니다.", {"due": "다음 주 화요일까지", "owner": "상담사"}),
        ("신분증을 가지고 구청에 방문해 주세요.", {"owner": "고객"}),
        ("십사 일 안에 서부수도사업소에 신청하셔야 합니다.", {"agency": "서부수도사업소", "due": "십사 일 안에", "owner": "고객"}),
        ("마포구청이나 서초구청에서 받으시면 됩니다.", {}),
    ],
)  # fmt: skip
def test_the_parts_of_a_follow_up(text, steps):
    lines = [SummaryLine(field="followup", text=text, evidence=("a",))]
    found = list(next_steps(lines, OWNERS))
    assert {line.field: line.text for line in found} == steps
    assert all(line.evidence == ("a",) for line in found)
    assert not [line for line in next_steps(lines, ()) if line.field == "owner"]


def test_other_parts_than_a_follow_up_give_none():
    lines = [SummaryLine(field="handling", text="내일까지 마포구청에 내시면 됩니다.", evidence=("a",))]
    assert list(next_steps(lines, OWNERS)) == []


def test_a_draft_has_them_only_with_a_form(say):
    said = say(
        "caller: 가로등 고장 신고요.",
        "agent: 마포구청 도로과로 접수해 드리겠습니다. 내일까지 처리해 드리겠습니다.",
    )
    fields = {line.field: line.text for line in extractive(said, {}, (), TEMPLATE).lines}
    assert fields["result"] == "접수"
    assert fields["due"] == "내일까지"
    assert {line.field for line in extractive(said, {}, ()).lines} <= {"inquiry", "handling", "followup"}


def test_alternatives_come_with_codes(say):
    found = ranked(say("caller: 여권 재발급이요. 아, 택시도요. 택시요."), {}, load_categories())
    assert found[0].label == "민원·제증명 > 여권"
    assert found[0].code
    assert {one.label for one in found[1:]} >= {"교통 > 택시"}
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    assert (
        len(
            ranked(say("caller: 여권 택시 버스 지하철 수도요금 누수 전입 재산세 청년"), {}, load_categories())
        )
        == 4
    )

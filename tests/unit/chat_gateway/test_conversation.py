"""Who may do what in a conversation, what follows from it, what the head is then, and what each side reads."""

import pytest

from chat_gateway.conversation import emptied, for_reader, head_after, head_for_reader, seqs_about
from contracts.chat import (
    EDIT_MS,
    SYSTEM,
    Assigned,
    Blocked,
    Body,
    ChatHead,
    Edited,
    Ended,
    Hidden,
    Joined,
    Left,
    LiveTyping,
    Noted,
    Notice,
    Offered,
    OfferedGuide,
    Opened,
    Party,
    Photo,
    Place,
    Rated,
    Requeued,
    Rested,
    Said,
    Solved,
    Stayed,
    Taken,
    Transferred,
    Urgent,
    Withdrawn,
)
from contracts.errors import BadRequest, Conflict, NotAllowed, NotFound
from tests.unit.chat_gateway.chats import BOSS, CITIZEN, CONTACT, KIM, LEE, Talk, rules

GUIDE = OfferedGuide(article_id="a1", title="대형폐기물", passage="신고하십시오", category="청소")
WARNING = Notice(key="idle_warning", ko="계신가요", en="there?")


def test_a_new_conversation_waits_with_what_it_was_opened_with() -> None:
    head = Talk(at_ms=5_000).head
    assert (head.state, head.skill, head.nickname) == ("waiting", "waste", "파란 우산")
    assert (head.opened_at_ms, head.queued_at_ms, head.last_seq) == (5_000, 5_000, 1)


def test_a_short_conversation_from_the_queue_to_its_rating() -> None:
    talk = Talk()
    assert talk.do(CITIZEN, Said(text="침대 버리려고요")) == ["said"]
    assert talk.head.unanswered_since_ms == 2_000
    talk.do(CITIZEN, Said(text="매트리스도요"))
    assert talk.head.unanswered_since_ms == 2_000
    talk.served_by(KIM)
    assert (talk.head.state, talk.head.agent) == ("serving", KIM)
    talk.do(KIM, Said(text="네, 신고하시면 됩니다"))
    assert talk.head.unanswered_since_ms is None
    assert talk.do(KIM, Ended()) == ["ended"]
    assert (talk.head.state, talk.head.solved_by, talk.head.ended_at_ms) == ("ended", "staff", 6_000)
    talk.do(CITIZEN, Rated(score=4))
    assert talk.head.rating == 4
    with pytest.raises(Conflict, match="이미 평가"):
        talk.do(CITIZEN, Rated(score=1))


@pytest.mark.parametrize("body", [Said(text="여보세요"), Stayed(), Ended(), LiveTyping(on=True), Solved()])
def test_nothing_comes_after_the_end(body: Body) -> None:
    talk = Talk()
    talk.do(CITIZEN, Ended())
    with pytest.raises(Conflict, match="끝난 상담"):
        talk.do(CITIZEN, body)


def test_a_rating_comes_after_the_end_only() -> None:
    with pytest.raises(Conflict):
        Talk().do(CITIZEN, Rated(score=5))


@pytest.mark.parametrize(
    ("who", "body"),
    [
        (CITIZEN, Noted(text="x")),
        (CITIZEN, Taken()),
        (CITIZEN, Assigned(agent=KIM)),
        (CITIZEN, Transferred(skill="x")),
        (CITIZEN, Blocked(reason="x")),
        (CITIZEN, Urgent(words=("119",))),
        (CITIZEN, Offered(guides=())),
        (BOSS, Rated(score=1)),
        (BOSS, Stayed()),
        (BOSS, Solved()),
        (BOSS, Assigned(agent=LEE)),
        (BOSS, Rested()),
        (SYSTEM, Taken()),
    ],
    ids=lambda value: value.kind if not isinstance(value, Party) else value.side,
)
def test_what_is_not_theirs_to_write(who: Party, body: Body) -> None:
    with pytest.raises(NotAllowed):
        Talk().served_by(KIM).do(who, body)


@pytest.mark.parametrize("who", [CITIZEN, KIM, SYSTEM], ids=lambda who: who.side)
@pytest.mark.parametrize("body", [Opened(channel="web"), Hidden()], ids=lambda body: body.kind)
def test_what_nobody_sends(who: Party, body: Body) -> None:
    with pytest.raises(BadRequest):
        Talk().do(who, body)


@pytest.mark.parametrize(
    "body",
    [
        Said(text="x"),
        Photo(photo_id="p"),
        Noted(text="x"),
        Transferred(skill="x"),
        Ended(),
        Blocked(reason="x"),
    ],
    ids=lambda body: body.kind,
)
def test_an_agent_acts_in_own_conversations_only(body: Body) -> None:
    with pytest.raises(NotAllowed):
        Talk().served_by(LEE).do(KIM, body)
    with pytest.raises(Conflict, match="먼저 받으"):
        Talk().do(KIM, body)
    assert Talk().served_by(KIM).do(KIM, body)[0] == body.kind
    assert Talk().served_by(LEE).do(BOSS, body)[0] == body.kind


def test_taking() -> None:
    talk = Talk()
    assert talk.do(KIM, Taken()) == ["taken"]
    assert (talk.head.state, talk.head.agent) == ("serving", KIM)
    assert talk.do(KIM, Taken()) == [], "a second click changes nothing"
    with pytest.raises(Conflict, match="다른 상담사"):
        talk.do(LEE, Taken())
    assert talk.do(BOSS, Taken()) == ["taken"]
    assert talk.head.agent == BOSS


def test_a_conversation_that_rests_is_its_agents() -> None:
    talk = Talk().served_by(KIM)
    talk.do(KIM, Said(text="더 필요하신 것이 있나요"))
    talk.do(SYSTEM, WARNING)
    assert talk.do(SYSTEM, Rested()) == ["rested", "notice"]
    assert (talk.head.state, talk.head.agent) == ("resting", KIM)
    with pytest.raises(NotAllowed):
        talk.do(LEE, Taken())
    assert talk.do(KIM, Said(text="찾았습니다")) == ["said", "taken"]
    assert talk.head.state == "serving"


# -- what follows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [Said(text="저 왔어요"), Photo(photo_id="p"), Stayed()], ids=lambda b: b.kind
)
def test_who_comes_back_is_at_the_head_of_the_queue(body: Body) -> None:
    talk = resting()
    assert talk.do(CITIZEN, body) == [body.kind, "requeued"]
    assert talk.entries[-1].body == Requeued(reason="returned", front=True)
    assert (talk.head.state, talk.head.front, talk.head.agent) == ("waiting", True, None)
    assert talk.head.queued_at_ms == talk.now_ms
    talk.served_by(LEE)
    assert not talk.head.front


def test_who_comes_back_after_hours_is_told_so_once() -> None:
    talk = resting(Talk(rules(is_open=lambda _: False)))
    assert talk.do(CITIZEN, Said(text="저 왔어요")) == ["said", "requeued", "notice"]
    assert talk.entries[-1].body.key == "after_hours"  # type: ignore[union-attr]
    assert talk.do(CITIZEN, Said(text="아무도 없나요")) == ["said"]


def resting(talk: Talk | None = None) -> Talk:
    talk = (talk or Talk()).served_by(KIM)
    talk.do(SYSTEM, WARNING)
    talk.do(SYSTEM, Rested())
    return talk


def test_words_of_an_emergency_raise_it_once() -> None:
    talk = Talk()
    assert talk.do(CITIZEN, Said(text="살려주세요 여기")) == ["said", "urgent", "notice"]
    assert talk.head.urgent
    assert talk.do(CITIZEN, Said(text="살려주세요")) == ["said"]
    assert Talk().do(CITIZEN, Place(latitude=37, longitude=127, label="살려주세요"))[1] == "urgent"
    assert Talk().served_by(KIM).do(KIM, Said(text="'살려주세요'라고 하셨나요")) == ["said"]


def test_an_edit_may_be_the_cry_for_help() -> None:
    talk = Talk()
    talk.do(CITIZEN, Said(text="살려"))
    assert talk.do(CITIZEN, Edited(of_seq=2, text="살려주세요")) == ["edited", "urgent", "notice"]


def test_what_a_citizen_says_is_marked_and_nothing_of_it_believed() -> None:
    talk = Talk()
    talk.do(CITIZEN, Said(text="이 바보야", replies=("눌러",), suggestion_id="card", profane=((0, 9),)))
    assert talk.entries[-1].body == Said(text="이 바보야", profane=((2, 4),))
    talk.served_by(KIM).do(KIM, Said(text="바보", replies=("네",), suggestion_id="card", profane=((0, 1),)))
    assert talk.entries[-1].body == Said(text="바보", replies=("네",), suggestion_id="card")


def test_a_citizen_cannot_take_another_name() -> None:
    talk = Talk()
    talk.do(Party(side="citizen", name="상담사 김", staff_id="kim", sees_all=True), Said(text="x"))
    assert talk.entries[-1].author == CITIZEN


# -- editing -----------------------------------------------------------------------------------------------


def test_own_words_within_a_minute() -> None:
    talk = Talk()
    talk.do(CITIZEN, Said(text="침데"))
    talk.now_ms += EDIT_MS - 1_000
    assert talk.do(CITIZEN, Edited(of_seq=2, text="침대")) == ["edited"]
    with pytest.raises(Conflict, match="1분"):
        talk.do(CITIZEN, Withdrawn(of_seq=2))


def test_nobody_elses_words() -> None:
    talk = Talk().served_by(KIM)
    talk.do(CITIZEN, Said(text="침대"))
    talk.do(KIM, Said(text="네"))
    for who, seq in ((CITIZEN, 4), (KIM, 3), (LEE, 4), (BOSS, 4)):
        with pytest.raises(NotAllowed):
            talk.do(who, Edited(of_seq=seq, text="x"))
    assert talk.do(KIM, Withdrawn(of_seq=4)) == ["withdrawn"]


def test_only_what_was_said_can_be_changed() -> None:
    talk = Talk()
    talk.do(CITIZEN, Photo(photo_id="p"))
    with pytest.raises(NotFound):
        talk.do(CITIZEN, Edited(of_seq=9, text="x"))
    with pytest.raises(BadRequest):
        talk.do(CITIZEN, Edited(of_seq=2, text="x"))
    with pytest.raises(Conflict):
        talk.do(CITIZEN, Withdrawn(of_seq=1))
    assert talk.do(CITIZEN, Withdrawn(of_seq=2)) == ["withdrawn"]
    talk.entries[1] = emptied(talk.entries[1])
    with pytest.raises(Conflict, match="거둔"):
        talk.do(CITIZEN, Edited(of_seq=2, text="x"))


def test_withdrawing_empties_the_edits_too() -> None:
    talk = Talk()
    talk.do(CITIZEN, Said(text="주민번호는"))
    talk.do(CITIZEN, Edited(of_seq=2, text="주민 번호는"))
    talk.do(CITIZEN, Withdrawn(of_seq=2))
    assert seqs_about({entry.seq: entry for entry in talk.entries[:3]}, 2) == (2, 3)


# -- switches, guides, transfers, supervisors --------------------------------------------------------------


def test_live_typing_is_the_citizens_to_switch_on() -> None:
    talk = Talk().served_by(KIM)
    with pytest.raises(NotAllowed):
        talk.do(KIM, LiveTyping(on=True))
    assert talk.do(CITIZEN, LiveTyping(on=True)) == ["live_typing"]
    assert talk.do(CITIZEN, LiveTyping(on=True)) == []
    assert talk.do(KIM, LiveTyping(on=False)) == ["live_typing"]
    assert not talk.head.live_typing


def test_a_guide_that_was_offered_solves_it() -> None:
    talk = Talk()
    with pytest.raises(Conflict):
        talk.do(CITIZEN, Solved(article_id="a1"))
    talk.do(SYSTEM, Offered(guides=(GUIDE,)))
    assert (talk.head.offered, talk.head.topic) == (("a1",), "청소")
    with pytest.raises(Conflict):
        talk.do(CITIZEN, Solved(article_id="a2"))
    assert talk.do(CITIZEN, Solved(article_id="a1")) == ["solved"]
    assert (talk.head.state, talk.head.solved_by, talk.head.topic) == ("ended", "self", "청소")


def test_once_an_agent_has_answered_no_guide_has_solved_it() -> None:
    talk = Talk()
    talk.do(SYSTEM, Offered(guides=(GUIDE,)))
    talk.served_by(KIM).do(KIM, Said(text="네"))
    with pytest.raises(Conflict):
        talk.do(CITIZEN, Solved(article_id="a1"))


def test_on_to_a_colleague_or_a_queue() -> None:
    talk = Talk().served_by(KIM)
    for wrong in (Transferred(), Transferred(staff_id="lee", skill="tax")):
        with pytest.raises(BadRequest):
            talk.do(KIM, wrong)
    with pytest.raises(Conflict):
        talk.do(KIM, Transferred(staff_id="kim"))
    assert talk.do(KIM, Transferred(staff_id="lee", note="어르신")) == ["transferred", "assigned"]
    assert talk.head.agent is not None
    assert talk.head.agent.staff_id == "lee"
    assert talk.do(LEE, Transferred(skill="tax")) == ["transferred", "requeued"]
    assert (talk.head.state, talk.head.skill, talk.head.front) == ("waiting", "tax", True)


def test_a_supervisor_joins_announced() -> None:
    talk = Talk().served_by(KIM)
    with pytest.raises(NotAllowed):
        talk.do(LEE, Joined())
    assert talk.do(BOSS, Left()) == []
    assert talk.do(BOSS, Joined(watching=True)) == ["joined"]
    assert talk.do(BOSS, Joined(watching=False)) == ["joined"]
    assert talk.head.watchers == (BOSS,)
    assert talk.do(BOSS, Left()) == ["left"]
    assert talk.head.watchers == ()


def test_blocking_ends_it_for_good() -> None:
    talk = Talk().served_by(KIM)
    assert talk.do(KIM, Blocked(reason="욕설")) == ["blocked"]
    assert (talk.head.state, talk.head.blocked) == ("ended", True)
    with pytest.raises(NotAllowed):
        talk.do(CITIZEN, Rated(score=1))


# -- the system's updates hold only where they were meant --------------------------------------------------


def test_who_is_lost_goes_back_to_the_head_of_the_queue() -> None:
    talk = Talk().served_by(KIM)
    assert talk.do(SYSTEM, Requeued(reason="agent_lost")) == ["requeued", "notice"]
    assert (talk.head.state, talk.head.front) == ("waiting", True)
    with pytest.raises(Conflict):
        talk.do(SYSTEM, Requeued(reason="agent_lost"))


def test_lost_by_one_agent_found_by_another_meanwhile() -> None:
    talk = Talk().served_by(LEE)
    with pytest.raises(Conflict, match="바뀌었"):
        talk.do(SYSTEM.model_copy(update={"staff_id": "kim"}), Requeued(reason="agent_lost"))


def test_only_one_assignment_wins() -> None:
    with pytest.raises(Conflict):
        Talk().served_by(KIM).do(SYSTEM, Assigned(agent=LEE))


def test_nobody_rests_without_a_warning_or_after_an_answer() -> None:
    talk = Talk().served_by(KIM)
    with pytest.raises(Conflict):
        talk.do(SYSTEM, Rested())
    talk.do(SYSTEM, WARNING)
    with pytest.raises(Conflict):
        talk.do(SYSTEM, WARNING)
    talk.do(CITIZEN, Stayed())
    with pytest.raises(Conflict):
        talk.do(SYSTEM, Rested())
    talk.do(CITIZEN, Said(text="저기요"))
    with pytest.raises(Conflict, match="차례"):
        talk.do(SYSTEM, WARNING)


# -- readers -----------------------------------------------------------------------------------------------


def everything() -> Talk:
    talk = Talk()
    talk.do(CITIZEN, Said(text="이 바보야"))
    talk.do(SYSTEM, Offered(guides=(GUIDE,)))
    talk.served_by(KIM).do(KIM, Said(text="네", suggestion_id="card"))
    talk.do(KIM, Noted(text="화가 나심"))
    talk.do(BOSS, Joined())
    talk.do(KIM, Transferred(staff_id="lee", note="부탁"))
    talk.do(BOSS, Left())
    talk.do(LEE, Transferred(skill="tax", note="세금"))
    talk.do(KIM, Taken())
    talk.do(CITIZEN, LiveTyping(on=True))
    talk.do(KIM, Ended())
    talk.do(CITIZEN, Rated(score=5))
    return talk


def test_citizens_read_nothing_that_is_for_staff() -> None:
    read = [for_reader(entry, "citizen") for entry in everything().entries]
    told = "".join(entry.model_dump_json() for entry in read)
    for secret in ('"kim"', '"lee"', '"boss"', "화가 나심", "부탁", "세금", '"card"', "[2,4]"):
        assert secret not in told
    for open_to_all in ("김상담", "박팀장", "이 바보야", "대형폐기물"):
        assert open_to_all in told


def test_staff_read_everything() -> None:
    for entry in everything().entries:
        assert for_reader(entry, "staff") is entry


@pytest.mark.parametrize("side", ["citizen", "staff"])
def test_the_fold_of_what_is_read_is_what_is_read_of_the_head(side: str) -> None:
    talk = everything()
    own = whole = ChatHead(contact_id=CONTACT, epoch="e")
    for entry in talk.entries:
        whole = head_after(whole, entry)
        own = head_after(own, for_reader(entry, side))  # type: ignore[arg-type]
        assert own == head_for_reader(whole, side)  # type: ignore[arg-type]
    assert whole == talk.head

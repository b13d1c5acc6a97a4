"""When it is time to draft, and that order and repetition of events do not matter."""

from itertools import permutations

from contracts.contact import ContactStateChanged
from summarize.conversation import MAX_SETTLE_MS, SETTLE_MS, Conversation

CONTACT = "00000000-0000-0000-0000-000000000001"


def _state(state, revision, at_ms=0, roles=None):
    return ContactStateChanged(
        contact_id=CONTACT, at_ms=at_ms, revision=revision, state=state, roles=roles or {}, started_at_ms=0
    )


def test_nothing_is_due_while_people_talk(say):
    conversation = Conversation(CONTACT)
    conversation.move(_state("talking", 1), 0)
    for utterance in say("caller: 여권이요.", "agent: 네."):
        conversation.hear(utterance, 10)
    assert conversation.due_ms() is None


def test_after_the_end_it_waits_for_quiet(say_one):
    conversation = Conversation(CONTACT)
    conversation.move(_state("ended", 2, at_ms=9_990), 10_000)
    assert conversation.due_ms() == 10_000 + SETTLE_MS
    conversation.hear(say_one(0, "caller: 여권이요."), 11_000)
    assert conversation.due_ms() == 11_000 + SETTLE_MS
    for index in range(1, 9):
        conversation.hear(say_one(index, "caller: 하나 더요."), 11_000 + 500 * index)
    assert conversation.due_ms() == 10_000 + MAX_SETTLE_MS


def test_what_is_still_being_recognised_is_waited_for(say_one):
    conversation = Conversation(CONTACT)
    final = say_one(0, "caller: 여권이요.")
    conversation.hear(final.model_copy(update={"status": "partial", "revision": 1}), 9_000)
    conversation.move(_state("ended", 2), 10_000)
    assert conversation.due_ms() == 10_000 + MAX_SETTLE_MS
    conversation.hear(final, 10_500)
    assert conversation.due_ms() == 10_500 + SETTLE_MS


def test_a_late_final_is_due_again_a_known_one_is_not(say_one):
    conversation = Conversation(CONTACT)
    conversation.hear(say_one(0, "caller: 여권이요."), 9_000)
    conversation.move(_state("ended", 2), 10_000)
    conversation.settled()
    assert conversation.due_ms() is None
    conversation.hear(say_one(0, "caller: 여권이요."), 20_000)
    conversation.move(_state("ended", 2), 20_000)
    assert conversation.due_ms() is None
    conversation.hear(say_one(1, "caller: 늦었어요."), 20_000)
    assert conversation.due_ms() == 20_000 + SETTLE_MS


def test_a_request_is_due_at_once():
    conversation = Conversation(CONTACT)
    conversation.request()
    assert conversation.due_ms() == 0


def test_a_withdrawn_final_is_gone_and_a_newer_revision_wins(say_one):
    conversation = Conversation(CONTACT)
    conversation.hear(say_one(0, "caller: 처음"), 0)
    conversation.hear(say_one(1, "caller: 잡음"), 0)
    conversation.hear(say_one(1, "caller: ", revision=10), 0)
    conversation.hear(say_one(0, "caller: 고침", revision=10), 0)
    conversation.hear(say_one(0, "caller: 처음"), 0)
    assert [utterance.text for utterance in conversation.utterances()] == ["고침"]
    conversation.restore([say_one(1, "caller: 잡음")], None, {}, None, None)
    assert [utterance.text for utterance in conversation.utterances()] == ["고침"]


def test_what_a_person_said_wins_in_any_order():
    events = [
        lambda c: c.move(_state("talking", 1, roles={0: "agent", 1: "agent"}), 0),
        lambda c: c.move(_state("talking", 2, roles={0: "agent", 1: "caller"}), 0),
        lambda c: c.correct({0: "caller"}, 0),
        lambda c: c.restore([], _state("talking", 1, roles={1: "agent"}), {1: "agent"}, None, None),
    ]
    for order in permutations(events):
        conversation = Conversation(CONTACT)
        for event in order:
            event(conversation)
        assert conversation.roles() == {0: "caller", 1: "agent"}

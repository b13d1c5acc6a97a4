"""What a contact is told from, and when: time is data."""

import itertools

from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged
from contracts.transcript import Utterance, utterance_id
from voc.conversations import MAX_FINALS, TELL_MS, Conversation

CONTACT = "00000000-0000-0000-0000-000000000001"


def final(number: int, text: str = "물이 안 나와요", revision: int = 1, status: str = "final") -> Utterance:
    return Utterance.model_validate(
        {
            "contact_id": CONTACT,
            "at_ms": number,
            "utterance_id": utterance_id(CONTACT, 0, number),
            "revision": revision,
            "status": status,
            "channel": 0,
            "role": "caller",
            "start_ms": number,
            "end_ms": number + 1,
            "text": text,
            "words": [
                {"text": "물이", "start_ms": 1, "end_ms": 2, "probability": 1},
                {"text": "안", "start_ms": 1, "end_ms": 2, "probability": 0.2, "suspect": True},
            ],
            "heard_ms": number,
        }
    )


def state(revision: int, name: str = "talking", **more: object) -> ContactStateChanged:
    return ContactStateChanged.model_validate(
        {"contact_id": CONTACT, "at_ms": 5, "revision": revision, "state": name, "started_at_ms": 100} | more
    )


def roles(**who: str) -> RolesChanged:
    said = {int(channel[1:]): role for channel, role in who.items()}
    return RolesChanged.model_validate({"contact_id": CONTACT, "at_ms": 5, "roles": said, "staff_id": "kim"})


def test_any_order_once_or_twice_says_the_same() -> None:
    events = [
        state(1),
        state(2, roles={0: "caller"}),
        final(1),
        final(1, "물이 나와요", 2),
        final(2, "", 2),
        final(2),
    ]
    told = set()
    for order in itertools.permutations(events):
        conversation = Conversation(CONTACT)
        for event in (*order, order[0]):
            conversation.hear(event, 0)
        said = conversation.said()
        told.add(repr(said))
        assert [each.text for each in said.finals] == ["물이 나와요"]
        assert said.roles == {0: "caller"}
    assert len(told) == 1


def test_while_it_goes_on_it_is_told_three_seconds_after_the_first_news() -> None:
    conversation = Conversation(CONTACT)
    assert conversation.hear(state(1), 1_000)
    assert conversation.due_ms() == 1_000 + TELL_MS
    assert conversation.hear(final(1), 3_900)
    assert conversation.due_ms() == 1_000 + TELL_MS
    conversation.settled()
    assert conversation.due_ms() is None
    assert not conversation.hear(final(1), 9_000)
    assert not conversation.hear(state(2), 9_000)
    assert conversation.due_ms() is None
    assert conversation.hear(final(1, "단수예요", 2), 9_500)
    assert conversation.due_ms() == 9_500 + TELL_MS


def test_after_the_end_it_is_told_at_once() -> None:
    conversation = Conversation(CONTACT)
    conversation.hear(state(1), 1_000)
    conversation.settled()
    assert conversation.hear(state(2, "ended"), 2_000)
    assert conversation.due_ms() == 0
    conversation.settled()
    assert not conversation.hear(state(2, "ended"), 3_000)
    assert conversation.hear(final(1), 4_000)
    assert conversation.due_ms() == 0


def test_an_end_counts_though_a_later_state_came_first() -> None:
    conversation = Conversation(CONTACT)
    conversation.hear(state(5, "talking"), 0)
    assert conversation.hear(state(4, "ended"), 0)
    assert conversation.has_ended
    assert conversation.revision == 5


def test_nothing_is_told_before_it_is_known_when_it_began() -> None:
    conversation = Conversation(CONTACT)
    conversation.hear(final(1), 0)
    assert (conversation.is_known, conversation.due_ms(), conversation.revision) == (False, None, -1)
    conversation.hear(state(3), 500)
    assert conversation.due_ms() == TELL_MS


def test_nothing_is_told_before_the_store_was_asked() -> None:
    conversation = Conversation(CONTACT)
    conversation.unsure = True
    conversation.hear(state(3), 0)
    assert conversation.due_ms() is None


def test_what_is_no_news() -> None:
    conversation = Conversation(CONTACT)
    conversation.hear(state(1), 0)
    conversation.settled()
    chosen = LanguageChosen(contact_id=CONTACT, at_ms=1, language="en", staff_id="kim")
    for event in (final(1, status="partial"), chosen, state(2, agent_id="kim"), state(3, "held")):
        assert not conversation.hear(event, 0)
    for event in (state(4, kind="chat"), state(5, kind="chat", simulated=True), state(6, started_at_ms=7)):
        assert conversation.hear(event, 0)


def test_what_a_person_said_of_roles_stands_above_metadata() -> None:
    conversation = Conversation(CONTACT)
    conversation.hear(state(1, roles={0: "caller", 1: "agent"}), 0)
    assert conversation.hear(roles(c0="agent"), 0)
    assert not conversation.hear(roles(c0="agent"), 0)
    conversation.hear(state(2, roles={0: "caller", 1: "caller"}), 0)
    assert conversation.said().roles == {0: "agent", 1: "caller"}


def test_what_was_heard_stands_above_what_the_store_knows() -> None:
    conversation = Conversation(CONTACT)
    conversation.hear(state(3), 0)
    conversation.hear(final(1, "새 말", 4), 0)
    conversation.hear(roles(c0="caller"), 0)
    old = [final(1, "옛 말", 3), final(2, "먼저 한 말"), final(3, "", 2)]
    conversation.restore(state(2, kind="chat"), {0: "agent", 1: "agent"}, old, ended=True)
    assert not conversation.hear(final(3, "거둔 말", 1), 0)
    said = conversation.said()
    assert [each.text for each in said.finals] == ["새 말", "먼저 한 말"]
    assert (said.kind, said.roles) == ("call", {0: "caller", 1: "agent"})
    assert conversation.has_ended


def test_of_very_long_contacts_the_end_is_kept() -> None:
    conversation = Conversation(CONTACT)
    conversation.hear(state(1), 0)
    for number in range(MAX_FINALS + 5):
        conversation.hear(final(number), 0)
    assert not conversation.hear(final(2), 0)
    finals = conversation.said().finals
    assert len(finals) == MAX_FINALS
    assert min(each.start_ms for each in finals) == 5
    assert [word.text for word in finals[0].words] == ["안"]

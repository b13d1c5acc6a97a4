import pytest

from assist.conversation import Conversation
from assist.index import Found, Hit
from assist.passages import Passage
from assist.recommend import FORGET_AFTER_MS, MAX_CONTACTS, Recommender
from assist.shown import CARDS_PER_CONTACT
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.suggestion import NothingFound, SuggestionOffered

CONTACT = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def talk():
    return Conversation(CONTACT)


@pytest.fixture
def hit(article):
    def make(article_id, score=0.9, text="답입니다.", matched=("여권",), **fields):
        found = article(article_id, f"{article_id} 안내", **fields)
        return Hit(found, Passage("", text), score, matched, fresh=len(matched))

    return make


def answering(*hits, subject=("여권", "재발급")):
    return lambda parts, district: Found(tuple(hits), subject)


def offered(cards):
    return [card.snippet.article_id for card in cards if isinstance(card, SuggestionOffered)]


def test_a_wish_brings_a_card_with_its_reason(talk, utterance, hit):
    said = utterance("여권 재발급은 어떻게 하나요?")
    (card,) = talk.on_utterance(said, answering(hit("a", matched=("여권", "재발급"))), at_ms=1_200)
    assert card.suggestion_id == f"{CONTACT}/a"
    assert card.revision == 1
    assert card.reason == "'여권', '재발급'을 말씀하셨습니다."
    assert (card.utterance_id, card.final_at_ms, card.at_ms) == (said.utterance_id, said.at_ms, 1_200)


def test_another_agency_is_named(talk, utterance, hit):
    (card,) = talk.on_utterance(utterance("소득세 신고하려고요"), answering(hit("a", agency="국세청 126")), 0)
    assert "다른 기관(국세청 126) 소관" in card.reason


def test_never_the_same_card_twice(talk, utterance, hit):
    search = answering(hit("a"))
    assert offered(talk.on_utterance(utterance("여권 재발급하려고요", 1), search, 0)) == ["a"]
    assert talk.on_utterance(utterance("여권 재발급하려고요", 2), search, 0) == []


def test_another_passage_updates_the_card_in_place(talk, utterance, hit):
    talk.on_utterance(utterance("여권 재발급하려고요", 1), answering(hit("a")), 0)
    (card,) = talk.on_utterance(
        utterance("수수료는 얼마예요?", 2), answering(hit("a", text="여권은 오만 원.")), 0
    )
    assert (card.suggestion_id, card.revision, card.snippet.text) == (f"{CONTACT}/a", 2, "여권은 오만 원.")


def test_at_most_two_cards_a_turn_and_a_dozen_a_contact(talk, utterance, hit):
    first = talk.on_utterance(
        utterance("여권이요?", 1), answering(hit("a"), hit("b", matched=("여권", "사진")), hit("c")), 0
    )
    assert offered(first) == ["a", "b"]
    for number in range(2, 40):
        talk.on_utterance(utterance("여권이요?", number), answering(hit(f"x{number}")), 0)
    everything = talk.on_utterance(utterance("여권이요?", 40), answering(hit("last")), 0)
    assert everything == []
    assert len(talk.offers) == CARDS_PER_CONTACT


def test_an_unlikely_second_guide_stays_away(talk, utterance, hit):
    assert offered(talk.on_utterance(utterance("여권이요?"), answering(hit("a"), hit("b", 0.6)), 0)) == ["a"]


def test_courtesies_and_agents_bring_nothing(talk, utterance, hit):
    search = answering(hit("a"))
    assert talk.on_utterance(utterance("네, 감사합니다."), search, 0) == []
    assert talk.on_utterance(utterance("여권 재발급은 어떻게 하나요?", role="agent"), search, 0) == []
    assert talk.on_utterance(utterance("여권 재발급하려고요", status="partial"), search, 0) == []
    assert talk.on_utterance(utterance(""), search, 0) == []


def test_a_question_without_a_guide_is_said(talk, utterance, hit):
    (card,) = talk.on_utterance(utterance("피아노 조율은 어떻게 하나요?"), answering(hit("a", 0.1)), 0)
    assert isinstance(card, NothingFound)
    assert card.best_score == 0.1


def test_asking_on_about_a_card_is_not_nothing(talk, utterance, hit):
    talk.on_utterance(utterance("여권 재발급하려고요", 1), answering(hit("a")), 0)
    assert talk.on_utterance(utterance("거기 몇 시까지 하나요?", 2), answering(hit("a", 0.1)), 0) == []


def test_a_record_that_comes_again_gets_the_same_cards(talk, utterance, hit):
    said = utterance("여권 재발급하려고요")
    first = talk.on_utterance(said, answering(hit("a")), 0)
    assert talk.on_utterance(said, answering(hit("b")), 99) == first


def test_unknown_roles_count_only_as_questions(talk, utterance, hit):
    search = answering(hit("a"))
    assert talk.on_utterance(utterance("여권은 여기 있지", 1, role="unknown"), search, 0) == []
    assert offered(talk.on_utterance(utterance("여권 재발급 되나요?", 2, role="unknown"), search, 0)) == ["a"]


def test_a_person_overrules_who_is_who(talk, utterance, hit):
    talk.on_roles({1: "caller"})
    said = utterance("여권 재발급 되나요?", role="agent")
    assert offered(talk.on_utterance(said, answering(hit("a")), 0)) == ["a"]


def test_a_district_alone_narrows_the_question_before(talk, utterance, hit):
    heard = []

    def search(parts, district):
        heard.append(([part.text for part in parts], district))
        subject = () if parts[0].text == "마포구예요." else ("소파",)
        local = [hit("mapo", district="마포구")] if district else []
        return Found((*local, hit("all")), subject)

    assert offered(talk.on_utterance(utterance("소파 버리려고요", 1), search, 0)) == ["all"]
    assert offered(talk.on_utterance(utterance("마포구예요.", 2), search, 0)) == ["mapo"]
    assert heard[-1] == (["소파 버리려고요"], "마포구")
    assert talk.on_utterance(utterance("마포구예요.", 3), search, 0) == []


def test_a_contact_is_taken_up_where_it_was(talk, utterance, hit):
    first = utterance("마포구에서 여권 재발급하려고요", 1)
    cards = talk.on_utterance(first, answering(hit("a")), 0)
    restored = Conversation(CONTACT)
    later = utterance("종로구에서 소파 버리려고요", 4)
    restored.restore(cards, [first, later], before=utterance("여권 재발급하려고요", 2))
    assert restored.district == "마포구"
    assert restored.on_utterance(utterance("여권 재발급하려고요", 2), answering(hit("a")), 0) == []
    (card,) = restored.on_utterance(utterance("얼마예요?", 3), answering(hit("a", text="여권은 오만 원.")), 0)
    assert card.revision == 2


def test_a_turn_that_was_answered_before_a_crash_is_not_answered_otherwise(talk, utterance, hit):
    first, second = utterance("여권 재발급하려고요", 1), utterance("수수료는 얼마예요?", 2)
    cards = talk.on_utterance(first, answering(hit("a")), 0)
    cards += talk.on_utterance(second, answering(hit("a", text="여권은 오만 원.")), 0)
    assert [card.revision for card in cards] == [1, 2]
    restored = Conversation(CONTACT)
    restored.restore(cards[1:], [first, second], before=first)
    assert restored.on_utterance(first, answering(hit("a"), hit("other")), 0) == []
    assert restored.on_utterance(second, answering(hit("other")), 0) == []
    third = utterance("소파 버리려고요", 3)
    assert offered(restored.on_utterance(third, answering(hit("sofa")), 0)) == ["sofa"]


def test_a_card_of_the_other_channel_answers_nothing_here(utterance, hit):
    restored = Conversation(CONTACT)
    other = utterance("여권 재발급하려고요", 9, channel=1, utterance_id=f"{CONTACT}/1/9")
    cards = restored.on_utterance(other, answering(hit("a")), 0)
    again = Conversation(CONTACT)
    said = utterance("소파 버리려고요", 5)
    again.restore(cards, [], before=said)
    assert offered(again.on_utterance(said, answering(hit("sofa")), 0)) == ["sofa"]


def test_a_state_that_comes_late_or_again_changes_nothing(talk, utterance, hit):
    talk.on_state(state(CONTACT, 9, "ended", revision=3, roles={0: "agent"}))
    talk.on_state(state(CONTACT, 5, "talking", revision=2, roles={0: "caller"}))
    assert talk.ended_at_ms == 9
    assert talk.on_utterance(utterance("여권 재발급하려고요", role="unknown"), answering(hit("a")), 0) == []


def test_contacts_that_moved_away_are_dropped():
    recommender = Recommender()
    recommender.of(CONTACT).restored = True
    recommender.drop(frozenset({CONTACT, "never heard of"}))
    assert not recommender.of(CONTACT).restored


def state(contact_id, at_ms, name, revision=1, **more):
    return ContactStateChanged(
        contact_id=contact_id, at_ms=at_ms, revision=revision, state=name, started_at_ms=0, **more
    )


def test_memory_is_bounded():
    recommender = Recommender()
    for number in range(MAX_CONTACTS + 10):
        recommender.of(f"00000000-0000-4000-8000-{number:012x}")
    assert len(recommender) == MAX_CONTACTS


def test_ended_contacts_are_forgotten_after_a_while():
    recommender = Recommender()
    recommender.on_event(state(CONTACT, 1_000, "talking"))
    recommender.on_event(RolesChanged(contact_id=CONTACT, at_ms=1_500, roles={0: "agent"}, staff_id="kim"))
    recommender.forget(10**9)
    assert CONTACT in recommender
    recommender.on_event(state(CONTACT, 2_000, "ended", revision=2))
    recommender.forget(2_000 + FORGET_AFTER_MS)
    assert CONTACT in recommender
    recommender.forget(2_001 + FORGET_AFTER_MS)
    assert CONTACT not in recommender

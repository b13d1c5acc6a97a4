"""What becomes of a turn in its conversation: held, confirmed, dropped, another agency's, without a guide."""

import pytest

from assist.agencies import load_agencies
from assist.conversation import Conversation
from assist.index import Found, Hit
from assist.passages import Passage
from assist.turns import GOES_ON_MS, HOLD_MS
from contracts.suggestion import NothingFound, SuggestionOffered

CONTACT = "00000000-0000-4000-8000-000000000001"
WORDS = {"여권": "passport", "소파": "waste", "소득세": "tax", "가스": "gas", "민원": "complaints"}


@pytest.fixture(scope="module")
def agencies():
    return load_agencies()


@pytest.fixture
def talk(agencies):
    return Conversation(CONTACT, agencies)


@pytest.fixture
def search(article):
    """Guides whose word stands in the newest part; of older parts they are unlikely. `asked` keeps the queries."""

    class Search:
        def __init__(self):
            self.asked = []
            self.fields = {}
            self.score = 0.9

        def __call__(self, parts, district):
            self.asked.append([part.text for part in parts])
            texts = [part.text for part in parts]
            hits = [
                Hit(
                    article(name, f"{name} 안내", **self.fields.get(name, {})),
                    Passage("", f"{word} 답입니다."),
                    self.score if word in texts[0] else 0.1,
                    (word,),
                    fresh=int(word in texts[0]),
                )
                for word, name in WORDS.items()
                if any(word in text for text in texts)
            ]
            hits.sort(key=lambda hit: -hit.score)
            return Found(tuple(hits), tuple(texts[0].split()[:2]))

    return Search()


def offered(cards):
    return [card.snippet.article_id for card in cards if isinstance(card, SuggestionOffered)]


def say(talk, utterance, search, text, start_ms, role="caller"):
    said = utterance(
        text, start_ms, role=role, start_ms=start_ms, end_ms=start_ms + 900, at_ms=start_ms + 1_500
    )
    return talk.on_utterance(said, search, said.at_ms)


def test_a_turn_that_breaks_off_waits_for_its_end(talk, utterance, search):
    assert say(talk, utterance, search, "제가 여권을 잃어버렸는데", 1_000) == []
    assert talk.due_ms == 2_500 + HOLD_MS
    (card,) = say(talk, utterance, search, "어떻게 해야 되나요", 3_000)
    assert search.asked == [["제가 여권을 잃어버렸는데 어떻게 해야 되나요"]]
    assert card.query == "제가 여권을 잃어버렸는데 어떻게 해야 되나요"
    assert talk.due_ms is None


def test_half_sentences_bring_one_card_not_two(talk, utterance, search):
    assert say(talk, utterance, search, "소파를 버리려고 하는데", 1_000) == []
    cards = say(talk, utterance, search, "아니 그거 말고 여권이요", 3_000)
    assert offered(cards) == ["passport"]


def test_nobody_goes_on(talk, utterance, search):
    say(talk, utterance, search, "제가 여권을 신청하려고 하는데", 1_000)
    assert talk.tick(search, 2_500 + HOLD_MS - 1) == []
    assert offered(talk.tick(search, 2_500 + HOLD_MS)) == ["passport"]
    assert talk.due_ms is None
    assert talk.tick(search, 10_000) == []


def test_a_held_turn_is_answered_when_the_agent_speaks(talk, utterance, search):
    say(talk, utterance, search, "제가 여권을 신청하려고 하는데", 1_000)
    assert say(talk, utterance, search, "네네", 2_000, role="agent") == []
    assert offered(say(talk, utterance, search, "사진은 있으신가요?", 2_500, role="agent")) == ["passport"]


def test_who_goes_on_late_begins_another_turn(talk, utterance, search):
    say(talk, utterance, search, "제가 여권을 신청하려고 하는데", 1_000)
    cards = say(talk, utterance, search, "소파를 버리려고요", 1_900 + GOES_ON_MS + 1)
    assert offered(cards) == ["passport", "waste"]


def test_a_record_that_comes_again_gets_what_its_tick_brought(talk, utterance, search):
    said = utterance("제가 여권을 신청하려고 하는데", 1)
    assert talk.on_utterance(said, search, said.at_ms) == []
    cards = talk.tick(search, said.at_ms + HOLD_MS)
    assert offered(cards) == ["passport"]
    assert talk.on_utterance(said, search, said.at_ms) == cards


def test_emergencies_are_not_held(talk, utterance, search):
    (card,) = say(talk, utterance, search, "지금 집에 불이 났는데", 1_000)
    assert (card.snippet.kind, card.snippet.article_id) == ("agency", "agency-119")


def test_emergencies_come_before_guides(talk, utterance, search):
    cards = say(talk, utterance, search, "가스 냄새가 나고 사람이 쓰러졌어요", 1_000)
    assert offered(cards) == ["agency-119", "gas"]


def test_a_yes_to_what_the_agent_said_back_is_the_wish(talk, utterance, search):
    say(talk, utterance, search, "그 외국 갈 때 쓰는 거 있잖아요", 1_000)
    assert say(talk, utterance, search, "네, 여권 재발급이요.", 2_500, role="agent") == []
    assert offered(say(talk, utterance, search, "네 맞아요", 4_000)) == ["passport"]
    assert search.asked[-1] == ["네, 여권 재발급이요.", "외국 갈 때 쓰는 거"]


def test_a_yes_and_more_is_read_with_what_was_said_back(talk, utterance, search):
    say(talk, utterance, search, "네, 여권 재발급이요.", 1_000, role="agent")
    assert offered(say(talk, utterance, search, "네 다음 달에 나가거든요", 2_500)) == ["passport"]
    assert say(talk, utterance, search, "네", 9_000) == []


def test_what_the_agent_tells_is_no_wish_of_the_caller(talk, utterance, search):
    say(talk, utterance, search, "여권은 구청에서 하시면 됩니다.", 1_000, role="agent")
    assert say(talk, utterance, search, "네 맞아요", 2_500) == []
    assert search.asked == []


def test_a_change_of_mind_leaves_the_old_matter_out(talk, utterance, search):
    say(talk, utterance, search, "여권 재발급하려고요", 1_000)
    say(talk, utterance, search, "아니 그거 말고 소파요", 4_000)
    assert search.asked[-1] == ["소파요"]
    assert [offer.snippet.article_id for offer in talk.offers] == ["passport", "waste"]


def test_another_agencys_matter_without_a_guide(talk, utterance, search):
    search.score = 0.8
    (card,) = say(talk, utterance, search, "스팸 문자를 신고하고 싶은데 민원은 어디로 하나요", 1_000)
    assert (card.snippet.kind, card.snippet.agency) == ("agency", "한국인터넷진흥원 118")
    assert "118" in card.snippet.text
    assert say(talk, utterance, search, "스팸 신고 번호가 몇 번이라고요?", 4_000) == []


def test_an_agencys_own_guide_takes_the_place_of_its_line(talk, utterance, search):
    search.fields["tax"] = {"agency": "국세청 126"}
    search.score = 0.3
    assert offered(say(talk, utterance, search, "소득세 신고하려고요", 1_000)) == ["tax"]
    assert say(talk, utterance, search, "홈택스가 안 돼요", 9_000) == []


def test_an_agencys_line_is_not_followed_by_its_guide(talk, utterance, search):
    assert offered(say(talk, utterance, search, "홈택스 오류는 어디다 물어봐요?", 1_000)) == ["agency-126"]
    search.fields["tax"] = {"agency": "국세청 126"}
    assert say(talk, utterance, search, "소득세 신고는 언제까지예요?", 9_000) == []


def test_talk_of_an_agency_without_a_wish_is_silent(talk, utterance, search):
    assert say(talk, utterance, search, "우리 아들이 우체국 다녀", 1_000) == []


def test_nothing_found_tells_what_came_nearest(talk, utterance, search):
    search.score = 0.2
    (card,) = say(talk, utterance, search, "여권 소파 민원 가스 조율은 어디서 하나요", 1_000)
    assert isinstance(card, NothingFound)
    assert len(card.candidates) == 3
    assert card.best_score == 0.2


def test_unsure_is_silent(talk, utterance, search):
    search.score = 0.2
    assert say(talk, utterance, search, "여권이 있지", 1_000) == []


def test_after_a_take_over_no_agency_comes_twice(talk, agencies, utterance, search):
    first = utterance("스팸 문자를 신고하고 싶은데요", 1)
    (card,) = talk.on_utterance(first, search, 0)
    later = utterance("스팸 신고는 어디다 하나요?", 30)
    restored = Conversation(CONTACT, agencies)
    restored.restore([card], [first, later], before=later)
    assert restored.on_utterance(later, search, 0) == []


def test_a_held_turn_survives_a_take_over(agencies, utterance, search):
    held = utterance("제가 여권을 신청하려고 하는데", 1)
    later = utterance("사진은 있으신가요?", 5, role="agent")
    restored = Conversation(CONTACT, agencies)
    restored.restore([], [held, later], before=later)
    cards = restored.on_utterance(later, search, 0)
    assert offered(cards) == ["passport"]
    assert cards[0].utterance_id == held.utterance_id
    again = Conversation(CONTACT, agencies)
    again.restore(cards, [held, later], before=later)
    assert again.on_utterance(later, search, 0) == []


def test_cards_say_how_old_guides_are(agencies, utterance, search):
    talk = Conversation(CONTACT, agencies, stale_days=30)
    (card,) = talk.on_utterance(utterance("여권 재발급하려고요"), search, 1_800_000_000_000)
    assert card.snippet.stale
    assert card.snippet.version == 1

"""Whenever a call moves from worker to worker, it gets the cards that it would have got from one."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from assist.agencies import load_agencies
from assist.conversation import Conversation
from assist.index import Found, Hit
from assist.passages import Passage
from contracts.suggestion import SuggestionOffered
from contracts.transcript import Utterance, utterance_id
from store.articles import StoredArticle

CONTACT = "00000000-0000-4000-8000-000000000001"
SAID = (
    "여권 재발급하려고요",
    "소파 버리려고요",
    "수수료는 얼마예요?",
    "마포구예요.",
    "네, 감사합니다.",
    "며칠 걸려요?",
    "여권을 신청하려고 하는데",
    "네, 여권 재발급이요.",
    "아니 그거 말고 소파요",
    "스팸 문자를 신고하고 싶은데요",
    "불이 났어요",
    "네",
)
WORDS = ("여권", "소파")


def article(name):
    return StoredArticle(name, name, "", "", "", "", "", (), dt.date(2026, 1, 1), None, "", sample=True)


def search(parts, district):
    """Guides whose word was said in the rolling query; the passage follows the newest turn."""
    named = [word for part in parts for word in WORDS if word in part.text]
    newest = parts[0].text if parts else ""
    hits = [
        Hit(article(word), Passage("", f"{newest}/{district}"), 0.9, (word,), 1)
        for word in dict.fromkeys(named)
    ]
    return Found(tuple(hits), tuple(named[:2]) or (("질문", "하나") if "?" in newest else ()))


def final(number, text, agent):
    channel = 1 if agent else 0
    return Utterance(
        contact_id=CONTACT,
        at_ms=number,
        utterance_id=utterance_id(CONTACT, channel, 800 * number),
        revision=1,
        status="final",
        channel=channel,
        role="agent" if agent else "caller",
        start_ms=100 * number,
        end_ms=100 * number + 90,
        text=text,
        heard_ms=number,
    )


def newest(cards):
    """What the store keeps: by id the highest revision, the first of equal ones."""
    kept = {}
    for card in cards:
        if isinstance(card, SuggestionOffered) and card.revision > getattr(
            kept.get(card.suggestion_id), "revision", 0
        ):
            kept[card.suggestion_id] = card
    return kept


AGENCIES = load_agencies()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(SAID), st.booleans()), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), max_size=3),
)
def test_a_call_that_moves_gets_the_same_cards(turns, moves):
    said = [final(number, text, agent) for number, (text, agent) in enumerate(turns)]
    one = Conversation(CONTACT, AGENCIES)
    expected = newest(card for utterance in said for card in one.on_utterance(utterance, search, 0))
    talk, published, at = Conversation(CONTACT, AGENCIES), [], 0
    for until, back in [*sorted(moves), (len(said), 0)]:
        for utterance in said[at:until]:
            published += talk.on_utterance(utterance, search, 0)
        # The next worker hears again what was not committed; the store has everything, also what is to come.
        at = max(0, min(until, len(said)) - back)
        talk = Conversation(CONTACT, AGENCIES)
        if at < len(said):
            talk.restore(list(newest(published).values()), said, before=said[at])
    assert newest(published) == expected
    ids = [(card.suggestion_id, card.revision) for card in published if isinstance(card, SuggestionOffered)]
    assert len(ids) == len(set(ids)), "every card once"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(SAID), st.booleans(), st.booleans()), min_size=1, max_size=12),
    st.integers(0, 12),
    st.integers(0, 3),
)
def test_no_card_comes_twice_however_turns_are_ticked_and_calls_move(turns, moved, back):
    said = [final(number, text, agent) for number, (text, agent, _) in enumerate(turns)]
    talk, published = Conversation(CONTACT, AGENCIES), []
    for number, utterance in enumerate(said):
        if number == min(moved, len(said)):
            again_from = max(0, number - back)
            talk = Conversation(CONTACT, AGENCIES)
            talk.restore(list(newest(published).values()), said, before=said[again_from])
            for again in said[again_from:number]:
                published += talk.on_utterance(again, search, 0)
        published += talk.on_utterance(utterance, search, 0)
        if turns[number][2]:
            published += talk.tick(search, 10**9)
    ids = [(card.suggestion_id, card.revision) for card in published if isinstance(card, SuggestionOffered)]
    assert len(ids) == len(set(ids)), "every card once"
    agencies = [card.snippet.agency for card in newest(published).values() if card.snippet.agency]
    assert len(agencies) == len(set(agencies))

"""The measure itself: conversations that are labelled, replayed and counted."""

import datetime as dt
from pathlib import Path

import pytest

from assist.agencies import Agencies, load_agencies
from assist.conversation import Conversation
from assist.importer import import_articles
from assist.index import Found, Hit
from assist.passages import Passage
from contracts.errors import BadInput
from contracts.suggestion import SuggestionOffered
from sangdam.evaluate.assist import evaluate_assist
from sangdam.evaluate.assist_labels import Labelled, Turn, read_conversations
from sangdam.evaluate.assist_replay import FINAL_AFTER_MS, finals, replay
from store.articles import StoredArticle

ROOT = Path(__file__).parents[3]
CONTACT = "00000000-0000-4000-8000-000000000001"
WORDS = ("여권", "소파", "수도")


def search(parts, district):
    """The guide whose word was said; its name is the word."""
    named = [word for word in WORDS if word in parts[0].text]
    article = {
        word: StoredArticle(word, word, "", "", "", "", "", (), dt.date(2026, 1, 1), None, "", sample=True)
        for word in named
    }
    hits = [Hit(article[word], Passage("", "답"), 0.96, (word,), 1) for word in named]
    return Found(tuple(hits), tuple(parts[0].text.split()[:2]))


def call(*turns, **fields):
    said = tuple(Turn(who=who, text=text, **labels) for who, text, labels in turns)
    return Labelled(**({"name": "call", "title": "", "split": "tune", "kinds": (), "turns": said} | fields))


def figures(*calls, verbose=False):
    return evaluate_assist(calls, search, Agencies(), lambda done, total: None, verbose=verbose)


def test_every_sample_loads_and_names_what_there_is():
    guides = import_articles(ROOT / "samples" / "guides", dt.date(2026, 1, 1)).accepted
    known = {article.article_id for article in guides} | {agency.card_id for agency in load_agencies()}
    found = read_conversations(ROOT / "samples" / "conversations", known)
    assert len(found) >= 36
    kinds = [kind for each in found for kind in each.kinds]
    wanted = {"change_of_mind": 6, "agency": 6, "nothing": 6, "small_talk": 6, "district": 4, "several": 3}
    assert all(kinds.count(kind) >= number for kind, number in wanted.items())
    assert kinds.count("agent_confirms") >= 3
    assert all(8 <= len(each.turns) <= 25 for each in found)
    test = [each for each in found if each.split == "test"]
    assert len(test) >= 20
    assert {kind for each in test for kind in each.kinds} == set(kinds)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: x\nsplit: tune\nkinds: []\nturns: [{who: caller, text: 네, right: [[nowhere]]}]", "nowhere"),
        ("title: x\nsplit: tune\nkinds: []\nturns: [{who: agent, text: 네, nothing: true}]", "only turns of"),
        ("title: x\nsplit: mine\nkinds: []\nturns: []", "split"),
        ("- 1", "call"),
    ],
)
def test_conversations_that_cannot_be_read(tmp_path, text, told):
    (tmp_path / "call.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        read_conversations(tmp_path, {"a"})


def test_a_folder_without_conversations(tmp_path):
    with pytest.raises(BadInput):
        read_conversations(tmp_path, set())


def test_right_cards_and_their_time():
    found = figures(
        call(
            ("agent", "네, 120입니다.", {}),
            ("caller", "여권 재발급하려고요", {"right": [["여권", "다른것"]]}),
            ("agent", "네.", {}),
            ("caller", "소파는 어떻게 버리나요?", {"right": [["소파"]]}),
        )
    )
    assert (found["precision"], found["coverage"], found["cards_per_call"]) == (1.0, 1.0, 2.0)
    assert found["turns_to_right_card"] == {"median": 0.0, "worst": 0}
    assert found["seconds_to_right_card"]["worst"] == FINAL_AFTER_MS / 1000
    assert (found["repeats"], found["chatter_per_call"]) == (0, 0.0)


def test_wrong_cards_chatter_and_needs_not_met():
    found = figures(
        call(
            ("caller", "여권은 어디서 해요?", {}),
            ("caller", "피아노 조율은 어디서 해요?", {"right": [["피아노"]]}),
        ),
        verbose=True,
    )
    assert (found["precision"], found["coverage"], found["chatter_per_call"]) == (0.0, 0.0, 1.0)
    assert [wrong["said"] for wrong in found["wrong"]][:1] == ["여권은 어디서 해요?"]
    assert [missed["due"] for missed in found["missed"]] == ["피아노"]


def test_after_a_change_of_mind_the_old_card_is_wrong():
    before = ("caller", "그거 때문에 전화했는데요", {"right": [["여권"]]})
    changed = ("caller", "여권은 어디서 해요?", {"instead": True, "right": [["소파"]]})
    assert figures(call(before, changed))["precision"] == 0.0
    late = ("caller", "여권은 어디서 해요?", {})
    found = figures(call(before, late))
    assert (found["precision"], found["turns_to_right_card"]["worst"]) == (1.0, 1)


def test_nothing_found():
    asked = ("caller", "피아노 조율은 어디서 하나요?", {"nothing": True})
    found = figures(call(asked))
    assert (found["nothing_precision"], found["nothing_recall"], found["precision"]) == (1.0, 1.0, None)
    told = ("caller", "피아노 조율은 어디서 하나요?", {})
    assert figures(call(told))["nothing_precision"] == 0.0
    assert figures(call(told))["nothing_recall"] is None


def test_other_agencies():
    asked = ("caller", "스팸 문자를 신고하고 싶은데요", {"right": [["agency-118"]]})
    found = evaluate_assist([call(asked)], search, load_agencies(), lambda done, total: None)
    assert (found["agency_precision"], found["agency_recall"], found["coverage"]) == (1.0, 1.0, 1.0)


def test_held_turns_are_ticked_in_the_calls_own_time():
    labelled = call(
        ("caller", "제가 여권을 잃어버렸는데", {}),
        ("agent", "네, 많이 놀라셨겠습니다. 어디에서 잃어버리셨나요?", {}),
    )
    said = finals(labelled, CONTACT)
    (shown,) = replay(said, Conversation(CONTACT), search)
    assert isinstance(shown.card, SuggestionOffered)
    assert (shown.turn, shown.at_ms) == (0, said[0].end_ms + FINAL_AFTER_MS + 500)

"""Whole turns through the real morphemes, the sample guides, the gate and the recommender."""

import csv
from pathlib import Path

import pytest
import yaml

from assist.agencies import load_agencies
from assist.conversation import Conversation
from contracts.suggestion import NothingFound, SuggestionOffered
from sangdam.evaluate.assist import evaluate_assist
from sangdam.evaluate.assist_labels import read_conversations

CONTACT = "00000000-0000-4000-8000-000000000001"
DIALOGUES = Path(__file__).parents[3] / "samples" / "dialogues"


@pytest.fixture
def cards_for(guides, utterance):
    def first_turn(text, number=1, talk=None):
        talk = talk or Conversation(CONTACT)
        return talk.on_utterance(utterance(text, number), lambda p, d: guides.search(p, district=d), 0)

    return first_turn


def offered(cards):
    return {card.snippet.article_id for card in cards if isinstance(card, SuggestionOffered)}


def test_questions_bring_the_right_guide(labelled, cards_for):
    asked = [(wanted, text) for kind, wanted, text in labelled if kind == "ask"]
    missed = [text for wanted, text in asked if not wanted & offered(cards_for(text))]
    assert len(missed) <= len(asked) * 0.05, missed


def test_questions_nothing_was_tuned_on(labelled, cards_for):
    outcomes = [(wanted, offered(cards_for(text))) for kind, wanted, text in labelled if kind == "held"]
    right = sum(bool(wanted & cards) for wanted, cards in outcomes)
    wrong = sum(bool(cards) and not wanted & cards for wanted, cards in outcomes)
    assert right >= 0.75 * len(outcomes)
    assert wrong <= 1


def test_small_talk_thanks_and_complaints_stay_silent(labelled, cards_for):
    disturbed = [text for kind, _, text in labelled if kind == "chat" and cards_for(text)]
    assert disturbed == []


def test_questions_out_of_reach_are_told_as_such(labelled, cards_for):
    for kind, _, text in labelled:
        if kind == "other":
            assert [type(card) for card in cards_for(text)] == [NothingFound], text


@pytest.mark.parametrize(
    ("dialogue", "wanted"),
    [
        ("bulky-waste", {"bulky-waste-disposal", "bulky-waste-mapo"}),
        ("gas-smell-emergency", {"gas-leak"}),
        ("income-tax-other-agency", {"national-tax-126", "labor-1350"}),
        ("moving-in-numbers", {"move-in-report"}),
        ("night-bus-small-talk", {"night-bus"}),
        ("parking-fine-hold", {"parking-fine-payment", "parking-fine-objection"}),
        ("passport-change-of-mind", {"passport-lost", "passport-renewal"}),
        ("water-leak", {"water-leak-discount"}),
    ],
)
def test_calls_bring_their_guides_and_few_others(dialogue, wanted, guides, utterance):
    talk = Conversation(CONTACT)
    shown = []
    turns = yaml.safe_load((DIALOGUES / f"{dialogue}.yaml").read_text(encoding="utf-8"))["turns"]
    for number, turn in enumerate(turns):
        if "who" in turn:
            said = utterance(turn["text"], number, role=turn["who"])
            shown += talk.on_utterance(said, lambda p, d: guides.search(p, district=d), 0)
    assert wanted <= offered(shown)
    assert len(offered(shown)) <= len(wanted) + 3
    assert not any(isinstance(card, NothingFound) for card in shown)


def test_labelled_calls_bring_right_cards_and_little_else(guides):
    agencies = load_agencies()
    known = {article.article_id for article in guides.articles} | {agency.card_id for agency in agencies}
    calls = [
        call for call in read_conversations(DIALOGUES.parent / "conversations", known) if call.split == "test"
    ]
    found = evaluate_assist(
        calls, lambda p, d: guides.search(p, district=d), agencies, lambda done, total: None, verbose=True
    )
    assert found["precision"] >= 0.8, found["wrong"]
    assert found["coverage"] >= 0.7, found["missed"]
    assert found["repeats"] == 0
    assert found["agency_recall"] >= 0.8
    assert found["seconds_to_right_card"]["median"] <= 1.0


def test_the_agency_in_charge_is_named(cards_for):
    (card,) = cards_for("종합소득세 신고를 하려고 하는데 언제까지예요?")
    assert "국세청 126" in card.reason


def test_everyday_talk_rarely_brings_a_card(test_data, cards_for):
    manifest = test_data / "audio" / "manifest.tsv"
    with manifest.open(encoding="utf-8", newline="") as file:
        lines = [
            row["text"] for row in csv.DictReader(file, delimiter="\t") if row["file"].startswith("deeply/")
        ]
    assert len(lines) > 50
    fired = [text for text in lines if offered(cards_for(text))]
    assert len(fired) < 0.1 * len(lines), fired

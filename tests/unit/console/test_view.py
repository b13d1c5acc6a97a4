"""Single rules of the reducer; tests/property/test_panel_view.py has what holds for all of them."""

from console.view import apply
from contracts.contact import RolesChanged
from contracts.suggestion import NothingFound, SuggestionOutcome


def reduced(view, *events):
    for event in events:
        view = apply(view, event)
    return view


def test_nothing_is_shown_of_an_unknown_contact(story):
    assert apply(None, story().said(0, "여보세요")) is None


def test_a_final_stays_when_its_speech_is_heard_again(story):
    call = story()
    view = reduced(
        None, call.state(), call.said(0, "여권을", revision=3), call.said(0, "여", revision=7, final=False)
    )
    assert [one.text for one in view.utterances] == ["여권을"]


def test_a_withdrawn_utterance_comes_back_by_a_later_final_only(story):
    call = story()
    view = reduced(
        None, call.state(), call.said(0, "음", revision=1, final=False), call.said(0, "", revision=2)
    )
    assert view.utterances == ()
    assert reduced(view, call.said(0, "음", revision=9, final=False)) is view
    assert reduced(view, call.said(0, "음", revision=1)) is view
    assert [one.text for one in reduced(view, call.said(0, "네", revision=3)).utterances] == ["네"]


def test_the_last_outcome_stands_last(story):
    call = story()
    card = call.card("passport")
    done = [
        SuggestionOutcome(
            contact_id=call.contact_id,
            at_ms=at_ms,
            suggestion_id=card.suggestion_id,
            outcome=outcome,
            staff_id="kim",
        )
        for at_ms, outcome in enumerate(["shown", "pinned", "unpinned", "pinned"])
    ]
    view = reduced(None, call.state(), card, *done)
    assert view.cards[0].outcomes == ("shown", "unpinned", "pinned")


def test_an_updated_card_keeps_its_place_and_outcomes(story):
    call = story()
    view = reduced(None, call.state(), call.card("a"), call.card("b"), call.card("a", revision=2))
    assert [(card.offer.snippet.article_id, card.offer.revision) for card in view.cards] == [
        ("a", 2),
        ("b", 1),
    ]


def test_nothing_found_goes_with_the_next_card(story):
    call = story()
    card = call.card("passport")
    asked = NothingFound(
        contact_id=call.contact_id, at_ms=card.at_ms - 5, utterance_id="u", query="?", best_score=0.1
    )
    view = reduced(None, call.state(), asked)
    assert view.nothing == asked
    assert reduced(view, card).nothing is None
    assert reduced(None, call.state(), card, asked).nothing is None


def test_a_persons_word_outlives_later_metadata(story):
    call = story()
    swapped = RolesChanged(contact_id=call.contact_id, at_ms=1, roles={0: "agent"}, staff_id="kim")
    view = reduced(None, call.state(), swapped, call.state("held"))
    assert view.roles == {0: "agent", 1: "agent"}


def test_a_hold_counts_from_its_first_record(story):
    call = story()
    held, still, talking = call.state("held"), call.state("held", title="x"), call.state()
    view = reduced(None, held, still.model_copy(update={"at_ms": held.at_ms + 9}))
    assert view.held_since_ms == held.at_ms
    assert view.contact.title == "x"
    assert reduced(view, talking).held_since_ms is None

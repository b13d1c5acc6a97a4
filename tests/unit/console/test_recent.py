"""What memory keeps of the last minutes, and what it may give up."""

import pytest

from console import recent as module
from console.recent import Horizon, Recent
from contracts.suggestion import SuggestionOutcome
from contracts.summary import SummaryEdited, SummaryText

MINUTE = 60_000


def filled(events, *, recent_ms=5 * MINUTE, step_ms=0):
    recent = Recent(recent_ms)
    for number, event in enumerate(events):
        recent.add(event, number * step_ms)
    return recent


def texts(view):
    return [one.text for one in view.utterances]


def test_a_view_of_the_store_gets_what_came_since(story):
    call = story()
    first, second = call.said(0, "여보세요"), call.said(1, "여권이요")
    whole = filled([call.state(), first, second])
    stored = filled([call.state(), first]).on_top(call.contact_id, None)
    assert texts(whole.on_top(call.contact_id, stored)) == ["여보세요", "여권이요"]


def test_what_is_on_top_twice_counts_once(story):
    call = story()
    recent = filled([call.state(), call.said(0, "네"), call.card("a"), call.state("held")])
    view = recent.on_top(call.contact_id, None)
    assert recent.on_top(call.contact_id, view) == view


def test_a_contact_nobody_stored_is_built_from_memory_in_whatever_order_its_topics_came(story):
    call = story()
    state, said = call.state("ringing"), call.said(0, "여보세요")
    recent = filled([said, call.said(1, "여", final=False), state, call.state()])
    view = recent.on_top(call.contact_id, None)
    assert view.contact.state == "talking"
    assert texts(view) == ["여보세요", "여"]
    assert recent.get(call.contact_id).is_whole


def test_without_the_contact_itself_there_is_no_view(story):
    call = story()
    recent = filled([call.said(0, "여보세요")])
    assert recent.on_top(call.contact_id, None) is None
    assert call.contact_id not in recent


def test_the_final_ends_its_partial(story):
    call = story()
    recent = filled([call.state(), call.said(0, "여", final=False), call.said(0, "", revision=2)])
    assert texts(recent.on_top(call.contact_id, None)) == []


def test_what_is_older_than_the_horizon_goes_and_the_contact_is_whole_no_more(story):
    call = story()
    recent = filled([call.state(), *(call.said(n, f"{n}") for n in range(10))], step_ms=MINUTE)
    assert not recent.get(call.contact_id).is_whole
    assert texts(recent.on_top(call.contact_id, None)) == ["4", "5", "6", "7", "8", "9"]
    assert recent.get(call.contact_id).state is not None


def test_silent_contacts_are_forgotten(story):
    silent, lively = story(), story()
    recent = filled([silent.state(), *(lively.state() for _ in range(9))], step_ms=MINUTE)
    assert len(recent) == 1
    assert silent.contact_id not in recent


def test_nothing_is_given_up_while_the_database_is_away_nor_soon_after():
    horizon = Horizon(5 * MINUTE)
    assert horizon.at(20 * MINUTE) == 15 * MINUTE
    horizon.away(20 * MINUTE)
    horizon.away(40 * MINUTE)
    assert horizon.at(60 * MINUTE) == 15 * MINUTE
    horizon.back(60 * MINUTE)
    assert horizon.at(64 * MINUTE) == 15 * MINUTE
    horizon.away(64 * MINUTE)
    horizon.back(70 * MINUTE)
    horizon.back(74 * MINUTE)
    assert horizon.at(74 * MINUTE) == 15 * MINUTE
    assert horizon.at(75 * MINUTE) == 70 * MINUTE


def test_events_of_a_contact_are_bounded(story, monkeypatch):
    monkeypatch.setattr(module, "MAX_EVENTS", 5)
    call = story()
    recent = filled([call.state(), *(call.said(n, f"{n}") for n in range(9))])
    assert texts(recent.on_top(call.contact_id, None)) == ["4", "5", "6", "7", "8"]


def test_partials_of_a_contact_are_bounded(story):
    call = story()
    recent = filled([call.state(), *(call.said(n, f"{n}", final=False) for n in range(99))])
    assert len(recent.events(call.contact_id)) == 1 + module._MAX_PARTIALS


@pytest.mark.parametrize(("bound", "value"), [("MAX_CONTACTS", 3), ("MAX_BYTES", 1600)])
def test_contacts_and_bytes_are_bounded_and_the_longest_silent_goes(story, monkeypatch, bound, value):
    monkeypatch.setattr(module, bound, value)
    calls = [story() for _ in range(9)]
    recent = filled([call.state() for call in calls])
    assert 1 <= len(recent) <= 4
    assert calls[-1].contact_id in recent
    assert calls[0].contact_id not in recent
    assert recent.size == sum(one.size for one in recent)


def test_of_an_edit_only_the_newest_text_is_kept(story):
    call = story()

    def edit(revision):
        return SummaryEdited(
            contact_id=call.contact_id,
            at_ms=revision,
            revision=revision,
            text=SummaryText(inquiry="여" * revision),
            saved=revision == 3,
            staff_id="kim",
        )

    recent = filled([call.state(), edit(1), edit(3), edit(2)])
    assert len(recent.events(call.contact_id)) == 2
    assert recent.on_top(call.contact_id, None).edited.revision == 3
    assert recent.get(call.contact_id).summary.saved


def test_an_outcome_that_overtook_its_card_is_kept_for_it(story):
    call = story()
    card = call.card("passport")
    pinned = SuggestionOutcome(
        contact_id=call.contact_id,
        at_ms=1,
        suggestion_id=card.suggestion_id,
        outcome="pinned",
        staff_id="kim",
    )
    view = filled([call.state(), pinned, card]).on_top(call.contact_id, None)
    assert view.cards[0].outcomes == ("pinned",)
    assert view.early == {}

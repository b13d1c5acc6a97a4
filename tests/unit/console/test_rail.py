"""The list of contacts between what is stored and what was followed."""

from console.rail import merged
from console.recent import Recent
from contracts.panel import ContactEntry, Staff

KIM = Staff(staff_id="kim", name="Kim", role="agent")
BOSS = Staff(staff_id="boss", name="Boss", role="supervisor")


def entries(stored, events, staff=KIM, *, since_ms=0, limit=50):
    recent = Recent()
    for event in events:
        recent.add(event, 0)
    stored = [ContactEntry(contact=state, summary_saved=True) for state in stored]
    return merged(stored, recent, staff, since_ms=since_ms, limit=limit)


def test_a_contact_that_is_not_stored_yet_is_listed_first(story):
    old, new = story(), story()
    told = entries([old.state()], [new.state().model_copy(update={"started_at_ms": 2**60})])
    assert [entry.contact.contact_id for entry in told] == [new.contact_id, old.contact_id]


def test_the_newer_state_counts_wherever_it_is(story):
    call = story()
    talking, ended = call.state(), call.state("ended")
    for told in (entries([talking], [ended]), entries([ended], [talking])):
        assert [entry.contact.state for entry in told] == ["ended"]
        assert told[0].summary_saved
    assert entries([talking], [ended])[0].ended_at_ms == ended.at_ms


def test_a_contact_that_was_handed_over_is_listed_no_more(story):
    call = story()
    mine, theirs = call.state(), call.state("transferred", agent_id="lee")
    assert entries([mine], [theirs]) == []
    assert len(entries([mine], [theirs], BOSS)) == 1


def test_contacts_of_yesterday_and_beyond_the_limit_are_left_out(story):
    calls = [story() for _ in range(4)]
    assert len(entries([], [call.state() for call in calls], limit=3)) == 3
    assert entries([], [calls[0].state()], since_ms=2**60) == []

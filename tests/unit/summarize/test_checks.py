"""How long the store is looked at after a draft."""

from contracts.summary import SummaryDrafted
from summarize.checks import AGAIN_MS, GIVE_UP_MS, LAST_MS, Checks

CONTACT = "00000000-0000-0000-0000-000000000001"


def draft(revision):
    return SummaryDrafted(
        contact_id=CONTACT, at_ms=0, revision=revision, engine="", label="", lines=(), complete=True
    )


def looks(stored_from_ms, began_ms=0):
    """Times of the looks, when the store has the draft from some time on."""
    checks, at, now = Checks(), [], began_ms
    checks.begin(CONTACT, began_ms)
    while CONTACT in checks:
        now += 1_000
        for contact_id in checks.due(now):
            at.append(now)
            checks.looked(contact_id, now, draft(4), draft(4) if now >= stored_from_ms else draft(2))
    return at


def test_a_store_that_keeps_up_is_looked_at_twice():
    assert looks(0) == [AGAIN_MS, AGAIN_MS + LAST_MS]


def test_a_store_that_is_behind_is_looked_at_until_it_has_the_draft():
    at = looks(60_000)
    assert at[:12] == list(range(AGAIN_MS, 60_001, AGAIN_MS))
    assert at[12:] == [60_000 + LAST_MS]


def test_there_is_an_end_to_it():
    assert looks(10 * GIVE_UP_MS)[-1] <= GIVE_UP_MS + AGAIN_MS


def test_without_a_draft_two_looks_are_enough():
    checks = Checks()
    checks.begin(CONTACT, 0, after_ms=0)
    assert checks.due(0) == [CONTACT]
    checks.looked(CONTACT, 0, None, None)
    assert checks.due(LAST_MS - 1) == []
    checks.looked(CONTACT, LAST_MS, None, None)
    assert CONTACT not in checks


def test_what_is_dropped_is_not_due():
    checks = Checks()
    checks.begin(CONTACT, 0)
    checks.drop(CONTACT)
    checks.drop(CONTACT)
    assert checks.due(10**9) == []

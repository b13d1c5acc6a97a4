import datetime as dt

from contracts.suggestion import NothingFound, Snippet, SuggestionOffered, SuggestionOutcome, suggestion_id
from store import suggestions

CONTACT = "00000000-0000-0000-0000-000000000001"


def offered(article: str, revision: int = 1, at_ms: int = 10) -> SuggestionOffered:
    return SuggestionOffered(
        contact_id=CONTACT,
        at_ms=at_ms,
        suggestion_id=suggestion_id(CONTACT, article),
        revision=revision,
        utterance_id="u",
        query="여권",
        reason=f"'{revision}'판",
        snippet=Snippet(article_id=article, title=article, text="…", revised=dt.date(2026, 1, 1), score=0.5),
        final_at_ms=1,
    )


def nothing(at_ms: int, utterance: str = "u") -> NothingFound:
    return NothingFound(contact_id=CONTACT, at_ms=at_ms, utterance_id=utterance, query="?", best_score=0.1)


def done(article: str, outcome: str, at_ms: int) -> SuggestionOutcome:
    return SuggestionOutcome(
        contact_id=CONTACT,
        at_ms=at_ms,
        suggestion_id=suggestion_id(CONTACT, article),
        outcome=outcome,
        staff_id="kim",
    )


async def test_updated_card_keeps_its_place(session):
    for offer in (offered("b"), offered("a"), offered("b", revision=2, at_ms=99)):
        assert await suggestions.upsert(session, offer)
    cards, _ = await suggestions.of_contact(session, CONTACT)
    assert [(card.offer.snippet.article_id, card.offer.revision) for card in cards] == [("b", 2), ("a", 1)]


async def test_older_card_changes_nothing(session):
    await suggestions.upsert(session, offered("a", revision=2))
    assert not await suggestions.upsert(session, offered("a", revision=1))
    assert not await suggestions.upsert(session, offered("a", revision=2))
    cards, _ = await suggestions.of_contact(session, CONTACT)
    assert [card.offer.revision for card in cards] == [2]


async def test_outcomes_by_time_and_once_each(session):
    await suggestions.add_outcome(session, done("a", "copied", 30))  # outcomes may arrive before their card
    await suggestions.upsert(session, offered("a"))
    await suggestions.upsert(session, offered("b"))
    for outcome, at_ms in [("shown", 10), ("opened", 20), ("shown", 10), ("copied", 30), ("copied", 40)]:
        await suggestions.add_outcome(session, done("a", outcome, at_ms))
    cards, _ = await suggestions.of_contact(session, CONTACT)
    assert [card.outcomes for card in cards] == [("shown", "opened", "copied", "copied"), ()]


async def test_question_without_a_guide_until_a_card_comes(session):
    await suggestions.upsert(session, offered("a"))
    await suggestions.set_nothing(session, nothing(20))
    assert (await suggestions.of_contact(session, CONTACT))[1] == nothing(20)
    await suggestions.upsert(
        session, offered("a", revision=1)
    )  # heard again: it was there before the question
    assert (await suggestions.of_contact(session, CONTACT))[1] == nothing(20)
    await suggestions.upsert(session, offered("b", at_ms=30))
    await suggestions.set_nothing(session, nothing(20))  # heard again
    await suggestions.set_nothing(session, nothing(15))  # late
    assert (await suggestions.of_contact(session, CONTACT))[1] is None
    await suggestions.set_nothing(session, nothing(30, "v"))
    assert (await suggestions.of_contact(session, CONTACT))[1] == nothing(30, "v")
    await suggestions.set_nothing(session, nothing(30, "w"))
    assert (await suggestions.of_contact(session, CONTACT))[1] == nothing(30, "w")

from sqlalchemy import text

from contracts.guides import GuideUse
from contracts.suggestion import NothingFound, SuggestionOutcome, suggestion_id
from store import suggestions, usage

DAY_MS = 86_400_000
KST_MS = 9 * 3_600_000


def contact(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def done(
    article: str, outcome: str, of: int = 1, at_ms: int = 100, *, is_old: bool = False
) -> SuggestionOutcome:
    return SuggestionOutcome(
        contact_id=contact(of),
        at_ms=at_ms,
        suggestion_id=suggestion_id(contact(of), article),
        outcome=outcome,
        staff_id="kim",
        article_id="" if is_old else article,
        version=0 if is_old else 3,
        query="" if is_old else "여권 재발급",
    )


async def test_a_contact_counts_once_for_each_kind(session):
    await suggestions.add_outcomes(
        session,
        [
            done("a", "shown", 1, 100),
            done("a", "shown", 1, 200),
            done("a", "shown", 2, 150),
            done("a", "opened", 1),
            done("a", "unpinned", 1),
            done("b/c", "helpful", 1),
        ],
    )
    assert await usage.of_all(session, 0) == {
        "a": GuideUse(shown=2, opened=1, last_shown_ms=200),
        "b/c": GuideUse(helpful=1),
    }


async def test_only_what_happened_since_counts(session):
    await suggestions.add_outcomes(session, [done("a", "shown", 1, 100), done("a", "shown", 2, 300)])
    assert (await usage.of_all(session, 200))["a"].shown == 1
    assert await usage.of_all(session, 301) == {}


async def test_outcomes_from_before_they_carried_their_article_count_too(session):
    await suggestions.add_outcomes(
        session,
        [
            done("a/b", "shown", 1, 100, is_old=True),
            done("a/b", "shown", 2, 50),
            done("c", "copied", 1, is_old=True),
        ],
    )
    assert await usage.of_all(session, 0) == {
        "a/b": GuideUse(shown=2, last_shown_ms=100),
        "c": GuideUse(copied=1),
    }


async def test_days_begin_at_the_local_midnight(session):
    midnight_ms = 20_000 * DAY_MS - KST_MS
    await suggestions.add_outcomes(
        session,
        [
            done("a", "shown", 1, midnight_ms - 1),
            done("a", "shown", 2, midnight_ms),
            done("b", "shown", 2, midnight_ms + DAY_MS - 1),
            done("b", "helpful", 2, midnight_ms),
        ],
    )
    asked = NothingFound(
        contact_id=contact(1), at_ms=midnight_ms, utterance_id="u", query="?", best_score=0.1
    )
    await suggestions.set_all_nothing(session, [asked])
    assert await usage.by_day(session, 0, KST_MS) == {
        19_999: {"shown": 1},
        20_000: {"shown": 2, "helpful": 1, "nothing": 1},
    }
    assert set(await usage.by_day(session, midnight_ms, KST_MS)) == {20_000}


async def test_an_outcome_is_kept_with_query_and_version(session):
    await suggestions.add_outcome(session, done("a", "helpful"))
    rows = await session.execute(text("SELECT article_id, version, query FROM suggestion_outcomes"))
    assert [tuple(row) for row in rows] == [("a", 3, "여권 재발급")]


async def test_counting_reads_an_index_alone(sqlite):
    """Or a million outcomes would take seconds."""
    async with sqlite.session() as session:
        plan = await session.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT article_id, outcome, count(DISTINCT contact_id), max(at_ms) "
                "FROM suggestion_outcomes WHERE article_id != '' AND at_ms >= 1 GROUP BY article_id, outcome"
            )
        )
        told = " ".join(row[-1] for row in plan)
    assert "COVERING INDEX ix_suggestion_outcomes_article_id_outcome" in told
    assert "TEMP B-TREE FOR GROUP BY" not in told

from collections import Counter
from dataclasses import replace

from store import measures
from store.measures import Measure

DAY = measures.DAY_MS
NINE_HOURS = 9 * 3_600_000

FIRST = Measure(
    contact_id="a",
    saved_at_ms=100 * DAY,
    staff_id="kim",
    engine="extractive",
    fallback="",
    drafted=2,
    draft_chars=100,
    saved_chars=110,
    distance=12,
    unedited=False,
    edited_fields=("handling",),
    drafted_fields=("inquiry", "handling"),
    withheld=1,
    doubts=2,
    after_call_ms=30_500,
)


async def keep(session, *kept):
    for one in kept:
        await measures.record(session, one)


async def test_nothing_yet(session):
    found = await measures.figures(session, 0, 10**15)
    assert (found.parts, found.fields) == ({}, Counter())


async def test_sums_by_day_and_engine(session):
    await keep(
        session,
        FIRST,
        replace(FIRST, contact_id="b", distance=0, saved_chars=100, unedited=True, edited_fields=()),
        replace(FIRST, contact_id="c", engine="korean-7b", fallback="late", after_call_ms=None),
        replace(FIRST, contact_id="d", saved_at_ms=101 * DAY, after_call_ms=9 * 3_600_000),
        replace(FIRST, contact_id="e", engine="", drafted=None, draft_chars=0, distance=110),
    )
    found = await measures.figures(session, 100 * DAY, 102 * DAY)
    assert set(found.parts) == {(100, "extractive"), (100, "korean-7b"), (100, ""), (101, "extractive")}
    day = found.parts[100, "extractive"]
    assert (day.saved, day.drafted, day.unedited, day.kept_chars) == (2, 2, 1, 98 + 100)
    assert (day.withheld, day.doubts, day.fallbacks) == (2, 4, 0)
    assert day.shares == {11: 1, 0: 1}
    assert day.waits == {30: 2}
    assert found.parts[100, "korean-7b"].fallbacks == 1
    assert found.parts[100, "korean-7b"].waits == {}
    assert found.parts[101, "extractive"].waits == {measures.MAX_WAIT_S: 1}
    none = found.parts[100, ""]
    assert (none.saved, none.drafted, none.kept_chars, none.shares) == (1, 0, 0, {})
    drafted = ("inquiry", "handling")
    assert found.fields == {(drafted, ("handling",)): 3, (drafted, ()): 1}


async def test_days_begin_at_local_midnight_and_the_end_is_outside(session):
    await keep(session, FIRST, replace(FIRST, contact_id="b", saved_at_ms=101 * DAY - NINE_HOURS))
    found = await measures.figures(session, 0, 10**15, offset_ms=NINE_HOURS)
    assert {day for day, _ in found.parts} == {100, 101}
    assert not (await measures.figures(session, 0, 100 * DAY)).parts


async def test_saved_again_is_measured_anew_on_its_first_day(session):
    await keep(session, FIRST, FIRST)
    again = replace(
        FIRST, saved_at_ms=105 * DAY, distance=50, unedited=False, staff_id="lee", after_call_ms=None
    )
    await keep(session, again)
    found = await measures.figures(session, 0, 10**15)
    (((day, _), figures),) = found.parts.items()
    assert (day, figures.saved, figures.shares, figures.waits) == (100, 1, {45: 1}, {30: 1})


async def test_an_empty_text_of_an_empty_draft_is_unchanged(session):
    await keep(session, replace(FIRST, draft_chars=0, saved_chars=0, distance=0))
    (figures,) = (await measures.figures(session, 0, 10**15)).parts.values()
    assert figures.shares == {0: 1}

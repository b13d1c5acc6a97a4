import asyncio

from contracts.contact import ContactStateChanged
from contracts.suggestion import NothingFound
from store import contacts, gaps, questions, suggestions
from store.questions import Gap

DAY_MS = 86_400_000
NOW_MS = 20_000 * DAY_MS


def contact(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def asked(number: int, of: int, at_ms: int = NOW_MS, text: str = "벌집") -> NothingFound:
    return NothingFound(
        contact_id=contact(of),
        at_ms=at_ms,
        utterance_id=f"u{number}",
        query=text,
        best_score=0.25,
        guides_version=3,
    )


async def put(session, gap_id: str, *found: NothingFound, made_at_ms: int = 1) -> None:
    await suggestions.set_all_nothing(session, found)
    await questions.put_gaps(session, [Gap(gap_id, f"{gap_id}?", (gap_id,), made_at_ms)])
    await questions.assign(session, {one.utterance_id: gap_id for one in found})


async def test_gaps_of_most_contacts_come_first(session):
    await put(session, "often", asked(1, 1), asked(2, 1), asked(3, 1))
    await put(session, "by many", asked(4, 1), asked(5, 2, NOW_MS + 5))
    await suggestions.set_all_nothing(session, [asked(6, 3)])  # nobody has looked at it yet
    first, second = await gaps.most_asked(session, "open", 0, 0)
    assert (first.gap_id, first.title, first.words) == ("by many", "by many?", ("by many",))
    assert (first.count, first.contacts, first.first_at_ms, first.last_at_ms) == (2, 2, NOW_MS, NOW_MS + 5)
    assert [question.utterance_id for question in first.questions] == ["u5", "u4"]
    assert (second.gap_id, second.count, second.contacts) == ("often", 3, 1)
    assert await gaps.count_open(session) == 2


async def test_a_question_tells_whose_contact_it_was_asked_in(session):
    state = ContactStateChanged(
        contact_id=contact(1), at_ms=1, revision=1, state="ended", agent_id="kim", started_at_ms=1
    )
    await contacts.upsert_many(session, [state])
    await put(session, "g", asked(1, 1), asked(2, 2, NOW_MS + 1))
    (gap,) = await gaps.most_asked(session, "open", 0, 0)
    assert [(one.contact_id, one.agent_id) for one in gap.questions] == [
        (contact(2), None),
        (contact(1), "kim"),
    ]


async def test_only_what_was_asked_since_counts_and_is_counted_by_day(session):
    await put(session, "g", asked(1, 1, NOW_MS - DAY_MS), asked(2, 2), asked(3, 3, NOW_MS + DAY_MS - 1))
    await put(session, "old", asked(4, 1, 5))
    (gap,) = await gaps.most_asked(session, "open", NOW_MS - DAY_MS, 0)
    assert gap.by_day == {19_999: 1, 20_000: 2}
    (later,) = await gaps.most_asked(session, "open", NOW_MS, 0)
    assert (later.count, len(later.questions)) == (2, 2)
    assert (await gaps.get(session, "old", 0, 0)).by_day == {0: 1}
    assert await gaps.get(session, "old", 6, 0) is None
    assert await gaps.get(session, "none", 0, 0) is None


async def test_at_most_the_newest_twenty_questions_are_given(session):
    await put(session, "g", *(asked(number, number, NOW_MS + number) for number in range(30)))
    (gap,) = await gaps.most_asked(session, "open", 0, 0)
    assert gap.count == 30
    assert [one.at_ms for one in gap.questions] == [NOW_MS + number for number in range(29, 9, -1)]


async def test_a_gap_is_drafted_once_and_parted_from_its_draft_when_opened_again(session):
    await put(session, "g", asked(1, 1))
    assert await gaps.draft(session, "g", "guide-1")
    assert not await gaps.draft(session, "g", "guide-2")
    assert await gaps.article_of(session, "g") == "guide-1"
    assert not await gaps.most_asked(session, "open", 0, 0)
    assert [gap.article_id for gap in await gaps.most_asked(session, "drafted", 0, 0)] == ["guide-1"]
    assert await gaps.set_status(session, "g", "open")
    assert await gaps.draft(session, "g", "guide-3")
    assert not await gaps.set_status(session, "none", "open")
    assert not await gaps.draft(session, "none", "guide-1")
    assert await gaps.article_of(session, "none") == ""


async def test_a_turn_is_taken_by_one(database):
    async with database.session() as session:
        assert await questions.turn(session) == 0
        assert await questions.take_turn(session, 0)
    async with database.session() as session:
        assert not await questions.take_turn(session, 0)
        assert await questions.turn(session) == 1
        assert await questions.take_turn(session, 1)


async def test_of_many_at_once_one_takes_the_turn(database):
    """The others wait for it to commit, and are told."""

    async def take() -> bool:
        async with database.session() as session:
            mine = await questions.take_turn(session, 0)
            await asyncio.sleep(0.05)  # the others come meanwhile
            return mine

    assert sorted(await asyncio.gather(*(take() for _ in range(4)))) == [False, False, False, True]
    async with database.session() as session:
        assert await questions.turn(session) == 1


async def test_examples_are_the_newest_of_the_gaps_asked_for_last(session):
    await put(session, "b", *(asked(number, 1, NOW_MS + number) for number in range(5)), made_at_ms=2)
    await put(session, "a", asked(10, 1, NOW_MS + 10), made_at_ms=3)
    await put(session, "quiet", asked(11, 1, NOW_MS - 1), made_at_ms=1)
    await suggestions.set_all_nothing(session, [asked(12, 1)])
    known = await questions.examples(session, 0, 2, 3)
    assert {gap: [one.utterance_id for one in asked] for gap, asked in known.items()} == {
        "b": ["u2", "u3", "u4"],
        "a": ["u10"],
    }
    assert list(known) == ["b", "a"]  # the older gap first
    assert [one.utterance_id for one in await questions.new(session, 5)] == ["u12"]


async def test_a_merged_gap_is_gone_unless_staff_did_something_with_either(session):
    await put(session, "older", asked(1, 1))
    await put(session, "newer", asked(2, 2))
    await gaps.set_status(session, "older", "dismissed")
    assert not await questions.merge(session, "newer", "older")
    assert await questions.touched(session) == {"older"}
    await gaps.set_status(session, "older", "open")
    assert await questions.merge(session, "newer", "older")
    (gap,) = await gaps.most_asked(session, "open", 0, 0)
    assert (gap.gap_id, gap.count) == ("older", 2)


async def test_what_newer_guides_answer_leaves_and_empty_gaps_go(session):
    await put(session, "half", asked(1, 1), asked(2, 2))
    await put(session, "whole", asked(3, 1))
    await put(session, "dismissed", asked(4, 1))
    await gaps.set_status(session, "dismissed", "dismissed")
    assert not await questions.unsettled(session, 3, 0, 9)  # these guides were asked already
    found = await questions.unsettled(session, 4, 0, 9)
    assert {one.utterance_id for one in found} == {"u1", "u2", "u3"}
    await questions.settle(session, {"u1": True, "u2": False, "u3": True}, 4)
    assert [(gap.gap_id, gap.count) for gap in await gaps.most_asked(session, "open", 0, 0)] == [("half", 1)]
    assert not await questions.unsettled(session, 4, 0, 9)
    assert await gaps.get(session, "whole", 0, 0) is None
    assert (await gaps.get(session, "dismissed", 0, 0)).status == "dismissed"


async def test_new_words_change_neither_status_nor_age(session):
    await put(session, "g", asked(1, 1), made_at_ms=7)
    await gaps.draft(session, "g", "guide-1")
    await questions.put_gaps(session, [Gap("g", "새 제목", ("새", "낱말"), 0)])
    gap = await gaps.get(session, "g", 0, 0)
    assert (gap.title, gap.words, gap.status, gap.article_id) == (
        "새 제목",
        ("새", "낱말"),
        "drafted",
        "guide-1",
    )

"""Contacts and their sums on both engines: what is put twice, changed, moved to another hour, or put by two at once."""

import asyncio
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from contracts.voc import About
from store import voc_contacts, voc_counts
from store.database import Database
from store.voc_counts import DayCount, HourCount
from store.voc_tables import VocPhraseRow

SEOUL = ZoneInfo("Asia/Seoul")
HOUR_MS = 3_600_000
NOON_MS = 1_700_017_200_000
"""2023-11-15 12:00 in Seoul."""
HOUR, DAY = NOON_MS // HOUR_MS, 19_676


def about(number: int, *, after_min: int = 0, **fields: object) -> About:
    contact_id = f"00000000-0000-0000-0000-{number:012d}"
    made = {"topic": "W1", "district": "마포구", "phrases": ("단수", "물")} | fields
    return About(contact_id=contact_id, at_ms=NOON_MS + after_min * 60_000, **made)


async def put(session, *abouts: About) -> int:
    return await voc_contacts.put(session, abouts, zone=SEOUL)


async def phrases(session) -> dict[str, tuple[int, int]]:
    rows = await session.execute(select(VocPhraseRow.phrase, VocPhraseRow.contacts, VocPhraseRow.first_ms))
    return {phrase: (contacts, (first_ms - NOON_MS) // 60_000) for phrase, contacts, first_ms in rows}


async def hours(session) -> list[HourCount]:
    return await voc_counts.hours(session, 0, 10**7)


async def days(session) -> list[DayCount]:
    return await voc_counts.days(session, 0, 10**6)


async def test_a_contact_is_kept_as_it_is_and_counted(session):
    one = about(
        1,
        kind="chat",
        simulated=True,
        place="망원동",
        danger="outage",
        complaint=("답답",),
        theme_id="t",
        label="물",
    )
    assert await put(session, one) == 1
    assert await voc_contacts.of(session, [one.contact_id, "unknown"]) == [one]
    assert await hours(session) == [HourCount(HOUR, "W1", "마포구", 1, 1, 1)]
    assert await days(session) == [DayCount(DAY, "W1", "마포구", 1, 1, 1)]
    assert await phrases(session) == {"단수": (1, 0), "물": (1, 0)}
    assert await voc_counts.bounds(session) == (HOUR, HOUR)


async def test_nothing_is_counted_before_anything_is_put(session):
    assert await put(session) == 0
    assert await voc_counts.bounds(session) is None
    assert await voc_counts.known_phrases(session, []) == {}


async def test_the_same_again_changes_nothing(session):
    assert await put(session, about(1), about(2)) == 2
    assert await put(session, about(2), about(1), about(3)) == 1
    assert await hours(session) == [HourCount(HOUR, "W1", "마포구", 3, 0, 0)]
    assert (await phrases(session))["물"] == (3, 0)


async def test_of_two_at_once_the_last_holds(session):
    assert await put(session, about(1), about(1, topic="W2")) == 1
    assert await hours(session) == [HourCount(HOUR, "W2", "마포구", 1, 0, 0)]


async def test_a_contact_that_says_something_else_leaves_its_old_sums(session):
    await put(session, about(1), about(2))
    await put(session, about(1, topic="R1", district="", phrases=("도로", "물", "도로"), complaint=("화",)))
    assert await hours(session) == [
        HourCount(HOUR, "R1", "", 1, 1, 0),
        HourCount(HOUR, "W1", "마포구", 1, 0, 0),
    ]
    assert await phrases(session) == {"단수": (1, 0), "도로": (1, 0), "물": (2, 0)}
    await put(session, about(2, topic="R1", district="", phrases=()))
    assert await hours(session) == [HourCount(HOUR, "R1", "", 2, 1, 0)]
    assert await phrases(session) == {"도로": (1, 0), "물": (1, 0)}


async def test_a_contact_that_began_at_another_time_moves(session):
    await put(session, about(1), about(2, after_min=5))
    await put(session, about(1, after_min=60 * 13))
    assert await days(session) == [
        DayCount(DAY, "W1", "마포구", 1, 0, 0),
        DayCount(DAY + 1, "W1", "마포구", 1, 0, 0),
    ]
    assert [(each.hour, each.contacts) for each in await hours(session)] == [(HOUR, 1), (HOUR + 13, 1)]
    assert await phrases(session) == {"단수": (2, 5), "물": (2, 5)}
    await put(session, about(1, after_min=-1))
    assert await phrases(session) == {"단수": (2, -1), "물": (2, -1)}


async def test_who_said_a_phrase_first_is_found_again(session):
    odd = 'a "b" \\ 100% _'
    await put(session, *(about(number, after_min=number, phrases=(odd, f"x{odd}")) for number in range(4)))
    await put(session, about(0, phrases=()), about(1, after_min=1, phrases=(f"x{odd}",)))
    assert await phrases(session) == {odd: (2, 2), f"x{odd}": (3, 1)}
    assert await voc_counts.known_phrases(session, [odd, "never"]) == {odd: (2, NOON_MS + 2 * 60_000)}


async def test_days_are_those_of_the_site(session):
    midnight = 12 * 60
    await put(session, about(1, after_min=midnight - 1), about(2, after_min=midnight))
    assert [each.day for each in await days(session)] == [DAY, DAY + 1]
    assert [each.day for each in await voc_counts.days(session, DAY, DAY + 1)] == [DAY]
    assert await voc_counts.days(session, DAY, DAY + 2, topic="none") == []
    assert len(await voc_counts.days(session, DAY, DAY + 2, topic="W1", district="마포구")) == 2


async def test_lists_are_by_time_and_narrowed(session):
    many = [about(n, after_min=n, topic=f"T{n % 2}", danger="gas" if n == 3 else None) for n in range(6)]
    await put(session, *many)
    assert await voc_contacts.since(session, NOON_MS + 2 * 60_000) == many[2:]
    assert await voc_contacts.since(session, NOON_MS, NOON_MS + 60_000) == many[:1]
    day = {"since_ms": NOON_MS, "until_ms": NOON_MS + HOUR_MS, "limit": 2}
    found, total = await voc_contacts.page(session, topic="T1", district=None, danger=None, **day)
    assert (found, total) == ([many[5], many[3]], 3)
    found, total = await voc_contacts.page(session, topic=None, district="마포구", danger="gas", **day)
    assert (found, total) == ([many[3]], 1)
    found, total = await voc_contacts.page(session, topic=None, district=None, danger=None, **day)
    assert (found, total) == ([many[5], many[4]], 6)


async def test_thousands_at_once(session):
    many = [about(number, after_min=number % 90) for number in range(2_500)]
    assert await put(session, *many) == 2_500
    assert await put(session, *many) == 0
    assert [each.contacts for each in await hours(session)] == [1_680, 820]
    assert await phrases(session) == {"단수": (2_500, 0), "물": (2_500, 0)}


@pytest.mark.parametrize("engine", ["url", "database_url"])
async def test_writers_of_the_same_contacts_wait_for_each_other(engine, request):
    url = request.getfixturevalue(engine)
    writers = [await Database.open(url) for _ in range(3)]

    async def write(number: int) -> None:
        for turn in range(8):
            topics = [
                about(n, topic=f"T{(number + turn + n) % 3}", phrases=(f"p{(number + n) % 4}",))
                for n in range(6)
            ]
            order = topics if number % 2 else topics[::-1]
            async with writers[number].session() as session:
                await put(session, *order)

    async with asyncio.timeout(30):
        await asyncio.gather(*map(write, range(3)))
    async with writers[0].session() as session:
        rows = await voc_contacts.since(session, 0)
        kept = [(each.topic, each.contacts) for each in await hours(session)]
        said = {phrase: contacts for phrase, (contacts, _) in (await phrases(session)).items()}
    for database in writers:
        await database.close()
    topics, words = [row.topic for row in rows], [row.phrases[0] for row in rows]
    assert kept == [(topic, topics.count(topic)) for topic in sorted(set(topics))]
    assert said == {word: words.count(word) for word in words}

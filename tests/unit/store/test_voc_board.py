"""What the supervisor's page asks of either database."""

import uuid
import zoneinfo

import pytest
from sqlalchemy import insert

from contracts.chat import ChatHead, Receipts
from contracts.contact import ContactStateChanged
from contracts.voc import About, Finding, PhraseCount, PlaceCount, TopicCount
from contracts.voc_http import Learning
from store import chats, contacts, voc_alerts, voc_contacts, voc_drill, voc_notes
from store.chats import StoredChat
from store.voc_board import HOUR_MS, board_rows, scope
from store.voc_drill import Wanted
from store.voc_tables import VocUsualRow

ZONE = zoneinfo.ZoneInfo("Asia/Seoul")
NOW = 1_795_368_600_000
"""2026-11-23 02:30 in Seoul."""
HOUR = NOW // HOUR_MS


def about(ago_min: float, topic: str = "3020", district: str = "마포구", **more) -> About:
    fields = {"contact_id": str(uuid.uuid4()), "at_ms": NOW - round(ago_min * 60_000)} | more
    return About(topic=topic, district=district, **fields)


async def put(session, *abouts: About) -> None:
    await voc_contacts.put(session, abouts, zone=ZONE)


def state(state: str = "talking", ago_s: int = 60, kind: str = "call", **more) -> ContactStateChanged:
    fields = {"contact_id": str(uuid.uuid4()), "at_ms": NOW, "revision": 1} | more
    return ContactStateChanged(state=state, kind=kind, started_at_ms=NOW - ago_s * 1000, **fields)


async def test_sums_of_the_hours_asked_for(session) -> None:
    await put(
        session,
        about(5, complaint=("답답",), simulated=True),
        about(10, district="중구"),
        about(15, topic="", district=""),
        about(45, topic="4010"),
        about(59.9),
        about(61),
        about(23.4 * 60),
        about(24 * 60),
    )
    rows = await board_rows(session, NOW, 24, None, None)
    assert rows.first_hour == HOUR - 23
    assert sorted(rows.heat) == [
        (HOUR - 23, "3020", 1),
        (HOUR - 1, "3020", 2),
        (HOUR - 1, "4010", 1),
        (HOUR, "", 1),
        (HOUR, "3020", 2),
    ]
    assert rows.simulated == 1
    assert sorted(rows.districts) == [
        ("", "", 1),
        ("마포구", "3020", 4),
        ("마포구", "4010", 1),
        ("중구", "3020", 1),
    ]
    assert rows.last_hour == (5, 1)
    assert rows.today == 6, "the day began at 15:00 UTC"
    assert rows.began_hour == HOUR - 24
    narrowed = await board_rows(session, NOW, 6, "3020", "마포구")
    assert sorted(narrowed.heat) == [(HOUR - 1, "3020", 2), (HOUR - 1, "4010", 1), (HOUR, "3020", 1)]
    assert sorted(narrowed.districts) == [("마포구", "3020", 3), ("중구", "3020", 1)]


async def test_an_empty_database(session) -> None:
    rows = await board_rows(session, NOW, 24, None, None)
    assert (list(rows.heat), list(rows.districts), rows.today, rows.last_hour) == ([], [], 0, (0, 0))
    assert (rows.began_hour, rows.learning, rows.detector_at_ms, rows.queued_since_ms) == (None,) * 4
    assert (list(rows.live), list(rows.alerts), dict(rows.usual)) == ([], [], {})


async def test_the_usual_of_what_is_shown_and_no_more(session) -> None:
    names = [
        scope(topic, district)
        for topic in (None, "3020", "4010", "5010")
        for district in (None, "마포구", "중구", "강동구")
    ]
    assert names[:2] + names[4:6] == ["all", "district:마포구", "topic:3020", "topic:3020/district:마포구"]
    for name in names:
        await session.execute(
            insert(VocUsualRow).values(scope=name, made_at_ms=1, weeks=4.5, week=(1.0,) * 168)
        )
    await voc_notes.put_learning(session, Learning(weeks=4.5, weeks_needed=3, since_ms=9), NOW)
    await voc_notes.put(session, voc_notes.STEPPED, "", NOW - 7)
    await put(session, about(5), about(5, topic="4010", district="중구"))
    everything = await board_rows(session, NOW, 24, None, None)
    assert set(everything.usual) == {"all", "topic:3020", "topic:4010", "district:마포구", "district:중구"}
    assert everything.usual["all"].weeks == 4.5
    assert len(everything.usual["all"].week) == 168
    assert (everything.detector_at_ms, everything.learning.since_ms) == (NOW - 7, 9)
    narrowed = await board_rows(session, NOW, 24, "3020", "중구")
    assert set(narrowed.usual) == {"all", "topic:4010/district:중구", "topic:3020/district:마포구"}


async def test_who_is_live_and_what_it_is_about(session) -> None:
    talking, ringing = state(ago_s=120), state("ringing", 30)
    chat, resting = state(kind="chat", ago_s=60), state("held", kind="chat")
    ended, gone, old = state("ended"), state("transferred"), state(ago_s=25 * 3600)
    await contacts.upsert_many(session, [talking, ringing, chat, resting, ended, gone, old])
    await put(session, about(2, contact_id=talking.contact_id))
    rows = await board_rows(session, NOW, 24, None, None)
    assert [one.contact.contact_id for one in rows.live] == [
        ringing.contact_id,
        chat.contact_id,
        talking.contact_id,
    ]
    assert [one.about.district if one.about else None for one in rows.live] == [None, None, "마포구"]


async def test_the_chat_that_waits_longest(session) -> None:
    def waiting(ago_s: int, state: str = "waiting") -> StoredChat:
        at_ms = NOW - ago_s * 1000
        head = ChatHead(
            contact_id=str(uuid.uuid4()),
            epoch="e",
            last_seq=1,
            state=state,
            opened_at_ms=at_ms,
            queued_at_ms=at_ms,
        )
        return StoredChat(head, Receipts(), "person", at_ms, None)

    await chats.add(session, [waiting(10), waiting(80), waiting(500, "serving"), waiting(25 * 3600)])
    rows = await board_rows(session, NOW, 24, None, None)
    assert rows.queued_since_ms == NOW - 80_000


# -- behind a figure ---------------------------------------------------------------------------------------


def day(**more) -> Wanted:
    return Wanted(**({"since_ms": NOW - 24 * HOUR_MS, "until_ms": NOW + 1} | more))


async def test_contacts_of_a_topic_a_district_a_danger_and_a_time(session) -> None:
    known = state("ended", ago_s=60)
    first = about(1, contact_id=known.contact_id, phrases=("단수", "합정동"))
    others = [about(2, danger="gas"), about(3, district="중구"), about(4, topic="4010"), about(25 * 60)]
    await put(session, first, *others)
    await contacts.upsert(session, known)

    async def found(**more) -> list[str]:
        entries, total = await voc_drill.contacts(session, day(**more), 10)
        assert total == len(entries)
        return [entry.about.contact_id for entry in entries]

    ids = [first.contact_id, *(one.contact_id for one in others)]
    assert await found() == ids[:4], "the newest first"
    assert await found(topic="3020") == ids[:3]
    assert await found(topic="3020", district="마포구") == ids[:2]
    assert await found(danger="gas") == [ids[1]]
    assert await found(until_ms=NOW - 120_000) == ids[2:4]
    assert await found(topic="") == []
    entries, total = await voc_drill.contacts(session, day(), 2)
    assert (len(entries), total) == (2, 4)
    assert entries[0].about == first
    assert [entry.contact for entry in entries] == [known, None]


async def test_contacts_of_an_alert(session) -> None:
    water, gas, words = (
        about(1),
        about(2, topic="8020", danger="gas"),
        about(3, topic="", phrases=('"드론%쇼"', "a")),
    )
    await put(session, water, gas, words, about(4, topic="4010"), about(5, district="중구"))

    def finding(**more) -> Finding:
        fields = {
            "kind": "rise",
            "lane": "usual",
            "districts": (PlaceCount(district="마포구", contacts=1),),
        } | more
        return Finding(
            alert_id=str(uuid.uuid4()),
            revision=1,
            severity="watch",
            title="",
            raised_at_ms=NOW,
            first_ms=NOW - HOUR_MS,
            last_ms=NOW,
            window_ms=HOUR_MS,
            seen=1,
            expected=0,
            p_value=0.1,
            contacts=1,
            **fields,
        )

    async def ids(of: Finding) -> list[str]:
        await voc_alerts.put_finding(session, of)
        return [one.about.contact_id for one in (await voc_drill.contacts(session, day(finding=of), 10))[0]]

    of_water = (TopicCount(topic="3020", label="", contacts=1),)
    assert await ids(finding(topics=of_water)) == [water.contact_id]
    assert await ids(finding(topics=of_water, danger="gas", lane="safety")) == [gas.contact_id]
    new = (PhraseCount(phrase='"드론%쇼"', contacts=1, is_new=True), PhraseCount(phrase="a", contacts=1))
    assert await ids(finding(kind="new_phrase", phrases=new, topics=of_water)) == [words.contact_id]
    other = (PhraseCount(phrase="드론x쇼", contacts=1, is_new=True),)
    assert await ids(finding(kind="new_phrase", phrases=other)) == []
    assert len(await ids(finding())) == 4, "a district's"
    assert await ids(finding(districts=())) == []


async def test_no_more_are_counted_than_are_told(session, monkeypatch) -> None:
    monkeypatch.setattr(voc_drill, "MAX_TOTAL", 3)
    await put(session, *(about(1) for _ in range(5)))
    entries, total = await voc_drill.contacts(session, day(), 2)
    assert (len(entries), total) == (2, 3)


@pytest.mark.parametrize(
    ("topic", "district", "hours", "today"),
    [
        (None, None, {HOUR: 3, HOUR - 1: 1, HOUR - 9: 1}, 4),
        ("3020", None, {HOUR: 2, HOUR - 1: 1}, 3),
        (None, "마포구", {HOUR: 2, HOUR - 1: 1, HOUR - 9: 1}, 3),
        ("3020", "마포구", {HOUR: 1, HOUR - 1: 1}, 2),
    ],
)
async def test_the_past_of_a_series(session, topic, district, hours, today) -> None:
    await put(
        session,
        about(5),
        about(6, district="중구"),
        about(7, topic="4010"),
        about(65),
        about(545, topic="4010"),
    )
    span = range(HOUR - 13, HOUR + 1)
    assert await voc_drill.by_hour(session, span, topic, district) == hours
    day = (HOUR + 9) // 24
    found = await voc_drill.by_day(session, range(day - 2, day + 1), topic, district)
    assert found.get(day) == today
    assert sum(found.values()) == sum(hours.values())

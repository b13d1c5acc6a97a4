"""The city of the demonstration: what is said is counted as meant, the past is made once, calls are real events."""

import asyncio
import datetime as dt
import random
import uuid
from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bus.events import consume
from bus.open import open_bus
from contracts import topics
from contracts.categories import load_categories
from contracts.contact import ContactStateChanged
from contracts.districts import load_districts
from contracts.errors import BadSetting
from contracts.transcript import Utterance
from models.morphemes import Morphemes
from sangdam.simulation import pace, story
from sangdam.simulation.calls import MAX_AT_ONCE, TITLE, Switchboard
from sangdam.simulation.city_now import CityNow
from sangdam.simulation.demo_city import take_back
from sangdam.simulation.past import PAST_MS, city_of, fill
from sangdam.simulation.people import meet, read_call
from sangdam.simulation.scripts import read_scripts, there
from store import voc_alerts, voc_contacts, voc_counts, voc_simulated
from store.database import Database
from voc.reading.about import Reader
from voc.report.figures import weekly
from voc.report.page import page
from voc.report.source import Place, material_of

ZONE = ZoneInfo("Asia/Seoul")
NOW_MS = int(dt.datetime(2026, 11, 23, 18, 10, tzinfo=ZONE).timestamp() * 1000)
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(load_categories(), load_districts(), Morphemes())


@pytest.fixture(scope="module")
def scripts():
    return read_scripts()


@pytest.fixture(scope="module")
def people(reader, scripts):
    return meet(reader, scripts, load_districts())


@pytest.fixture
async def database(tmp_path):
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield database
    await database.close()


def test_everyday_calls_are_counted_under_their_topic(people, scripts, reader) -> None:
    assert set(scripts.everyday) - {""} <= {category.code for category in load_categories()}
    for topic, citizens in people.citizens.items():
        for citizen in citizens:
            about = citizen.about
            assert (about.topic, about.district, about.danger) == (topic, "", None), citizen.lines
    for topic, calls in list(scripts.everyday.items())[::5]:
        about = read_call(reader, calls[0], "은평구", "갈현동")
        assert (about.topic, about.district, about.place) == (topic, "은평구", "갈현동"), calls[0]


def test_calls_of_the_outage_are_counted_in_its_district(scripts, reader) -> None:
    spot = scripts.outage.at
    found = [read_call(reader, there(lines, spot)) for lines in scripts.outage.calls]
    assert {about.topic for about in found} == {scripts.outage.topic}
    assert {about.district for about in found} == {spot.district}
    assert sum(about.danger == "outage" for about in found) >= len(found) / 2
    assert any(about.complaint for about in found)


def test_scripts_that_are_none_are_told(tmp_path) -> None:
    (tmp_path / "everyday.yaml").write_text("- topic: x", encoding="utf-8")
    with pytest.raises(BadSetting, match="calls"):
        read_scripts(tmp_path)


async def test_the_past_is_made_once_and_topped_up(database, people) -> None:
    city = city_of(people, ZONE, per_day=60)
    told: list[tuple[float, float]] = []
    first = await fill(database, people, city, NOW_MS, progress=lambda *now: told.append(now))
    assert 0.7 * 60 * 28 < first < 1.3 * 60 * 28
    assert told[-1][0] == told[-1][1]
    assert await fill(database, people, city, NOW_MS) <= 5, "only since the last one"
    later = NOW_MS + 5 * HOUR_MS
    assert 0 < await fill(database, people, city, later) < 60
    async with database.session() as session:
        abouts = await voc_contacts.since(session, 0)
        bounds = await voc_counts.bounds(session)
        last_ms = await voc_simulated.last_ms(session)
    assert all(about.simulated for about in abouts)
    assert bounds is not None
    monday = dt.datetime.fromtimestamp(bounds[0] * 3600, ZONE)
    assert monday.weekday() == 0, "reports compare whole weeks"
    assert monday.hour < 12
    assert last_ms is not None
    assert NOW_MS < last_ms < later
    assert {about.label for about in abouts if about.topic == "3020"} == {"상하수도 > 누수·단수·수질"}
    silent = sum(not about.district for about in abouts) / len(abouts)
    assert 0.1 < silent < 0.3
    assert all(about.district in about.phrases for about in abouts if about.district)


async def test_last_weeks_event_was_seen_and_heard(database, people) -> None:
    city = city_of(people, ZONE, per_day=60)
    await fill(database, people, city, NOW_MS)
    async with database.session() as session:
        (line,) = await voc_alerts.lines(session)
        view = await voc_alerts.view(session, line.finding.alert_id)
    assert view is not None
    assert view.finding.simulated
    assert (view.head.state, view.head.reason) == ("closed", "real")
    assert view.head.department == story.DEPARTMENT
    assert view.effect is not None
    assert view.effect.verdict == "fell"
    assert view.effect.before_per_h > 4 * view.effect.after_per_h
    place = Place(ZONE, {}, load_districts(), 5)
    assert story.DEED in page(weekly(await material_of(database, "2026-W47", place, NOW_MS)))


async def test_a_past_of_an_hour_has_no_story(database, people) -> None:
    city = city_of(people, ZONE, per_day=60)
    await fill(database, people, city, NOW_MS, past_ms=HOUR_MS)
    async with database.session() as session:
        assert await voc_alerts.lines(session) == []
    assert PAST_MS == 28 * 24 * HOUR_MS


def test_calls_come_at_the_rate_of_the_hour(people) -> None:
    city = city_of(people, ZONE)
    chance = random.Random(1)
    calls, waited = 0, 0.0
    while waited < 3600 * 10:
        wait_s, is_call = pace.next_call_s(city, NOW_MS, chance)
        waited += wait_s
        calls += is_call
    slot = city.calendar.slot(_hours(NOW_MS))
    expected = 10 * float(city.rates[slot[0]].sum())
    assert abs(calls - expected) < 5 * expected**0.5
    matters = Counter(pace.matter(city, NOW_MS, chance)[0] for _ in range(2000))
    rates = city.rates[slot[0]]
    for topic, rate in zip(city.topics, rates, strict=True):
        usual = 2000 * float(rate / rates.sum())
        assert abs(matters[topic] - usual) < 6 + 5 * usual**0.5


def test_the_outage_comes_at_once_and_leaves_slowly() -> None:
    times = list(pace.outage_calls())
    assert times == sorted(times)
    assert sum(at < 60 for at in times) >= 5
    assert 8 <= sum(at <= 300 for at in times) <= 13
    gaps = [b - a for a, b in pairwise(times)]
    assert gaps[-1] > 10 * gaps[0]


async def test_a_demo_that_starts_again_tells_its_story_anew(database, people, scripts, reader) -> None:
    city = city_of(people, ZONE, per_day=60)
    await fill(database, people, city, NOW_MS)
    spot = scripts.outage.at
    wet = [
        read_call(reader, there(lines, spot)).model_copy(
            update={"contact_id": str(uuid.uuid4()), "at_ms": NOW_MS - 60_000, "simulated": True}
        )
        for lines in scripts.outage.calls
    ]
    real = wet[0].model_copy(update={"contact_id": str(uuid.uuid4()), "simulated": False})
    async with database.session() as session:
        (story_line,) = await voc_alerts.lines(session)
        before = await voc_contacts.since(session, 0)
        await voc_contacts.put(session, [*wet, real], zone=ZONE)
        now = {"alert_id": "now", "raised_at_ms": NOW_MS, "revision": 1}
        await voc_alerts.put_finding(session, story_line.finding.model_copy(update=now))
    await take_back(database, scripts.outage.topic, ZONE, NOW_MS)
    async with database.session() as session:
        left = {about.contact_id: about for about in await voc_contacts.since(session, 0)}
        known = await voc_counts.known_phrases(session, ["흙탕물", "단수"])
        assert [line.finding.alert_id for line in await voc_alerts.lines(session)] == [
            story_line.finding.alert_id
        ]
        sums = await voc_counts.days(session, 0, 100_000)
    assert left == {about.contact_id: about for about in [*before, real]}
    assert sum(day.contacts for day in sums) == len(left)
    assert known["흙탕물"] == (1, real.at_ms)
    ever = sum("단수" in about.phrases for about in left.values())
    assert ever > 0, "a planned cut is asked about every day"
    assert known["단수"][0] == ever


async def test_calls_are_real_events_and_end_with_the_demo(tmp_path, people, scripts) -> None:
    bus = await open_bus(f"embedded:///{tmp_path}/bus.db")
    seen: list[object] = []

    async def see(events) -> None:
        seen.extend(events)

    following = asyncio.create_task(consume(bus, "test", [topics.CONTACT_EVENTS, topics.TRANSCRIPT], see))
    board = Switchboard(bus, "here", speed=40)
    city = CityNow(
        board=board,
        people=people,
        scripts=scripts,
        city=city_of(people, ZONE),
        chance=random.Random(7),
        speed=40,
        clock=lambda: NOW_MS,
    )
    living = asyncio.create_task(city.run())
    try:
        async with asyncio.timeout(20):
            while sum(isinstance(one, ContactStateChanged) and one.state == "ended" for one in seen) < 5:
                await asyncio.sleep(0.05)
        living.cancel()
        await asyncio.wait([living], timeout=5)
        async with asyncio.timeout(10):
            while _open(seen):
                await asyncio.sleep(0.05)
    finally:
        following.cancel()
        await asyncio.wait([following])
        await bus.close()
    states = [one for one in seen if isinstance(one, ContactStateChanged)]
    assert all(one.simulated and one.title == TITLE and one.instance == "here" for one in states)
    lines = [one for one in seen if isinstance(one, Utterance)]
    assert {one.role for one in lines} == {"agent", "caller"}
    assert any("망원동" in one.text for one in lines)
    assert all(one.start_ms == one.end_ms for one in lines), "nobody spoke: no figure of the recogniser's"
    assert len({one.utterance_id for one in lines}) == len(lines)
    assert board.counts.calls == len({one.contact_id for one in states})


async def test_a_switchboard_is_bounded(tmp_path) -> None:
    bus = await open_bus(f"embedded:///{tmp_path}/bus.db")
    board = Switchboard(bus, "here", agents=("only",))
    chance = random.Random(1)
    try:
        calls = [
            asyncio.create_task(board.call([("caller", "여보세요")], chance)) for _ in range(MAX_AT_ONCE + 3)
        ]
        async with asyncio.timeout(5):
            while board.counts.refused < 3:
                await asyncio.sleep(0.01)
        assert board.counts.calls == MAX_AT_ONCE
        for call in calls:
            call.cancel()
        await asyncio.wait(calls, timeout=5)
    finally:
        await bus.close()


def _hours(at_ms: int) -> np.ndarray:
    return np.array([at_ms // HOUR_MS])


def _open(seen) -> set[str]:
    """Contacts whose end was not told."""
    states = [one for one in seen if isinstance(one, ContactStateChanged)]
    ended = {one.contact_id for one in states if one.state == "ended"}
    return {one.contact_id for one in states} - ended

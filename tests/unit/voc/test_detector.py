"""A planted outbreak from the store to an alert in the store and on the bus."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus, BusCounts
from bus.open import open_bus
from contracts.codec import decode
from contracts.errors import Overloaded, Unreachable
from contracts.topics import VOC_ALERTS
from contracts.voc import (
    AlertAcknowledged,
    AlertActed,
    AlertAssigned,
    AlertChanged,
    AlertClosed,
    AlertCommand,
    AlertDeed,
    AlertLine,
    AlertMuted,
    AlertReopened,
    AlertView,
)
from contracts.voc_http import VocRules
from store import voc_alerts, voc_contacts, voc_deliveries, voc_notes, voc_usual
from store.database import Database
from tests.unit.voc.centre import (
    MAPO,
    MINUTE,
    SAID,
    START,
    STEP_MS,
    ZONE,
    Centre,
    copied,
    fill,
    past,
)
from voc.alerting.notices import Notices
from voc.detector import Detector, StepResult
from voc.series import HOUR_MS


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of contacts, put in once."""
    path = tmp_path_factory.mktemp("centre") / "template.db"

    async def make() -> None:
        database = await Database.open(f"sqlite+aiosqlite:///{path}")
        await fill(database)
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    made = await open_bus(f"embedded:///{tmp_path}/bus.db")
    yield made
    await made.close()


@pytest.fixture
async def centre(template: Path, tmp_path: Path, bus: Bus) -> AsyncIterator[Centre]:
    database = await Database.open(copied(template, tmp_path))
    yield Centre(database, bus)
    await database.close()


async def told(bus: Bus, least: int = 0) -> list[AlertChanged]:
    """What the bus was told so far; `least` are waited for."""
    follower = await bus.follow([VOC_ALERTS.name], since_ms=0)
    events: list[AlertChanged] = []
    async with asyncio.timeout(10):
        while True:
            batch = await follower.fetch(timeout_s=0.1)
            found = [decode(record.value) for record in batch.records]
            events += [event for event in found if isinstance(event, AlertChanged)]
            if not batch.records and not batch.assigned and len(events) >= least:
                break
    await follower.close()
    return events


async def lines(database: Database) -> list[AlertLine]:
    async with database.session() as session:
        return await voc_alerts.lines(session)


async def view(database: Database, alert_id: str) -> AlertView:
    async with database.session() as session:
        found = await voc_alerts.view(session, alert_id)
    assert found is not None
    return found


_number = iter(range(10_000))


async def act(centre: Centre, alert_id: str, deed: AlertDeed, now_ms: int) -> None:
    command = AlertCommand(client_id=f"client-{next(_number)}", deed=deed)
    async with centre.database.session() as session:
        assert await voc_alerts.act(session, alert_id, command, "kim", now_ms)


async def looks(
    centre: Centre, detector: Detector, since_ms: int, count: int, per_look: int = 0, every_ms: int = STEP_MS
) -> list[StepResult]:
    """Calls come and the detector looks, again and again."""
    found = []
    for index in range(count):
        now_ms = since_ms + index * every_ms
        if per_look:
            await centre.call(per_look, now_ms, text=SAID)
        found.append(await detector.step(now_ms))
        assert found[-1].taken
    return found


async def outbreak(centre: Centre, detector: Detector) -> str:
    """Half an hour of calls; the alert's id."""
    results = await looks(centre, detector, START + STEP_MS, 6, per_look=2)
    raised = [alert_id for result in results for alert_id in result.raised]
    assert len(raised) == 1
    return raised[0]


async def test_an_outbreak_is_one_alert_with_all_that_a_supervisor_needs(centre, bus):
    centre.tell = Notices("https://120.example.kr", ("mail",))
    detector = centre.detector()
    assert (await detector.step(START)).raised == ()
    alert_id = await outbreak(centre, detector)
    (line,) = await lines(centre.database)
    finding = line.finding
    assert finding.title == "마포구 · 단수"
    assert (finding.lane, finding.kind, line.head.state) == ("usual", "rise", "new")
    assert finding.department == "상수도사업본부"
    assert 12 <= finding.contacts <= 14
    assert finding.seen > 5 * finding.expected
    assert START - 24 * HOUR_MS <= finding.first_ms < finding.raised_at_ms <= START + 6 * STEP_MS
    assert finding.last_ms == START + 6 * STEP_MS
    assert [one.district for one in finding.districts] == [MAPO]
    phrases = {one.phrase: one.is_new for one in finding.phrases}
    assert (phrases["합정동"], phrases["단수"]) == (True, False)
    assert [quote.text for quote in finding.quotes] == [SAID], "all say the same: once is enough"
    assert not finding.simulated
    shown = await view(centre.database, alert_id)
    now = shown.series[-1]
    assert (now.hour_ms, now.seen, now.is_whole) == (START, 12, False)
    assert now.seen > max(now.upper, now.expected) > 0
    assert shown.effect is None
    events = await told(bus, finding.revision)
    assert [event.is_new for event in events] == [True] + [False] * (len(events) - 1)
    assert {event.contact_id for event in events} == {alert_id}
    assert len(events) == finding.revision
    async with centre.database.session() as session:
        (mail, *worse) = await voc_deliveries.claim(session, ["mail"], 1 << 60, lease_ms=1)
        assert await voc_notes.stepped_at(session) == START + 6 * STEP_MS
        learning = await voc_notes.learning(session)
        week = await voc_usual.week(session, "topic:3020")
    assert mail.delivery_id == f"{alert_id}/new/mail"
    assert {one.delivery_id.split("/")[1] for one in worse} <= {"warning", "severe"}
    assert learning is not None
    assert 3.5 < learning.weeks <= 4.1
    assert week is not None
    assert (len(week), min(week) >= 0, sum(week) > 10) == (168, True, True)
    assert detector.counts.raised == {"usual": 1}


async def test_no_quote_before_enough_different_contacts(centre):
    detector = centre.detector()
    await centre.call(4, START + STEP_MS, text=SAID, phrases=("단수", "합정동"))
    await detector.step(START + STEP_MS)
    (line,) = await lines(centre.database)
    assert (line.finding.contacts, line.finding.quotes) == (4, ())
    await centre.call(1, START + 2 * STEP_MS, text=SAID)
    await detector.step(START + 2 * STEP_MS)
    (line,) = await lines(centre.database)
    # All five said the same to the letter: once is enough.
    assert (line.finding.contacts, [quote.text for quote in line.finding.quotes]) == (5, [SAID])
    await centre.call(1, START + 3 * STEP_MS, text="합정동인데 단수가 언제 풀리나요")
    await detector.step(START + 3 * STEP_MS)
    (line,) = await lines(centre.database)
    assert {quote.text for quote in line.finding.quotes} == {SAID, "합정동인데 단수가 언제 풀리나요"}


async def test_of_several_processes_one_looks_and_there_is_one_alert(centre):
    await centre.call(9, START + STEP_MS)
    many = [centre.detector() for _ in range(4)]
    results = await asyncio.gather(*(one.step(START + STEP_MS) for one in many))
    assert sorted(result.taken for result in results) == [False, False, False, True]
    await centre.call(9, START + 2 * STEP_MS)
    results += await asyncio.gather(*(one.step(START + 2 * STEP_MS) for one in many))
    assert len([alert_id for result in results for alert_id in result.raised]) == 1
    (line,) = await lines(centre.database)
    assert (line.finding.revision, line.finding.contacts) == (2, 18)


async def test_from_alert_to_deed_to_after_effect(centre):
    detector = centre.detector()
    alert_id = await outbreak(centre, detector)
    now_ms = START + 6 * STEP_MS
    await looks(centre, detector, now_ms + 3 * STEP_MS, 8, per_look=6, every_ms=3 * STEP_MS)
    now_ms += 24 * STEP_MS
    await act(centre, alert_id, AlertAcknowledged(), now_ms)
    await act(centre, alert_id, AlertAssigned(department="상수도사업본부"), now_ms)
    await act(centre, alert_id, AlertActed(note="밸브를 바꿨습니다", done_at_ms=now_ms), now_ms)
    (result,) = await looks(centre, detector, now_ms + STEP_MS, 1)
    early = (await view(centre.database, alert_id)).effect
    assert early is not None
    assert early.verdict == "too_early"
    assert early.before_per_h > 10
    # Nobody calls any more.
    now_ms += 3 * HOUR_MS
    (result,) = await looks(centre, detector, now_ms, 1)
    shown = await view(centre.database, alert_id)
    assert shown.effect is not None
    assert (shown.effect.verdict, shown.effect.acted_at_ms) == ("fell", now_ms - 3 * HOUR_MS)
    assert shown.effect.after_per_h < 1
    assert result.raised == ()
    assert (shown.head.state, shown.head.department) == ("assigned", "상수도사업본부")
    # Closed, its contacts raise nothing again: neither within the cool-down nor after it.
    await act(centre, alert_id, AlertClosed(reason="real"), now_ms)
    later = await looks(centre, detector, now_ms + HOUR_MS, 8, every_ms=3 * HOUR_MS)
    assert [result.raised for result in later] == [()] * 8
    assert later[0].absorbed == 1
    assert (await view(centre.database, alert_id)).finding.revision == shown.finding.revision
    # The chart of a closed one goes on.
    assert len((await view(centre.database, alert_id)).series) > len(shown.series)
    # What comes a day later is another event.
    again = await looks(centre, detector, now_ms + 30 * HOUR_MS, 4, per_look=3)
    assert len([one for result in again for one in result.raised]) == 1


async def test_muted_and_reopened(centre):
    detector = centre.detector()
    alert_id = await outbreak(centre, detector)
    now_ms = START + 6 * STEP_MS
    await act(centre, alert_id, AlertMuted(until_ms=now_ms + 48 * HOUR_MS), now_ms)
    await act(centre, alert_id, AlertClosed(reason="expected"), now_ms)
    muted = await looks(centre, detector, now_ms + 20 * HOUR_MS, 3, per_look=4)
    assert [(result.raised, result.absorbed) for result in muted] == [((), 1)] * 3
    await act(centre, alert_id, AlertReopened(), now_ms + 21 * HOUR_MS)
    (result,) = await looks(centre, detector, now_ms + 21 * HOUR_MS, 1, per_look=4)
    assert (result.raised, result.changed) == ((), (alert_id,))


class Refusing:
    """A bus that cannot be written to for some time."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.is_away = True

    @property
    def counts(self) -> BusCounts:
        return self._bus.counts

    async def publish_many(self, topic: str, records: Iterable[tuple[str, bytes]]) -> None:
        if self.is_away:
            raise Overloaded("꽉 찼습니다.", "full.")
        await self._bus.publish_many(topic, records)


async def test_what_the_bus_was_not_told_it_is_told_after_the_next_look(centre, bus):
    refusing = Refusing(bus)
    detector = centre.detector(bus=refusing)  # type: ignore[arg-type]  what a detector uses of a bus
    await centre.call(9, START + STEP_MS)
    assert len((await detector.step(START + STEP_MS)).raised) == 1
    assert (await told(bus), detector.counts.untold) == ([], 1)
    refusing.is_away = False
    # By whichever process looks next, also when nothing changes any more.
    await centre.detector().step(START + 48 * HOUR_MS)
    assert [event.is_new for event in await told(bus, 1)] == [True]
    await centre.detector().step(START + 49 * HOUR_MS)
    assert len(await told(bus, 1)) == 1


class Failing(Database):
    """A database that is away from time to time."""

    def __init__(self, database: Database) -> None:
        self._real = database
        self.is_away = False
        self.refused = 0

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        if self.is_away:
            self.refused += 1
            raise Unreachable("없습니다.", "away.")
        async with self._real.session() as session:
            yield session


async def test_it_goes_on_after_an_outage_of_the_store(centre):
    failing = Failing(centre.database)
    failing.is_away = True
    detector = centre.detector(database=failing)
    await centre.call(9, START)
    running = asyncio.create_task(detector.run())
    async with asyncio.timeout(20):
        while failing.refused < 3:
            await asyncio.sleep(0.02)
        failing.is_away = False
        while not await lines(centre.database):
            await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    async with centre.database.session() as session:
        assert "상수도사업본부" in await voc_alerts.departments(session)


async def test_a_look_that_a_fault_ended_is_made_up_for_at_once(centre, monkeypatch):
    detector, other = centre.detector(), centre.detector()
    await centre.call(9, START)
    write = detector._write

    async def fails(*_):
        raise Overloaded("꽉 찼습니다.", "full.")

    monkeypatch.setattr(detector, "_write", fails)
    with pytest.raises(Overloaded):
        await detector.step(START)
    assert await lines(centre.database) == []
    monkeypatch.setattr(detector, "_write", write)
    assert not (await other.step(START + 1_000)).taken
    assert len((await detector.step(START + 1_000)).raised) == 1
    assert not (await detector.step(START + 2_000)).taken


async def test_a_look_that_another_process_took_over_writes_nothing(centre, monkeypatch):
    slow, quick = centre.detector(), centre.detector()
    await centre.call(9, START + STEP_MS)
    ready = slow._ready

    async def overtaken(*given, **more):
        found = await ready(*given, **more)
        assert (await quick.step(START + 2 * STEP_MS)).taken
        return found

    monkeypatch.setattr(slow, "_ready", overtaken)
    assert (await slow.step(START + STEP_MS)).raised == ()
    assert len(await lines(centre.database)) == 1


async def test_dead_hours_are_no_news_and_hide_none(centre):
    """Nothing was counted for five hours, then it goes on."""
    detector = centre.detector()
    dead = START + 5 * HOUR_MS
    assert (await detector.step(dead)).raised == ()
    results = await looks(centre, detector, dead + STEP_MS, 4, per_look=3)
    assert len([one for result in results for one in result.raised]) == 1


async def test_words_of_danger_hasten_the_look(centre):
    detector = centre.detector()
    await detector._look_when_due()
    assert detector.counts.steps == 1
    now = START
    detector._clock = lambda: now
    now += 61_000
    await detector._look_when_due()
    assert detector.counts.steps == 1
    await centre.call(3, now, topic="8010", danger="gas", phrases=("가스냄새",))
    await detector._look_when_due()
    assert detector.counts.steps == 2
    (line,) = await lines(centre.database)
    assert (line.finding.lane, line.finding.danger, line.finding.title) == ("safety", "gas", "마포구 · 가스")
    assert line.finding.department.startswith("한국가스안전공사")


async def test_new_budgets_make_new_limits(centre):
    detector = centre.detector()
    learner = detector.learner
    assert await learner.calibrate(START)
    assert not await learner.calibrate(START + MINUTE)
    before = (await learner.learnt(START + MINUTE)).thresholds
    assert before.weeks > 0
    async with centre.database.session() as session:
        await voc_alerts.set_rules(session, VocRules(budget=50, safety_budget=4), START)
    assert await learner.calibrate(START + 2 * MINUTE)
    after = (await learner.learnt(START + 2 * MINUTE)).thresholds
    assert after.topic > before.topic
    # Another process reads them.
    other = await centre.detector().learner.learnt(START + 2 * MINUTE)
    assert other.thresholds == after
    assert other.rules.budget == 50


async def test_a_site_that_begins(tmp_path, bus):
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/new.db")
    centre = Centre(database, bus)
    detector = centre.detector()
    assert await detector.step(START) == StepResult(taken=True, seconds=pytest.approx(0, abs=5))
    await centre.call(30, START + STEP_MS)
    # There is no whole hour yet.
    assert (await detector.step(START + STEP_MS)).signals == 0
    await detector.step(START + 2 * HOUR_MS)
    async with database.session() as session:
        learning = await voc_notes.learning(session)
    assert learning is not None
    assert learning.weeks < 0.1
    assert not await detector.learner.calibrate(START + 2 * HOUR_MS)
    await database.close()


async def test_on_postgresql(database_url, bus):
    database = await Database.open(database_url)
    centre = Centre(database, bus)
    abouts = past(per_day=60, weeks=4)
    async with database.session() as session:
        await voc_contacts.put(session, abouts, zone=ZONE)
    await centre.call(12, START + STEP_MS, text=SAID)
    many = [centre.detector() for _ in range(3)]
    results = await asyncio.gather(*(one.step(START + STEP_MS) for one in many))
    assert sorted(result.taken for result in results) == [False, False, True]
    (line,) = await lines(database)
    assert (line.finding.title, line.finding.contacts >= 12) == ("마포구 · 단수", True)
    assert [quote.text for quote in line.finding.quotes] == [SAID]
    assert len(await told(bus, 1)) == 1
    await database.close()

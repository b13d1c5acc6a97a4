"""The log: numbered, durable, once; told to everybody; whatever breaks in between."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from bus.base import Bus
from chat_gateway.conversation import head_after
from chat_gateway.log import MAX_BATCH, ChatLog
from contracts.chat import (
    SYSTEM,
    Assigned,
    ChatEntry,
    ChatHead,
    Edited,
    Ended,
    Hidden,
    LiveTyping,
    Offered,
    OfferedGuide,
    Photo,
    Place,
    Receipts,
    Said,
    Solved,
    Transferred,
    Withdrawn,
)
from contracts.chat_bus import ChatLogged, ChatReceipted
from contracts.clock import wall_ms
from contracts.contact import ContactStateChanged
from contracts.errors import Conflict, NotFound, Overloaded, SangdamError, Unavailable, Unreachable
from contracts.transcript import Utterance
from sangdam.local.databases import drop_database
from store import staff
from store.chat_tables import ChatPhotoRow
from store.database import Database
from store.staff import StoredStaff
from tests.servers import Postgres
from tests.unit.chat_gateway.chats import CITIZEN, KIM, LEE, rules
from tests.unit.chat_gateway.logs import Logs, at_work, begun, bus_url, heard_by, sqlite_url, until


@pytest.fixture(scope="module")
def shared_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database that the tests of this file use one after the other."""
    url = postgres.fresh_database()
    yield url
    drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
async def both_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return await sqlite_url(tmp_path)
    url = str(request.getfixturevalue("shared_url"))
    database = await Database.open(url)
    async with database.session() as session:
        await session.execute(text("TRUNCATE chats, chat_entries, chat_photos, staff"))
    await database.close()
    return url


@pytest.fixture
async def logs(both_url: str, tmp_path: Path) -> AsyncIterator[Logs]:
    """On both databases."""
    async with Logs(both_url, bus_url(tmp_path)) as logs:
        yield logs


@pytest.fixture
async def lite(tmp_path: Path) -> AsyncIterator[Logs]:
    """Where the database makes no difference."""
    async with Logs(await sqlite_url(tmp_path), bus_url(tmp_path)) as logs:
        yield logs


def texts(entries: list[ChatEntry]) -> list[str]:
    return [entry.body.text for entry in entries if isinstance(entry.body, Said)]


# -- in ----------------------------------------------------------------------------------------------------


async def test_a_conversation_from_its_opening_on(logs: Logs) -> None:
    log = await logs.running()
    contact_id = await begun(log, skill="waste", facts={"동": "신당동"})
    first = await log.submit(contact_id, CITIZEN, Said(text="침대 버리려고요"), "client-0001")
    assert (first.seq, first.author, first.client_id) == (3, CITIZEN, "client-0001")
    head = await log.head(contact_id)
    assert (head.last_seq, head.state, head.nickname, head.facts) == (
        3,
        "waiting",
        "파란 우산",
        {"동": "신당동"},
    )
    entries = await log.entries(contact_id)
    assert [entry.body.kind for entry in entries] == ["opened", "notice", "said"]
    assert entries == await logs.stored(contact_id)
    folded = ChatHead(contact_id=contact_id, epoch=head.epoch)
    for entry in entries:
        folded = head_after(folded, entry)
    assert folded == head, "the head is the fold of what is in the log"


async def test_after_hours_it_is_met_with_the_hours(lite: Logs) -> None:
    log = await lite.running(site=rules(is_open=lambda _: False))
    entries = await log.entries(await begun(log))
    assert entries[1].body.key == "after_hours"  # type: ignore[union-attr]


async def test_what_is_said_is_nowhere_to_be_read(lite: Logs, tmp_path: Path) -> None:
    log = await lite.running()
    contact_id = await begun(log)
    await log.submit(contact_id, CITIZEN, Said(text="제 비밀은 초록색입니다"))
    published = await lite.published()
    await until(lambda: published.of(ChatLogged))
    for file in tmp_path.iterdir():
        if file.name.startswith("chats.db"):
            assert "초록색" not in file.read_bytes().decode(errors="ignore")


async def test_the_same_again_is_the_same_entry(logs: Logs) -> None:
    log = await logs.running()
    contact_id = await begun(log)
    first = await log.submit(contact_id, CITIZEN, Said(text="여보세요"), "client-0001")
    again = await log.submit(contact_id, CITIZEN, Said(text="여보세요"), "client-0001")
    both = await asyncio.gather(
        *(log.submit(contact_id, CITIZEN, Said(text="네"), "client-0002") for _ in range(2))
    )
    assert again == first
    assert both[0] == both[1]
    assert texts(await logs.stored(contact_id)) == ["여보세요", "네"]
    assert log.counts.duplicates == 2


async def test_somebody_elses_client_id_gives_nobody_their_words(lite: Logs) -> None:
    log = await lite.running()
    contact_id = await begun(log)
    await log.submit(contact_id, SYSTEM, Assigned(agent=KIM))
    await log.submit(contact_id, CITIZEN, Said(text="여보세요"), "client-0001")
    with pytest.raises(Conflict):
        await log.submit(contact_id, KIM, Said(text="네"), "client-0001")


async def test_one_that_is_refused_changes_nothing_for_the_others(logs: Logs) -> None:
    log = await logs.running()
    contact_id = await begun(log)
    futures = [
        log.put(contact_id, CITIZEN, Said(text="하나")),
        log.put(contact_id, KIM, Said(text="아직 제 상담이 아닙니다")),
        log.put("00000000-0000-4000-8000-00000000dead", CITIZEN, Said(text="없는 상담")),
        log.put(contact_id, CITIZEN, Said(text="둘")),
    ]
    done: list[Any] = await asyncio.gather(*futures, return_exceptions=True)
    assert [type(one) for one in done] == [ChatEntry, Conflict, NotFound, ChatEntry]
    assert texts(await logs.stored(contact_id)) == ["하나", "둘"]


async def test_one_that_the_database_will_not_take_does_not_fail_the_others(lite: Logs) -> None:
    database = await lite.database()
    async with database.session() as session:
        await session.execute(
            text(
                "CREATE TRIGGER no_places BEFORE INSERT ON chat_entries WHEN NEW.kind = 'place' "
                "BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    log = await lite.running()
    contact_id = await begun(log)
    futures = [
        log.put(contact_id, CITIZEN, Said(text="하나"), "client-0001"),
        log.put(contact_id, CITIZEN, Place(latitude=37, longitude=127), "client-0002"),
        log.put(contact_id, CITIZEN, Said(text="둘"), "client-0003"),
    ]
    done: list[Any] = await asyncio.gather(*futures, return_exceptions=True)
    assert [type(one) for one in done] == [ChatEntry, SangdamError, ChatEntry]
    assert [entry.seq for entry in await lite.stored(contact_id)] == [1, 2, 3, 4]


async def test_more_than_can_wait_is_refused(lite: Logs) -> None:
    log = await lite.log(max_waiting=2)
    futures = [log.put("x", CITIZEN, Said(text="x")) for _ in range(2)]
    with pytest.raises(Overloaded):
        log.put("x", CITIZEN, Said(text="x"))
    with pytest.raises(Overloaded):
        await log.submit("x", CITIZEN, Said(text="x"))
    for future in futures:
        future.cancel()


async def test_many_at_once_share_few_transactions_and_keep_their_order(lite: Logs) -> None:
    log = await lite.running()
    heard = heard_by(log)
    contact_id, other = await begun(log), await begun(log)
    before = log.counts.batches
    many = 3 * MAX_BATCH
    futures = [log.put((contact_id, other)[n % 2], CITIZEN, Said(text=str(n))) for n in range(many)]
    entries = await asyncio.gather(*futures)
    assert log.counts.batches - before <= 4
    for place, of in enumerate((contact_id, other)):
        mine = [entry for entry in entries if entry.contact_id == of]
        assert [entry.seq for entry in mine] == list(range(3, 3 + many // 2))
        assert texts(mine) == [str(n) for n in range(place, many, 2)]
        told = [(head.last_seq, entry.seq) for head, entry in heard if entry.contact_id == of]
        assert told == [(seq, seq) for seq in range(1, 3 + many // 2)]


async def test_only_while_nothing_happened(lite: Logs) -> None:
    log = await lite.running()
    contact_id = await begun(log)
    with pytest.raises(Conflict):
        await log.submit(contact_id, SYSTEM, Assigned(agent=KIM), if_seq=1)
    await log.submit(contact_id, SYSTEM, Assigned(agent=KIM), if_seq=2)


async def test_where_nothing_has_to_be_written(lite: Logs) -> None:
    log = await lite.running()
    contact_id = await begun(log)
    entry = await log.submit(contact_id, CITIZEN, LiveTyping(on=False), "client-0001")
    assert entry.seq == (await log.head(contact_id)).last_seq == 2


# -- what commands need to know ----------------------------------------------------------------------------


async def test_what_is_withdrawn_is_gone_from_the_database(logs: Logs) -> None:
    log = await logs.running()
    contact_id = await begun(log)
    await log.submit(contact_id, CITIZEN, Said(text="900101-1234567"))
    await log.submit(contact_id, CITIZEN, Edited(of_seq=3, text="900101-1******"))
    await log.submit(contact_id, CITIZEN, Withdrawn(of_seq=3))
    at_once = [
        log.put(contact_id, CITIZEN, Said(text="한 번에")),
        log.put(contact_id, CITIZEN, Edited(of_seq=6, text="거두는 것")),
        log.put(contact_id, CITIZEN, Withdrawn(of_seq=6)),
        log.put(contact_id, CITIZEN, Withdrawn(of_seq=6)),
    ]
    done: list[Any] = await asyncio.gather(*at_once, return_exceptions=True)
    assert isinstance(done[3], Conflict)
    stored = await logs.stored(contact_id)
    assert [entry.seq for entry in stored if isinstance(entry.body, Hidden)] == [3, 4, 6, 7]
    assert [entry.body.kind for entry in stored if entry.seq in (5, 8)] == ["withdrawn", "withdrawn"]


async def test_photos_that_were_uploaded_here(logs: Logs) -> None:
    log = await logs.running()
    contact_id, other = await begun(log), await begun(log)
    database = await logs.database()
    row = {"photo_id": "p", "width": 30, "height": 20, "size_bytes": 999, "at_ms": 1, "sealed": b""}
    async with database.session() as session:
        await session.execute(insert(ChatPhotoRow).values({**row, "contact_id": contact_id}))
    lie = Photo(photo_id="p", width=1, description="고지서")
    entry = await log.submit(contact_id, CITIZEN, lie)
    assert entry.body == Photo(photo_id="p", width=30, height=20, size_bytes=999, description="고지서")
    with pytest.raises(NotFound):
        await log.submit(other, CITIZEN, lie)
    await log.submit(contact_id, CITIZEN, Withdrawn(of_seq=entry.seq))
    async with database.session() as session:
        assert (await session.execute(text("SELECT count(*) FROM chat_photos"))).scalar() == 0


async def test_who_gets_it_is_known_by_name(logs: Logs) -> None:
    log = await logs.running()
    contact_id = await begun(log)
    database = await logs.database()
    async with database.session() as session:
        await staff.add(session, StoredStaff("lee", "이상담", "agent", "x"))
        await staff.add(session, StoredStaff("gone", "없는 이", "agent", "x", disabled=True))
    await log.submit(contact_id, SYSTEM, Assigned(agent=KIM))
    for nobody in ("gone", "nobody"):
        with pytest.raises(NotFound):
            await log.submit(contact_id, KIM, Transferred(staff_id=nobody))
    await log.submit(contact_id, KIM, Transferred(staff_id="lee", note="부탁드립니다"))
    assert (await log.head(contact_id)).agent == LEE


async def test_what_solved_it_names_its_topic(lite: Logs) -> None:
    log = await lite.running()
    contact_id = await begun(log)
    guides = tuple(
        OfferedGuide(article_id=name, title=name, passage="…", category=topic)
        for name, topic in (("a1", "청소"), ("a2", "교통"))
    )
    await log.submit(contact_id, SYSTEM, Offered(guides=guides))
    await log.submit(contact_id, CITIZEN, Solved(article_id="a2", topic="거짓말"))
    head = await log.head(contact_id)
    assert (head.solved_by, head.topic) == ("self", "교통")


# -- two gateways ------------------------------------------------------------------------------------------


async def test_two_gateways_write_one_conversation(logs: Logs) -> None:
    """Each sends half of its messages through both, as a page does that lost its answer."""
    a, b = await logs.running("a"), await logs.running("b")
    contact_id = await begun(a)
    sends = [
        (log, f"client-{n:04d}", f"말 {n}")
        for n in range(60)
        for log in ((a, b) if n % 2 else ((a if n % 4 else b),))
    ]
    written = await asyncio.gather(
        *(log.submit(contact_id, CITIZEN, Said(text=said), client) for log, client, said in sends)
    )
    stored = await logs.stored(contact_id)
    assert [entry.seq for entry in stored] == list(range(1, 63))
    assert Counter(texts(stored)) == Counter(f"말 {n}" for n in range(60))
    by_client = {entry.client_id: entry for entry in stored if entry.client_id}
    for (_, client, _), entry in zip(sends, written, strict=True):
        assert entry == by_client[client]
    assert a.counts.duplicates + b.counts.duplicates == 30


async def test_two_queues_assign_one_conversation_once(logs: Logs) -> None:
    a, b = await logs.running("a"), await logs.running("b")
    contact_id = await begun(a)
    done: list[Any] = await asyncio.gather(
        a.submit(contact_id, SYSTEM, Assigned(agent=KIM)),
        b.submit(contact_id, SYSTEM, Assigned(agent=LEE)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["ChatEntry", "Conflict"]


# -- cuts --------------------------------------------------------------------------------------------------


async def test_cut_before_the_commit_nothing_is_there_and_it_can_be_sent_again(logs: Logs) -> None:
    a, b = await logs.log("a"), await logs.running("b")
    contact_id = await begun(b)
    never = a.put(contact_id, CITIZEN, Said(text="여보세요"), "client-0001")
    never.cancel()
    assert texts(await logs.stored(contact_id)) == []
    await b.submit(contact_id, CITIZEN, Said(text="여보세요"), "client-0001")
    assert texts(await logs.stored(contact_id)) == ["여보세요"]


async def test_at_the_stop_whoever_waits_hears_the_truth(lite: Logs) -> None:
    log = await lite.log()
    async with at_work(log.run()):
        contact_id = await begun(log)
        waiting = [log.put(contact_id, CITIZEN, Said(text=str(n))) for n in range(2 * MAX_BATCH)]
    done: list[Any] = await asyncio.gather(*waiting, return_exceptions=True)
    written = [entry.body.text for entry in done if isinstance(entry, ChatEntry)]  # type: ignore[union-attr]
    assert texts(await lite.stored(contact_id)) == written
    assert all(isinstance(one, ChatEntry | Unavailable) for one in done)
    assert len(written) < len(done)


async def test_cut_after_the_commit_it_is_there_once(logs: Logs) -> None:
    """Chatwoot #15743: a message that is sent again after a lost answer is doubled. Here it is not."""
    a, b = await logs.running("a"), await logs.running("b")
    contact_id = await begun(a)
    sender = asyncio.create_task(a.submit(contact_id, CITIZEN, Said(text="여보세요"), "client-0001"))
    await asyncio.sleep(0)
    sender.cancel()
    await until(lambda: a.counts.entries["said"])
    again = await b.submit(contact_id, CITIZEN, Said(text="여보세요"), "client-0001")
    assert again.seq == 3
    assert texts(await logs.stored(contact_id)) == ["여보세요"]


async def test_cut_between_commit_and_publication_another_publishes_it(logs: Logs) -> None:
    a = await logs.log("a")
    async with at_work(a._write()):  # a gateway that is killed before its publisher has had a turn
        contact_id = await begun(a)
        await a.submit(contact_id, CITIZEN, Said(text="제 번호는 010-1234-5678입니다"))
    published = await logs.published()
    b = await logs.running("b", clock=lambda: wall_ms() + 10_000)
    await until(lambda: len(published.of(ChatLogged, contact_id)) >= 3)
    await until(lambda: published.of(Utterance, contact_id))
    assert [event.seq for event in published.of(ChatLogged, contact_id)] == [1, 2, 3]
    assert {event.origin for event in published.of(ChatLogged, contact_id)} == {
        ""
    }  # as one of a gateway that is gone
    assert "1234" not in published.of(Utterance, contact_id)[0].text
    assert b.counts.swept == 3
    database = await logs.database()
    async with asyncio.timeout(10):
        while True:  # and says so, so that nobody does it again
            async with database.session() as session:
                left = await session.execute(text("SELECT count(*) FROM chat_entries WHERE NOT published"))
            if left.scalar() == 0:
                break
            await asyncio.sleep(0.02)
    assert b.counts.swept == 3


async def test_while_the_bus_is_away_messages_are_taken_and_told_later(lite: Logs) -> None:
    bus = Away(await lite.bus())
    log = await lite.running(bus=bus)
    contact_id = await begun(log)
    bus.is_away = True
    for n in range(5):
        await log.submit(contact_id, CITIZEN, Said(text=f"말 {n}"))
    assert log.publisher.pending
    assert await until(lambda: log.publisher.lag_ms)
    bus.is_away = False
    published = await lite.published()
    await until(lambda: len(published.of(Utterance, contact_id)) == 5)
    assert [event.seq for event in published.of(ChatLogged, contact_id)] == list(range(1, 8))


class Away:
    """A bus that can be taken away."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.is_away = False

    async def publish_many(self, topic: str, records: Any) -> None:
        if self.is_away:
            raise Unreachable("없음", "away")
        await self._bus.publish_many(topic, records)


async def test_while_the_database_refuses_all_that_waits_is_refused(lite: Logs) -> None:
    """Else what was said later could stand before what is sent again."""
    log = await lite.running()
    contact_id = await begun(log)
    blocker = await lite.database()
    async with blocker.session() as session:
        await session.execute(text("BEGIN IMMEDIATE"))
        first = log.put(contact_id, CITIZEN, Said(text="하나"), "client-0001")
        await asyncio.sleep(0.1)
        second = log.put(contact_id, CITIZEN, Said(text="둘"), "client-0002")
        assert not first.done()
        log._refuse_all(Unreachable("없음", "away"))
        with pytest.raises(Unreachable):
            await second
    assert (await first).seq == 3


# -- told --------------------------------------------------------------------------------------------------


async def test_everybody_is_told_in_order(lite: Logs) -> None:
    log = await lite.running()
    contact_id = await begun(log)
    await log.submit(contact_id, SYSTEM, Assigned(agent=KIM))
    for n in range(20):
        await log.submit(contact_id, (CITIZEN, KIM)[n % 2], Said(text=f"말 {n}"))
    await log.submit(contact_id, KIM, Ended())
    published = await lite.published()
    await until(lambda: any(e.state == "ended" for e in published.of(ContactStateChanged, contact_id)))
    await until(lambda: len(published.of(ChatLogged, contact_id)) == 24)
    assert [event.seq for event in published.of(ChatLogged, contact_id)] == list(range(1, 25))
    assert [event.text for event in published.of(Utterance, contact_id)] == [f"말 {n}" for n in range(20)]
    states = [event.state for event in published.of(ContactStateChanged, contact_id)]
    assert states == ["ringing", "talking", "ended"]


async def test_an_entry_that_cannot_be_told_does_not_keep_others_from_it(lite: Logs) -> None:
    def events(_: ChatHead, entry: ChatEntry) -> tuple[()]:
        if entry.seq == 2:
            raise ValueError
        return ()

    log = await lite.running(events=events)
    contact_id = await begun(log)
    await log.submit(contact_id, CITIZEN, Said(text="여보세요"))
    published = await lite.published()
    await until(lambda: len(published.of(ChatLogged, contact_id)) == 3)
    assert log.counts.publish_failures == 1


async def test_a_listener_that_fails_costs_nobody_the_answer(lite: Logs) -> None:
    log = await lite.running()
    log.listen(lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
    heard = heard_by(log)
    await begun(log)
    assert len(heard) == 2


# -- receipts ----------------------------------------------------------------------------------------------


async def test_receipts_only_rise_and_never_past_the_last_entry(logs: Logs) -> None:
    a, b = await logs.running("a"), await logs.running("b")
    contact_id = await begun(a)
    published = await logs.published()
    rose: list[Receipts] = []
    a.listen_receipts(lambda _, receipts: rose.append(receipts))
    a.got(contact_id, "citizen", 2, 1)
    a.got(contact_id, "citizen", 1, 0)
    await until(lambda: rose)
    assert rose == [Receipts(citizen_delivered=2, citizen_read=1)]
    b.got(contact_id, "staff", 1, 99)
    b.got(contact_id, "citizen", 1, 1)
    await until(lambda: len(published.of(ChatReceipted, contact_id)) == 2)
    expected = Receipts(citizen_delivered=2, citizen_read=1, staff_delivered=2, staff_read=2)
    assert await a.receipts(contact_id) == expected
    assert published.of(ChatReceipted, contact_id)[-1].receipts == expected
    b.got("00000000-0000-4000-8000-00000000dead", "citizen", 1, 1)
    await b.submit(contact_id, CITIZEN, Said(text="없는 상담의 수신 확인은 지나간다"))


async def test_reading_what_is_not_there(lite: Logs) -> None:
    log: ChatLog = await lite.log()
    for read in (log.head, log.receipts, log.look):
        with pytest.raises(NotFound):
            await read("00000000-0000-4000-8000-00000000dead")

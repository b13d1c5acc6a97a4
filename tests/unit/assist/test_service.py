"""The service on a real bus and a real database."""

import asyncio
import contextlib
import time

import pytest

from assist.service import AssistService
from bus import outage as outage_module
from bus.events import publish_events
from bus.open import open_bus
from contracts.clock import wall_ms
from contracts.codec import decode
from contracts.contact import ContactStateChanged
from contracts.errors import Unreachable
from contracts.suggestion import NothingFound, SearchAnswered, SearchRequested, SuggestionOffered
from store import articles, contacts, suggestions, transcripts
from store.database import Database

CONTACT = "00000000-0000-4000-8000-000000000001"


class Words:
    """Stands for Kiwi, which takes seconds to load; texts with '느린' take `slow_s`."""

    def __init__(self, analyse):
        self.analyse = analyse
        self.slow_s = 0.0

    def warm_up(self):
        pass

    def nouns_and_terms(self, text):
        time.sleep(self.slow_s if "느린" in text else 0)
        return self.analyse(text)

    def nouns_and_terms_of(self, texts):
        return [self.nouns_and_terms(text) for text in texts]


@pytest.fixture
async def bus(tmp_path):
    opened = await open_bus(f"embedded://{tmp_path}/bus.db")
    yield opened
    await opened.close()


@pytest.fixture
async def database(tmp_path, article):
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/store.db")
    async with opened.session() as session:
        await articles.upsert_many(
            session,
            [
                article("passport", "여권 재발급", "구청에서 합니다.", keywords=("여권",)),
                article("waste", "대형폐기물 배출", "신고합니다.", keywords=("소파",)),
            ],
        )
    yield opened
    await opened.close()


@pytest.fixture
def words(analyse):
    return Words(analyse)


@contextlib.asynccontextmanager
async def running(bus, database, words, **more):
    service = AssistService(bus, database, words, check_articles_s=0.05, **more)
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Listener:
    def __init__(self, subscription):
        self._subscription = subscription
        self.events = []

    @classmethod
    async def of(cls, bus):
        return cls(await bus.subscribe("test", ["suggestions", "search.results"]))

    async def until(self, count):
        async with asyncio.timeout(15):
            while len(self.events) < count:
                batch = await self._subscription.fetch(timeout_s=0.2)
                self.events += [decode(record.value) for record in batch.records]
        return self.events

    async def settled(self):
        """Events after things have had time to go wrong."""
        for _ in range(3):
            batch = await self._subscription.fetch(timeout_s=0.3)
            self.events += [decode(record.value) for record in batch.records]
        return self.events


async def test_a_final_becomes_a_card_in_time(bus, database, words, utterance):
    listener = await Listener.of(bus)
    async with running(bus, database, words):
        await publish_events(bus, [utterance("여권 재발급하려고요", at_ms=wall_ms())])
        (card,) = await listener.until(1)
    assert isinstance(card, SuggestionOffered)
    assert card.suggestion_id == f"{CONTACT}/passport"
    assert 0 <= card.at_ms - card.final_at_ms < 10_000


async def test_small_talk_is_silent_and_questions_out_of_reach_are_told(bus, database, words, utterance):
    listener = await Listener.of(bus)
    async with running(bus, database, words):
        await publish_events(
            bus, [utterance("네, 감사합니다.", 1), utterance("피아노 조율은 어떻게 하나요?", 2)]
        )
        (nothing,) = await listener.until(1)
        assert isinstance(nothing, NothingFound)
        assert await listener.settled() == [nothing]


async def test_searches_are_answered(bus, database, words):
    listener = await Listener.of(bus)
    request = SearchRequested(contact_id=CONTACT, at_ms=1, search_id="s1", query="소파", staff_id="kim")
    async with running(bus, database, words):
        await publish_events(bus, [request])
        (answer,) = await listener.until(1)
    assert isinstance(answer, SearchAnswered)
    assert (answer.search_id, [snippet.article_id for snippet in answer.snippets]) == ("s1", ["waste"])


async def test_roles_of_the_contact_hold(bus, database, words, utterance):
    listener = await Listener.of(bus)
    contact = ContactStateChanged(
        contact_id=CONTACT, at_ms=1, revision=1, state="talking", started_at_ms=1, roles={0: "agent"}
    )
    async with running(bus, database, words):
        await publish_events(bus, [contact])
        await listener.settled()
        await publish_events(bus, [utterance("여권 재발급하려고요", 1, role="unknown")])
        assert await listener.settled() == []


async def test_changed_guides_are_found_and_search_goes_on_meanwhile(bus, database, words, article):
    listener = await Listener.of(bus)
    words.slow_s = 1.0

    def search(number, query):
        return SearchRequested(
            contact_id=CONTACT, at_ms=1, search_id=str(number), query=query, staff_id="kim"
        )

    async with running(bus, database, words):
        await publish_events(bus, [search(0, "소파")])
        await listener.until(1)
        async with database.session() as session:
            await articles.upsert_many(session, [article("bus", "올빼미버스", "느린 밤 버스")])
        await asyncio.sleep(0.3)
        await publish_events(bus, [search(1, "올빼미버스"), search(2, "소파")])
        _, missing, meanwhile = await listener.until(3)
        assert (missing.snippets, meanwhile.snippets[0].article_id) == ((), "waste")
        await asyncio.sleep(1.5)
        await publish_events(bus, [search(3, "올빼미버스")])
        assert (await listener.until(4))[3].snippets[0].article_id == "bus"


async def test_after_a_restart_cards_do_not_come_again(bus, database, words, utterance):
    listener = await Listener.of(bus)
    async with running(bus, database, words):
        await publish_events(bus, [utterance("여권 재발급하려고요", 1)])
        (card,) = await listener.until(1)
    async with database.session() as session:
        await suggestions.upsert(session, card)
    async with running(bus, database, words):
        await publish_events(bus, [utterance("여권 재발급하려고요", 2), utterance("소파 버리려고요", 3)])
        _, second = await listener.until(2)
        assert second.suggestion_id == f"{CONTACT}/waste"
        assert len(await listener.settled()) == 2


async def test_what_was_done_is_counted(bus, database, words, utterance):
    listener = await Listener.of(bus)
    async with running(bus, database, words) as service:
        await publish_events(
            bus,
            [utterance("여권 재발급하려고요", 1), utterance("하나 더요, 피아노 조율은 어떻게 하나요?", 2)],
        )
        await listener.until(2)
        assert (service.counts.cards, service.counts.nothing) == (1, 1)


class Away:
    """A database that can be switched off."""

    def __init__(self, database):
        self._database = database
        self.off = False

    def session(self):
        if self.off:
            raise Unreachable("없음", "away")
        return self._database.session()


@pytest.fixture
def away(database, monkeypatch):
    monkeypatch.setattr(outage_module, "LAST_WAIT_S", 0.05)
    return Away(database)


async def test_a_database_that_is_away_at_the_start_is_waited_for(bus, away, words, utterance):
    listener = await Listener.of(bus)
    away.off = True
    await publish_events(bus, [utterance("여권 재발급하려고요")])
    async with running(bus, away, words) as service:
        await asyncio.sleep(0.3)
        assert not service.ready.is_set()
        away.off = False
        assert len(await listener.until(1)) == 1
        assert service.ready.is_set()


async def test_without_the_database_searches_and_known_calls_go_on(bus, away, words, utterance):
    listener = await Listener.of(bus)
    search = SearchRequested(contact_id=CONTACT, at_ms=1, search_id="s1", query="소파", staff_id="kim")
    async with running(bus, away, words):
        await publish_events(bus, [utterance("여권 재발급하려고요", 1)])
        await listener.until(1)
        away.off = True
        await publish_events(bus, [search.model_copy(update={"contact_id": OTHER})])
        await publish_events(bus, [utterance("소파 버리려고요", 2)])
        events = await listener.until(3)
    assert {type(event) for event in events[1:]} == {SearchAnswered, SuggestionOffered}


async def test_a_call_that_is_taken_over_waits_for_the_database_and_publishes_once(
    bus, away, words, utterance
):
    """A batch that has to wait is repeated whole; nothing of it was published before."""
    listener = await Listener.of(bus)
    async with running(bus, away, words):
        await publish_events(bus, [utterance("여권 재발급하려고요", 1)])
        await listener.until(1)
        away.off = True
        await publish_events(
            bus, [utterance("소파 버리려고요", 2), of_other(utterance("여권 재발급하려고요", 1))]
        )
        await asyncio.sleep(0.5)
        away.off = False
        await listener.until(3)
        assert len(await listener.settled()) == 3


OTHER = "00000000-0000-4000-8000-000000000002"


def of_other(event):
    return event.model_copy(
        update={"contact_id": OTHER, "utterance_id": event.utterance_id.replace(CONTACT, OTHER)}
    )


async def keep(database, *events):
    """What the console would have stored."""
    async with database.session() as session:
        for event in events:
            if isinstance(event, SuggestionOffered):
                await suggestions.upsert(session, event)
            elif isinstance(event, ContactStateChanged):
                await contacts.upsert(session, event)
            else:
                await transcripts.upsert(session, event)


async def test_after_a_kill_the_same_turn_brings_no_other_card(bus, database, words, utterance, monkeypatch):
    """The first worker dies between publishing a card and committing."""
    listener = await Listener.of(bus)
    first, second = utterance("여권 재발급하려고요", 1), utterance("소파 버리려고요", 2)
    service = AssistService(bus, database, words)
    take = service._handle
    done = asyncio.Event()

    async def take_and_hang(events):
        await take(events)
        done.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(service, "_handle", take_and_hang)
    monkeypatch.setattr("bus.events.finish.__defaults__", (0.0,))
    task = asyncio.create_task(service.run())
    await publish_events(bus, [first])
    async with asyncio.timeout(10):
        await done.wait()
    task.cancel()
    await asyncio.wait([task])
    (card,) = await listener.until(1)
    await publish_events(bus, [second])
    await keep(database, first, second, card)
    async with running(bus, database, words):
        _, other = await listener.until(2)
        assert len(await listener.settled()) == 2
    assert other.suggestion_id == f"{CONTACT}/waste"
    assert other.utterance_id == second.utterance_id


async def test_a_contact_that_comes_back_is_restored_not_continued(bus, database, words, utterance):
    """Two workers share the calls; the second one's card is known to the first when it has the call again."""
    listener = await Listener.of(bus)
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(12)]

    def of(contact_id, event):
        return event.model_copy(
            update={"contact_id": contact_id, "utterance_id": event.utterance_id.replace(CONTACT, contact_id)}
        )

    async def say(number, text):
        said = [of(contact_id, utterance(text, number)) for contact_id in ids]
        await keep(database, *said)
        await publish_events(bus, said)

    async with running(bus, database, words) as one:
        await say(1, "안녕하세요")
        async with asyncio.timeout(10):
            while len(one._recommender) < len(ids):
                await asyncio.sleep(0.01)
        async with running(bus, database, words) as two:
            async with asyncio.timeout(15):
                while len(one._recommender) == len(ids):
                    await asyncio.sleep(0.01)
            await say(2, "여권 재발급하려고요")
            cards = list(await listener.until(len(ids)))
            await keep(database, *cards)
            assert 0 < two.counts.cards < len(ids)
            assert one.counts.cards + two.counts.cards == len(ids)
        await say(3, "여권 재발급하려고요")
        await say(4, "소파 버리려고요")
        await listener.until(2 * len(ids))
        events = await listener.settled()
    assert sorted(event.suggestion_id for event in events) == sorted(
        f"{contact_id}/{article}" for contact_id in ids for article in ("passport", "waste")
    )

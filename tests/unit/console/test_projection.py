"""Store, memory and live views together, without sockets. What is shown may not be stored yet."""

import asyncio

import pytest

from console.projection import Projection, stored_view
from console.recent import Recent
from contracts.errors import Overloaded, Unreachable


class Heard:
    """In the panels' place: what would be pushed."""

    def __init__(self):
        self.events = []

    def push(self, event):
        self.events.append(event)


def showing(database, *events, **options):
    projection = Projection(database, Heard(), **options)
    for event in events:
        projection.show(event)
    return projection


async def stored(database, *events):
    await Projection(database, Heard()).store(events)


def texts(view):
    return [one.text for one in view.utterances]


async def test_partials_are_shown_and_never_stored(database, story):
    call = story()
    events = [call.state(), call.said(0, "여권", final=False)]
    projection = showing(database, *events)
    await projection.store(events)
    assert texts(await projection.view(call.contact_id)) == ["여권"]
    async with database.session() as session:
        assert (await stored_view(session, call.contact_id)).utterances == ()
    assert [event.type for event in projection._panels.events] == ["contact.state", "utterance"]


async def test_what_is_shown_and_not_stored_yet_is_in_a_view_that_is_opened_now(database, story):
    call = story()
    state = call.state("ringing")
    await stored(database, state)
    projection = showing(database, state, call.state(), call.said(0, "여보세요"), call.card("passport"))
    view = await projection.view(call.contact_id)
    assert view.contact.state == "talking"
    assert texts(view) == ["여보세요"]
    assert len(view.cards) == 1


async def test_what_is_stored_and_not_shown_yet_is_in_it_too(database, story):
    call = story()
    state, said = call.state(), call.said(0, "여보세요")
    await stored(database, state, said, call.state("held"))
    projection = showing(database, state)
    view = await projection.view(call.contact_id)
    assert (view.contact.state, texts(view)) == ("held", ["여보세요"])
    projection.show(said)
    assert await projection.view(call.contact_id) is view


async def test_a_contact_that_nobody_stored_yet_opens_at_once(database, story):
    call = story()
    projection = showing(database, call.said(0, "여보세요"), call.state())
    assert texts(await projection.view(call.contact_id)) == ["여보세요"]


async def test_an_event_during_a_load_is_not_lost(database, story):
    """The load has read the store; the event is shown before the load is done."""
    call = story()
    await stored(database, call.state())
    projection = showing(database)
    database.gate.clear()
    loading = asyncio.create_task(projection.view(call.contact_id))
    await asyncio.sleep(0.05)
    projection.show(call.said(0, "그 사이에 한 말"))
    database.gate.set()
    assert texts(await loading) == ["그 사이에 한 말"]


async def test_views_in_memory_are_bounded_and_come_back_as_they_were(database, story):
    """One that had to go is made again of the store and of what is not there yet, partials included."""
    calls = [story() for _ in range(5)]
    projection = showing(database, live_contacts=2)
    for call in calls:
        state = call.state()
        await stored(database, state)
        projection.show(state)
        assert await projection.view(call.contact_id)
        projection.show(call.said(0, "여보세요"))
        projection.show(call.said(1, "여", final=False))
    assert len(projection._live) == 2
    for call in calls:
        assert texts(await projection.view(call.contact_id)) == ["여보세요", "여"]
    assert len(projection._live) == 2


async def test_long_calls_count_for_more_than_short_ones(database, story):
    calls = [story() for _ in range(4)]
    projection = showing(database, live_utterances=25)
    for call in calls:
        projection.show(call.state())
        assert await projection.view(call.contact_id)
        for number in range(10):
            projection.show(call.said(number, "네"))
    assert list(projection._live) == [call.contact_id for call in calls[-2:]]
    assert projection._utterances == 20


async def test_a_state_that_comes_again_is_told_to_nobody(database, story):
    """After a loss of the bus: it would take a contact that was handed over away from who has it now."""
    call = story()
    mine, theirs = call.state(), call.state("transferred", agent_id="lee")
    projection = showing(database, mine, theirs, mine, theirs)
    assert projection._panels.events == [mine, theirs, theirs]
    projection = showing(database)
    await stored(database, mine, theirs)
    assert (await projection.view(call.contact_id)).contact == theirs
    projection.show(mine)
    assert projection._panels.events == []


async def test_while_the_database_is_away_what_memory_has_whole_opens(database, story):
    call = story()
    projection = showing(database, call.state("ringing"), call.said(0, "여보세요"))
    database.is_away = True
    assert texts(await projection.view(call.contact_id)) == ["여보세요"]
    projection.show(call.said(1, "여권이요"))
    assert texts(await projection.view(call.contact_id)) == ["여보세요", "여권이요"]


async def test_while_the_database_is_away_half_a_contact_is_not_shown_as_all(database, story):
    call = story()
    first = call.state()
    await stored(database, first, call.said(0, "여보세요"))
    projection = showing(database, call.state("held"))
    database.is_away = True
    with pytest.raises(Unreachable):
        await projection.view(call.contact_id)
    database.is_away = False
    assert texts(await projection.view(call.contact_id)) == ["여보세요"]


async def test_a_store_that_is_far_behind_is_waited_for(database, story):
    """Of a contact that is neither stored nor whole in memory nobody knows what is missing."""
    call = story()
    first = call.state()
    projection = showing(database, call.state())
    with pytest.raises(Overloaded):
        await projection.view(call.contact_id)
    await stored(database, first)
    assert (await projection.view(call.contact_id)).contact.revision == 2


async def test_what_could_not_be_stored_for_long_is_kept(database, story, monkeypatch):
    """The database is away for an hour; then a panel opens the contact before the store has caught up."""
    now = [0]
    monkeypatch.setattr("console.projection._now_ms", lambda: now[0])
    call = story()
    state = call.state()
    await stored(database, state)
    projection = showing(database, state, recent=Recent(5 * 60_000))
    database.is_away = True
    for minute in range(60):
        now[0] = minute * 60_000
        said = call.said(minute, f"{minute}")
        projection.show(said)
        with pytest.raises(Unreachable):
            await projection.store([said])
    database.is_away = False
    assert len((await projection.view(call.contact_id)).utterances) == 60


async def test_a_load_that_hangs_is_given_up(database, story, monkeypatch):
    monkeypatch.setattr("console.reach.answering.__wrapped__.__defaults__", (0.1,))
    call = story()
    await stored(database, call.state())
    database.gate.clear()
    with pytest.raises(Unreachable):
        await showing(database).view(call.contact_id)
    database.gate.set()


async def test_an_unknown_contact_has_no_view(database):
    assert await showing(database).view("00000000-0000-0000-0000-000000000000") is None

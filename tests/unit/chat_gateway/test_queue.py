"""The queue on a real database: several gateways at once, capacity, lost agents, what those who wait are told."""

import asyncio
import random
import time
import uuid
from collections import Counter

import pytest
from sqlalchemy import text

from chat_gateway.rules import AgentRule
from contracts.chat import CITIZEN, Available, ChatHead, Ended, Receipts, Requeued, Said, Taken, Transferred
from contracts.errors import SangdamError, Unreachable
from store import chat_agents, chat_queue, chats
from store import staff as accounts
from store.chats import StoredChat
from store.staff import StoredStaff
from tests.unit.chat_gateway.chats import BOSS, KIM, LEE
from tests.unit.chat_gateway.offices import (  # noqa: F401
    Hand,
    Page,
    chat_postgres,
    database,
    databases,
    offices,
    postgres_database,
    site,
    stopped,
    until,
)

SITE = site(agent_lost_s=20.0, capacity=2, weights={"kakao": 0.5})


async def test_urgent_first_then_by_time_up_to_the_capacity(databases, tmp_path):  # noqa: F811
    async with offices(databases, tmp_path, SITE, "a") as (office,):
        heads = [await office.opens() for _ in range(4)]
        await office.says(heads[3], Said(text="살려주세요"))
        await office.signs_in(KIM)
        assert await office.queue.round() == 2
        assert [await office.agent_of(head) for head in heads] == ["kim", None, None, "kim"]
        assert await office.queue.round() == 0
        await office.says(heads[0], Ended())
        assert await office.queue.round() == 1
        assert await office.agent_of(heads[1]) == "kim"
        agent = (await office.log.head(heads[1].contact_id)).agent
        assert agent is not None
        assert agent.name == KIM.name


async def test_lighter_channels_an_own_capacity_and_urgent_ones_beyond_it(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a") as (office,):
        heads = [await office.opens(channel="kakao") for _ in range(4)]
        page = await office.signs_in(KIM, capacity=1)
        assert (await office.queue.connected(KIM)) == Available(on=True, capacity=1)
        assert await office.queue.round() == 2
        await office.says(heads[3], Said(text="살려주세요"))
        assert await office.queue.round() == 1
        assert await office.agent_of(heads[3]) == "kim"
        assert [one.load for one in await office.queue.colleagues()] == [1.0]
        office.loses(page)


async def test_skills_and_languages_of_the_site(database, tmp_path):  # noqa: F811
    rules = site(agents={"kim": AgentRule(skills=("tax",), capacity=5), "lee": AgentRule(languages=("en",))})
    async with offices(database, tmp_path, rules, "a") as (office,):
        parks = await office.opens(skill="parks", language="en")
        tax = await office.opens(skill="tax")
        await office.signs_in(KIM)
        await office.signs_in(LEE)
        assert await office.queue.round() == 2
        assert await office.agent_of(parks) == "lee"
        assert await office.agent_of(tax) == "kim"


async def test_available_off_keeps_what_they_have(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a") as (office,):
        await office.signs_in(KIM)
        first = await office.opens()
        await office.queue.round()
        await office.queue.available(KIM, Available(on=False))
        second = await office.opens()
        assert await office.queue.round() == 0
        await office.silent_for(60)
        assert await office.agent_of(first) == "kim"
        assert await office.agent_of(second) is None
        assert await office.queue.connected(KIM) == Available(on=False, capacity=2)


async def test_two_gateways_at_once_assign_nothing_twice_and_hold_the_capacity(databases, tmp_path):  # noqa: F811
    rules = site(capacity=3, agent_lost_s=20.0)
    async with offices(databases, tmp_path, rules, "a", "b", tick_s=0.05) as (one, other):
        heads = [await one.opens() for _ in range(30)]
        staff = [KIM.model_copy(update={"staff_id": f"agent {number}"}) for number in range(6)]
        for number, agent in enumerate(staff):
            await (one if number % 2 else other).signs_in(agent)
        for office in (one, other):
            await office.queue.beat()  # as each sees the other's agents
        tasks = [asyncio.create_task(office.queue.run()) for office in (one, other)]
        most: Counter[str] = Counter()
        done: set[str] = set()

        async def work() -> bool:
            """Conversations end as agents answer them; how many each has is watched all the time."""
            async with databases.session() as session:
                having = await chat_queue.serving(session, [agent.staff_id for agent in staff])
            most.update({agent: 0 for agent, _ in having})
            for agent, count in Counter(agent for agent, _ in having).items():
                most[agent] = max(most[agent], count)
            for agent, contact in random.sample(having, min(4, len(having))):
                await one.log.submit(contact, next(who for who in staff if who.staff_id == agent), Ended())
                done.add(contact)
            return len(done) == len(heads)

        await until(work)
        for task in tasks:
            await stopped(task)
        assert max(most.values()) <= 3
        for head in heads:
            assert (await one.kinds(head)).count("assigned") == 1
        assert one.queue.assigned + other.queue.assigned == len(heads)


async def test_the_same_round_at_two_gateways_gives_each_conversation_once(databases, tmp_path):  # noqa: F811
    async with offices(databases, tmp_path, SITE, "a", "b") as (one, other):
        head = await one.opens()
        # A free agent at each: whichever way the lot falls, only one gateway may assign.
        await one.signs_in(KIM)
        await other.signs_in(LEE)
        await asyncio.gather(one.queue.beat(), other.queue.beat())
        assert sum(await asyncio.gather(one.queue.round(), other.queue.round())) == 1
        assert (await one.kinds(head)).count("assigned") == 1


async def test_a_lost_agents_conversations_go_to_the_front(databases, tmp_path):  # noqa: F811
    async with offices(databases, tmp_path, SITE, "a", "b") as (one, other):
        page = await one.signs_in(KIM)
        served = [await one.opens(), await one.opens()]
        await one.queue.round()
        later = await one.opens()
        one.loses(page)
        await other.silent_for(19)
        assert await other.agent_of(served[0]) == "kim", "not yet"
        await other.silent_for(4)
        assert other.queue.requeued == 2
        head = await other.log.head(served[0].contact_id)
        assert (head.state, head.front, head.agent) == ("waiting", True, None)
        assert (await other.kinds(served[0]))[-2:] == ["requeued", "agent_lost"]
        await other.signs_in(LEE)
        await other.queue.round()
        assert [await other.agent_of(one) for one in (*served, later)] == ["lee", "lee", None]


async def test_an_agent_who_is_back_in_time_keeps_them(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a", "b") as (one, other):
        page = await one.signs_in(KIM)
        served = await one.opens()
        await one.queue.round()
        one.loses(page)
        await other.silent_for(15)
        await other.signs_in(KIM)
        for _ in range(15):
            await other.silent_for(2)
            await one.silent_for(2)
        assert await one.agent_of(served) == "kim"
        assert "requeued" not in await one.kinds(served)


async def test_the_gateway_of_an_agent_dies_with_everything(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a", "b") as (one, other):
        await one.signs_in(KIM)
        served = await one.opens()
        await one.queue.round()
        await other.silent_for(22)  # nobody beats at the first one any more
        assert (await other.kinds(served))[-2:] == ["requeued", "agent_lost"]
        late = await other.opens()
        assert await other.queue.round() == 0, "whose beat stands still gets nothing"
        assert await other.agent_of(late) is None


async def test_a_page_that_is_left_when_another_one_closed_elsewhere_is_adopted(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a", "b") as (one, other):
        await one.signs_in(KIM)
        second = await other.signs_in(KIM)  # another tab, at the other gateway, which now counts
        other.loses(second)
        served = await one.opens()
        await one.silent_for(8)
        assert await one.queue.round() == 1
        await one.silent_for(30)
        assert await one.agent_of(served) == "kim"


async def test_handed_over_to_a_queue_it_goes_to_its_front(database, tmp_path):  # noqa: F811
    rules = site(capacity=1, agents={"kim": AgentRule(skills=("tax",)), "lee": AgentRule(skills=("parks",))})
    async with offices(database, tmp_path, rules, "a") as (office,):
        await office.signs_in(KIM)
        await office.signs_in(LEE)
        moved = await office.opens(skill="tax")
        busy = await office.opens(skill="parks")
        await office.queue.round()
        before = await office.opens(skill="parks")
        await office.says(moved, Transferred(skill="parks", note="공원 문의입니다"), KIM)
        await office.says(busy, Ended(), LEE)
        await office.queue.round()
        assert await office.agent_of(moved) == "lee"
        assert await office.agent_of(before) is None


async def test_handed_over_to_a_colleague_who_is_not_there_it_comes_back(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a") as (office,):
        await office.signs_in(KIM)
        head = await office.opens()
        await office.queue.round()
        async with database.session() as session:
            await accounts.add(session, StoredStaff("lee", "이상담", "agent", "hash"))
        await office.says(head, Transferred(staff_id="lee"), KIM)
        assert await office.agent_of(head) == "lee"
        await office.silent_for(26)
        assert (await office.kinds(head))[-2:] == ["requeued", "agent_lost"]


async def test_citizens_hear_their_place_when_it_changes_and_staff_the_queue(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a") as (office,):
        boss = await office.signs_in(BOSS, takes=False)
        first, second = await office.opens(), await office.opens()
        page = Page(office, CITIZEN)
        office.hub.join(page.line)
        await page.attend(second)
        await office.queue.round()
        await office.queue.round()
        await office.says(first, Taken(), KIM)
        await office.queue.round()
        await until(lambda: len(page.of_type("queue")) == 2)
        assert [
            (told["position"], told["expected_s"], told["is_open"]) for told in page.of_type("queue")
        ] == [
            (2, None, True),
            (1, None, True),
        ]
        place = await office.queue.place(second.contact_id)
        assert place is not None
        assert place.position == 1
        assert await office.queue.place(first.contact_id) is None
        await until(lambda: boss.of_type("waiting"))
        told = boss.of_type("waiting")[0]
        assert (told["count"], told["urgent"], told["agents"]) == (2, 0, 0)
        assert not page.of_type("waiting")


async def test_expected_waits_come_from_what_ended_of_late(database, tmp_path):  # noqa: F811
    clock = Hand(1_800_000_000_000)
    async with offices(database, tmp_path, SITE, "a", clock=clock) as (office,):
        await office.signs_in(KIM)
        ended = await office.opens()
        await office.queue.round()
        clock.ms += 240_000
        await office.says(ended, Ended(), KIM)
        heads = [await office.opens() for _ in range(5)]
        await office.queue.round()
        places = [await office.queue.place(head.contact_id) for head in heads]
        assert sorted((place.position, place.expected_s) for place in places if place) == [
            (1, 120),
            (2, 240),
            (3, 360),
        ], "four minutes each, two at once"


async def test_the_queue_goes_on_after_the_database_was_away(database, tmp_path, monkeypatch):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a", tick_s=0.05) as (office,):
        await office.signs_in(KIM)
        head = await office.opens()
        away = [5]

        async def waiting(session):
            if away[0]:
                away[0] -= 1
                raise Unreachable("없음", "away")
            return await real(session)

        real = chat_queue.waiting
        monkeypatch.setattr(chat_queue, "waiting", waiting)
        task = asyncio.create_task(office.queue.run())

        async def served() -> bool:
            return await office.agent_of(head) == "kim"

        await until(served)
        await stopped(task)
        assert away == [0]


async def test_what_is_new_is_assigned_at_once(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a", tick_s=5.0) as (office,):
        await office.signs_in(KIM)
        task = asyncio.create_task(office.queue.run())
        await asyncio.sleep(0.1)
        began = time.monotonic()
        head = await office.opens()

        async def served() -> bool:
            return await office.agent_of(head) == "kim"

        await until(served)
        assert time.monotonic() - began < 3, "not at the next tick"
        await stopped(task)


async def test_the_system_gives_nothing_away_that_an_agent_took(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a") as (office,):
        head = await office.opens()
        await office.says(head, Taken(), KIM)
        with pytest.raises(SangdamError):
            await office.log.submit(head.contact_id, LEE, Taken())
        assert await office.queue.round() == 0
        with pytest.raises(SangdamError):
            await office.log.submit(
                head.contact_id,
                BOSS.model_copy(update={"side": "system", "staff_id": "lee"}),
                Requeued(reason="agent_lost"),
            )


async def test_a_round_among_five_thousand_open_conversations_is_cheap(database, tmp_path):  # noqa: F811
    """Of those that wait 200, as many are served as agents can, the others rest."""
    states = ["waiting"] * 200 + ["serving"] * 300 + ["resting"] * 4500
    heads = [
        ChatHead(contact_id=str(uuid.UUID(int=number)), epoch="e", last_seq=1, state=state, opened_at_ms=1)
        for number, state in enumerate(states)
    ]
    agents = [KIM.model_copy(update={"staff_id": f"agent {number}"}) for number in range(100)]
    heads = [
        head.model_copy(update={"agent": agents[number % 100]}) if head.state == "serving" else head
        for number, head in enumerate(heads)
    ]
    async with database.session() as session:
        await chats.add(session, [StoredChat(head, Receipts(), "p", 1) for head in heads])
    async with offices(database, tmp_path, site(capacity=3), "a") as (office,):
        for agent in agents:
            await office.signs_in(agent)
        assert await office.queue.round() == 0
        began = time.process_time()
        for _ in range(5):
            await office.queue.round()
        assert (time.process_time() - began) / 5 < 0.15


async def test_the_queues_questions_use_indices(databases):  # noqa: F811
    heads = [
        ChatHead(
            contact_id=str(uuid.UUID(int=number)), epoch="e", last_seq=1, state="ended", opened_at_ms=number
        )
        for number in range(3000)
    ]
    async with databases.session() as session:
        await chats.add(session, [StoredChat(head, Receipts(), "p", head.opened_at_ms) for head in heads])
    async with databases.session() as session:
        await session.execute(text("ANALYZE"))
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        for question in (
            "SELECT contact_id FROM chats WHERE state = 'waiting'",
            "SELECT DISTINCT agent_id FROM chats WHERE state <> 'ended' AND state = 'serving'",
            (
                "SELECT contact_id FROM chats WHERE state <> 'ended' AND state = 'resting' AND touched_at_ms <= 5"
                " ORDER BY touched_at_ms, contact_id LIMIT 200"
            ),
        ):
            explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
            rows = await session.execute(text(explain + question))
            assert "ix_chats_" in " ".join(map(str, rows)), question


async def test_agents_are_remembered(database, tmp_path):  # noqa: F811
    async with offices(database, tmp_path, SITE, "a") as (office,):
        await office.signs_in(KIM, capacity=4)
        async with database.session() as session:
            agent = await chat_agents.get(session, "kim")
            assert agent is not None
            assert (agent.available, agent.capacity, agent.instance) == (True, 4, "a")
            await chat_agents.remove(session, "kim")
        await office.silent_for(2)
        async with database.session() as session:
            again = await chat_agents.get(session, "kim")
            assert again is not None
            assert not again.available, "known again, since the page is here"

"""Warned, extended by one key or any word, resting, taken up again, ended at last; never while the agent is to answer."""

import asyncio

import pytest

from chat_gateway.idle import due_ms, step
from contracts.chat import CITIZEN, ChatHead, Ended, LiveTyping, Noted, Said, Stayed, Taken, Typing
from tests.unit.chat_gateway.chats import KIM
from tests.unit.chat_gateway.offices import (  # noqa: F401
    Hand,
    Page,
    chat_postgres,
    database,
    databases,
    offices,
    postgres_database,
    site,
)

SITE = site(idle_warn_s=300.0, rest_end_s=3600.0, stay_reply="계속할게요")
HEAD = ChatHead(contact_id="00000000-0000-4000-8000-000000000001", epoch="e", state="serving", agent=KIM)
BEGAN = 1_800_000_000_000


def test_what_is_due_when():
    assert due_ms(HEAD, 1000, SITE) == 301_000
    assert step(HEAD, 1000, SITE, 300_999) is None
    assert step(HEAD, 1000, SITE, 301_000) == "warn"
    warned = HEAD.model_copy(update={"warned_at_ms": 1000})
    assert step(warned, 1000, SITE, 301_000) == "rest"
    resting = HEAD.model_copy(update={"state": "resting"})
    assert step(resting, 1000, SITE, 3_600_999) is None
    assert step(resting, 1000, SITE, 3_601_000) == "end"


@pytest.mark.parametrize("changes", [{"unanswered_since_ms": 5}, {"state": "waiting"}, {"state": "ended"}])
def test_nothing_is_due_while_others_are_to_do_something(changes):
    head = HEAD.model_copy(update=changes)
    assert due_ms(head, 1000, SITE) is None
    assert step(head, 1000, SITE, 10**15) is None


async def test_warned_rested_taken_up_again_and_ended(databases, tmp_path):  # noqa: F811
    clock = Hand(BEGAN)
    async with offices(databases, tmp_path, SITE, "a", clock=clock) as (office,):
        head = await office.opens()
        await office.says(head, Taken(), KIM)
        await office.says(head, Said(text="무엇을 도와드릴까요?"), KIM)
        clock.ms += 299_000
        assert await office.idle.sweep() == 0
        clock.ms += 1_000
        assert await office.idle.sweep() == 1
        assert await office.idle.sweep() == 0, "said once"
        warning = (await office.log.entries(head.contact_id))[-1].body
        assert getattr(warning, "replies", ()) == ("계속할게요",)
        clock.ms += 300_000
        assert await office.idle.sweep() == 1
        assert (await office.kinds(head))[-3:] == ["idle_warning", "rested", "resting"]
        assert (await office.log.head(head.contact_id)).state == "resting"
        clock.ms += 3_599_000
        assert await office.idle.sweep() == 0
        await office.says(head, Said(text="다시 왔어요"))
        now = await office.log.head(head.contact_id)
        assert (now.state, now.front) == ("waiting", True)
        clock.ms += 10 * 3_600_000
        assert await office.idle.sweep() == 0, "who waits is never idle"
        await office.says(head, Taken(), KIM)
        await office.says(head, Said(text="네"), KIM)
        for _ in range(2):
            clock.ms += 300_000
            assert await office.idle.sweep() == 1
        clock.ms += 3_600_000
        assert await office.idle.sweep() == 1
        ended = await office.log.head(head.contact_id)
        assert ended.state == "ended"
        clock.ms += 10 * 3_600_000
        assert await office.idle.sweep() == 0


@pytest.mark.parametrize(
    "word",
    [Stayed(), Said(text="잠깐만요"), LiveTyping(on=True)],
    ids=["one key", "a word", "any other sign"],
)
async def test_any_sign_of_the_citizen_extends(database, tmp_path, word):  # noqa: F811
    clock = Hand(BEGAN)
    async with offices(database, tmp_path, SITE, "a", clock=clock) as (office,):
        head = await office.opens()
        await office.says(head, Taken(), KIM)
        await office.says(head, Said(text="주소가 어떻게 되시나요?"), KIM)
        clock.ms += 300_000
        assert await office.idle.sweep() == 1
        clock.ms += 200_000
        await office.says(head, word)
        if isinstance(word, Said):
            await office.says(head, Said(text="네, 기다릴게요"), KIM)
        clock.ms += 200_000
        assert await office.idle.sweep() == 0
        clock.ms += 100_000
        assert await office.idle.sweep() == 1
        assert (await office.kinds(head))[-1] == "idle_warning", "warned anew, not put to rest"


async def test_who_is_writing_is_not_silent(databases, tmp_path):  # noqa: F811
    clock = Hand(BEGAN)
    async with offices(databases, tmp_path, SITE, "a", "b", clock=clock) as (one, other):
        head = await one.opens()
        await one.says(head, Taken(), KIM)
        page = Page(one, CITIZEN)
        one.hub.join(page.line)
        await page.attend(await one.log.head(head.contact_id))
        for number in range(4):
            clock.ms += 200_000
            one.hub.typed(page.line, Typing(contact_id=head.contact_id, draft="d", seq=number, event="edit"))
            assert await one.idle.sweep() == 0
            assert await other.idle.sweep() == 0, "written down for all gateways"
        clock.ms += 299_000
        assert await other.idle.sweep() == 0
        clock.ms += 1_000
        assert await other.idle.sweep() == 1


async def test_while_the_agent_is_to_answer_nothing_happens(database, tmp_path):  # noqa: F811
    clock = Hand(BEGAN)
    async with offices(database, tmp_path, SITE, "a", clock=clock) as (office,):
        head = await office.opens()
        await office.says(head, Taken(), KIM)
        await office.says(head, Said(text="쓰레기는 언제 가져가나요?"))
        clock.ms += 3_600_000
        assert await office.idle.sweep() == 0
        await office.says(head, Noted(text="알아보는 중"), KIM)
        clock.ms += 3_600_000
        assert await office.idle.sweep() == 0
        await office.says(head, Said(text="월요일입니다"), KIM)
        clock.ms += 300_000
        assert await office.idle.sweep() == 1


async def test_two_gateways_warn_once(databases, tmp_path):  # noqa: F811
    clock = Hand(BEGAN)
    async with offices(databases, tmp_path, SITE, "a", "b", clock=clock) as (one, other):
        heads = [await one.opens() for _ in range(20)]
        for head in heads:
            await one.says(head, Taken(), KIM)
        clock.ms += 300_000
        assert sum(await asyncio.gather(one.idle.sweep(), other.idle.sweep())) == len(heads)
        for head in heads:
            assert (await one.kinds(head)).count("idle_warning") == 1


async def test_a_step_is_not_taken_when_something_came_in_between(database, tmp_path, monkeypatch):  # noqa: F811
    clock = Hand(BEGAN)
    async with offices(database, tmp_path, SITE, "a", clock=clock) as (office,):
        head = await office.opens()
        await office.says(head, Taken(), KIM)
        clock.ms += 300_000
        submit = office.log.submit

        async def late(contact_id, who, body, client_id="", *, if_seq=None):
            await submit(contact_id, KIM, Said(text="한 가지 더 여쭐게요"))
            return await submit(contact_id, who, body, client_id, if_seq=if_seq)

        monkeypatch.setattr(office.log, "submit", late)
        assert await office.idle.sweep() == 0
        assert "idle_warning" not in await office.kinds(head)


async def test_more_than_a_page_and_pages_of_those_that_are_not_due(database, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("chat_gateway.idle.PAGE", 4)
    monkeypatch.setattr("chat_gateway.idle.PAGES", 2)
    clock = Hand(BEGAN)
    async with offices(database, tmp_path, SITE, "a", clock=clock) as (office,):
        heads = [await office.opens() for _ in range(12)]
        for number, head in enumerate(heads):
            clock.ms += 1
            await office.says(head, Taken(), KIM)
            if number < 9:  # the agent is to answer: these stand before the others and are never due
                await office.says(head, Said(text="여보세요"))
        clock.ms += 300_000
        assert await office.idle.sweep() == 0
        assert await office.idle.sweep() == 3
        await office.says(heads[0], Ended(), CITIZEN)


async def test_it_sweeps_by_itself(database, tmp_path):  # noqa: F811
    from tests.unit.chat_gateway.offices import stopped, until

    async with offices(database, tmp_path, site(idle_warn_s=0.2, rest_end_s=0.3), "a") as (office,):
        head = await office.opens()
        await office.says(head, Taken(), KIM)
        task = asyncio.create_task(office.idle.run())

        async def is_over() -> bool:
            return (await office.log.head(head.contact_id)).state == "ended"

        await until(is_over)
        await stopped(task)
        assert [kind for kind in await office.kinds(head) if kind != "greeting"] == [
            *("opened", "taken", "idle_warning", "rested", "resting", "ended"),
        ]

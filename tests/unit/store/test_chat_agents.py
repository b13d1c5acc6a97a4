"""Who takes chats, on both engines."""

from store import chat_agents


async def connect(session, staff_id="kim", instance="a"):
    return await chat_agents.connect(
        session, staff_id, name="김상담", skills=("tax",), languages=("ko", "en"), instance=instance
    )


async def test_who_connects_is_known_and_does_not_take_chats_yet(session):
    agent = await connect(session)
    assert agent == await chat_agents.get(session, "kim")
    assert (agent.available, agent.capacity, agent.beat) == (False, 0, chat_agents.FIRST_BEAT)
    assert (agent.skills, agent.languages) == (("tax",), ("ko", "en"))


async def test_who_comes_back_is_as_before_and_the_beat_rises(session):
    await connect(session)
    assert await chat_agents.set_available(session, "kim", on=True, capacity=4)
    assert await chat_agents.set_available(session, "kim", on=True, capacity=None)
    again = await connect(session, instance="b")
    assert (again.available, again.capacity, again.instance) == (True, 4, "b")
    assert again.beat == chat_agents.FIRST_BEAT + 1


async def test_only_beats_of_this_instance_rise(session):
    first = await connect(session, "kim", "a")
    second = await connect(session, "lee", "b")
    await chat_agents.beat(session, "a", ["kim", "lee", "nobody"])
    found = {agent.staff_id: agent.beat for agent in await chat_agents.all(session)}
    assert found == {"kim": first.beat + 1, "lee": second.beat}


async def test_who_is_not_known(session):
    assert await chat_agents.get(session, "kim") is None
    assert not await chat_agents.set_available(session, "kim", on=True, capacity=3)
    await connect(session)
    await chat_agents.remove(session, "kim")
    assert await chat_agents.all(session) == []

"""Chat's promise, whatever breaks where: nothing lost, nothing doubled, the same order on every screen."""

import random
from collections.abc import Iterable, Iterator

from hypothesis import event, given, settings
from hypothesis import strategies as st

from contracts.chat import LiveTyping, Noted, Said
from tests.property.chat_world import World, edit, kinds, withdraw

PAGES = st.integers(0, 2)
GATEWAYS = st.integers(0, 1)
FAULTS = st.sampled_from(["", "", "", "before commit", "after commit", "before ack", "busy"])

STEPS = st.one_of(
    st.tuples(st.just("say"), PAGES, st.just(0)),
    st.tuples(st.just("up"), PAGES, FAULTS),
    st.tuples(st.just("up"), PAGES, FAULTS),
    st.tuples(st.just("down"), PAGES, st.integers(1, 4)),
    st.tuples(st.just("send_read"), PAGES, st.just(0)),
    st.tuples(st.just("connect"), PAGES, GATEWAYS),
    st.tuples(st.just("cut"), PAGES, st.just(0)),
    st.tuples(st.just("again"), PAGES, st.just(0)),
    st.tuples(st.just("publish"), st.just(0), st.just(0)),
    st.tuples(st.just("hear"), GATEWAYS, st.integers(0, 9)),
    st.tuples(st.just("hear again"), GATEWAYS, st.integers(0, 9)),
    st.tuples(st.sampled_from(["edit", "withdraw", "note", "live", "all"]), PAGES, st.just(0)),
)

WEIGHTS = {
    "say": 10,
    "edit": 2,
    "withdraw": 2,
    "note": 1,
    "live": 1,
    "up": 24,
    "down": 14,
    "send_read": 6,
    "all": 4,
    "connect": 2,
    "cut": 1,
    "again": 3,
    "publish": 6,
    "hear": 12,
    "hear again": 2,
}
"""How often each happens in a long conversation."""


def take(world: World, number: int, what: str, which: int, how: object) -> None:
    page = world.pages[which]
    match what, how:
        case "say", _:
            world.say(page, Said(text=f"{number}번째 글"))
        case "edit", _:
            world.change(page, edit(f"{number}번째에 고친 글"))
        case "withdraw", _:
            world.change(page, withdraw)
        case "note", _:
            world.say(page, Noted(text=f"{number}번째 메모"))
        case "live", _:
            world.say(page, LiveTyping(on=number % 2 == 0))
        case "up", str(fault):
            world.up(page, fault)
        case "down", int(count):
            for _ in range(count):
                world.down(page)
        case "send_read", _:
            world.send_read(page)
        case "connect", int(gateway):
            world.connect(page, gateway)
        case "cut", _:
            world.cut(page)
        case "again", _:
            world.again(page)
        case "publish", _:
            world.publish()
        case "hear", int(index):
            world.hear(which, index)
        case "hear again", int(index):
            world.hear(which, index, repeat=True)
        case "all", _:
            while world.up(page) or world.send_read(page) or world.down(page):
                pass


def lived(steps: Iterable[tuple[str, int, object]], limit: int) -> World:
    world = World(limit)
    for page in world.pages:
        world.connect(page, 0)
    for number, step in enumerate(steps):
        take(world, number, *step)
    world.limit = 1000
    world.settle()
    world.check()
    return world


@given(steps=st.lists(STEPS, min_size=8, max_size=60), limit=st.integers(3, 12))
@settings(max_examples=150, deadline=None)
def test_any_interleaving_ends_as_a_fresh_snapshot(steps: list[tuple[str, int, object]], limit: int) -> None:
    lived(steps, limit)


def wild(chance: random.Random) -> Iterator[tuple[str, int, object]]:
    """Three hundred steps, mostly of a conversation that goes on."""
    for _ in range(300):
        what = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        which = chance.randrange(2 if what.startswith("hear") else 3)
        match what:
            case "up":
                how: object = chance.choices(
                    ["", "before commit", "after commit", "before ack", "busy"], [30, 1, 1, 1, 1]
                )[0]
            case "connect":
                how = chance.randrange(2)
            case _:
                how = chance.randrange(10)
        yield what, which, how


@given(seed=st.integers(0, 2**32), limit=st.integers(3, 40))
@settings(max_examples=120, deadline=None)
def test_a_long_and_wild_conversation_ends_as_a_fresh_snapshot(seed: int, limit: int) -> None:
    world = lived(wild(random.Random(seed)), limit)
    event(f"overflows: {min(world.overflows, 5)}")
    event(f"log: {len(world.log.entries) // 20 * 20}+")


def meeting() -> World:
    """A citizen and an agent who see the same conversation, at different gateways."""
    world = World()
    for number, page in enumerate(world.pages):
        world.connect(page, number % 2)
    world.settle()
    return world


def test_chatwoot_14934_a_reply_given_while_the_citizen_reconnects_is_not_lost() -> None:
    """Whenever the reply is committed: before the page is away, while its snapshot is read, after it was sent."""
    for point in range(4):
        world = meeting()
        citizen, agent = world.pages[0], world.pages[1]

        def reply(now: int, at: int = point, world: World = world) -> None:
            if now == at:
                world.say(world.pages[1], Said(text="답변입니다"))
                world.up(world.pages[1])

        reply(0)
        world.cut(citizen)
        reply(1)
        world.connect(citizen, 0)
        while citizen.line and citizen.line.up:
            world.up(citizen)
        reply(2)  # the answer to `attend` is read, and not sent
        world.send_read(citizen)
        reply(3)
        world.settle()
        world.check()
        assert [line.body.kind for line in citizen.client.lines()][-1] == "said"
        assert agent.client.refused == {}


def test_chatwoot_15743_a_message_that_is_sent_again_is_in_the_log_once() -> None:
    for fault in ("before commit", "after commit", "before ack"):
        world = meeting()
        citizen = world.pages[0]
        world.say(citizen, Said(text="한 번만 가야 하는 글"))
        world.up(citizen, fault)
        world.connect(citizen, 1)
        assert citizen.line is not None
        assert kinds(citizen.line.up) == ["open", "attend", "send"], "it is sent again"
        world.settle()
        world.check()
        texts = [entry.body.text for entry in world.log.entries if isinstance(entry.body, Said)]
        assert texts == ["한 번만 가야 하는 글"]
        for page in world.pages:
            assert [line.body.kind for line in page.client.lines()].count("said") == 1


def test_what_was_said_without_a_line_goes_out_in_its_order() -> None:
    world = meeting()
    citizen = world.pages[0]
    world.cut(citizen)
    for number in range(8):
        world.say(citizen, Said(text=f"{number}"))
    world.settle()
    world.check()
    texts = [entry.body.text for entry in world.log.entries if isinstance(entry.body, Said)]
    assert texts == [f"{number}" for number in range(8)]

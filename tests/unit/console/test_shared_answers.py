"""One answer for all who ask within a moment."""

import asyncio

from console.shared_answers import SharedAnswers
from contracts.errors import Unreachable


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Maker:
    """Counts what it makes; waits at the gate."""

    def __init__(self) -> None:
        self.made = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def __call__(self) -> bytes:
        self.made += 1
        made = self.made
        await self.gate.wait()
        if self.fails:
            raise Unreachable("없음", "away")
        return str(made).encode()


async def test_thirty_pages_are_one_question() -> None:
    clock, make = Clock(), Maker()
    answers = SharedAnswers(1.5, now_s=clock)
    make.gate.clear()
    asked = [asyncio.create_task(answers.get("board", make)) for _ in range(30)]
    await asyncio.sleep(0)
    asked[0].cancel()
    make.gate.set()
    assert set(await asyncio.gather(*asked[1:])) == {b"1"}
    clock.now_s = 1.4
    assert await answers.get("board", make) == b"1"
    clock.now_s = 1.5
    assert await answers.get("board", make) == b"2"
    assert await answers.get("another", make) == b"3"
    assert (make.made, answers.made) == (3, 3)


async def test_what_changed_is_asked_for_anew_also_while_an_answer_is_on_its_way() -> None:
    make = Maker()
    answers = SharedAnswers(60)
    assert await answers.get("board", make) == b"1"
    answers.forget()
    assert await answers.get("board", make) == b"2"
    make.gate.clear()
    answers.forget()
    early = asyncio.create_task(answers.get("board", make))
    await asyncio.sleep(0)
    answers.forget()
    late = asyncio.create_task(answers.get("board", make))
    await asyncio.sleep(0)
    make.gate.set()
    assert (await early, await late) == (b"3", b"4")
    assert await answers.get("board", make) == b"4"


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    make = Maker()
    answers = SharedAnswers(60)
    make.fails = True
    found = await asyncio.gather(*(answers.get("board", make) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in found] == [Unreachable] * 3
    assert make.made == 1
    make.fails = False
    assert await answers.get("board", make) == b"2"


async def test_as_many_answers_are_kept_as_may_be() -> None:
    make = Maker()
    answers = SharedAnswers(60, limit=2)
    for key in ("a", "b", "a", "c"):
        await answers.get(key, make)
    assert await answers.get("a", make) == b"1"
    assert await answers.get("b", make) == b"4", "the longest unused one went"
    assert await answers.get("c", make) == b"5"

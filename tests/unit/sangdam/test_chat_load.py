"""The load of the chat bench knows of every message whether it came, once, and in order."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from contracts.errors import Unreachable
from sangdam.evaluate.chat_load import Tally, messages, read_text, text_of
from sangdam.evaluate.chat_wire import frame, next_frame, open_wire


def test_messages_are_even_and_take_turns() -> None:
    due = list(messages(range(10, 14), 100, 0.12, 0))
    assert [one.conversation for one in due] == [10, 11, 12, 13] * 3
    assert [one.at_ns for one in due[:3]] == [0, 10_000_000, 20_000_000]
    of_first = [one.side for one in due if one.conversation == 10]
    assert of_first == ["citizen", "staff", "citizen"]


def test_text_says_what_it_is() -> None:
    assert read_text(text_of(7, "staff", 3, 99)) == (7, "staff", 3, 99)
    assert read_text("안녕하세요") is None


def tally_of(*numbers: int) -> Tally:
    tally = Tally()
    for _ in range(3):
        tally.send(1, "citizen")
    for number in numbers:
        tally.show((1, "staff"), text_of(1, "citizen", number, 5), 1_000_005)
        tally.show((1, "citizen"), text_of(1, "citizen", number, 5), 1_000_005)
    return tally


def test_all_arrived() -> None:
    tally = tally_of(0, 1, 2)
    assert tally.missing() == 0
    assert not tally.faults
    assert list(tally.ages_ns) == [1_000_000] * 3


@pytest.mark.parametrize(
    ("numbers", "missing", "faults"),
    [
        ((0, 1), 2, {}),
        ((0, 2), 2, {}),
        ((0, 1, 1, 2), 0, {"doubled": 2}),
        ((0, 2, 1), 0, {"out_of_order": 2}),
        ((0, 1, 2, 0), 0, {"doubled": 2}),
    ],
)
def test_faults(numbers: tuple[int, ...], missing: int, faults: dict[str, int]) -> None:
    tally = tally_of(*numbers)
    assert tally.missing() == missing
    assert tally.faults == faults


def test_a_line_of_another_conversation() -> None:
    tally = Tally()
    tally.show((2, "staff"), text_of(1, "citizen", 0, 5), 10)
    assert tally.faults == {"misdirected": 1}


def test_frames_of_every_length() -> None:
    assert next_frame(b"\x81", 0) is None
    assert next_frame(b"\x81\x7e\x01", 0) is None
    assert next_frame(b"\x81\x02ab", 0) == (1, 2, 4)
    assert next_frame(b"\x81\x7e\x00\x80" + bytes(128), 0) == (1, 4, 132)
    assert next_frame(b"\x81\x7f" + (1 << 16).to_bytes(8, "big") + bytes(1 << 16), 0) == (
        1,
        10,
        10 + (1 << 16),
    )
    assert frame(1, b"x" * 200)[:4] == b"\x81\xfe\x00\xc8"


async def test_a_wire_talks_to_a_real_server() -> None:
    """Every length of frame, pings, and the server's close code."""
    heard: list[str] = []
    gone = asyncio.get_running_loop().create_future()

    async def echo(socket: ServerConnection) -> None:
        async for text in socket:
            await (await socket.ping())
            await socket.send(text)
            if len(text) == 40_000:
                await socket.close(1013)

    async with serve(echo, "127.0.0.1", 0) as server, asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        wire = await open_wire(
            port,
            "/",
            lambda raw: heard.append(raw.decode()),
            gone.set_result,
            source="127.0.9.1",
            narrow=True,
        )
        said = ["짧게", "가" * 100, "나" * 40_000]
        for text in said:
            wire.send(text)
        assert await gone == 1013
    assert heard == said


async def test_a_wire_that_is_refused() -> None:
    async with serve(
        lambda _: asyncio.sleep(0), "127.0.0.1", 0, process_request=lambda c, _: c.respond(403, "no")
    ) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable, match="403"):
            await open_wire(port, "/", lambda _: None, lambda _: None)
    with pytest.raises(Unreachable):
        await open_wire(port, "/", lambda _: None, lambda _: None)

"""A process's life: services beside each other, their failure, being told to stop, and what the ops port says of it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any, ClassVar

import httpx
import pytest

from contracts.context import SERVICE
from sangdam.application import Application, running
from sangdam.ops import Status, ops_served
from sangdam.services import Foundation, Part, Work
from sangdam.settings import Settings
from sangdam.site import address_of, listen
from sangdam.stopping import Stop


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    """A `Stop` leaves the system's handlers, and pytest wants its own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Scripted:
    """A service that does what the test says."""

    service: ClassVar[object] = None

    def __init__(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.name = name  # type: ignore[misc]  # the protocol's is the class's
        self.ready = asyncio.Event()
        self._work = work
        self.ended = asyncio.Event()

    name: ClassVar[str]

    def work(self) -> Iterable[Work]:
        return (self._run(),)

    async def _run(self) -> None:
        try:
            await self._work()
        finally:
            self.ended.set()


async def for_ever() -> None:
    await asyncio.Event().wait()


def application(*parts: Scripted) -> Application:
    found: dict[str, Part] = {part.name: part for part in parts}
    return Application(SimpleNamespace(), found)  # type: ignore[arg-type]


async def test_the_failure_of_one_ends_all_and_is_raised() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("CUDA out of memory")

    steady, failing = Scripted("assist", for_ever), Scripted("asr", fail)
    told: list[bool] = []
    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.timeout(5), running(application(steady, failing), lambda: told.append(True)):
            await asyncio.Event().wait()
    assert raised.value.subgroup(RuntimeError)
    assert steady.ended.is_set()
    assert told == [True]


async def test_services_end_with_the_block() -> None:
    part = Scripted("assist", for_ever)
    async with running(application(part)):
        await asyncio.sleep(0)
    assert part.ended.is_set()


async def test_log_lines_carry_the_name_of_the_service() -> None:
    seen: dict[str, str] = {}

    def note(name: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            seen[name] = SERVICE.get()

        return work

    async with running(application(Scripted("asr", note("asr")), Scripted("assist", note("assist")))):
        await asyncio.sleep(0.01)
    assert seen == {"asr": "asr", "assist": "assist"}


# -- stopping ----------------------------------------------------------------------------------------------


async def test_what_loads_is_left_at_once() -> None:
    told: list[str] = []

    async def process() -> str:
        stop = Stop(lambda: told.append("told"))
        with stop.on_signals():
            asyncio.get_running_loop().call_soon(stop.set)
            await for_ever()
        return "left"

    async with asyncio.timeout(5):
        assert await asyncio.create_task(process()) == "left"
    assert told == ["told"]


async def test_what_serves_ends_by_itself() -> None:
    stop = Stop()
    with stop.on_signals(), stop.serving():
        asyncio.get_running_loop().call_soon(stop.set)
        async with asyncio.timeout(5):
            await stop.wait()
            await asyncio.sleep(0.01)  # not cancelled
    assert stop.is_set()


async def test_another_cancellation_is_not_swallowed() -> None:
    async def process() -> None:
        with Stop().on_signals():
            await for_ever()

    task = asyncio.create_task(process())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_signals_are_the_systems_again_afterwards() -> None:
    with Stop().on_signals():
        pass
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL


# -- ops ---------------------------------------------------------------------------------------------------


class Dead:
    """A database that does not answer."""

    def session(self) -> Any:
        raise OSError(os.strerror(111))


def foundation(**more: Any) -> Foundation:
    usual: dict[str, Any] = {
        "options": Settings(),
        "bus": None,
        "database": None,
        "secret": "",
        "instance": "i",
    }
    return Foundation(**(usual | more))


@pytest.fixture
async def ops() -> AsyncIterator[tuple[Status, httpx.AsyncClient]]:
    """The ops port of a process with two services, still loading."""
    status = Status(("asr", "assist"))
    listening = listen("127.0.0.1", 0)
    url = f"http://{address_of(listening)}"
    async with (
        ops_served(listening, status, lambda: (b"metric 1\n", "text/plain")),
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield status, client


async def test_alive_before_anything_is_there(ops: tuple[Status, httpx.AsyncClient]) -> None:
    _, client = ops
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/metrics")).text == "metric 1\n"
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "services": {"asr": "loading", "assist": "loading"},
        "bus": "loading",
        "database": "loading",
    }
    assert (await client.get("/other")).status_code == 404
    assert (await client.post("/readyz")).status_code == 405


async def test_which_one_is_not_ready(ops: tuple[Status, httpx.AsyncClient]) -> None:
    status, client = ops
    parts = {name: Scripted(name, for_ever) for name in status.names}
    status.foundation, status.parts, status.phase = foundation(), dict(parts), "running"
    parts["asr"].ready.set()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["services"] == {"asr": "ready", "assist": "starting"}
    parts["assist"].ready.set()
    assert (await client.get("/readyz")).status_code == 200
    status.stop()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert set(answer.json()["services"].values()) == {"stopping"}


@pytest.mark.parametrize(
    ("more", "which"),
    [
        ({"database": Dead()}, "database"),
        ({"options": Settings(bus="kafka://127.0.0.1:9,localhost:9")}, "bus"),
    ],
)
async def test_what_does_not_answer(
    ops: tuple[Status, httpx.AsyncClient], more: dict[str, Any], which: str
) -> None:
    status, client = ops
    parts = {name: Scripted(name, for_ever) for name in status.names}
    for part in parts.values():
        part.ready.set()
    status.foundation, status.parts, status.phase = foundation(**more), dict(parts), "running"
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()[which] == "unreachable"
    assert set(answer.json()["services"].values()) == {"ready"}


async def test_one_broker_that_answers_is_enough(ops: tuple[Status, httpx.AsyncClient]) -> None:
    status, _ = ops
    with listen("127.0.0.1", 0) as broker:
        port = broker.getsockname()[1]
        status.foundation = foundation(options=Settings(bus=f"kafka://127.0.0.1:9,127.0.0.1:{port}"))
        assert (await status.readiness())["bus"] == "ok"

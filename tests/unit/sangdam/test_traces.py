"""Spans of two services over the bus, sent to a real OTLP/HTTP receiver, and the ways in which that can be set up wrongly."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bus.embedded import EmbeddedBus
from bus.events import consume, publish_events
from contracts import context
from contracts.clock import wall_ms
from contracts.context import SERVICE, about
from contracts.errors import BadSetting
from contracts.summary import SummaryDrafted
from contracts.topics import SUMMARIES, TRANSCRIPT
from contracts.transcript import Utterance
from sangdam.traces import checked, tracing
from tests.collector import Receiver

SAID = "소파를 버리고 싶어요"
CONTACT = str(uuid.uuid4())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as made:
        yield made


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    context.install_span(context._no_span)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[EmbeddedBus]:
    made = await EmbeddedBus.open(tmp_path / "bus.db")
    yield made
    await made.close()


def final(**more: Any) -> Utterance:
    now = wall_ms()
    usual = {
        "contact_id": CONTACT,
        "at_ms": now,
        "heard_ms": now,
        "utterance_id": f"{CONTACT}/0/0",
        "revision": 1,
        "status": "final",
        "channel": 0,
        "role": "caller",
        "start_ms": 0,
        "end_ms": 900,
        "text": SAID,
    }
    return Utterance.model_validate(usual | more)


def draft() -> SummaryDrafted:
    return SummaryDrafted(
        contact_id=CONTACT, at_ms=wall_ms(), revision=1, engine="x", label="x", lines=(), complete=True
    )


async def test_what_comes_of_a_final_is_in_its_trace(bus: EmbeddedBus, receiver: Receiver) -> None:
    """One service answers a final with another event, a second one sees both."""
    seen = asyncio.Event()

    async def answer(events: Any) -> None:
        for event in events:
            with about(event):
                await publish_events(bus, [draft()])

    async def look(events: Any) -> None:
        for event in events:
            with about(event):
                pass
            if isinstance(event, SummaryDrafted) and event.trace:
                seen.set()

    async def as_service(name: str, *arguments: Any) -> None:
        SERVICE.set(name)
        await consume(bus, name, *arguments)

    async with tracing(receiver.url, ["summarize", "console"], "i1"):
        tasks = [
            asyncio.create_task(as_service("summarize", [TRANSCRIPT], answer)),
            asyncio.create_task(as_service("console", [TRANSCRIPT, SUMMARIES], look)),
        ]
        await publish_events(bus, [final()])
        async with asyncio.timeout(20):
            await seen.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    assert set(receiver.paths) == {"/v1/traces"}
    assert {name for name, _ in receiver.spans} == {"sangdam-summarize+console"}
    told = {
        (attributes["sangdam.service"], attributes["sangdam.event"]): span
        for _, span in receiver.spans
        if (attributes := {a.key: a.value.string_value for a in span.attributes})
    }
    assert told.keys() == {
        ("summarize", "utterance"),
        ("console", "utterance"),
        ("console", "summary.drafted"),
    }
    # The contact's id is the trace's; the draft's span hangs under that of the final which it answers.
    assert {span.trace_id for span in told.values()} == {uuid.UUID(CONTACT).bytes}
    parent = told["summarize", "utterance"]
    assert parent.parent_span_id == b""
    assert told["console", "summary.drafted"].parent_span_id == parent.span_id


async def test_partials_have_no_spans(receiver: Receiver) -> None:
    async with tracing(receiver.url, ["console"], "i1"):
        with about(final(status="partial", revision=0)):
            assert context.TRACE.get() is None
    assert receiver.spans == []


async def test_nothing_of_what_was_said_leaves(receiver: Receiver) -> None:
    async with tracing(receiver.url, ["console"], "i1"):
        with pytest.raises(ValueError, match=SAID), about(final(), "handle"):
            raise ValueError(SAID)
    ((_, span),) = receiver.spans
    assert span.status.code == 2
    assert span.status.message == "ValueError"
    assert all(SAID.encode() not in body for body in receiver.bodies)


async def test_a_collector_that_is_away_disturbs_nobody(receiver: Receiver) -> None:
    receiver.status = 503
    for endpoint in (receiver.url, "http://127.0.0.1:9"):
        began = asyncio.get_running_loop().time()
        async with tracing(endpoint, ["console"], "i1"):
            for _ in range(3000):  # more than may wait
                with about(final()):
                    pass
            assert asyncio.get_running_loop().time() - began < 5
        assert asyncio.get_running_loop().time() - began < 8


async def test_a_trace_that_nobody_can_read_is_begun_anew(receiver: Receiver) -> None:
    async with tracing(receiver.url, ["console"], "i1"):
        with about(final(trace="nonsense")):
            pass
    ((_, span),) = receiver.spans
    assert span.trace_id == uuid.UUID(CONTACT).bytes


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://h:4318", "http://h:4318/v1/traces"),
        ("https://h/", "https://h/v1/traces"),
        ("http://h:4318/otlp/v1/traces", "http://h:4318/otlp/v1/traces"),
    ],
)
def test_the_path_may_be_left_out(given: str, used: str) -> None:
    assert checked(given) == used


@pytest.mark.parametrize("given", ["h:4318", "grpc://h:4317", "http://", "http://h:x", "http://h:99999", "x"])
async def test_a_bad_endpoint(given: str) -> None:
    with pytest.raises(BadSetting, match="SANGDAM_TRACES"):
        async with tracing(given, ["asr"], "i1"):
            pass


async def test_the_libraries_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(BadSetting, match=r"sangdam\[otel\]"):
        async with tracing("http://127.0.0.1:4318", ["asr"], "i1"):
            pass


async def test_off_by_default() -> None:
    async with tracing("", ["asr"], "i1"):
        assert context._span is context._no_span

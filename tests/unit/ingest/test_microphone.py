"""A real server and a real WebSocket client."""

import asyncio
import contextlib
import json

import numpy as np
import pytest
import websockets

from contracts.audio import FrameFlag
from ingest import microphone as microphone_module
from ingest.microphone import MAX_MESSAGE_BYTES


def tone(rate_hz: int, seconds: float = 1.0) -> bytes:
    wave = 8000 * np.sin(2 * np.pi * 440 * np.arange(round(rate_hz * seconds)) / rate_hz)
    return np.rint(wave).astype("<i2").tobytes()


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


async def opened(socket, rate_hz: int = 48_000) -> str:
    await socket.send(json.dumps({"rate_hz": rate_hz}))
    return json.loads(await asyncio.wait_for(socket.recv(), 5))["contact_id"]


async def error_of(socket) -> dict[str, str]:
    """The error that the server tells before it closes."""
    async with asyncio.timeout(5):
        error = json.loads(await socket.recv())
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
    assert socket.close_code == 1008
    assert error["ko"]
    assert error["en"]
    return error


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 44_100, 48_000])
async def test_what_is_spoken_comes_on_the_bus_at_16_khz(web, published, rate_hz):
    async with web.microphone() as socket:
        contact = await opened(socket, rate_hz)
        await published.until(lambda: published.states(contact) == ["ringing", "talking"])
        for piece in pieces(tone(rate_hz), 3_000):
            await socket.send(piece)
        await published.until(lambda: len(published.frames) >= 8)
    await published.until(lambda: "ended" in published.states(contact))
    event = published.events[-1]
    assert (event.agent_id, event.source, event.roles, event.reason) == (
        "kim",
        "microphone",
        {0: "caller"},
        "",
    )
    assert {(f.rate_hz, f.channel, f.role) for f in published.frames} == {(16_000, 0, "caller")}
    assert published.frames[-1].flags & FrameFlag.LAST
    samples = published.audio(contact).astype(float)
    assert len(samples) == pytest.approx(16_000, abs=2)
    spectrum = np.abs(np.fft.rfft(samples[:8000] * np.hanning(8000)))
    assert spectrum.argmax() * 2 == pytest.approx(440, abs=4)
    assert len(web.calls) == 0


async def test_the_first_message_may_know_more(web):
    async with web.microphone() as socket:
        await socket.send(json.dumps({"rate_hz": 48_000, "device": "headset"}))
        assert "contact_id" in json.loads(await socket.recv())


@pytest.mark.parametrize(
    "first",
    [
        '{"rate_hz": 1}',
        '{"rate_hz": 7999}',
        '{"rate_hz": 96000}',
        '{"rate_hz": "fast"}',
        "{}",
        "[]",
        "hello",
        "",
        b"\0\0",
    ],
)
async def test_a_first_message_that_makes_no_sense(web, published, first):
    async with web.microphone() as socket:
        await socket.send(first)
        error = await error_of(socket)
    assert error["code"] == "bad-request"
    assert "rate_hz" in error["en"]
    assert published.events == []
    assert len(web.calls) == 0


async def test_a_first_message_that_never_comes(web, monkeypatch):
    monkeypatch.setattr(microphone_module, "FIRST_MESSAGE_S", 0.1)
    async with web.microphone() as socket:
        assert (await error_of(socket))["code"] == "bad-request"


@pytest.mark.parametrize(
    "message", ["not audio", b"\1\2\3", bytes(MAX_MESSAGE_BYTES + 2)], ids=["text", "odd", "too long"]
)
async def test_a_message_that_is_no_audio_ends_the_call_and_says_why(web, published, message):
    async with web.microphone() as socket:
        contact = await opened(socket)
        await socket.send(tone(48_000, 0.3))
        await socket.send(message)
        error = await error_of(socket)
    assert error["code"] == "bad-audio"
    await published.until(lambda: "ended" in published.states(contact))
    assert error["ko"] in published.events[-1].reason
    assert len(published.audio(contact)) > 4_000
    assert len(web.calls) == 0


async def test_ten_megabytes_end_this_call_and_no_other(web, published):
    async with web.microphone("lee") as other:
        spared = await opened(other)
        async with web.microphone() as socket:
            contact = await opened(socket)
            with contextlib.suppress(websockets.ConnectionClosed):
                await socket.send(bytes(10 << 20))
            await asyncio.wait_for(socket.wait_closed(), 5)
        assert socket.close_code == 1009
        await published.until(lambda: "ended" in published.states(contact))
        await other.send(tone(48_000, 0.4))
        await published.until(lambda: any(frame.contact_id == spared for frame in published.frames))
        assert published.states(spared) == ["ringing", "talking"]


async def test_messages_of_no_samples_are_no_error(web, published):
    async with web.microphone() as socket:
        contact = await opened(socket)
        await socket.send(b"")
        await socket.send(tone(48_000, 0.4))
        await published.until(lambda: published.frames)
        assert published.states(contact) == ["ringing", "talking"]


async def test_the_largest_message_is_taken(web, published):
    async with web.microphone() as socket:
        await opened(socket)
        await socket.send(tone(48_000, 0.5))
        assert len(tone(48_000, 0.5)) == MAX_MESSAGE_BYTES
        await published.until(lambda: len(published.frames) >= 4)


async def test_a_silent_microphone_is_hung_up(web, published, monkeypatch):
    monkeypatch.setattr(microphone_module, "SILENT_S", 0.2)
    async with web.microphone() as socket:
        contact = await opened(socket)
        assert (await error_of(socket))["code"] == "bad-audio"
    await published.until(lambda: "ended" in published.states(contact))
    assert published.events[-1].reason


async def test_a_connection_that_breaks_ends_the_call(web, published):
    socket = await web.microphone()
    contact = await opened(socket)
    await socket.send(tone(48_000, 0.3))
    await published.until(lambda: published.frames)
    socket.transport.abort()
    await published.until(lambda: "ended" in published.states(contact))
    assert len(web.calls) == 0


async def test_hanging_up_on_the_panel_closes_the_microphone(web, published):
    async with web.microphone() as socket, web.client("lee") as lee, web.client("kim") as kim:
        contact = await opened(socket)
        assert (await lee.post(f"/api/ingest/contacts/{contact}/hangup")).status_code == 404
        assert (await kim.post(f"/api/ingest/contacts/{contact}/hangup")).status_code == 204
        with pytest.raises(websockets.ConnectionClosedOK):
            await asyncio.wait_for(socket.recv(), 5)
    await published.until(lambda: "ended" in published.states(contact))
    assert "끊음" in published.events[-1].reason


async def test_nobody_speaks_without_signing_in(web, published):
    with pytest.raises(websockets.InvalidStatus):
        await web.microphone(None)
    assert published.events == []

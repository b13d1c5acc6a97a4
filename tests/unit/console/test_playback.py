"""The sound of an utterance, from real frames on a real bus."""

import asyncio
import io
import wave

import numpy as np
from sqlalchemy import select

from console import playback
from console.playback import heard_at, wav_of
from contracts.audio import AudioFrame, Codec, FrameFlag, mulaw_decode, mulaw_encode
from contracts.clock import wall_ms
from contracts.topics import CALL_AUDIO
from store import contacts
from store.tables import AccessRow

FRAME = 800


def noise(samples: int, seed: int = 1):
    return np.random.default_rng(seed).integers(-20_000, 20_000, samples).astype(np.int16)


def frames(call, samples, *, channel=0, rate_hz=8000, codec=Codec.PCM16, first=0, last=True):
    """The samples as frames of 100 ms at 8 kHz."""
    for at in range(0, len(samples), FRAME):
        part = samples[at : at + FRAME]
        yield AudioFrame(
            contact_id=call.contact_id,
            channel=channel,
            role="caller",
            codec=codec,
            rate_hz=rate_hz,
            start_sample=first + at,
            samples=len(part),
            heard_ms=wall_ms(),
            payload=part.tobytes() if codec is Codec.PCM16 else mulaw_encode(part),
            flags=FrameFlag.LAST if last and at + FRAME >= len(samples) else FrameFlag.NONE,
        )


async def sound(server, call, *channels):
    """Channels speak at the same time: frames of one follow those of the other."""
    many = [list(one) for one in channels]
    longest = max(map(len, many))
    told = [one[at] for at in range(longest) for one in many if at < len(one)]
    await server.bus.publish_many(CALL_AUDIO.name, [(call.contact_id, frame.encode()) for frame in told])


async def begin(server, story):
    """A call that the console knows."""
    call = story()
    await server.tell(call.state())
    async with asyncio.timeout(10):
        while True:
            async with server.database.session() as session:
                if await contacts.get(session, call.contact_id):
                    return call
            await asyncio.sleep(0.02)


async def ask(client, call, channel, from_ms, to_ms):
    address = f"/api/contacts/{call.contact_id}/audio"
    return await client.get(address, params={"channel": channel, "from_ms": from_ms, "to_ms": to_ms})


def read(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["cache-control"] == "no-store"
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")


async def test_it_is_exactly_what_was_said_and_200_ms_around_it(server, story):
    call = await begin(server, story)
    caller, agent = noise(8000 * 5), noise(8000 * 5, 2)
    await sound(server, call, frames(call, caller), frames(call, agent, channel=1, codec=Codec.MULAW))
    async with server.signed_in("kim") as kim:
        rate_hz, samples = read(await ask(kim, call, 0, 1000, 2500))
        assert rate_hz == 8000
        np.testing.assert_array_equal(samples, caller[6400 : 8 * 2700])
        _, samples = read(await ask(kim, call, 1, 0, 700))
        np.testing.assert_array_equal(samples, mulaw_decode(mulaw_encode(agent))[: 8 * 900])
        _, samples = read(await ask(kim, call, 0, 4500, 4990))
        np.testing.assert_array_equal(samples, caller[8 * 4300 :])


async def test_a_gap_is_silent_and_the_rate_is_the_channels(server, story):
    call = await begin(server, story)
    heard = noise(16_000 * 3)
    fields = {"rate_hz": 16_000, "last": False}
    before, after = heard[: FRAME * 10], heard[FRAME * 30 :]
    await sound(server, call, frames(call, before, **fields))
    await sound(server, call, frames(call, after, first=FRAME * 30, **fields))
    async with server.signed_in("kim") as kim:
        rate_hz, samples = read(await ask(kim, call, 0, 200, 2800))
    expected = heard.copy()
    expected[FRAME * 10 : FRAME * 30] = 0
    assert rate_hz == 16_000
    np.testing.assert_array_equal(samples, expected)


async def test_a_call_that_goes_on_is_played_as_far_as_it_was_heard(server, story):
    call = await begin(server, story)
    heard = noise(8000)
    await sound(server, call, frames(call, heard, last=False))
    async with server.signed_in("kim") as kim:
        _, samples = read(await ask(kim, call, 0, 500, 5000))
    np.testing.assert_array_equal(samples, heard[8 * 300 :])


async def test_a_stretch_is_a_minute_at_most(server, story):
    call = await begin(server, story)
    await sound(server, call, frames(call, noise(8000 * 70)))
    async with server.signed_in("kim") as kim:
        _, samples = read(await ask(kim, call, 0, 5000, 70_000))
    assert len(samples) == 8000 * 60


async def test_sound_that_is_gone_is_told(server, story):
    call = await begin(server, story)
    async with server.signed_in("kim") as kim:
        answer = await ask(kim, call, 0, 0, 1000)
        assert answer.status_code == 410
        assert "30분" in answer.json()["ko"]
        await sound(server, call, frames(call, noise(8000)))
        assert (await ask(kim, call, 0, 0, 1000)).status_code == 200
        assert (await ask(kim, call, 3, 0, 1000)).status_code == 410
        await server.bus.retain(wall_ms() + CALL_AUDIO.retention_ms + 60_000)
        assert (await ask(kim, call, 0, 0, 1000)).status_code == 410


async def test_what_must_be_gone_is_not_looked_for(start, story, monkeypatch):
    server = await start(clock=lambda: wall_ms() + 3_600_000)
    call = await begin(server, story)
    await sound(server, call, frames(call, noise(8000)))
    monkeypatch.setattr(server.bus, "read", None)
    async with server.signed_in("kim") as kim:
        assert (await ask(kim, call, 0, 0, 1000)).status_code == 410


async def test_others_hear_nothing_and_a_supervisors_ear_is_written_down(server, story):
    call = await begin(server, story)
    await sound(server, call, frames(call, noise(8000)))
    async with server.visitor() as nobody, server.signed_in("lee") as lee, server.signed_in("boss") as boss:
        assert (await ask(nobody, call, 0, 0, 500)).status_code == 401
        assert (await ask(lee, call, 0, 0, 500)).status_code == 404
        read(await ask(boss, call, 0, 0, 500))
    async with server.database.session() as session:
        looks = [(row.staff_id, row.contact_id) for row in await session.scalars(select(AccessRow))]
    assert looks == [("boss", call.contact_id)]


async def test_what_makes_no_sense_is_refused(server, story):
    call = await begin(server, story)
    async with server.signed_in("kim") as kim:
        for stretch in ((0, 1000, 1000), (0, -5, 10), (-1, 0, 10), (0, 0, 10**12), (0, "a", "b")):
            assert (await ask(kim, call, *stretch)).status_code == 400


async def test_few_are_read_at_once(server, story, monkeypatch):
    monkeypatch.setattr(playback, "_WAIT_S", 0.1)
    call = await begin(server, story)
    await sound(server, call, frames(call, noise(8000)))
    gate = asyncio.Event()
    read_bus = server.bus.read

    async def slow(*args, **named):
        await gate.wait()
        return await read_bus(*args, **named)

    monkeypatch.setattr(server.bus, "read", slow)
    async with server.signed_in("kim") as kim:
        asking = [asyncio.create_task(ask(kim, call, 0, 0, 500)) for _ in range(playback.MAX_READS + 1)]
        done, _ = await asyncio.wait(asking, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert [one.result().json()["code"] for one in done] == ["overloaded"]
        gate.set()
        statuses = sorted([(await one).status_code for one in asking])
    assert statuses == [200] * playback.MAX_READS + [503]


def test_where_it_was_heard_is_told_by_what_was_said_near_it(story):
    call = story()
    view = _view(call, call.said(10, "하나"), call.said(20, "둘"))
    one, two = view.utterances
    assert heard_at(view, 0, 10_100) == one.heard_ms - 800
    assert heard_at(view, 0, 15_000) == two.heard_ms - 5_900
    assert heard_at(view, 0, 30_000) == two.heard_ms
    assert heard_at(view, 1, 30_000) == view.contact.started_at_ms


def test_bytes_that_are_no_frame_are_passed_over(story):
    from bus.base import Record

    call = story()
    (frame,) = frames(call, noise(FRAME))
    records = [
        Record("call.audio", 0, at, call.contact_id, value, 1)
        for at, value in enumerate((b"x", frame.encode()))
    ]
    assert wav_of(records[:1], 0, 0, 100) is None
    assert wav_of(records, 0, 200, 300) is None
    with wave.open(io.BytesIO(wav_of(records, 0, 0, 100) or b"")) as file:
        assert file.getnframes() == FRAME


def _view(call, *said):
    from console.view import apply

    view = apply(None, call.state())
    for one in said:
        view = apply(view, one)
    return view

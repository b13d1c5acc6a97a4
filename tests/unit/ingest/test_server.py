import asyncio
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest

from ingest import server as server_module


@pytest.fixture
def uploads(tmp_path, monkeypatch) -> Path:
    """Where uploaded files are kept while they play."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def sample(web, wav, tmp_path) -> Path:
    """A sample call; the player takes whatever FFmpeg reads."""
    folder = tmp_path / "samples"
    folder.mkdir()
    path = wav("samples/bulky.flac", seconds=0.4)
    path.with_suffix(".json").write_text(json.dumps({"title": "소파 버리기", "synthetic": True}), "utf-8")
    return path


async def test_an_uploaded_recording_is_played_and_removed(web, published, wav, uploads):
    async with web.client() as client:
        answer = await client.post(
            "/api/ingest/recordings", params={"speed": 20}, files={"file": ("통화 1.wav", wav().read_bytes())}
        )
        assert answer.status_code == 201, answer.text
        contact = answer.json()["contact_id"]
    await published.until(lambda: "ended" in published.states(contact))
    event = published.events[0]
    assert (event.title, event.agent_id, event.simulated) == ("통화 1", "kim", False)
    assert np.array_equal(published.audio(contact), np.arange(10_000))
    await published.until(lambda: not list(uploads.glob("sangdam-*")))


@pytest.mark.parametrize("name", ["notes.wav", "x", ".wav", "a/../../b.wav", "긴" * 100 + ".mp3"])
async def test_an_upload_that_is_no_audio_is_refused_and_removed(web, published, uploads, name):
    async with web.client() as client:
        answer = await client.post("/api/ingest/recordings", files={"file": (name, b"no audio" * 100)})
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad-audio"
    assert str(uploads) not in answer.text
    assert not list(uploads.glob("sangdam-*"))
    assert published.events == []


async def test_a_file_that_is_too_large_is_refused(web, uploads, wav, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_UPLOAD_BYTES", 10_000)
    async with web.client() as client:
        answer = await client.post("/api/ingest/recordings", files={"file": ("a.wav", wav().read_bytes())})
    assert answer.json()["code"] == "bad-audio"
    assert not list(uploads.glob("sangdam-*"))


@pytest.mark.parametrize("speed", ["0", "-1", "1000", "nan", "fast"])
async def test_speeds_that_are_none(web, wav, speed):
    async with web.client() as client:
        answer = await client.post(
            "/api/ingest/recordings", params={"speed": speed}, files={"file": ("a.wav", wav().read_bytes())}
        )
    assert answer.status_code == 422


async def test_sample_calls(web, published, sample):
    async with web.client() as client:
        assert (await client.get("/api/ingest/samples")).json() == [
            {"name": "bulky", "title": "소파 버리기", "seconds": 0.4}
        ]
        contact = (await client.post("/api/ingest/samples/bulky")).json()["contact_id"]
        assert (await client.post("/api/ingest/samples/none")).status_code == 404
        assert (await client.post("/api/ingest/samples/..%2Fbulky")).status_code == 404
    await published.until(lambda: "ended" in published.states(contact))
    assert (published.events[0].title, published.events[0].simulated) == ("소파 버리기", True)


async def test_who_may_hang_up(web, published, wav):
    async with web.client() as kim, web.client("lee") as lee, web.client("boss") as boss:
        file = wav(seconds=30).read_bytes()
        contacts = [
            (await kim.post("/api/ingest/recordings", files={"file": ("a.wav", file)})).json()["contact_id"]
            for _ in range(2)
        ]
        hangup = "/api/ingest/contacts/{}/hangup".format
        assert (await lee.post(hangup(contacts[0]))).status_code == 404
        assert (await kim.post(hangup(contacts[0]))).status_code == 204
        assert (await boss.post(hangup(contacts[1]))).status_code == 204
    await published.until(lambda: published.states().count("ended") == 2)
    assert len(web.calls) == 0


async def test_nothing_without_signing_in(web, sample, wav):
    async with web.client(None) as client:
        answers = [
            await client.get("/api/ingest/samples"),
            await client.post("/api/ingest/samples/bulky"),
            await client.post("/api/ingest/recordings", files={"file": ("a.wav", wav().read_bytes())}),
            await client.post("/api/ingest/contacts/x/hangup"),
        ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert len(web.calls) == 0


async def test_closing_hangs_up_what_is_played(web, published, wav, uploads):
    async with web.client() as client:
        answer = await client.post(
            "/api/ingest/recordings", files={"file": ("a.wav", wav(seconds=60).read_bytes())}
        )
    await asyncio.wait_for(web.ingest.close(), 5)
    await published.until(lambda: "ended" in published.states(answer.json()["contact_id"]))
    assert not list(uploads.glob("sangdam-*"))

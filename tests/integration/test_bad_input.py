"""What cannot be used is refused: one clear error in Korean and English, nothing else disturbed."""

import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

pytestmark = pytest.mark.real_model
LOADING = "음성 인식 모델을 읽습니다"


def tone(rate_hz: int, channels: int = 1, seconds: float = 1.0) -> np.ndarray:
    wave = 8000 * np.sin(2 * np.pi * 220 * np.arange(int(rate_hz * seconds)) / rate_hz)
    return np.repeat(wave[:, None], channels, axis=1)


def wav(path: Path, rate_hz: int, channels: int = 1, seconds: float = 1.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(tone(rate_hz, channels, seconds).astype("<i2").tobytes())
    return path


def text_file(path: Path) -> None:
    path.write_text("여보세요, 이것은 소리가 아닙니다.\n" * 100)


def truncated(path: Path) -> None:
    whole = wav(path, 8000, seconds=10).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def empty(path: Path) -> None:
    path.touch()


def no_samples(path: Path) -> None:
    wav(path, 8000, seconds=0)


def not_numbers(path: Path) -> None:
    samples = tone(16000)[:, 0].astype("<f4") / 32768
    samples[500:600] = np.nan
    data = samples.tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, 16000, 64000, 4, 32
    )
    path.write_bytes(head + struct.pack("<4sI", b"data", len(data)) + data)


BAD_RECORDINGS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "text": (text_file, "소리 파일이 아니거나 손상", "no audio file"),
    "truncated": (truncated, "중간에 잘렸습니다: 10.0초 중 5.0초", "cut off: 5.0 of 10.0 s"),
    "empty": (empty, "소리 파일이 아니거나 손상", "no audio file"),
    "no samples": (no_samples, "비어 있습니다", "is empty"),
    "1 kHz": (lambda path: wav(path, 1000), "표본율 1000 Hz", "has 1000 Hz"),
    "96 kHz": (lambda path: wav(path, 96000), "표본율 96000 Hz", "has 96000 Hz"),
    "NaN": (not_numbers, "숫자가 아닌 표본", "no numbers"),
    "3 channels": (lambda path: wav(path, 8000, 3), "채널이 3개", "has 3 channels"),
    "missing": (lambda _path: None, "없습니다. 경로를 확인", "check the path"),
    "folder": (lambda path: path.mkdir(), "없습니다. 경로를 확인", "check the path"),
}


@pytest.mark.parametrize("name", BAD_RECORDINGS)
def test_a_bad_recording_is_refused_before_a_model_is_loaded(sangdam: Any, tmp_path: Path, name: str) -> None:
    make, korean, english = BAD_RECORDINGS[name]
    recording = tmp_path / "[b]통화 1.wav"  # a name that a terminal must not take for markup
    make(recording)
    ran = sangdam("demo", "--once", "--call", recording)
    ran.refused("bad-audio")
    assert korean in ran.stderr
    assert english in ran.stderr
    assert ran.stderr.count(recording.name) == 2
    assert LOADING not in ran.stderr
    assert ran.cpu_s < 5


# -- models ------------------------------------------------------------------------------------------------


def copy_of(weights: Path, folder: Path) -> Path:
    """The model's folder with its files linked, so that single ones can be replaced."""
    folder.mkdir()
    for file in weights.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


def replace(file: Path, content: bytes) -> None:
    file.unlink()
    file.write_bytes(content)


def test_garbage_in_place_of_weights(sangdam: Any, weights: Path, tmp_path: Path) -> None:
    folder = copy_of(weights, tmp_path / "model")
    replace(folder / "model.bin", os.urandom(1 << 20))
    ran = sangdam("demo", "--once", "--model", folder)
    ran.refused("model-corrupt")
    assert str(folder) in ran.stderr


def test_weights_of_the_catalogue_with_one_wrong_byte(sangdam: Any, weights: Path, tmp_path: Path) -> None:
    """The size is right, the hash is not; nothing can be fetched."""
    folder = tmp_path / "models" / "whisper-base"
    shutil.copytree(weights, folder)
    with (folder / "model.bin").open("r+b") as file:
        file.seek(70_000_000)
        byte = file.read(1)[0]
        file.seek(70_000_000)
        file.write(bytes([byte ^ 1]))
    sangdam("demo", "--once", "--model", "base", SANGDAM_MODELS_DIR=str(folder.parent)).refused(
        "model-missing"
    )
    verified = sangdam("models", "verify", SANGDAM_MODELS_DIR=str(folder.parent))
    assert verified.status == 1
    assert "whisper-base: corrupt: model.bin" in verified.stdout


def test_a_model_folder_that_lacks_files(sangdam: Any, weights: Path, tmp_path: Path) -> None:
    folder = copy_of(weights, tmp_path / "model")
    (folder / "tokenizer.json").unlink()
    (folder / "vocabulary.txt").unlink()
    ran = sangdam("demo", "--once", "--model", folder)
    ran.refused("model-missing")
    assert "tokenizer.json, vocabulary.txt" in ran.stderr


def test_an_unknown_model(sangdam: Any) -> None:
    ran = sangdam("serve", "--port", "0", "--model", "whisper-nonesuch")
    ran.refused("not-found")
    assert "whisper-base" in ran.stderr  # what there is


# -- disk, folders, ports, settings ------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a file system of its own with so many KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(kib: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("a small file system cannot be mounted: there is no mount command")
        if done.returncode:
            pytest.skip(f"a small file system cannot be mounted (root only): {done.stderr.strip()}")
        return folder

    yield mount
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(["umount", str(folder)], capture_output=True, check=False)


def test_guides_on_a_full_disk(sangdam: Any, small_disk: Callable[[int], Path]) -> None:
    """Room for the tables, not for the guides: none is kept, and with room they all go in."""
    folder = small_disk(1200)
    sangdam("users", "list", SANGDAM_DATA_DIR=str(folder))
    (folder / "other-things").write_bytes(bytes(shutil.disk_usage(folder).free - 80_000))
    ran = sangdam("articles", "import", "samples/guides", SANGDAM_DATA_DIR=str(folder))
    ran.refused("storage-full")
    assert str(folder) in ran.stderr
    (folder / "other-things").unlink()
    ran = sangdam("articles", "import", "samples/guides", SANGDAM_DATA_DIR=str(folder))
    assert ran.status == 0, ran.stderr
    assert "137 new or changed" in ran.stderr


def test_serving_on_a_full_disk(sangdam: Any, weights: Path, small_disk: Callable[[int], Path]) -> None:
    folder = small_disk(64)
    sangdam("serve", "--port", "0", SANGDAM_DATA_DIR=str(folder)).refused("storage-full")


def test_a_port_in_use(sangdam: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = sangdam("serve", "--port", port)
    ran.refused("bad-setting")
    assert f"127.0.0.1:{port}" in ran.stderr
    assert "--port" in ran.stderr
    assert LOADING not in ran.stderr


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("users", "list")])
def test_a_file_in_place_of_the_data_folder(sangdam: Any, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "data").write_text("not a folder")
    ran = sangdam(*command)
    ran.refused("bad-setting")
    assert "SANGDAM_DATA_DIR" in ran.stderr
    assert LOADING not in ran.stderr


@pytest.mark.parametrize(
    ("variable", "value"), [("SANGDAM_PORT", "[/x]"), ("SANGDAM_THREADS", "-1"), ("SANGDAM_LOG", "loud")]
)
def test_a_bad_setting_is_named(sangdam: Any, variable: str, value: str) -> None:
    ran = sangdam("doctor", **{variable: value})
    ran.refused("bad-setting")
    assert variable in ran.stderr
    assert value in ran.stderr


def test_a_database_of_another_kind(sangdam: Any) -> None:
    ran = sangdam("users", "list", SANGDAM_DATABASE="mysql://u:sesame@host/x")
    ran.refused("bad-setting")
    assert "sesame" not in ran.stderr


# -- guides and accounts -----------------------------------------------------------------------------------

GUIDES = """id,title,body,category,revised
good-one,여권 재발급,가까운 구청에서 신청합니다.,여권,2024-05-01
no-title,,본문만 있습니다.,여권,2024-05-01
bad-date,전입 신고,주민센터에 신고합니다.,전입,어제
short-row,칸이 모자랍니다
good-one,여권 분실,경찰서나 구청에 신고합니다.,여권,2024-05-01
good-two,대형폐기물,구청에 배출 신고를 합니다.,청소,2024-05-01
"""


def test_good_guides_go_in_and_bad_ones_are_listed(sangdam: Any, tmp_path: Path) -> None:
    guides = tmp_path / "guides.csv"
    guides.write_text(GUIDES)
    ran = sangdam("articles", "import", guides)
    assert ran.status == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "2 guides, 2 new or changed, 4 refused" in ran.stderr
    refused = [line for line in ran.stderr.splitlines() if line.startswith("거절")]
    assert [line.split(":")[1].split()[0] for line in refused] == ["3", "4", "5", "6"]
    assert "0 new or changed" in sangdam("articles", "import", guides).stderr


@pytest.mark.parametrize(("name", "code"), [("guides.xlsx", "bad-article"), ("nowhere.csv", "not-found")])
def test_no_guides_at_all(sangdam: Any, tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "guides.xlsx").write_bytes(os.urandom(2000))
    sangdam("articles", "import", tmp_path / name).refused(code)


def test_accounts(sangdam: Any) -> None:
    def add(login: str, password: str, *more: str) -> Any:
        return sangdam("users", "add", login, *more, given=f"{password}\n")

    add("kim", "short").refused("bad-setting")
    add("", "long enough words").refused("bad-setting")
    assert add("kim", "long enough words", "--name", "김[b]").status == 0
    again = add("kim", "other long words")
    again.refused("conflict")
    assert "kim" in again.stderr
    people = sangdam("users", "list").stdout
    assert people.count("kim") == 1
    assert "김[b]" in people


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["frobnicate"], "frobnicate"),
        (["users", "add"], "login"),
        (["users", "add", "kim", "--role", "king"], "king"),
        (["demo", "--once", "--speed", "0"], "--speed"),
        (["eval", "asr"], "--manifest"),
    ],
)
def test_a_command_that_does_not_exist_like_this(sangdam: Any, arguments: list[str], named: str) -> None:
    ran = sangdam(*arguments)
    assert ran.status == 2
    assert named in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_evaluation_without_its_files(sangdam: Any, tmp_path: Path) -> None:
    sangdam("eval", "asr", "--manifest", tmp_path / "none.tsv").refused("bad-input")
    queries = tmp_path / "queries.tsv"
    command = ("eval", "retrieval", "--articles", tmp_path / "none.csv", "--queries", queries)
    sangdam(*command).refused("bad-input")
    queries.write_text("query\tarticle_id\n여권 재발급\tpassport\n", encoding="utf-8")
    sangdam(*command).refused("not-found")


# -- beside a call in progress -----------------------------------------------------------------------------


def garbage(site: Any, name: str, content: bytes, status: int = 422) -> None:
    answer = site.client.post("/api/ingest/recordings", files={"file": (name, content)})
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["code"] == "bad-audio"
    assert name in told["ko"]
    assert name in told["en"]


def microphone(site: Any, *messages: str | bytes) -> dict[str, Any]:
    """What the server says to a microphone that sends these messages, before it closes the socket."""
    url = site.url.replace("http", "ws") + "/ws/microphone"
    said: list[Any] = []
    with connect(url, additional_headers=site.cookie, max_size=None) as socket:
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                socket.send(message)
        with contextlib.suppress(ConnectionClosed):
            while True:
                said.append(json.loads(socket.recv(timeout=10)))
    # 1006: what is far too large is not read to its end, so the close frame meets a reset.
    assert socket.close_code in (1008, 1009, 1006), socket.close_code
    return said[-1] if said else {}


def vanishing_microphone(site: Any, *messages: str | bytes) -> None:
    """A browser that is gone before it hears what was wrong."""
    url = site.url.replace("http", "ws") + "/ws/microphone"
    with connect(url, additional_headers=site.cookie) as connection:
        for message in messages:
            connection.send(message)
        connection.socket.shutdown(SHUT_RDWR)


def test_bad_streams_beside_a_call(site: Any, short_call: Path, tmp_path: Path) -> None:
    """A call goes on to its summary while others send rubbish."""
    contact = site.call(short_call, speed=2)
    for number, (make, _, _) in enumerate(list(BAD_RECORDINGS.values())[:8]):
        recording = tmp_path / f"bad {number}.wav"
        make(recording)
        garbage(site, recording.name, recording.read_bytes())
    assert site.client.post("/api/ingest/recordings").status_code in (400, 422)
    assert site.client.post("/api/ingest/recordings", params={"speed": "0"}).status_code in (400, 422)
    assert site.client.post("/api/ingest/samples/nonesuch").status_code == 404

    assert microphone(site, "hello")["code"] == "bad-request"
    assert microphone(site, json.dumps({"rate_hz": 1_000_000}))["code"] == "bad-request"
    assert microphone(site, b"\0\0")["code"] == "bad-request"
    opening = json.dumps({"rate_hz": 16000})
    assert microphone(site, opening, "text in place of sound")["code"] == "bad-audio"
    assert microphone(site, opening, b"\0" * 3)["code"] == "bad-audio"
    assert microphone(site, opening, bytes(60_000))["code"] == "bad-audio"
    microphone(site, opening, bytes(10_000_000))
    vanishing_microphone(site, opening)
    for bad in ("text", b"\0" * 3):
        vanishing_microphone(site, opening, bad)

    assert site.view(contact)["ended_at_ms"] is None  # all of that while it was in progress
    draft = site.draft(contact)
    view = site.view(contact)
    assert view["contact"]["reason"] == ""
    assert {line["field"] for line in draft["lines"]} >= {"inquiry"}
    assert any("소파" in text for text in site.finals(contact).values())

    def others() -> list[dict[str, Any]]:
        entries = site.client.get("/api/contacts").json()
        return [entry for entry in entries if entry["contact"]["contact_id"] != contact]

    site.wait(lambda: all(entry["ended_at_ms"] for entry in others()))
    assert {entry["contact"]["source"] for entry in others()} == {"microphone"}  # no bad file became a call
    assert "Traceback" not in site.log.read_text()


def test_nobody_gets_in_without_signing_in(site: Any) -> None:
    import httpx
    from websockets.exceptions import InvalidStatus

    with httpx.Client(base_url=site.url) as stranger:
        assert stranger.post("/api/ingest/recordings", files={"file": ("a.wav", b"x")}).status_code == 401
        assert stranger.post("/api/ingest/samples/bulky-waste").status_code == 401
    with pytest.raises(InvalidStatus), connect(site.url.replace("http", "ws") + "/ws/microphone"):
        pass

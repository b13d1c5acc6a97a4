import io
import pickle
import zipfile

import pytest

from contracts.errors import ModelCorrupt
from models.speaker import SpeakerEmbedding


def torch_file(path, content: bytes):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return path


class Evil:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self):
        return __import__("os").system, (self.command,)


def test_a_file_of_weights_runs_no_code(tmp_path):
    path = torch_file(tmp_path / "evil.pt", pickle.dumps({"x": Evil(f"touch {tmp_path / 'ran'}")}))
    with pytest.raises(ModelCorrupt, match="system"):
        SpeakerEmbedding(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"PK", pickle.dumps({}), pickle.dumps([1])])
def test_what_is_no_model_is_said(tmp_path, content):
    plain = tmp_path / "plain.pt"
    plain.write_bytes(content)
    for path in (plain, torch_file(tmp_path / "zip.pt", content), tmp_path / "none.pt"):
        with pytest.raises(ModelCorrupt, match=path.name):
            SpeakerEmbedding(path)


def test_an_empty_archive(tmp_path):
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    (tmp_path / "empty.pt").write_bytes(empty.getvalue())
    with pytest.raises(ModelCorrupt):
        SpeakerEmbedding(tmp_path / "empty.pt")

import base64
import hashlib
import sys

from models import catalogue, integrity
from models.catalogue import Entry


def install(folder, content: bytes) -> None:
    """A distribution with one file, as pip would have put it there."""
    info = folder / "sangdam_packaged-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(content)
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"weights.bin,sha256={digest},{len(content)}\n{info.name}/RECORD,,\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sangdam-packaged\nVersion: 1.0\n")


def test_a_package_is_held_to_its_record(tmp_path, monkeypatch):
    entry = Entry("packed", "시험", "test", "MIT", "ko", package="sangdam-packaged")
    monkeypatch.setattr(catalogue, "_ENTRIES", (entry,))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    assert integrity.verify(tmp_path)[0].state == "missing"
    install(tmp_path / "site", b"weights")
    assert integrity.verify(tmp_path)[0].state == "ok"
    (tmp_path / "site" / "weights.bin").write_bytes(b"Weights")
    found = integrity.verify(tmp_path)[0]
    assert (found.state, found.wrong) == ("corrupt", ("weights.bin",))
    (tmp_path / "site" / "weights.bin").unlink()
    assert integrity.verify(tmp_path)[0].wrong == ("weights.bin",)

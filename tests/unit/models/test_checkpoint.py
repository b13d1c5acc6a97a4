"""Where a checkpoint is taken from: a folder, the models' folder, a hub; and what is said when it is nowhere."""

import hashlib
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from contracts.errors import ModelCorrupt, ModelMissing
from models.checkpoint import checkpoint, fingerprint, need_weights, runtime, short_name

ROOT = Path(__file__).parents[3]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "models" / "kure"
    made.mkdir(parents=True)
    (made / "config.json").write_text("{}")
    (made / "model.safetensors").write_bytes(bytes(range(256)) * 1000)
    return made


def test_a_folder(folder, tmp_path):
    assert checkpoint(folder, tmp_path, offline=True) == folder
    assert checkpoint("kure", tmp_path / "models", offline=True) == tmp_path / "models" / "kure"
    assert (short_name(folder), short_name("nlpai-lab/KURE-v1")) == ("kure", "nlpai-lab/KURE-v1")


@pytest.mark.parametrize("name", ["nlpai-lab/KURE-v1", "kure", "/nowhere/at/all", "..", "a/b/c"])
def test_nowhere(name, tmp_path):
    with pytest.raises(ModelMissing, match="transformers"):
        checkpoint(name, tmp_path, offline=True)


def test_a_folder_without_settings(folder, tmp_path):
    (folder / "config.json").unlink()
    with pytest.raises(ModelMissing, match=r"config\.json"):
        checkpoint(folder, tmp_path, offline=True)


def test_fingerprints(folder):
    first = fingerprint(folder, "recipe")
    assert fingerprint(folder, "recipe") == first
    assert fingerprint(folder, "another") != first
    weights = folder / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    assert fingerprint(folder, "recipe") != first


def test_weights_that_are_lacking():
    need_weights("kure", [])
    with pytest.raises(ModelCorrupt, match=r"classifier\.weight"):
        need_weights("kure", ["classifier.weight"])


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelMissing, match=r"pip install 'sangdam\[dense\]'"):
        runtime("dense")


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as a download needs."""

    files: dict[str, bytes]
    asked: list[str]

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.asked.append(self.path)
        if self.path.startswith(f"/api/models/own/model/tree/{COMMIT}"):
            tree = [
                {"type": "file", "path": name, "size": len(body), "oid": hashlib.sha1(body).hexdigest()}
                for name, body in self.files.items()
            ]
            self._send(json.dumps(tree).encode(), "application/json")
        elif self.path.startswith("/api/models/own/model"):
            told = {
                "id": "own/model",
                "sha": COMMIT,
                "siblings": [{"rfilename": name} for name in self.files],
            }
            self._send(json.dumps(told).encode(), "application/json")
        elif (name := self.path.partition(f"/own/model/resolve/{COMMIT}/")[2]) in self.files:
            self._send(self.files[name], "application/octet-stream")
        else:
            self.send_error(404)

    def _send(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def hub():
    handler = type("OneHub", (Hub,), {"files": {}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    handler.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield handler
    server.shutdown()
    server.server_close()


def from_hub(hub, models_dir, offline=False):
    """In a process of its own: the hub's library reads its settings at import."""
    code = (
        "from pathlib import Path; from models.checkpoint import checkpoint; "
        f"print(checkpoint('own/model', Path({str(models_dir)!r}), offline={offline}))"
    )
    variables = {"HF_ENDPOINT": hub.url, "HF_HOME": str(models_dir / "home"), "PATH": "/usr/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.mark.parametrize(
    ("weights", "other"),
    [("model.safetensors", "pytorch_model.bin"), ("pytorch_model.bin", "onnx/model.onnx")],
)
def test_from_a_hub(hub, tmp_path, weights, other):
    settings = {
        "config.json": b"{}",
        "modules.json": b"[]",
        "1_Pooling/config.json": b"{}",
        "tokenizer.json": b"{}",
    }
    hub.files = settings | {
        weights: b"weights",
        other: b"not wanted",
        "README.md": b"# model",
        "run.py": b"evil",
    }
    folder = from_hub(hub, tmp_path)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == {*settings, weights}
    assert (folder / weights).read_bytes() == b"weights"
    assert (tmp_path / "hub").is_dir()
    hub.asked.clear()
    assert from_hub(hub, tmp_path, offline=True) == folder
    assert hub.asked == []

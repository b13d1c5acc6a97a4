"""`sangdam eval` on real data: the figures are there, and as good as they have to be."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

FILES = 12
MAX_S = 5.0


@pytest.fixture(scope="session")
def data() -> Path:
    folder = os.environ.get("SANGDAM_TEST_DATA", "")
    if not folder or not Path(folder, "faq").is_dir() or not Path(folder, "audio").is_dir():
        pytest.skip("real guides and speech are not part of the project: set SANGDAM_TEST_DATA")
    return Path(folder)


def result(ran: Any) -> dict[str, Any]:
    assert ran.status == 0, ran.stderr
    value = json.loads(ran.stdout)
    assert isinstance(value, dict)
    return value


def test_retrieval(sangdam: Any, data: Path) -> None:
    faq = data / "faq"
    files = ["--articles", faq / "seoul-120-text.csv", "--queries", faq / "dev_queries.tsv"]
    figures = result(sangdam("eval", "retrieval", *files))
    assert figures["n"] == 300
    assert figures["articles"] > 2600
    assert figures["recall_at_1"] >= 0.70
    assert figures["recall_at_5"] >= 0.86
    assert figures["recall_at_1"] <= figures["mrr"] <= figures["recall_at_5"] + 0.05
    assert figures["noise_recall_at_5"] >= 0.74  # what plain fusion of bigrams and morphemes reaches
    assert 0 < figures["p95_ms"] < 500


def a_dozen(audio: Path, folder: Path) -> Path:
    """A manifest of short recordings, as many of one source as of the other."""
    with (audio / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if float(row["sec"]) <= MAX_S]
    chosen = []
    for source in ("deeply", "pansori"):
        (folder / source).symlink_to(audio / source)
        own = [row for row in rows if row["file"].startswith(f"{source}/")]
        chosen += own[:: len(own) // (FILES // 2)][: FILES // 2]
    manifest = folder / "dozen.tsv"
    manifest.write_text(
        "".join(f"{row['file']}\t{row['text']}\n" for row in [{"file": "file", "text": "text"}, *chosen])
    )
    return manifest


@pytest.mark.real_model
def test_speech(sangdam: Any, data: Path, weights: Path, tmp_path: Path) -> None:
    """A dozen recordings as on a telephone say whether something is broken; how good it is takes all of them."""
    manifest = a_dozen(data / "audio", tmp_path)
    figures = result(sangdam("eval", "asr", "--manifest", manifest, "--model", weights, "--phone"))
    assert figures["phone"] is True
    assert figures["utterances"] == FILES
    assert 20 < figures["seconds"] < FILES * MAX_S
    assert 0 < figures["streaming"]["cer"] < 0.4
    assert 0 < figures["offline"]["cer"] < 0.4
    assert figures["ratio"] == pytest.approx(
        figures["streaming"]["cer"] / figures["offline"]["cer"], abs=1e-3
    )
    assert figures["ratio"] < 1.3
    assert figures["by_source"].keys() == {"deeply", "pansori"}
    assert {part["utterances"] for part in figures["by_source"].values()} == {FILES // 2}


def test_a_manifest_without_its_columns(sangdam: Any, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.tsv"
    manifest.write_text("path\tsentence\na.wav\t여보세요\n")
    sangdam("eval", "asr", "--manifest", manifest).refused("bad-input")
    manifest.write_bytes("file\ttext\na.wav\t여보세요\n".encode("cp949"))
    sangdam("eval", "asr", "--manifest", manifest).refused("bad-input")


def test_a_recording_of_the_manifest_is_missing(sangdam: Any, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.tsv"
    manifest.write_text("file\ttext\nnone.wav\t여보세요\n")
    sangdam("eval", "asr", "--manifest", manifest).refused("bad-audio")


def test_queries_that_cannot_be_read(sangdam: Any, tmp_path: Path) -> None:
    guides, queries = tmp_path / "guides.csv", tmp_path / "queries.tsv"
    guides.write_text("id,title,body\na,여권,구청에서 신청합니다.\n")
    queries.write_text("question\tanswer\n여권\ta\n")
    sangdam("eval", "retrieval", "--articles", guides, "--queries", queries).refused("bad-input")
    sangdam("eval", "retrieval", "--articles", guides, "--queries", tmp_path / "none.tsv").refused(
        "bad-input"
    )

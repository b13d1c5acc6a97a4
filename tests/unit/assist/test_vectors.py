"""Vectors on disk: what is damaged is forgotten, nothing else."""

import threading

import numpy as np
import pytest

from assist.vectors import VectorFile

RECORD = 16 + 2 * 8


@pytest.fixture
def file(tmp_path):
    return VectorFile(tmp_path / "vectors", "abc", 8)


def some(count, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, 8))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def test_what_was_kept_is_there_for_the_next_process(file, tmp_path):
    vectors = some(3)
    assert file.load(["여권"]) == {}
    file.keep(["여권", "수도"], vectors[:2])
    file.keep(["주차"], vectors[2:])
    again = VectorFile(tmp_path / "vectors", "abc", 8)
    found = again.load(["주차", "여권", "없음"])
    assert set(found) == {"주차", "여권"}
    assert (found["여권"] == vectors[0]).all()
    assert (found["주차"] == vectors[2]).all()
    assert VectorFile(tmp_path / "vectors", "other", 8).load(["여권"]) == {}


@pytest.mark.parametrize("cut", [1, 16, RECORD - 1])
def test_a_process_killed_while_it_wrote(file, cut):
    file.keep(["여권", "수도"], some(2))
    with file.path.open("r+b") as raw:
        raw.truncate(2 * RECORD - cut)
    assert set(file.load(["여권", "수도"])) == {"여권"}
    file.keep(["주차"], some(1))
    assert set(file.load(["여권", "수도", "주차"])) == {"여권", "주차"}


def test_damaged_vectors(file):
    vectors = some(3)
    file.keep(["여권", "수도", "주차"], vectors)
    raw = bytearray(file.path.read_bytes())
    raw[16:32] = b"\xff" * 16
    raw[RECORD + 16 : RECORD + 32] = b"\0" * 16
    file.path.write_bytes(raw)
    assert set(file.load(["여권", "수도", "주차"])) == {"주차"}


def test_where_nothing_can_be_written(tmp_path, caplog):
    (tmp_path / "vectors").write_text("a file, not a folder")
    file = VectorFile(tmp_path / "vectors", "abc", 8)
    file.keep(["여권"], some(1))
    assert "cannot be kept" in caplog.text
    assert file.load(["여권"]) == {}


def test_several_at_once(file, tmp_path):
    def keep(number):
        own = VectorFile(tmp_path / "vectors", "abc", 8)
        for at in range(10):
            own.keep([f"{number}-{at}"], some(1, seed=10 * number + at))

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    found = file.load([f"{number}-{at}" for number in range(4) for at in range(10)])
    assert len(found) == 40
    assert (found["3-7"] == some(1, seed=37)[0]).all()

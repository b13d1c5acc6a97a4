"""Processes of a site start together, on a folder where no bus is yet."""

import multiprocessing
from pathlib import Path

from bus.log import connect, prepare
from contracts.topics import TOPICS

PROCESSES = 6
SITES = 40
LIMIT_S = 30.0


def open_them(folder: Path, together) -> None:
    for number in range(SITES):
        path = folder / str(number) / "bus.db"
        together.wait(LIMIT_S)
        prepare(path, TOPICS.values())
        connect(path).close()


def test_all_of_them_open_the_new_file(tmp_path: Path) -> None:
    start = multiprocessing.get_context("spawn")
    together = start.Barrier(PROCESSES)
    processes = [start.Process(target=open_them, args=(tmp_path, together)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(LIMIT_S)
    assert [process.exitcode for process in processes] == [0] * PROCESSES

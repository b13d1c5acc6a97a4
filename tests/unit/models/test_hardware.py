import os

import pytest

from models.hardware import (
    Hardware,
    default_compute_type,
    default_models,
    detect,
    usable_cores,
    usable_memory,
)

ALLOWED = len(os.sched_getaffinity(0))


@pytest.fixture
def own(tmp_path):
    """The process's own line of /proc/self/cgroup, as in a container."""
    file = tmp_path / "cgroup"
    file.write_text("0::/\n")
    return file


def test_this_machine():
    found = detect()
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert found.memory_bytes > 1 << 28
    assert default_compute_type("cpu") in found.compute_types["cpu"]
    assert (found.device == "cuda") == (found.gpus > 0)


@pytest.mark.parametrize(
    ("line", "cores"),
    [
        ("100000 100000", 1),
        ("max 100000", ALLOWED),
        ("50000 100000", 1),
        ("9900000 100000", ALLOWED),
        ("", ALLOWED),
    ],
)
def test_container_quota_v2(tmp_path, own, line, cores):
    (tmp_path / "cpu.max").write_text(line + "\n")
    assert usable_cores(tmp_path, own) == min(cores, ALLOWED)


@pytest.mark.parametrize(("quota", "cores"), [("-1", ALLOWED), ("100000", 1)])
def test_container_quota_v1(tmp_path, own, quota, cores):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert usable_cores(tmp_path, own) == cores


def test_a_service_inside_a_slice_keeps_the_tightest_limit(tmp_path, own):
    own.write_text("12:cpu:/old\n0::/system.slice/sangdam.service\n")
    service = tmp_path / "system.slice" / "sangdam.service"
    service.mkdir(parents=True)
    (service / "memory.max").write_text("max\n")
    (service / "cpu.max").write_text("max 100000\n")
    (service.parent / "memory.max").write_text(str(1 << 29))
    (service.parent / "cpu.max").write_text("100000 100000")
    assert usable_memory(tmp_path, own) == 1 << 29
    assert usable_cores(tmp_path, own) == 1


@pytest.mark.parametrize("file", ["memory.max", "memory/memory.limit_in_bytes"])
def test_container_memory(tmp_path, own, file):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(str(1 << 30))
    assert usable_memory(tmp_path, own) == 1 << 30
    (tmp_path / file).write_text("max" if file == "memory.max" else "9223372036854771712")
    assert usable_memory(tmp_path, own) == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_default_model():
    small = Hardware(cores=2, memory_bytes=8 << 30, gpus=0, compute_types={})
    large = Hardware(cores=2, memory_bytes=8 << 30, gpus=2, compute_types={})
    assert (small.device, default_models(small)) == ("cpu", ("whisper-base",))
    assert (large.device, default_models(large)) == ("cuda", ("whisper-large-v3-turbo", "whisper-base"))


@pytest.mark.parametrize(
    ("device", "supported", "taken"),
    [
        ("cpu", {"int8", "float32"}, "int8"),
        ("cpu", {"float32"}, "float32"),
        ("cuda", {"float16", "int8", "float32"}, "float16"),
        ("cuda", {"int8", "float32"}, "int8"),
        ("cuda", set(), "default"),
    ],
)
def test_default_compute_type(device, supported, taken):
    assert default_compute_type(device, supported) == taken

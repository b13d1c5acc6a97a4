"""What this machine can compute with, as far as a process in a container may use it."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import ctranslate2

Device = Literal["cpu", "cuda"]

_CGROUPS: Final = Path("/sys/fs/cgroup")
_OWN: Final = Path("/proc/self/cgroup")

_PREFERRED: Final[dict[Device, tuple[str, ...]]] = {
    "cpu": ("int8", "int8_float32", "float32"),
    "cuda": ("float16", "bfloat16", "int8_float16", "int8", "float32"),
}
"""8-bit weights are fastest on a CPU; a GPU has the memory for 16 bits and multiplies them at full rate."""


@dataclass(frozen=True, slots=True)
class Hardware:
    cores: int
    """CPU cores this process may use: affinity and container limit counted, at least 1."""
    memory_bytes: int
    """Memory this process may use, the container's limit counted."""
    gpus: int
    """CUDA devices that CTranslate2 can use."""
    compute_types: dict[Device, frozenset[str]]
    """What CTranslate2 supports on each device that is here."""

    @property
    def device(self) -> Device:
        return "cuda" if self.gpus else "cpu"


def detect() -> Hardware:
    """Look at this machine. Takes milliseconds; with a GPU, the first call starts CUDA."""
    gpus = ctranslate2.get_cuda_device_count()
    devices: tuple[Device, ...] = ("cpu", "cuda") if gpus else ("cpu",)
    return Hardware(
        cores=usable_cores(),
        memory_bytes=usable_memory(),
        gpus=gpus,
        compute_types={
            device: frozenset(ctranslate2.get_supported_compute_types(device)) for device in devices
        },
    )


def default_compute_type(device: Device, supported: Collection[str] | None = None) -> str:
    """The compute type for speech recognition on `device`.

    Args:
        device: `cpu` or `cuda`.
        supported: what CTranslate2 supports there; None asks it.
    """
    known = ctranslate2.get_supported_compute_types(device) if supported is None else supported
    return next((kind for kind in _PREFERRED[device] if kind in known), "default")


def default_models(hardware: Hardware) -> tuple[str, ...]:
    """Names of the catalogue that suit the machine, best first; the next one is for when that is not to be had."""
    if hardware.gpus:
        return ("whisper-large-v3-turbo", "whisper-base")
    return ("whisper-base",)


def usable_cores(cgroups: Path = _CGROUPS, own: Path = _OWN) -> int:
    """CPU cores for this process: what it may be scheduled on, cut by quotas of its container or service."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for folder in _groups(cgroups, own):
        # v2: "quota period" or "max period"; v1: two files, quota -1 for none.
        quota = _words(folder / "cpu.max") or (
            _words(folder / "cpu" / "cpu.cfs_quota_us") + _words(folder / "cpu" / "cpu.cfs_period_us")
        )
        if len(quota) == 2 and quota[0].isdigit() and quota[1].isdigit():
            cores = min(cores, round(int(quota[0]) / int(quota[1])))
    return max(1, cores)


def usable_memory(cgroups: Path = _CGROUPS, own: Path = _OWN) -> int:
    """Bytes of memory for this process: the machine's, cut by limits of its container or service."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for folder in _groups(cgroups, own):
        for limit in _words(folder / "memory.max") + _words(folder / "memory" / "memory.limit_in_bytes"):
            memory = min(memory, int(limit)) if limit.isdigit() else memory
    return memory


def _groups(cgroups: Path, own: Path) -> list[Path]:
    """The process's own control group and those around it; limits of each of them hold."""
    path = next((word[3:] for word in _words(own) if word.startswith("0::")), "/")
    group = cgroups / path.strip("/")
    return [group, *(parent for parent in group.parents if parent.is_relative_to(cgroups))]


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []

"""PyTorch for a machine without a GPU, into one environment, without the gigabytes of CUDA beside it.

The CPU build of the project's own index comes first. Where that index cannot be reached, the published wheel is
taken without its CUDA libraries: its CPU kernels are the same, but its loader insists on libraries of those names.
They get stand-ins that export the names and answer every call with 100, "no device", or with an empty text where the
name of an error is asked for. Needs gcc and readelf, and x86-64, for which there are such wheels.
"""

import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

VERSION: Final = "2.13.0"
_CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
_NEEDS: Final = (
    "filelock", "fsspec", "Jinja2", "MarkupSafe", "mpmath", "networkx", "setuptools", "sympy", "typing_extensions",
)  # fmt: skip
_CUDA: Final = re.compile(r"lib(cu|nv|nccl)")
_CUDA_NAME: Final = re.compile(r"(__cuda|cu|nv|nccl)", re.IGNORECASE)
_TELLS: Final = re.compile(r"(cuda|cudnn|cusparse|nccl|nvrtc)Get\w*(String|Name)$")
"""Functions that return a pointer to text."""
STAND_INS: Final = "cuda-stand-ins"

Run = Callable[[list[str]], None]


def install(environment: Path, python: Path, run: Run) -> None:
    """Put torch into an environment.

    Args:
        environment: its folder; stand-ins go to `STAND_INS` in it.
        python: its interpreter.
        run: runs a command, raises CalledProcessError when it fails.
    """
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        run(
            [
                *pip,
                "--no-deps",
                "--retries",
                "0",
                "--timeout",
                "20",
                "--index-url",
                _CPU_INDEX,
                f"torch=={VERSION}",
            ]
        )
    except subprocess.CalledProcessError:
        run([*pip, "--no-deps", f"torch=={VERSION}"])
        [library] = environment.glob("lib/python*/site-packages/torch/lib")
        _stand_in(library, environment / STAND_INS)
    run([*pip, *_NEEDS])


def _stand_in(library: Path, folder: Path) -> None:
    """Build a shared library for each CUDA library that those in `library` name and that is not there."""
    folder.mkdir(exist_ok=True)
    needed: set[str] = set()
    defined: set[str] = set()
    plain: set[str] = set()
    versioned: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for binary in sorted(library.glob("*.so*")):
        needed |= set(re.findall(r"NEEDED.*\[(.*)\]", _readelf("-d", binary)))
        home = _homes(_readelf("-V", binary))
        for line in _readelf("--dyn-syms", binary).splitlines():
            fields = line.split()
            if len(fields) < 8:
                continue
            name, _, version = fields[7].partition("@")
            version = version.strip("@")
            if fields[6] != "UND":
                defined.add(name)
            elif version:
                versioned[home.get(version, "")][version].add(name)
            else:
                plain.add(name)
    absent = sorted(name for name in needed if _CUDA.match(name) and not (library / name).exists())
    loose = {name for name in plain - defined if _CUDA_NAME.match(name)}
    for name in absent:
        # A name without a version is found in any library: the first one has them all.
        _build(folder, name, versioned.get(name, {}), loose if name == absent[0] else set())


def _readelf(flag: str, binary: Path) -> str:
    command = ["readelf", "-W", flag, str(binary)]
    asked = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  our own files
    return asked.stdout


def _homes(versions: str) -> dict[str, str]:
    """Which library a needed symbol version belongs to, from `readelf -V`."""
    homes, file = {}, ""
    for line in versions.splitlines():
        if found := re.search(r"File: (\S+)", line):
            file = found[1]
        elif file and (found := re.search(r"Name: (\S+)", line)):
            homes[found[1]] = file
    return homes


def _labels(names: Iterable[str]) -> str:
    return "".join(f".globl {one}\n.type {one},@function\n{one}:\n" for one in names)


def _build(folder: Path, name: str, versions: dict[str, set[str]], loose: set[str]) -> None:
    names = sorted(loose.union(*versions.values()))
    source, script = folder / "source.s", folder / "versions.map"
    told = _labels(name for name in names if _TELLS.match(name))
    others = _labels(name for name in names if not _TELLS.match(name))
    end = 'nothing: .byte 0\n.section .note.GNU-stack,"",@progbits\n'
    source.write_text(f".text\n{told}leaq nothing(%rip), %rax\nret\n{others}movl $100, %eax\nret\n{end}")
    command = ["gcc", "-shared", "-nostdlib", f"-Wl,-soname,{name}", "-o", str(folder / name), str(source)]
    if versions:
        nodes = (f"{one} {{ global: {'; '.join(sorted(members))}; }};\n" for one, members in versions.items())
        script.write_text("".join(nodes))
        command.append(f"-Wl,--version-script={script}")
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  the command is ours

"""The Dockerfile copies what exists, installs what is declared, and ends as nobody's root."""

import fnmatch
import re
import tomllib
from pathlib import Path
from typing import Any

import ctranslate2
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from sangdam.settings import Settings
from tests.unit.deploy.conftest import Instruction

FINAL = ("runtime", "gpu", "proxy")


def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


def ignored(root: Path, path: str) -> bool:
    """As Docker reads .dockerignore: the last line that fits decides, a folder stands for what is in it."""
    verdict = False
    for line in (root / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        leading = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        if any(fnmatch.fnmatchcase(each, pattern) for each in leading) or (
            "**/" in line and any(fnmatch.fnmatchcase(part, pattern) for part in parts)
        ):
            verdict = not line.startswith("!")
    return verdict


def test_bases_are_pinned(dockerfile: list[Instruction]) -> None:
    stages = {one.stage for one in dockerfile}
    for one in dockerfile:
        if one.word == "FROM" and one.words[0] not in stages:
            assert re.fullmatch(r"[\w/]+:\d+\.\d+\.\d+-[\w-]+", one.words[0]), one.text


def test_what_is_copied_exists(root: Path, dockerfile: list[Instruction]) -> None:
    stages = {one.stage for one in dockerfile}
    for one in dockerfile:
        if one.word != "COPY":
            continue
        if one.words[0].startswith("--from="):
            assert one.words[0].removeprefix("--from=") in stages
            continue
        for source in one.words[:-1]:
            assert (root / source).exists(), source
            assert not ignored(root, source.rstrip("/")), source


def test_nothing_of_a_site_is_sent_to_the_builder(root: Path) -> None:
    for path in ("var/sangdam.db", ".git/config", "deploy/secrets/sangdam_secret", "deploy/certs/site.key",
                 "web/node_modules/x", "console/static/index.html", "bus/__pycache__/base.cpython-311.pyc"):  # fmt: skip
        assert ignored(root, path), path
    assert not ignored(root, "sangdam/cli.py")
    assert not ignored(root, "web/src/view.ts")


def test_the_wheel_has_all_packages(root: Path, dockerfile: list[Instruction]) -> None:
    copied = {
        word for one in dockerfile if (one.stage, one.word) == ("build", "COPY") for word in one.words[:-1]
    }
    wheel = project(root)["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["packages"]) <= copied
    pages = next(one for one in dockerfile if one.text.startswith("--from=pages"))
    # vite writes where the wheel looks, beside web/.
    assert pages.words[1:] == ["/src/console/static", "console/static"]
    assert wheel["artifacts"] == ["console/static/**", "chat_gateway/static/**"]
    assert '"../console/static"' in (root / "web/vite.config.ts").read_text()


def test_extras_exist(root: Path, dockerfile: list[Instruction]) -> None:
    install = next(one.text for one in dockerfile if one.stage == "build" and "pip install" in one.text)
    extras = re.search(r"\[([\w,]+)\]", install)
    assert extras
    assert set(extras[1].split(",")) <= set(project(root)["project"]["optional-dependencies"])


def test_versions_suit_the_project(root: Path, dockerfile: list[Instruction]) -> None:
    bases = {one.words[0] for one in dockerfile if one.word == "FROM"}
    (python,) = {base for base in bases if base.startswith("python:")}
    version = re.search(r":(\d+\.\d+)\.(\d+)", python)
    assert version
    assert f"{version[1]}.{version[2]}" in SpecifierSet(project(root)["project"]["requires-python"])
    libraries = next(one.text for one in dockerfile if one.stage == "gpu" and one.word == "ENV")
    assert f"/lib/python{version[1]}/site-packages/nvidia/cublas/lib" in libraries
    (node,) = {base for base in bases if base.startswith("node:")}
    major, minor = map(int, re.findall(r"\d+", node)[:2])
    assert (major, minor) >= (22, 12)  # vite's own engines: ^20.19 or >=22.12


def test_packages_are_pinned_within_what_is_asked(root: Path) -> None:
    pinned = {}
    for line in (root / "deploy/constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            assert len(requirement.specifier) == 1, line
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", line
            pinned[canonicalize_name(requirement.name)] = specifier.version
    declared = project(root)["project"]
    asked = [*declared["dependencies"]]
    for extra in ("kafka", "postgres", "otel", "report"):
        asked += declared["optional-dependencies"][extra]
    for line in asked:
        requirement = Requirement(line)
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), line


def test_final_images(dockerfile: list[Instruction]) -> None:
    parent = {one.stage: one.words[0] for one in dockerfile if one.word == "FROM"}
    assert dockerfile[-1].stage == "runtime"  # what `docker build` without --target makes
    for stage in FINAL:
        chain = [stage, *([parent[stage]] if parent[stage] in parent else [])]
        own = [one for one in dockerfile if one.stage in chain]
        users = [one.text for one in own if one.word == "USER"]
        assert users[-1] == "10001:10001", stage
        assert any(one.word == "HEALTHCHECK" for one in own), stage
        for one in own:
            # Nothing is compiled or fetched in what is shipped.
            assert not re.search(r"apt-get|apk add|pip install|curl|gcc", one.text), one.text


def test_environment_is_that_of_the_settings(dockerfile: list[Instruction]) -> None:
    text = " ".join(one.text for one in dockerfile if (one.stage, one.word) == ("base", "ENV"))
    given = dict(re.findall(r"SANGDAM_(\w+)=(\S+)", text))
    assert {name.lower() for name in given} <= set(Settings.model_fields)
    ports = {given["PORT"], given["OPS_PORT"]}
    assert ports == {str(Settings.model_fields[name].default) for name in ("port", "ops_port")}
    exposed = next(one for one in dockerfile if (one.stage, one.word) == ("base", "EXPOSE"))
    assert set(exposed.words) == ports
    health = next(one for one in dockerfile if (one.stage, one.word) == ("base", "HEALTHCHECK"))
    assert f"'127.0.0.1', {given['OPS_PORT']}" in health.text
    assert "'/healthz'" in health.text


def test_targets_of_the_site_exist(site: dict[str, Any], dockerfile: list[Instruction]) -> None:
    stages = {one.stage for one in dockerfile}
    for service in site["services"].values():
        if "build" in service:
            assert service["build"]["target"] in stages
            assert service["build"]["dockerfile"] == "deploy/Dockerfile"


def test_the_gpu_needs_cublas_alone() -> None:
    """The names that CTranslate2 loads at run time stand in its library."""
    folder = Path(ctranslate2.__file__).parents[1] / "ctranslate2.libs"
    (library,) = folder.glob("libctranslate2-*")
    code = library.read_bytes()
    assert b"libcublas.so.12" in code
    assert b"libcudnn" not in code

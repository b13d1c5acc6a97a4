"""The container files, read as their tools read them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Instruction:
    stage: str
    word: str
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def site() -> dict[str, Any]:
    """docker-compose.yml."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="session")
def three_brokers() -> dict[str, Any]:
    """docker-compose.kafka3.yml alone."""
    return yaml.safe_load((ROOT / "docker-compose.kafka3.yml").read_text())


@pytest.fixture(scope="session")
def ours(site: dict[str, Any]) -> dict[str, Any]:
    """The services that run our own program."""
    return {
        name: service
        for name, service in site["services"].items()
        if service.get("build", {}).get("target") in ("runtime", "gpu")
    }


@pytest.fixture(scope="session")
def dockerfile() -> list[Instruction]:
    """Instructions with the stage they belong to."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "deploy/Dockerfile").read_text())
    found: list[Instruction] = []
    stage = ""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if not line.strip():
            continue
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            stage = rest.split()[-1]
        found.append(Instruction(stage, word, rest))
    return found


@pytest.fixture(scope="session")
def dashboard_queries() -> list[str]:
    board = yaml.safe_load((ROOT / "deploy/grafana/dashboards/sangdam.json").read_text())
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


@pytest.fixture(scope="session")
def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]

"""Every command, variable, port, path, secret and service in the compose files exists where it says."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
import yaml

from models.catalogue import find
from sangdam.cli import app
from sangdam.services import SERVICES
from sangdam.settings import Settings

ONCE = {"topics", "models", "models-gpu"}
"""They do their work and end."""

THEIRS = {
    # What other programs read, and where they say so.
    "apache/kafka": {
        "KAFKA_NODE", "KAFKA_HOST", "KAFKA_REPLICAS", "KAFKA_VOTERS", "KAFKA_CLUSTER",  # deploy/kafka/start
        "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "EXTRA_ARGS",  # bin/kafka-server-start.sh
        "LOG_DIR",  # bin/kafka-run-class.sh
    },
    "postgres": {  # https://hub.docker.com/_/postgres
        "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS",
    },
    "grafana/grafana": {  # conf/defaults.ini of Grafana: GF_<section>_<key>, __FILE for secrets
        "GF_SERVER_ROOT_URL", "GF_SERVER_SERVE_FROM_SUB_PATH", "GF_SECURITY_ADMIN_PASSWORD__FILE",
        "GF_SECURITY_COOKIE_SECURE", "GF_USERS_ALLOW_SIGN_UP", "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_ANALYTICS_CHECK_FOR_UPDATES", "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
        "GF_PLUGINS_PREINSTALL_DISABLED", "GF_NEWS_NEWS_FEED_ENABLED", "GF_LOG_MODE",
    },
    "sangdam-proxy": {"SANGDAM_SITE", "SANGDAM_TLS"},  # deploy/caddy/Caddyfile
}  # fmt: skip
LIBRARIES = {
    "FORWARDED_ALLOW_IPS",  # uvicorn, https://www.uvicorn.org/settings/#http
    "TMPDIR",  # Python's tempfile
    "HF_ENDPOINT",  # huggingface_hub, README
    "HTTPS_PROXY",  # httpx, pip
    "PIP_INDEX_URL",  # pip, models/registry.py
}
RUNS_AS = {"apache/kafka": "appuser"}
"""Images of others that are no root by themselves; https://github.com/apache/kafka/blob/trunk/docker/jvm/Dockerfile."""


def image_of(service: dict[str, Any]) -> tuple[str, str]:
    """Name and tag, with the defaults of the variables."""
    image = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", service["image"])
    name, _, tag = image.rpartition(":")
    return name, tag


def command_line(words: list[str]) -> None:
    """Let the command line read the words, without running anything."""
    command = typer.main.get_command(app)
    while commands := getattr(command, "commands", None):
        assert words[0] in commands, words
        command, words = commands[words[0]], words[1:]
    command.make_context("sangdam", list(words))


def test_every_command_exists(ours: dict[str, Any], three_brokers: dict[str, Any]) -> None:
    commands = [service["command"] for name, service in ours.items() if not name.startswith("models")]
    commands += [service["command"] for service in three_brokers["services"].values() if "command" in service]
    assert len(commands) == 10
    for words in commands:
        command_line(words)
        if words[0] == "serve":
            assert set(words[1:]) <= set(SERVICES)


def test_a_command_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(Exception, match="no-such-option"):
        command_line(["serve", "asr", "--no-such-option"])
    with pytest.raises(AssertionError):
        command_line(["serves", "asr"])


def test_each_service_runs_alone(ours: dict[str, Any]) -> None:
    served = {service["command"][1] for service in ours.values() if service["command"][0] == "serve"}
    assert served == set(SERVICES)


def test_models_that_are_pulled_exist(ours: dict[str, Any]) -> None:
    for name in ("models", "models-gpu"):
        (script,) = ours[name]["command"]
        pulled = re.fullmatch(r"for name in ([\w. -]+); do sangdam models pull \$\$name; done", script)
        assert pulled, script
        for model in pulled[1].split():
            assert find(model).name == model
        command_line(["models", "pull", "whisper-base"])


def test_every_variable_is_known(site: dict[str, Any], ours: dict[str, Any]) -> None:
    settings = {f"SANGDAM_{name.upper()}" for name in Settings.model_fields}
    for name, service in site["services"].items():
        known = settings | LIBRARIES if name in ours else THEIRS.get(image_of(service)[0], set())
        assert set(service.get("environment", {})) <= known, name


def test_variables_of_the_operator_are_explained(root: Path, site: dict[str, Any]) -> None:
    manual = (root / "docs/operations.md").read_text()
    asked = set(re.findall(r"\$\{(\w+)", (root / "docker-compose.yml").read_text()))
    assert asked
    assert not {name for name in asked if f"`{name}`" not in manual}


def test_bus_and_database_are_where_the_urls_say(site: dict[str, Any], three_brokers: dict[str, Any]) -> None:
    services = site["services"] | three_brokers["services"]
    for source in (site, three_brokers):
        bus = urlsplit(source["x-environment"]["SANGDAM_BUS"])
        assert bus.scheme == "kafka"
        for host in bus.netloc.split(","):
            name, _, port = host.partition(":")
            assert name in services
            assert port == "9092"
        options = {key: values[0] for key, values in parse_qs(bus.query).items()}
        assert options.pop("compression") == "lz4"
        assert options == {
            "security": "sasl_plaintext",
            "mechanism": "SCRAM-SHA-512",
            "username": "sangdam",
        }
    database = urlsplit(site["x-environment"]["SANGDAM_DATABASE"])
    postgres = services["postgres"]["environment"]
    assert database.hostname == "postgres"
    assert database.username == postgres["POSTGRES_USER"]
    assert database.path == f"/{postgres['POSTGRES_DB']}"


def test_secrets_are_settings_and_are_made(root: Path, site: dict[str, Any], ours: dict[str, Any]) -> None:
    made = re.search(r"for name in ([\w ]+); do", (root / "deploy/make-secrets").read_text())
    assert made
    assert set(made[1].split()) == set(site["secrets"])
    for name, service in site["services"].items():
        for secret in service.get("secrets", []):
            assert secret in site["secrets"], name
            if name in ours:
                field = Settings.model_fields[secret.removeprefix("sangdam_")]
                assert "SecretStr" in str(field.annotation)
    for name, secret in site["secrets"].items():
        assert secret["file"] == f"./deploy/secrets/{name}"


def test_passwords_stand_nowhere_else(site: dict[str, Any], three_brokers: dict[str, Any]) -> None:
    for source in (site, three_brokers):
        for name, service in source["services"].items():
            for variable, value in service.get("environment", {}).items():
                if re.search("PASSWORD|SECRET|TOKEN|KEY", variable):
                    assert str(value).startswith("/run/secrets/"), (name, variable)
                assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), (name, variable)


def test_only_the_proxy_is_published(root: Path, site: dict[str, Any], three_brokers: dict[str, Any]) -> None:
    caddyfile = (root / "deploy/caddy/Caddyfile").read_text()
    for name, service in [*site["services"].items(), *three_brokers["services"].items()]:
        assert ("ports" in service) == (name == "caddy"), name
    inside = {port.rpartition(":")[2] for port in site["services"]["caddy"]["ports"]}
    assert inside == set(re.findall(r"https?_port (\d+)", caddyfile))


def test_networks_lead_nowhere_they_need_not(site: dict[str, Any]) -> None:
    open_ones = {name for name, network in site["networks"].items() if not network.get("internal")}
    on = {
        network: {name for name, service in site["services"].items() if network in service["networks"]}
        for network in site["networks"]
    }
    assert open_ones == {"edge", "outside"}
    assert on["edge"] == {"caddy"}
    assert on["outside"] == {"models", "models-gpu"}
    assert on["front"] == {"caddy", "ingest", "chat", "console", "grafana"}
    assert "caddy" not in on["bus"] | on["data"] | on["watch"]


def test_every_image_is_pinned(site: dict[str, Any]) -> None:
    for name, service in site["services"].items():
        assert re.match(r"v?\d+\.\d+", image_of(service)[1]), name


def test_containers_can_do_little(site: dict[str, Any]) -> None:
    for name, service in site["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert "privileged" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        limits = service["deploy"]["resources"]["limits"]
        assert {"cpus", "memory"} <= set(limits), name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        restart = service["restart"]
        assert restart.startswith("on-failure:") if name in ONCE else restart == "unless-stopped", name
        assert int(service["stop_grace_period"].removesuffix("s")) >= 15, name


def test_nobody_is_root(site: dict[str, Any]) -> None:
    for name, service in site["services"].items():
        user = service.get("user") or RUNS_AS.get(image_of(service)[0])
        built = "build" in service  # the Dockerfile's own test
        assert built or (user and user.split(":")[0] not in ("0", "root")), name


def test_health_is_asked_of_all_that_stay(site: dict[str, Any]) -> None:
    for name, service in site["services"].items():
        health = service.get("healthcheck", {})
        if name in ONCE:
            assert health == {"disable": True}, name
        elif "build" not in service:
            assert health["test"][0] == "CMD", name


def test_order_of_start(site: dict[str, Any], ours: dict[str, Any]) -> None:
    for name, service in site["services"].items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in site["services"]
            wanted = "service_completed_successfully" if needed in ONCE else "service_healthy"
            assert how["condition"] == wanted, (name, needed)
    for name in set(ours) - ONCE:
        assert {"topics", "postgres"} <= set(site["services"][name]["depends_on"])


def test_volumes_and_paths(root: Path, site: dict[str, Any], three_brokers: dict[str, Any]) -> None:
    declared = set(site["volumes"]) | set(three_brokers["volumes"])
    used = set()
    services = [*site["services"].items(), *three_brokers["services"].items()]
    for name, service in services:
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            if source.startswith("./"):
                assert (root / source).exists(), (name, source)
                assert mode == ["ro"], (name, volume)
            elif source == "/":
                assert (name, mode) == ("node-exporter", ["ro,rslave"])
            else:
                used.add(source)
            if source == "models":
                assert target == "/models"
                assert mode == ([] if name in ONCE else ["ro"]), name
    assert used == declared


@pytest.mark.parametrize("name", ["ingest", "asr", "assist", "summarize", "chat", "console"])
def test_services_can_have_replicas(site: dict[str, Any], name: str) -> None:
    assert not {"container_name", "ports", "hostname"} & set(site["services"][name])


def test_three_brokers_fit_the_site(site: dict[str, Any], three_brokers: dict[str, Any]) -> None:
    changed = three_brokers["services"]
    brokers = {name: changed[name]["environment"] for name in ("kafka", "kafka2", "kafka3")}
    for name, environment in brokers.items():
        assert environment["KAFKA_REPLICAS"] == "3"
        number = environment.get("KAFKA_NODE", site["services"]["kafka"]["environment"]["KAFKA_NODE"])
        assert f"{number}@{name}:9093" in environment["KAFKA_VOTERS"].split(",")
        assert environment.get("KAFKA_HOST", "kafka") == name
    assert changed["topics"]["command"][-2:] == ["--replication", "3"]
    users = {
        name for name, service in site["services"].items() if "SANGDAM_BUS" in service.get("environment", {})
    }
    for name in users:
        assert changed[name]["environment"] == three_brokers["x-environment"], name
    assert set(changed) - {"kafka2", "kafka3"} <= set(site["services"])


@pytest.mark.parametrize(("file", "names"), [("llm", {"assist", "summarize"}), ("channels", {"chat", "voc"})])
def test_what_is_outside_fits_the_site(root: Path, site: dict[str, Any], file: str, names: set[str]) -> None:
    """Only who asks it reaches the outside, and with its keys as secrets."""
    added = yaml.safe_load((root / f"docker-compose.{file}.yml").read_text())
    settings = {f"SANGDAM_{name.upper()}" for name in Settings.model_fields}
    assert set(added["services"]) == names
    for service in added["services"].values():
        assert set(service["environment"]) <= settings
        assert set(service["networks"]) == {"outside"}
        assert {f"SANGDAM_{name.removeprefix('sangdam_').upper()}" for name in service["secrets"]} <= settings
        assert set(service["secrets"]) <= set(added["secrets"])
    assert "outside" in site["networks"]
    assert set(added["secrets"]).isdisjoint(site["secrets"])

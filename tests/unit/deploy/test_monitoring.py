"""Every metric that alerts, dashboard and manual speak of exists, and every metric of the code is shown."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from bus.base import Bus, BusCounts
from sangdam.histograms import Latencies
from sangdam.metric_table import COUNTERS, GAUGES
from sangdam.metrics import Metrics, of_bus
from sangdam.ops import Status
from sangdam.services import SERVICES
from sangdam.settings import Settings

PROMISES = {
    # DESIGN: seconds at the 95th percentile.
    "sangdam_word_to_partial_seconds": 1.0,
    "sangdam_speech_to_final_seconds": 1.5,
    "sangdam_final_to_card_seconds": 1.0,
    "sangdam_end_to_summary_seconds": 5.0,
}
THEIRS = {
    "up", "ALERTS",  # Prometheus itself
    "process_cpu_seconds_total", "process_resident_memory_bytes",  # prometheus_client's ProcessCollector
    "node_filesystem_avail_bytes", "node_filesystem_size_bytes",  # node_exporter, collector filesystem
    "node_timex_offset_seconds", "node_timex_sync_status",  # node_exporter, collector timex
}  # fmt: skip
WORDS = {
    # PromQL's own, and the labels that are used outside of braces.
    "histogram_quantile", "sum", "min", "max", "by", "rate", "increase", "delta", "absent", "label_replace",
    "abs", "or", "and", "vector", "predict_linear",
    "le", "group", "mode", "service", "partition", "topic", "guard", "reason", "instance", "container",
    "version", "bus", "database", "model", "side", "state", "channel", "kind", "code", "event",
    "lane", "way",
}  # fmt: skip


@pytest.fixture(scope="session")
def metrics() -> set[str]:
    """Names of all metrics as Prometheus stores them, histograms by their first name."""
    found = {f"sangdam_{part}_{one.name}_total" for part, entries in COUNTERS.items() for one in entries}
    found |= {f"sangdam_{part}_{one.name}" for part, entries in GAUGES.items() for one in entries}
    bus = SimpleNamespace(counts=BusCounts(), lags=list)
    for metric in of_bus(cast("Bus", bus)):
        found.add(f"{metric.name}_total" if metric.type == "counter" else metric.name)
    body, _ = Metrics(Status(SERVICES), Settings()).scrape()
    found |= set(re.findall(r"^# TYPE (sangdam_\w+) ", body.decode(), re.MULTILINE))
    return found


def names(query: str) -> set[str]:
    """Metrics that a query reads."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", query)
    words = set(re.findall(r"(?<![\w.])[a-zA-Z_]\w*", bare)) - WORDS
    return {re.sub(r"_bucket$", "", word) for word in words}


def test_queries_are_read_as_they_are() -> None:
    query = 'histogram_quantile(0.95, sum by (le) (rate(sangdam_a_seconds_bucket{x="y"}[5m]))) > 16e6 or b'
    assert names(query) == {"sangdam_a_seconds", "b"}


def test_alerts_read_what_is_counted(alerts: list[dict[str, Any]], metrics: set[str]) -> None:
    for rule in alerts:
        assert names(rule["expr"]) <= metrics | THEIRS, rule["alert"]


def test_the_dashboard_reads_what_is_counted(dashboard_queries: list[str], metrics: set[str]) -> None:
    for query in dashboard_queries:
        assert names(query) <= metrics | THEIRS, query


def test_all_that_is_counted_is_on_the_dashboard(dashboard_queries: list[str], metrics: set[str]) -> None:
    shown = set().union(*map(names, dashboard_queries))
    assert metrics <= shown, "a panel of deploy/grafana/dashboards/sangdam.json should show these"


def test_services_and_modes_exist(alerts: list[dict[str, Any]]) -> None:
    text = " ".join(rule["expr"] for rule in alerts)
    assert set(re.findall(r'service="(\w+)"', text)) == set(SERVICES)
    assert set(re.findall(r'mode="(\w+)"', text)) == {"refused"}


def test_promises_are_those_of_the_design(alerts: list[dict[str, Any]], dashboard_queries: list[str]) -> None:
    broken = {}
    for rule in alerts:
        if found := re.search(r"(sangdam_\w+_seconds)_bucket.*> ([\d.]+)$", rule["expr"]):
            broken[found[1]] = float(found[2])
    assert broken == PROMISES
    lines = [float(query[7:-1]) for query in dashboard_queries if query.startswith("vector(")]
    assert lines[:4] == list(PROMISES.values())


def test_promises_are_edges_of_buckets() -> None:
    """Otherwise the quantile would be guessed between two edges right where it matters."""
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    Latencies(registry, since_ms=0)
    edges = {
        metric.name: {sample.labels["le"] for sample in metric.samples if sample.name.endswith("_bucket")}
        for metric in registry.collect()
    }
    for name, promise in PROMISES.items():
        assert str(promise) in edges[name]


def test_alerts_say_what_to_do(root: Path, alerts: list[dict[str, Any]]) -> None:
    manual = (root / "docs/operations.md").read_text()
    anchors = {anchor(title) for title in re.findall(r"^#+ (.+)$", manual, re.MULTILINE)}
    for rule in alerts:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert re.search(r"[가-힣]", rule["annotations"]["summary"]), rule["alert"]
        page, _, place = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/operations.md"
        assert place in anchors, rule["alert"]


def anchor(title: str) -> str:
    """As GitHub makes them."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def test_titles_are_korean_and_english(root: Path) -> None:
    board = yaml.safe_load((root / "deploy/grafana/dashboards/sangdam.json").read_text())
    assert board["title"] == "상담 Sangdam"
    for panel in board["panels"]:
        assert panel["title"] == "CPU" or re.search(r"[가-힣].*[A-Za-z]", panel["title"]), panel["title"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_prometheus_asks_every_service(root: Path, site: dict[str, Any], ours: dict[str, Any]) -> None:
    config = yaml.safe_load((root / "deploy/prometheus/prometheus.yml").read_text())
    (found,) = config["scrape_configs"][0]["dns_sd_configs"]
    assert set(found["names"]) == {name for name, one in ours.items() if one["command"][0] == "serve"}
    assert found["port"] == Settings.model_fields["ops_port"].default
    (node,) = config["scrape_configs"][1]["static_configs"][0]["targets"]
    assert node.split(":")[0] in site["services"]
    for name in [*found["names"], "prometheus", "node-exporter", "grafana"]:
        assert "watch" in site["services"][name]["networks"], name


def test_grafana_finds_prometheus_and_the_dashboard(root: Path, site: dict[str, Any]) -> None:
    folder = root / "deploy/grafana"
    (source,) = yaml.safe_load((folder / "provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((folder / "provisioning/dashboards/sangdam.yml").read_text())["providers"]
    mounted = dict(volume.split(":")[:2] for volume in site["services"]["grafana"]["volumes"])
    assert mounted["./deploy/grafana/dashboards"] == provider["options"]["path"]
    text = (folder / "dashboards/sangdam.json").read_text()
    assert set(re.findall(r'"uid": "(\w+)"', text)) == {source["uid"], "sangdam"}

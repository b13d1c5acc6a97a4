"""/metrics: what the services count in plain attributes, read when somebody asks, in Prometheus' words.

Services know nothing of Prometheus: `TABLE` names their attributes. Latencies are the exception, they are
observed as events are shown (`sangdam/histograms.py`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bus.base import Bus, Lag
from contracts.clock import wall_ms
from contracts.codec import AnyEvent
from contracts.context import about
from sangdam.histograms import Latencies
from sangdam.metric_table import COUNTERS, GAUGES, Entry
from sangdam.ops import Status
from sangdam.services import IngestPart, Part
from sangdam.settings import Settings


class Metrics:
    """All metrics of this process, in a registry of their own."""

    def __init__(self, status: Status, options: Settings) -> None:
        # Prometheus finds resets by itself; the times of birth would double the lines.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no annotation
        self._registry = CollectorRegistry()
        self._latencies = Latencies(self._registry, since_ms=wall_ms()) if "console" in status.names else None
        self._registry.register(ProcessStatus(status, options))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def observe(self, event: AnyEvent, shown_ms: int) -> None:
        """An event is on the panels since `shown_ms`, wall time; its trace ends here."""
        with about(event, "show"):
            pass
        if self._latencies is not None:
            self._latencies.observe(event, shown_ms)

    def scrape(self) -> tuple[bytes, str]:
        """Body and content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class ProcessStatus:
    """A Prometheus collector over the services, the bus and the process's readiness."""

    def __init__(self, status: Status, options: Settings) -> None:
        self._status = status
        self._options = options

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead: what there is stands open until the services are built."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield self._build_info()
        yield self._ready()
        for part in self._status.parts.values():
            yield from of_part(part)
        if self._status.foundation is not None:
            yield from of_bus(self._status.foundation.bus)

    def _build_info(self) -> Metric:
        info = GaugeMetricFamily(
            "sangdam_build_info", "Version and engines.", labels=["version", "bus", "database"]
        )
        info.add_metric([_version(), self._options.bus_engine, self._options.database_engine], 1)
        return info

    def _ready(self) -> Metric:
        ready = GaugeMetricFamily("sangdam_ready", "1 when the service does its work.", labels=["service"])
        for name in self._status.names:
            ready.add_metric([name], self._status.is_ready(name))
        return ready


def of_part(part: Part) -> Iterator[Metric]:
    """Counters and gauges of a service; what it does not have is left out."""
    return of_source(part.name, part.calls if isinstance(part, IngestPart) else part.service)


def of_source(name: str, source: object) -> Iterator[Metric]:
    """Of the object that has the service's `counts` and gauges."""
    counts = getattr(source, "counts", None)
    for entry in COUNTERS.get(name, ()):
        found = _read(entry, counts, source)
        if found is not None:
            counter = CounterMetricFamily(f"sangdam_{name}_{entry.name}", entry.help, labels=_labels(entry))
            yield _filled(counter, found, entry)
    for entry in GAUGES.get(name, ()):
        found = _read(entry, source)
        if found is not None:
            gauge = GaugeMetricFamily(f"sangdam_{name}_{entry.name}", entry.help, labels=_labels(entry))
            yield _filled(gauge, found, entry)


def _read(entry: Entry, *sources: object) -> float | Mapping[str, float] | None:
    for source in sources:
        found = entry.read(source) if source is not None else None
        if found is not None:
            return found
    return None


def _labels(entry: Entry) -> list[str]:
    return [entry.label] if entry.label else []


def _filled(
    family: CounterMetricFamily | GaugeMetricFamily, found: float | Mapping[str, float], entry: Entry
) -> Metric:
    if isinstance(found, Mapping):
        for value, number in found.items():
            family.add_metric([str(value)], number * entry.factor)
    else:
        family.add_metric([], found * entry.factor)
    return family


def of_bus(bus: Bus) -> Iterator[Metric]:
    """What the bus counts, and how far its groups are behind."""
    counts = getattr(bus, "counts", None)
    if counts is not None:
        yield _counter("published", "Records, durable.", ["topic"], counts.published)
        yield _counter(
            "fetched", "Records; the group of a follower is empty.", ["group", "topic"], counts.fetched
        )
        yield _counter(
            "retried",
            "Batches that could not be handled at first: storage full, overloaded or unreachable.",
            ["group"],
            counts.retried,
        )
        yield _counter(
            "passed_over", "Records that could not be read or handled.", ["group"], counts.passed_over
        )
        yield GaugeMetricFamily(
            "sangdam_bus_waiting_bytes",
            "Accepted from publishers and not yet durable.",
            value=counts.waiting_bytes,
        )
    lags: Sequence[Lag] = getattr(bus, "lags", tuple)()
    lag = GaugeMetricFamily(
        "sangdam_bus_lag_records",
        "Published and not yet committed, of partitions that this process owns.",
        labels=["group", "topic", "partition"],
    )
    for one in lags:
        lag.add_metric([one.group, one.topic, str(one.partition)], one.records)
    yield lag
    owned = GaugeMetricFamily(
        "sangdam_bus_owned_partitions", "Partitions that this process owns.", labels=["group", "topic"]
    )
    for labels, partitions in Counter((one.group, one.topic) for one in lags).items():
        owned.add_metric(labels, partitions)
    yield owned


def _counter(
    name: str, text: str, labels: list[str], counts: Mapping[str, int] | Mapping[tuple[str, str], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"sangdam_bus_{name}", text, labels=labels)
    for key, number in dict(counts).items():
        family.add_metric([key] if isinstance(key, str) else list(key), number)
    return family


def _version() -> str:
    try:
        return version("sangdam")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"

"""/metrics: its names, what they are read from, and the latencies as events are shown."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from asr.endpointing import EndpointSettings
from asr.service import AsrCounts, AsrService
from assist.library import Library
from assist.service import AssistCounts, AssistService
from bus.base import BusCounts, Lag
from chat_gateway.counts import ChatCounts
from chat_gateway.service import ChatGateway
from console.panels import ConsoleCounts, Panels
from contracts.suggestion import SuggestionOffered
from contracts.summary import SummaryDrafted
from contracts.transcript import Utterance
from ingest.counts import IngestCounts
from ingest.live import LiveCalls
from models.morphemes import Morphemes
from sangdam.histograms import OLD_MS, Latencies
from sangdam.metric_table import COUNTERS, GAUGES
from sangdam.metrics import Metrics, of_source
from sangdam.ops import Status
from sangdam.services import SERVICES
from sangdam.settings import Settings
from sangdam.voc_site import voc_service
from store.database import Database
from summarize.service import SummarizeCounts
from voc.service import VocCounts, VocService

CONTACT = "00000000-0000-4000-8000-000000000001"
LEAD = EndpointSettings().before_ms
Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(metrics: Metrics) -> Found:
    body, kind = metrics.scrape()
    assert kind.startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


@dataclass
class Part:
    """A service with the counts of a test."""

    name: str
    service: Any
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Bus:
    counts = BusCounts(
        published=Counter({"transcript": 3}),
        fetched=Counter({("asr", "call.audio"): 5, ("", "transcript"): 1}),
        retried=Counter({"assist": 1}),
        passed_over=Counter({"console": 2}),
        waiting_bytes=77,
    )

    def lags(self) -> Sequence[Lag]:
        return [Lag("asr", "call.audio", 0, 4), Lag("asr", "call.audio", 7, 0)]


def running(**services: Any) -> Status:
    status = Status(tuple(services))
    status.parts = {name: Part(name, service) for name, service in services.items()}  # type: ignore[misc]
    return status


async def test_a_process_that_is_still_loading() -> None:
    found = read(Metrics(Status(("asr", "console")), Settings()))
    assert found["sangdam_ready", (("service", "asr"),)] == 0
    labels = (("bus", "embedded"), ("database", "sqlite"), ("version", "0.1.0"))
    assert found["sangdam_build_info", labels] == 1
    assert found["process_resident_memory_bytes", ()] > 1e6
    assert found["sangdam_final_to_card_seconds_count", ()] == 0


async def test_services_that_are_ready() -> None:
    status = running(summarize=SimpleNamespace(), assist=SimpleNamespace())
    status.parts["assist"].ready.set()
    for phase, expected in (("loading", 0), ("running", 1), ("stopping", 0)):
        status.phase = phase  # type: ignore[assignment]
        found = read(Metrics(status, Settings()))
        assert found["sangdam_ready", (("service", "assist"),)] == expected
        assert found["sangdam_ready", (("service", "summarize"),)] == 0
    assert not any(name.startswith("sangdam_word") for name, _ in found), "the console's alone"


async def test_counts_of_the_bus() -> None:
    status = running(assist=SimpleNamespace())
    status.foundation = SimpleNamespace(bus=Bus())  # type: ignore[assignment]
    found = read(Metrics(status, Settings()))
    audio = (("group", "asr"), ("topic", "call.audio"))
    assert found["sangdam_bus_published_total", (("topic", "transcript"),)] == 3
    assert found["sangdam_bus_fetched_total", audio] == 5
    assert found["sangdam_bus_fetched_total", (("group", ""), ("topic", "transcript"))] == 1
    assert found["sangdam_bus_retried_total", (("group", "assist"),)] == 1
    assert found["sangdam_bus_passed_over_total", (("group", "console"),)] == 2
    assert found["sangdam_bus_waiting_bytes", ()] == 77
    assert (
        found["sangdam_bus_lag_records", (("group", "asr"), ("partition", "0"), ("topic", "call.audio"))] == 4
    )
    assert found["sangdam_bus_owned_partitions", audio] == 2


async def test_counts_with_a_label() -> None:
    counts = SimpleNamespace(events=4, shed_partials=1, closed_panels=Counter({"behind": 2}))
    found = read(Metrics(running(console=SimpleNamespace(counts=counts, panels=[1, 2])), Settings()))
    assert found["sangdam_console_events_total", ()] == 4
    assert found["sangdam_console_closed_panels_total", (("reason", "behind"),)] == 2
    assert found["sangdam_console_panels", ()] == 2


COUNTS = {
    "ingest": IngestCounts(),
    "asr": AsrCounts(),
    "assist": AssistCounts(),
    "summarize": SummarizeCounts(),
    "voc": VocCounts(),
    "chat_gateway": ChatCounts(),
    "console": ConsoleCounts(),
}


@pytest.mark.parametrize("service", SERVICES)
async def test_all_that_a_service_counts_is_told(service: str) -> None:
    counts = COUNTS[service]
    own = [entry for entry in COUNTERS[service] if "." not in entry.attribute]
    told = {entry.name for entry in own} - {"guarded"}  # a gauge's place, a counter's nature
    assert told == {field.name for field in dataclasses.fields(counts)}
    part: Any = SimpleNamespace(counts=counts)
    found = {metric.name for metric in of_source(service, part)}
    assert found == {f"sangdam_{service}_{name}" for name in told}


async def test_all_that_the_parts_of_assist_count_is_told(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    answers = SimpleNamespace()
    assist = AssistService(cast("Any", None), database, Morphemes(), answers=cast("Any", answers))
    found = {metric.name for metric in of_source("assist", assist)}
    named = {entry.name for entry in (*COUNTERS["assist"], *GAUGES["assist"])}
    assert found == {f"sangdam_assist_{name}" for name in named}
    await database.close()


async def test_all_that_the_parts_of_voc_count_is_told(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    told = Settings(smtp="smtp://mail.example", mail_from="a@mail.example", voc_mail="b@mail.example")
    found = {
        metric.name
        for metric in of_source("voc", voc_service(told, cast("Any", None), database, Morphemes()))
    }
    named = {entry.name for entry in (*COUNTERS["voc"], *GAUGES["voc"])}
    assert found == {f"sangdam_voc_{name}" for name in named}
    await database.close()


def test_all_gauges_have_a_source() -> None:
    sources: dict[str, Any] = {
        "ingest": LiveCalls,
        "asr": AsrService,
        "assist": SimpleNamespace(library=Library),
        "voc": VocService,
        "chat_gateway": ChatGateway,
        "console": SimpleNamespace(panels=Panels),
    }
    for service, entries in GAUGES.items():
        for entry in entries:
            assert attrgetter(entry.attribute or entry.name)(sources[service]) is not None


# -- latencies ---------------------------------------------------------------------------------------------


class Shown:
    """A registry and what was observed in it, in seconds."""

    def __init__(self, since_ms: int = 0) -> None:
        self.registry = CollectorRegistry()
        self.latencies = Latencies(self.registry, since_ms=since_ms)

    def of(self, name: str) -> tuple[float, float]:
        """Number and sum."""
        told = self.registry.get_sample_value
        return told(f"sangdam_{name}_seconds_count") or 0, round(told(f"sangdam_{name}_seconds_sum") or 0, 3)


def utterance(
    revision: int, end_ms: int, heard_ms: int, status: str = "partial", text: str = "네"
) -> Utterance:
    return Utterance.model_validate(
        {
            "contact_id": CONTACT,
            "at_ms": heard_ms + 300,
            "heard_ms": heard_ms,
            "utterance_id": f"{CONTACT}/0/0",
            "revision": revision,
            "status": status,
            "channel": 0,
            "role": "caller",
            "start_ms": 0,
            "end_ms": end_ms,
            "text": text,
        }
    )


def test_each_word_counts_once_from_when_it_was_spoken() -> None:
    shown = Shown()
    # 300 ms of speech after the lead, heard at 10,000; shown at 10,400: 0.7, 0.6 and 0.5 s after the words.
    shown.latencies.observe(utterance(1, LEAD + 300, 10_000), 10_400)
    assert shown.of("word_to_partial") == (3, 1.8)
    # The next text covers 100 ms more; what it repeats is on the panel already.
    shown.latencies.observe(utterance(2, LEAD + 400, 10_100), 10_600)
    assert shown.of("word_to_partial") == (4, 2.4)
    shown.latencies.observe(utterance(3, LEAD + 400, 10_100, "final"), 11_600)
    assert shown.of("word_to_partial") == (4, 2.4)
    assert shown.of("speech_to_final") == (1, 1.5)


def test_an_empty_final_says_nothing() -> None:
    shown = Shown()
    shown.latencies.observe(utterance(1, LEAD + 300, 10_000, "final", text=""), 10_400)
    assert shown.of("speech_to_final") == (0, 0)
    assert shown.of("word_to_partial") == (0, 0)


def card(at_ms: int, final_at_ms: int) -> SuggestionOffered:
    snippet = {"article_id": "a", "title": "t", "text": "x", "revised": "2026-01-01", "score": 0.5}
    return SuggestionOffered.model_validate(
        {
            "contact_id": CONTACT,
            "at_ms": at_ms,
            "suggestion_id": f"{CONTACT}/a",
            "revision": 1,
            "utterance_id": "u",
            "query": "q",
            "reason": "r",
            "snippet": snippet,
            "final_at_ms": final_at_ms,
        }
    )


def draft(revision: int, at_ms: int, *, complete: bool = True) -> SummaryDrafted:
    return SummaryDrafted(
        contact_id=CONTACT,
        at_ms=at_ms,
        revision=revision,
        engine="x",
        label="x",
        lines=(),
        complete=complete,
        ended_at_ms=1_000 if complete else None,
    )


def test_cards_and_drafts() -> None:
    shown = Shown()
    shown.latencies.observe(card(500, 200), 700)
    assert shown.of("final_to_card") == (1, 0.5)
    shown.latencies.observe(draft(1, 900, complete=False), 950)
    shown.latencies.observe(draft(2, 3_000), 3_500)
    shown.latencies.observe(draft(3, 60_000), 60_000)  # a correction, much later
    assert shown.of("end_to_summary") == (1, 2.5)


def test_clocks_that_differ_a_little_give_nothing_below_zero() -> None:
    shown = Shown()
    shown.latencies.observe(card(500, 500), 495)
    assert shown.of("final_to_card") == (1, 0)


def test_what_is_read_again_after_an_outage_or_a_start_does_not_count() -> None:
    shown = Shown(since_ms=10_000)
    shown.latencies.observe(card(9_999, 9_900), 10_100)
    shown.latencies.observe(card(10_000, 9_950), 10_000 + OLD_MS + 1)
    assert shown.of("final_to_card") == (0, 0)
    shown.latencies.observe(card(10_000, 9_950), 10_000 + OLD_MS)
    assert shown.of("final_to_card")[0] == 1


def test_memory_is_bounded() -> None:
    latencies = Shown().latencies
    for number in range(6_000):
        one = utterance(1, LEAD + 100, 1_000).model_copy(update={"utterance_id": str(number)})
        latencies.observe(one, 1_400)
    assert len(latencies._covered) <= 5_000


@pytest.mark.parametrize(
    ("histogram", "promise"),
    [("word", 1.0), ("final", 1.5), ("card", 1.0), ("summary", 5.0)],
)
def test_what_is_promised_is_an_edge_of_a_bucket(histogram: str, promise: float) -> None:
    assert promise in getattr(Shown().latencies, histogram)._upper_bounds

"""`sangdam topics apply`: what it shows, and with which status it ends."""

from collections.abc import Callable
from typing import Any

from rich.console import Console

from bus.kafka_topics import Found, configs, diff
from contracts.topics import TOPICS, TRANSCRIPT
from sangdam.commands import topics
from sangdam.commands.topics import table


def shown(changes: Any) -> list[str]:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table(changes))
    return captured.get().splitlines()


def test_a_line_for_each_difference() -> None:
    found = Found(6, 1, configs(TRANSCRIPT, 1) | {"retention.ms": "1"})
    changes = diff([TRANSCRIPT, TOPICS["summaries"]], {"transcript": found}, brokers=1)
    title, retention, partitions, new = shown(changes)
    assert title.split()[0] == "토픽"
    assert retention.split() == ["transcript", "retention.ms", "1", str(TRANSCRIPT.retention_ms)]
    assert partitions.startswith("transcript")
    assert "파티션 / partitions" in partitions
    assert "--partitions 12" in partitions
    assert "새로 만듦 / create" in new
    assert "12 x 1" in new


def test_the_embedded_bus_needs_nothing(sangdam: Callable[..., Any]) -> None:
    ran = sangdam("topics", "apply")
    assert ran.status == 0
    assert "내장 버스" in ran.stderr
    assert ran.stdout == ""


def test_a_broker_that_is_not_there(sangdam: Callable[..., Any]) -> None:
    sangdam("topics", "apply", SANGDAM_BUS="kafka://127.0.0.1:9").refused("unreachable")


def test_shown_first_then_done_then_nothing_left(kafka: Any, sangdam: Callable[..., Any]) -> None:
    """On a real broker, whose topics other tests may have made already: then there is less to see."""
    settings = {"SANGDAM_BUS": kafka.url}
    first = sangdam("topics", "apply", **settings)
    assert first.status in (0, topics.DIFFERS), first.stderr
    if first.status == topics.DIFFERS:
        assert "토픽 / topic" in first.stdout
    assert sangdam("topics", "apply", "--yes", **settings).status == 0
    left = sangdam("topics", "apply", **settings)
    assert left.status == 0, left.stdout
    assert left.stdout == ""
    more = sangdam("topics", "apply", "--replication", "7", **settings)
    more.refused("bad-setting")

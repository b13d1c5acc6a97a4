"""`sangdam bench`: two channels in real time, a short soak, the cost model."""

import json
from typing import Any

import pytest

CHANNELS = 2
SECONDS = 12


def result(ran: Any) -> dict[str, Any]:
    assert ran.status == 0, ran.stderr
    value = json.loads(ran.stdout)
    assert isinstance(value, dict)
    return value


@pytest.mark.real_model
def test_two_channels(sangdam: Any, weights: Any) -> None:
    arguments = ["--channels", CHANNELS, "--seconds", SECONDS, "--phone", "--model", weights, "--json"]
    figures = result(sangdam("bench", "asr", *arguments))
    assert figures["channels"] == CHANNELS
    assert figures["turns"] >= CHANNELS
    assert 0.2 < figures["speech_share"] < 0.5
    assert figures["frames_lost"] == figures["finals_lost"] == figures["unended"] == 0
    assert figures["encoder_calls_on_silence"] == 0
    assert sum(figures["windows_per_s_of_speech"]["finals"].values()) > 0
    assert figures["cer"] < 0.4
    # A busy machine is late, and no final is there before the silence that closes it; the last sounds of a
    # turn may be too weak for voice activity.
    assert 200 <= figures["latency_ms"]["final_p50"] <= figures["latency_ms"]["final_p95"]
    assert figures["latency_ms"]["partial_p50"] > 0
    assert 0 < figures["cpu_s_per_audio_s"] < 2
    assert 100 < figures["peak_rss_mib"] < 2000
    # Ten frames a second and the last one.
    minutes = CHANNELS * SECONDS / 60
    assert figures["messages_per_channel"]["call.audio"] == pytest.approx(
        CHANNELS * (SECONDS * 10 + 1) / minutes
    )
    assert figures["messages_per_channel"]["transcript"] > 0


@pytest.mark.real_model
def test_a_short_soak(sangdam: Any, weights: Any) -> None:
    arguments = ["--soak", "--soak-hours", 0.34, "--music-hours", 0.05, "--model", weights, "--json"]
    soak = result(sangdam("bench", "asr", *arguments))["soak"]
    call = soak["call"]
    assert call["ended"] is True
    assert call["turns"] > 2
    assert call["frames_lost"] == call["finals_lost"] == call["encoder_calls_on_silence"] == 0
    assert call["rss_mib"]["min"] <= call["rss_mib"]["end"] <= call["rss_mib"]["max"]
    assert abs(call["rss_mib"]["growth"]) < 0.1
    assert soak["music"]["ended"] is True
    assert soak["music"]["encoder_calls"] == soak["music"]["texts"] == 0


def test_the_cost_model(sangdam: Any) -> None:
    free, loaded, finals = result(sangdam("bench", "cost-model", "--channels", 800, "--json")).values()
    assert free["gpus"] > loaded["gpus"] > finals["gpus"] > 0
    assert free["messages_per_s"] > 8000


def test_a_manifest_that_is_not_there(sangdam: Any, weights: Any, tmp_path: Any) -> None:
    arguments = ["--manifest", tmp_path / "none.tsv", "--model", weights]
    sangdam("bench", "asr", *arguments).refused("bad-input")


def assert_bus_figures(figures: dict[str, Any]) -> None:
    assert figures["lost"] == figures["doubled"] == figures["out_of_order"] == 0
    assert figures["records_per_s"] > 1_000  # far more on a machine that does nothing else
    for rate in ("500_per_s", "4000_per_s"):
        latency = figures["latency_ms"][rate]
        assert 0 < latency["p50"] <= latency["p99"] <= latency["max"]
        assert figures["cpu_s_per_1000"][rate]["sender"] > 0
        assert figures["cpu_s_per_1000"][rate]["receiver"] > 0


def test_the_embedded_bus(sangdam: Any) -> None:
    arguments = ["--engine", "embedded", "--seconds", "1", "--records", "4000", "--rounds", "1", "--json"]
    figures = result(sangdam("bench", "bus", *arguments))
    assert figures["channels"] == 800
    assert_bus_figures(figures)


def test_the_kafka_bus(sangdam: Any, kafka: Any) -> None:
    """Other clients beside it need downloads: that is for `sangdam bench bus` itself."""
    arguments = ["--engine", "kafka", "--bootstrap", kafka.bootstrap, "--alone"]
    arguments += ["--seconds", "1", "--records", "4000", "--rounds", "1", "--json"]
    figures = result(sangdam("bench", "bus", *arguments))
    assert figures["engine"] == "kafka"
    assert_bus_figures(figures)


@pytest.mark.real_model
def test_failover_on_the_embedded_bus(sangdam: Any, weights: Any) -> None:
    """On Kafka it is what `tests/integration/failure` does."""
    arguments = [
        "--engine",
        "embedded",
        "--calls",
        "1",
        "--seconds",
        "13.4",
        "--kills",
        "1",
        "--session",
        "4",
    ]
    figures = result(sangdam("bench", "failover", *arguments, "--model", weights, "--json"))
    assert figures["finals"] >= 2
    assert figures["finals_lost"] == figures["finals_doubled"] == figures["finals_changed_on_the_panel"] == 0
    assert 0 < figures["recovery_s"] < 30
    assert sum(worker["owned_partitions"] for worker in figures["workers"].values()) == 12

"""The bus bench's own arithmetic: what is lost, doubled or out of order is seen, and latency is what it says."""

import itertools
import time

from sangdam.evaluate.bus import combine, ratios
from sangdam.evaluate.bus_load import CALLS, CHANNELS, RECORD_BYTES, Phase, Tally, appends, phases

PHASE = Phase(1, "500", 500, 2_000)


def records(phase=PHASE):
    return [(key, value) for _, key, values in appends(phase, time.monotonic_ns()) for value in values]


def test_the_load_is_800_channels_of_1_kb():
    found = list(itertools.islice(appends(PHASE, 0), CALLS + 1))
    assert len({key for _, key, _ in found}) == CALLS == 400
    assert all(len(values) == CHANNELS == 2 for _, _, values in found)
    assert {len(value) for _, _, values in found for value in values} == {RECORD_BYTES}
    assert found[CALLS][1] == found[0][1]
    # 500 records a second: an append of two every 4 ms.
    assert [due_ns for due_ns, _, _ in found[:3]] == [0, 4_000_000, 8_000_000]


def test_phases_last_as_long_as_they_should():
    assert [(one.rate, one.records) for one in phases(3, 20_001)][1:] == [
        (500, 1_500),
        (4_000, 12_000),
        (0, 20_000),
    ]


def test_all_of_it_once_and_in_order():
    tally, sent = Tally(), records()
    tally.handle(sent)
    assert tally.count(1) == len(sent) == PHASE.records
    assert tally.faults() == {"doubled": 0, "out_of_order": 0}


def test_what_is_lost_is_missed():
    tally = Tally()
    tally.handle(records()[3:])
    assert tally.count(1) == PHASE.records - 3


def test_what_comes_twice_is_counted_once():
    tally, sent = Tally(), records()
    tally.handle(sent)
    tally.handle(sent[:5])
    assert tally.doubled == 5
    assert tally.figures(1)["handled"] == PHASE.records


def test_order_is_judged_by_key():
    tally, sent = Tally(), records()
    first, other = sent[0], sent[2]
    later = next(record for record in sent[10:] if record[0] == first[0])
    tally.handle([other, later, first])
    assert tally.out_of_order == 1


def test_latency_counts_from_when_it_was_due():
    tally = Tally()
    due_ns = time.monotonic_ns() - 50_000_000
    _, key, values = next(iter(appends(PHASE, due_ns)))
    tally.handle([(key, values[0])])
    assert 50 <= tally.figures(1)["p50"] < 1_000


def one_round(p50, lost=0):
    phase = {
        "latency_ms": {"p50": p50, "p99": 2 * p50, "max": 3 * p50},
        "records_per_s": 1000.0,
        "sent_per_s": 4000.0,
        "cpu_s_per_1000": {"sender": 0.1, "receiver": 0.1, "broker": None},
    }
    return {
        "phases": dict.fromkeys(("500", "4000", "full"), phase),
        "lost": lost,
        "doubled": 0,
        "out_of_order": 0,
    }


def test_rounds_are_combined_by_medians_and_faults_add_up():
    figures = combine([one_round(1.0), one_round(9.0, lost=2), one_round(3.0, lost=1), {"error": "away"}])
    assert figures["latency_ms"]["4000_per_s"] == {"p50": 3.0, "p99": 6.0, "max": 9.0}
    assert figures["lost"] == 3
    assert figures["failed_rounds"] == ["away"]
    assert combine([{"error": "away"}]) == {"error": "away"}


def test_ratios_are_where_both_have_a_figure():
    ours, theirs = {"a": 1.0, "b": {"c": 4, "d": None}, "kept_pace": True}, {"a": 2.0, "b": {"c": 2, "d": 1}}
    assert ratios(ours, theirs) == {"a": 0.5, "b": {"c": 2.0}}

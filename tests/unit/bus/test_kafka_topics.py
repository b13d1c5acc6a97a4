"""What differs between the topics we want and those a cluster has."""

from bus.kafka_topics import Found, configs, diff
from contracts.topics import CALL_AUDIO, TOPICS, Topic

CALLS = Topic("calls", 12, 3_600_000, 64 << 20)


def there(partitions=12, replication=1, **other):
    return {"calls": Found(partitions, replication, configs(CALLS, replication) | other)}


def test_what_is_as_it_should_be_needs_nothing():
    assert diff([CALLS], there(), brokers=1) == []
    assert diff([CALLS], there(replication=3), brokers=3) == []


def test_a_missing_topic_is_created():
    (change,) = diff([CALLS], {}, brokers=3)
    assert (change.kind, change.applies) == ("create", True)
    assert change.create["num_partitions"] == 12
    assert change.create["replication_factor"] == 3
    assert change.create["configs"]["min.insync.replicas"] == "2"
    assert change.create["configs"]["message.timestamp.type"] == "LogAppendTime"
    (small,) = diff([CALLS], {}, brokers=1, partitions=2)
    assert (small.create["num_partitions"], small.create["replication_factor"]) == (2, 1)
    assert "min.insync.replicas" not in small.create["configs"]


def test_a_configuration_that_differs_is_changed():
    (change,) = diff([CALLS], there(**{"retention.ms": "1"}), brokers=1)
    assert (change.kind, change.what, change.found, change.wanted) == (
        "config",
        "retention.ms",
        "1",
        "3600000",
    )
    assert change.applies


def test_partitions_rise_only_when_asked_and_never_fall():
    (told,) = diff([CALLS], there(partitions=4), brokers=1)
    assert (told.kind, told.applies) == ("partitions", False)
    assert "--partitions 12" in told.note_ko
    (raised,) = diff([CALLS], there(partitions=4), brokers=1, partitions=12)
    assert raised.applies
    assert "멈추고" in raised.note_ko
    (kept,) = diff([CALLS], there(), brokers=1, partitions=4)
    assert not kept.applies
    assert diff([CALLS], there(partitions=24), brokers=1) == []


def test_replication_of_what_is_there_is_not_ours():
    (change,) = diff([CALLS], there(), brokers=3, replication=3)
    assert (change.kind, change.applies) == ("replication", False)


def test_records_go_soon_after_their_time():
    for topic in TOPICS.values():
        kept = configs(topic, 1)
        assert int(kept["segment.ms"]) <= max(300_000, topic.retention_ms // 6)
        assert int(kept["segment.bytes"]) * 4 <= max(64 << 20, topic.retention_bytes)
    assert configs(CALL_AUDIO, 1)["retention.ms"] == str(CALL_AUDIO.retention_ms)

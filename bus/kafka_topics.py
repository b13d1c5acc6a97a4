"""Topics of a cluster as they should be: what differs, and making it so.

`diff` is pure; `plan` asks the cluster and calls it; `apply` does what it says. Nothing is ever deleted, and no
number of partitions lowered: a topic that holds records keeps them.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bus.embedded import MAX_RECORD_BYTES
from bus.failures import no_extra
from bus.kafka_settings import KafkaSettings, parse
from contracts.errors import BadSetting
from contracts.topics import TOPICS, Topic

_ROOM_BYTES: Final = 64 << 10
"""For what Kafka adds to a record, and compression that does not help."""
_SEGMENT_BYTES: Final = (16 << 20, 1 << 30)
_IN_FORCE_S: Final = 5.0
_SEGMENT_MS: Final = 5 * 60_000

Kind = Literal["create", "config", "partitions", "replication"]


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the cluster has it."""

    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what differs."""

    topic: str
    kind: Kind
    what: str
    """`topic`, a configuration's name, `partitions` or `replication`."""
    found: str
    """Empty: nothing."""
    wanted: str
    applies: bool = True
    """Whether `apply` does it; what it does not do, the note explains."""
    note_ko: str = ""
    note_en: str = ""
    create: Mapping[str, Any] = field(default_factory=dict)
    """What to create a topic with."""


def configs(topic: Topic, replication: int) -> dict[str, str]:
    """How a topic is kept.

    The broker stamps records when it appends them, so that a sender's wrong clock neither loses nor keeps
    anything. Segments are small enough that records go at most a sixth later than their time.
    """
    low, high = _SEGMENT_BYTES
    found = {
        "cleanup.policy": "delete",
        "retention.ms": str(topic.retention_ms),
        "retention.bytes": str(topic.retention_bytes),
        "segment.ms": str(max(_SEGMENT_MS, topic.retention_ms // 6)),
        "segment.bytes": str(min(high, max(low, topic.retention_bytes // 8))),
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(MAX_RECORD_BYTES + _ROOM_BYTES),
    }
    if replication >= 3:
        found["min.insync.replicas"] = "2"
    return found


def diff(
    topics: Iterable[Topic],
    found: Mapping[str, Found],
    *,
    brokers: int,
    partitions: int | None = None,
    replication: int | None = None,
) -> list[Change]:
    """What differs, in the order of the topics.

    Args:
        topics: as they should be.
        found: as the cluster has them, by name; missing ones are missing there.
        brokers: how many the cluster has.
        partitions: of every topic. Unless given, new topics get their own number and the others keep theirs.
        replication: of new topics; 3 where there are as many brokers, else 1, unless given.
    """
    changes: list[Change] = []
    for topic in topics:
        there = found.get(topic.name)
        if there is None:
            changes.append(_create(topic, partitions, replication or (3 if brokers >= 3 else 1)))
        else:
            changes += _configs(topic, there)
            changes += _partitions(topic, there, partitions)
            changes += _replication(topic, there, replication)
    return changes


def _create(topic: Topic, partitions: int | None, replication: int) -> Change:
    count = partitions or topic.partitions
    return Change(
        topic.name,
        "create",
        "topic",
        "",
        f"{count} x {replication}",
        create={
            "num_partitions": count,
            "replication_factor": replication,
            "configs": configs(topic, replication),
        },
    )


def _configs(topic: Topic, there: Found) -> list[Change]:
    return [
        Change(topic.name, "config", name, there.configs.get(name, ""), wanted)
        for name, wanted in configs(topic, there.replication).items()
        if there.configs.get(name) != wanted
    ]


def _partitions(topic: Topic, there: Found, partitions: int | None) -> list[Change]:
    wanted = partitions or topic.partitions
    if there.partitions == wanted or (partitions is None and there.partitions > wanted):
        return []
    if partitions is None:
        applies = False
        ko = f"그대로 둡니다. 늘리려면 --partitions {wanted}"
        en = f"left as it is; to raise it: --partitions {wanted}"
    elif there.partitions > wanted:
        applies = False
        ko, en = "파티션은 줄이지 않습니다", "partitions are never lowered"
    else:
        applies = True
        ko = "키가 자리를 바꿉니다. 모든 서비스를 멈추고, 밀린 기록을 다 처리한 뒤에 하십시오"
        en = "keys change places: stop all services first, with nothing left to be read"
    return [
        Change(topic.name, "partitions", "partitions", str(there.partitions), str(wanted), applies, ko, en)
    ]


def _replication(topic: Topic, there: Found, replication: int | None) -> list[Change]:
    if replication is None or there.replication == replication:
        return []
    return [
        Change(
            topic.name,
            "replication",
            "replication",
            str(there.replication),
            str(replication),
            applies=False,
            note_ko="있는 토픽의 복제 수는 Kafka의 kafka-reassign-partitions로 바꿉니다",
            note_en="of a topic that is there: by Kafka's kafka-reassign-partitions",
        )
    ]


async def plan(
    url: str,
    topics: Iterable[Topic] = TOPICS.values(),
    *,
    partitions: int | None = None,
    replication: int | None = None,
    password: str | None = None,
) -> list[Change]:
    """Ask the cluster what differs.

    Args:
        url: of the bus, see `bus.kafka_settings.parse`.
        topics: as they should be.
        partitions: see `diff`.
        replication: see `diff`.
        password: of the account in the URL.

    Raises:
        Unreachable: no broker answered in time.
        BadSetting: the URL, the sign-in or a certificate is wrong, or more replicas than brokers.
    """
    wanted = list(topics)
    brokers, found = await asyncio.to_thread(_ask, parse(url, password), [topic.name for topic in wanted])
    if replication is not None and replication > brokers:
        raise BadSetting(
            f"브로커가 {brokers}대인데 복제 {replication}개를 요구했습니다.",
            f"{replication} replicas were asked for; there are {brokers} brokers.",
        )
    return diff(wanted, found, brokers=brokers, partitions=partitions, replication=replication)


def _ask(settings: KafkaSettings, topics: Sequence[str]) -> tuple[int, dict[str, Found]]:
    """How many brokers there are, and the topics. Blocks."""
    try:
        from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415  an extra, not always there
    except ModuleNotFoundError as error:
        raise no_extra(error) from error

    from bus import kafka_admin  # noqa: PLC0415

    with kafka_admin.admin(settings) as client:
        brokers = len(client.describe_cluster()["brokers"])
        there = {topic["name"]: topic for topic in client.describe_topics(topics) if not topic["error_code"]}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
        kept = client.describe_configs(resources, config_filter="all")["topic"] if resources else {}
    return brokers, {
        name: Found(
            len(topic["partitions"]),
            min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
            {config: str(value["value"]) for config, value in kept[name].items()},
        )
        for name, topic in there.items()
    }


async def apply(url: str, changes: Sequence[Change], *, password: str | None = None) -> None:
    """Do those that apply; they are in force on return.

    Raises:
        Unreachable: no broker answered in time.
        BadSetting: this account may not do it, or the broker refuses; what was done before stays.
    """
    doing = [change for change in changes if change.applies]
    settings = parse(url, password)
    await asyncio.to_thread(_apply, settings, doing)
    await asyncio.to_thread(_wait, settings, doing)


def _wait(settings: KafkaSettings, changes: Sequence[Change]) -> None:
    """Until they are in force, for some seconds. Blocks."""
    limit = time.monotonic() + _IN_FORCE_S
    while not _in_force(settings, changes) and time.monotonic() < limit:
        time.sleep(0.1)


def _in_force(settings: KafkaSettings, changes: Sequence[Change]) -> bool:
    """Whether the brokers have heard of it: the controller answers before they do."""
    _, found = _ask(settings, sorted({change.topic for change in changes}))
    return all(
        change.topic in found
        and (change.kind != "config" or found[change.topic].configs.get(change.what) == change.wanted)
        and (change.kind != "partitions" or str(found[change.topic].partitions) == change.wanted)
        for change in changes
    )


def _apply(settings: KafkaSettings, changes: Sequence[Change]) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415  an extra, not always there
    from kafka.errors import BrokerResponseError  # noqa: PLC0415

    from bus import kafka_admin  # noqa: PLC0415

    new = {change.topic: dict(change.create) for change in changes if change.kind == "create"}
    more = {change.topic: int(change.wanted) for change in changes if change.kind == "partitions"}
    kept: dict[str, dict[str, str]] = {}
    for change in changes:
        if change.kind == "config":
            kept.setdefault(change.topic, {})[change.what] = change.wanted
    with kafka_admin.admin(settings) as client:
        try:
            if new:
                client.create_topics(new)
                client.wait_for_topics(list(new))
            if kept:
                resources = [ConfigResource(ConfigResourceType.TOPIC, name, kept[name]) for name in kept]
                client.alter_configs(resources)
            if more:
                client.create_partitions(more)
        except BrokerResponseError as error:
            raise BadSetting(
                f"브로커가 토픽 설정을 거절했습니다({error}). 계정의 권한과 브로커 수를 확인하십시오.",
                f"The broker refused: {error}. Check the account's rights and the number of brokers.",
            ) from error

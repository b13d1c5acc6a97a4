"""What only the Kafka engine does: sign-in, encryption, rights, outages, topics, records that are gone."""

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.structs import TopicPartition as KafkaPartition

from bus import kafka_settings
from bus.base import TopicPartition, partition_of
from bus.kafka import KafkaBus
from bus.kafka_settings import parse
from bus.kafka_topics import apply, plan
from bus.open import open_bus
from contracts.errors import BadSetting, Unreachable
from sangdam.local.kafka import LocalKafka
from tests.contract.conftest import Engine, on_kafka, topic
from tests.servers import without

USERS = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'user_sangdam="right" user_stranger="right";'
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
    names = ["subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "ca.pem"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    (folder / "broker.pem").write_text((folder / "key.pem").read_text() + (folder / "ca.pem").read_text())
    return folder / "ca.pem"


@pytest.fixture(scope="module")
def own_kafka(certificate: Path) -> Iterator[LocalKafka]:
    """A broker of this module's own, to stop; it also listens with TLS and sign-in, and asks for rights."""
    broker = LocalKafka(
        listeners=("SASL_SSL",),
        properties={
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(certificate.with_name("broker.pem")),
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": USERS,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:sangdam",
        },
    )
    try:
        broker.start()
    except BadSetting as error:
        without(error)
    try:
        yield broker
    finally:
        broker.close()


@pytest.fixture
async def engine(own_kafka: LocalKafka) -> AsyncIterator[Engine]:
    """New topics on that broker."""
    own_kafka.start()
    engine = await on_kafka(own_kafka.url)
    yield engine
    for peer in engine.peers:
        await peer.kill()


def secure(broker: LocalKafka, user: str, ca: Path | None) -> str:
    options = f"security=sasl_ssl&mechanism=PLAIN&username={user}&session_s=2"
    return f"kafka://127.0.0.1:{broker.ports['SASL_SSL']}?{options}" + (f"&ca={ca}" if ca else "")


async def test_encrypted_and_signed_in(own_kafka, certificate, engine, take):
    bus = await open_bus(secure(own_kafka, "sangdam", certificate), engine.topics, password="right")
    await bus.publish(engine.calls, "contact", b"secret")
    subscription = await bus.subscribe(engine.group, [engine.calls])
    assert [record.value for record in await take(subscription, 1)] == [b"secret"]
    await bus.close()


async def test_a_wrong_password_is_said(own_kafka, certificate, engine, monkeypatch):
    monkeypatch.setattr(kafka_settings, "UNREACHABLE_S", 2.0)
    with pytest.raises(BadSetting, match="SANGDAM_BUS_PASSWORD"):
        await open_bus(secure(own_kafka, "sangdam", certificate), engine.topics, password="wrong")


async def test_an_unknown_authority_is_said(own_kafka, engine, monkeypatch):
    monkeypatch.setattr(kafka_settings, "UNREACHABLE_S", 2.0)
    with pytest.raises(BadSetting, match="TLS"):
        await open_bus(secure(own_kafka, "sangdam", None), engine.topics, password="right")


async def test_an_account_without_rights_is_told(own_kafka, certificate, engine):
    bus = await open_bus(secure(own_kafka, "stranger", certificate), engine.topics, password="right")
    with pytest.raises(BadSetting, match="권한"):
        await bus.publish(engine.calls, "contact", b"")
    with pytest.raises(BadSetting, match="권한"):
        await bus.subscribe(engine.group, [engine.calls])
    changes = await plan(own_kafka.url, [topic(f"new-{engine.mark}")])
    with pytest.raises(BadSetting, match="거절"):
        await apply(secure(own_kafka, "stranger", certificate), changes, password="right")
    await bus.close()


async def test_no_broker_is_said(monkeypatch):
    monkeypatch.setattr(kafka_settings, "UNREACHABLE_S", 1.0)
    with pytest.raises(Unreachable, match="대답하지 않습니다"):
        await open_bus("kafka://127.0.0.1:9")


async def test_a_missing_topic_is_told_and_found_when_it_is_there(engine, take):
    late = topic(f"late-{engine.mark}")
    bus = await open_bus(engine.url, [late])
    for use in (bus.publish(late.name, "contact", b""), bus.subscribe(engine.group, [late.name])):
        with pytest.raises(BadSetting, match="sangdam topics apply"):
            await use
    await apply(engine.url, await plan(engine.url, [late]))
    await bus.publish(late.name, "contact", b"now")
    assert await take(await bus.subscribe(engine.group, [late.name]), 1)
    await bus.close()


async def test_topics_become_as_they_should_be(engine):
    new, calls = topic(f"new-{engine.mark}"), topic(engine.calls)
    changes = await plan(engine.url, [new, calls])
    assert [(change.topic, change.kind) for change in changes] == [(new.name, "create")]
    assert [(change.topic, change.kind) for change in await plan(engine.url, [new])] == [(new.name, "create")]

    with KafkaAdminClient(bootstrap_servers=parse(engine.url).brokers[0]) as admin:
        from kafka.admin import ConfigResource, ConfigResourceType

        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, calls.name, {"retention.ms": "1"})])
    async with asyncio.timeout(20):
        while len(changes) < 3:  # brokers hear of it a moment later
            changes = await plan(engine.url, [new, calls], partitions=6)
    assert {(change.topic, change.what) for change in changes} == {
        (new.name, "topic"),
        (calls.name, "retention.ms"),
        (calls.name, "partitions"),
    }
    await apply(engine.url, changes)
    assert await plan(engine.url, [new, calls], partitions=6) == []


async def test_records_that_are_gone_are_told(engine, take, caplog):
    bus = await open_bus(engine.url, engine.topics)
    subscription = await bus.subscribe(engine.group, [engine.calls])
    await bus.publish_many(engine.calls, [("contact", b"%d" % number) for number in range(20)])
    await take(subscription, 20)
    lane = TopicPartition(engine.calls, partition_of("contact", 4))
    await subscription.commit({lane: 5})
    await subscription.close()
    with KafkaAdminClient(bootstrap_servers=parse(engine.url).brokers[0]) as admin:
        admin.delete_records({KafkaPartition(*lane): 12})
    with caplog.at_level(logging.ERROR):
        again = await take(await bus.subscribe(engine.group, [engine.calls]), 8)
    assert [int(record.value) for record in again] == list(range(12, 20))
    assert "7 records were deleted before they were read" in caplog.text
    await bus.close()


async def test_a_slow_reader_holds_little(engine, take):
    bus = await open_bus(engine.url, engine.topics)
    subscription = await bus.subscribe(engine.group, [engine.calls])
    await subscription.fetch()
    value = bytes(range(256)) * 400
    for start in range(0, 300, 50):
        await bus.publish_many(engine.calls, [(f"{number}", value) for number in range(start, start + 50)])
    await asyncio.sleep(2)
    assert 0 < subscription._inbox._bytes < 16 << 20
    records = await take(subscription, 300)
    assert len({record.key for record in records}) == 300
    await bus.close()


async def test_publishers_and_members_outlive_the_broker(own_kafka, engine, reading, until, monkeypatch):
    """Killed in the middle, away for longer than a session: all comes once, in order, and readers never fail."""
    bus = await KafkaBus.open(parse(engine.url), engine.topics)
    members = [reading(await bus.subscribe(engine.group, [engine.calls])) for _ in range(2)]
    await until(lambda: [len(member.owned) for member in members] == [2, 2])
    sent = dict.fromkeys((f"contact-{number}" for number in range(6)), 0)
    running = True

    async def publish(key):
        while running:
            try:
                await bus.publish(engine.calls, key, b"%d" % sent[key])
            except Unreachable:
                continue
            sent[key] += 1
            await asyncio.sleep(0.01)

    publishing = [asyncio.create_task(publish(key)) for key in sent]
    await until(lambda: all(count > 20 for count in sent.values()))
    await asyncio.to_thread(own_kafka.kill)
    await asyncio.sleep(5)
    assert all(not reading._task.done() for reading in members)
    await asyncio.to_thread(own_kafka.start)
    before = dict(sent)
    await until(lambda: all(sent[key] > before[key] + 20 for key in sent), limit_s=60)
    running = False
    await asyncio.gather(*publishing)

    def seen(key):
        return [int(record.value) for member in members for record in member.records if record.key == key]

    await until(lambda: all(set(seen(key)) == set(range(sent[key])) for key in sent), limit_s=60)
    for member in members:
        for key in sent:
            mine = [int(record.value) for record in member.records if record.key == key]
            firsts = list(dict.fromkeys(mine))
            assert firsts == sorted(firsts)
        await member.stop()
    await bus.close()


async def test_a_publisher_hears_that_nobody_answers(own_kafka, engine):
    bus = await KafkaBus.open(parse(engine.url), engine.topics, publish_s=1)
    await bus.publish(engine.calls, "contact", b"before")
    subscription = await bus.subscribe(engine.group, [engine.calls])
    while not (batch := await subscription.fetch()).records:
        assert not batch.revoked
    await asyncio.to_thread(own_kafka.kill)
    await subscription.commit({batch.records[0].topic_partition: 1})
    assert not (await subscription.fetch(timeout_s=0.5)).records
    with pytest.raises(Unreachable, match="다시 보내면"):
        async with asyncio.timeout(5):
            await bus.publish(engine.calls, "contact", b"during")
    assert bus.counts.waiting_bytes > 0
    async with asyncio.timeout(20):
        await bus.close()

"""deploy/kafka/start makes a broker that asks for the password, on the real Kafka."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import BadSetting
from sangdam.local.kafka_jars import kafka_jars

kafka = pytest.importorskip("kafka")

PASSWORD = "a-Secret_of.the~site"
START_S = 60.0
_STORAGE = 'exec java -Xmx128m -XX:TieredStopAtLevel=1 {log} -cp "{jars}/*" kafka.tools.StorageTool "$@"'
_SERVER = 'exec java -Xmx300m -XX:+UseSerialGC {log} -cp "{jars}/*" kafka.Kafka "$@"'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def broker_home(folder: Path, jars: Path, root: Path) -> Path:
    """The two programs of Kafka that the script calls, over the same jars that the image has."""
    log = f"-Dlog4j2.configurationFile={root / 'deploy/kafka/log4j2.yaml'}"
    for name, line in (("kafka-storage.sh", _STORAGE), ("kafka-server-start.sh", _SERVER)):
        file = folder / "bin" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{line.format(log=log, jars=jars)}\n")
        file.chmod(0o755)
    return folder


def with_ports(text: str, ports: dict[str, int], data: Path) -> str:
    for old, new in ports.items():
        assert f":{old}" in text
        text = text.replace(f":{old}", f":{new}")
    return text.replace("/var/lib/kafka/data", str(data))


@pytest.fixture(scope="module")
def broker(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Started by the script of the containers, on ports of its own; its address."""
    if shutil.which("java") is None:
        pytest.skip("Java 17이 없습니다 / there is no Java 17")
    try:
        jars = kafka_jars()
    except BadSetting as missing:
        pytest.skip(f"{missing.ko} / {missing.en}")
    folder = tmp_path_factory.mktemp("kafka")
    ports = {"9092": free_port(), "9093": free_port(), "9094": free_port()}
    for name in ("start", "server.properties"):
        text = (root / "deploy/kafka" / name).read_text()
        (folder / name).write_text(with_ports(text, ports, folder / "data"))
    (folder / "secret").write_text(PASSWORD)
    environment = os.environ | {
        "KAFKA_HOME": str(broker_home(folder / "home", jars, root)),
        "KAFKA_SETTINGS": str(folder / "server.properties"),
        "KAFKA_SECRET": str(folder / "secret"),
        "KAFKA_WORK": str(folder / "work"),
        "KAFKA_HOST": "localhost",
        "KAFKA_CLUSTER": "c2FuZ2RhbS1zaXRlLTAwMQ",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", folder / "start"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        limit = time.monotonic() + START_S
        while "Kafka Server started" not in (folder / "log").read_text():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < limit, (folder / "log").read_text()
            time.sleep(0.1)
        assert (folder / "work").stat().st_mode & 0o077 == 0, "others may read the password"
        yield f"localhost:{ports['9092']}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def account(bootstrap: str, password: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "sangdam",
        "sasl_plain_password": password,
    }


def test_the_password_opens(broker: str) -> None:
    from kafka import KafkaAdminClient, KafkaProducer
    from kafka.admin import NewTopic

    admin = KafkaAdminClient(**account(broker, PASSWORD))
    admin.create_topics([NewTopic("call.audio", 3, 1)])
    producer = KafkaProducer(**account(broker, PASSWORD))
    # As large as a record of ours may be.
    written = producer.send("call.audio", b"0" * 1_000_000).get(20)
    assert written.offset == 0
    producer.close()
    admin.close()


def test_nobody_else_comes_in(broker: str) -> None:
    from kafka import KafkaProducer

    with pytest.raises(Exception, match=r"(?i)bootstrap|auth"):
        KafkaProducer(**account(broker, "wrong"), bootstrap_timeout_ms=3000)


def test_a_password_that_could_break_out_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('x"; user_other="y')
    ran = subprocess.run(
        ["/bin/sh", root / "deploy/kafka/start"],
        env={"PATH": os.environ["PATH"], "KAFKA_SECRET": str(tmp_path / "secret"), "KAFKA_CLUSTER": "x"},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert ran.returncode == 1
    assert "비밀번호" in ran.stderr

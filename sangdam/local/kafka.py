"""One Apache Kafka broker on this machine's loopback, for try-outs, tests and benchmarks. Never for production.

One node that is broker and controller (KRaft), a small heap, no replication, no encryption on its plain listener.
`python -m sangdam.local.kafka` runs one in the foreground and prints its address.
"""

import contextlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from contracts.errors import BadSetting
from sangdam.local.kafka_jars import kafka_jars

_JAVA: Final = 17
_START_S: Final = 60.0
_STOP_S: Final = 15.0
_PORTS: Final = range(20_000, 32_000)
"""Below the ports that the system gives to clients: none of them can take a port while the broker is down."""
_CLUSTER: Final = "c2FuZ2RhbS1sb2NhbC0wMA"
_ANSWER_S: Final = 1.0
_WATCHDOG: Final = "read _; kill -9 $0"
"""A shell whose standard input ends with this process, however it ends; the broker must not outlive it."""

_PROPERTIES: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": "4194304",
    # One that was killed must be forgotten before the next one may take its number.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


class LocalKafka:
    """A broker of this process; it ends with the process at the latest.

    Not safe for use by several threads at once. `stop` or `kill`, then `start` (or `restart`) bring back the
    same broker: the same ports, the same records.
    """

    def __init__(
        self,
        *,
        log_dir: Path | None = None,
        properties: Mapping[str, str] | None = None,
        listeners: tuple[str, ...] = (),
        heap_mb: int = 384,
        log_level: str = "WARN",
        cache: Path | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            log_dir: where the records are kept; a temporary folder unless given.
            properties: of the broker, over our own.
            listeners: security protocols (`SASL_SSL`, …) to listen with besides PLAINTEXT; see `ports`.
            heap_mb: of the Java machine, in MiB.
            log_level: of the broker's log, which goes to `log_file`.
            cache: see `kafka_jars`.
        """
        self._scratch = tempfile.TemporaryDirectory(prefix="sangdam-kafka-")
        self._folder = Path(self._scratch.name)
        self._log_dir = log_dir or self._folder / "data"
        self._given = dict(properties or {})
        self._heap_mb = heap_mb
        self._log_level = log_level
        self._cache = cache
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        names = ("PLAINTEXT", "CONTROLLER", *listeners)
        self.ports: dict[str, int] = dict(zip(names, _free_ports(len(names)), strict=True))
        """By listener."""
        self.log_file = self._folder / "kafka.log"

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.ports['PLAINTEXT']}"

    @property
    def url(self) -> str:
        """For `bus.open.open_bus`."""
        return f"kafka://{self.bootstrap}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise BadSetting("로컬 Kafka가 시작되지 않았습니다.", "The local Kafka was not started.")
        return self._process

    def start(self) -> None:
        """Start, and wait until it answers. Nothing happens when it runs already.

        Raises:
            BadSetting: Java 17 or Maven is missing, or the broker did not start; its last lines are told.
        """
        if self._process is not None and self._process.poll() is None:
            return
        java = _java()
        classes = f"{kafka_jars(self._cache)}/*"
        config = self._folder / "server.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in self._properties().items()))
        if not (self._log_dir / "meta.properties").exists():
            self._format(java, classes, config)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  the command is ours
                [
                    *(java, f"-Xmx{self._heap_mb}m", "-XX:+UseSerialGC", "-Djava.awt.headless=true"),
                    *(f"-Dlog4j2.level={self._log_level}", "-cp", classes, "kafka.Kafka", str(config)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                start_new_session=True,  # Ctrl+C is for whoever started it, who stops it then
            )
        self._watchdog = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _WATCHDOG, str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Let it finish, at most 15 s, then kill it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As `kill -9`."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove what it wrote (a given `log_dir` stays)."""
        if self._folder in self._log_dir.parents:
            self.kill()
        else:
            self.stop()
        self._scratch.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def last_lines(self, count: int = 20) -> str:
        """Of the broker's log."""
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-count:])
        return ""

    def _properties(self) -> dict[str, str]:
        listening = [f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()]
        ours = _PROPERTIES | {
            "listeners": ",".join(listening),
            "advertised.listeners": ",".join(one for one in listening if not one.startswith("CONTROLLER")),
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,"
            + ",".join(f"{name}:{name}" for name in self.ports if name != "CONTROLLER"),
            "controller.quorum.voters": f"1@127.0.0.1:{self.ports['CONTROLLER']}",
            "log.dirs": str(self._log_dir),
        }
        return ours | self._given

    def _format(self, java: str, classes: str, config: Path) -> None:
        self._log_dir.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(  # noqa: S603
            [
                *(java, "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classes),
                *("kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(config)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_S,
        )
        if done.returncode:
            raise _not_started(done.stdout + done.stderr)

    def _wait_until_it_answers(self) -> None:
        limit = time.monotonic() + _START_S
        while not _answers(self.ports["PLAINTEXT"]):
            if self.process.poll() is not None or time.monotonic() > limit:
                self.kill()
                raise _not_started(self.last_lines())
            time.sleep(0.05)

    def _end(self, number: signal.Signals) -> None:
        if self._watchdog is not None:  # first: it must not kill whoever gets the number next
            self._watchdog.kill()
            self._watchdog.wait()
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.close()
            self._watchdog = None
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _not_started(said: str) -> BadSetting:
    return BadSetting(
        f"로컬 Kafka가 시작되지 않았습니다. 브로커의 마지막 기록: {said[-2000:]}",
        f"The local Kafka did not start. Its last lines: {said[-2000:]}",
    )


def _java() -> str:
    """The Java machine, new enough."""
    java = shutil.which("java")
    said = ""
    if java is not None:
        done = subprocess.run(  # noqa: S603
            [java, "-version"], capture_output=True, text=True, check=False, timeout=_START_S
        )
        said = done.stderr + done.stdout
    found = re.search(r'version "(\d+)', said)
    if java is None or found is None or int(found[1]) < _JAVA:
        raise BadSetting(
            f"로컬 Kafka에는 Java {_JAVA} 이상이 필요합니다. openjdk-17-jre-headless 패키지를 설치하십시오.",
            f"The local Kafka needs Java {_JAVA} or newer. Install the package openjdk-17-jre-headless.",
        )
    return java


def _free_ports(count: int) -> list[int]:
    """Different ports of the loopback that nobody listens on now."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                ports.append(port)
            if len(ports) == count:
                return ports
    raise BadSetting("비어 있는 포트가 없습니다.", "There is no free port.")


def _answers(port: int) -> bool:
    """Whether a broker answers an ApiVersions request there (version 0, KIP-35); it does once it serves."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_S) as connection:
            connection.settimeout(_ANSWER_S)
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(10)) > 8
    except OSError:
        return False


def main() -> None:
    """Run a broker until Ctrl+C. An argument names the folder of its records, which stays."""
    log_dir = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with LocalKafka(log_dir=log_dir) as broker:
        print(broker.bootstrap, flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            broker.process.wait()


if __name__ == "__main__":
    main()

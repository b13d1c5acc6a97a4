"""Questions to the cluster: which topics there are, with how many partitions."""

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, for_code
from kafka.net.compat import KafkaNetClient
from kafka.net.selector import NetworkSelector

from bus.kafka_failures import EAR, listen, no_topic, not_allowed, not_opened, unreachable
from bus.kafka_settings import KafkaSettings
from contracts.errors import SangdamError

_UNKNOWN_TOPIC: Final = 3
_NOT_ALLOWED: Final = 29


def make(settings: KafkaSettings, kind: Any, *, net: NetworkSelector | None = None, **config: Any) -> Any:
    """A client of kafka-python; whatever goes wrong is told in plain words, and nothing stays behind. Blocks.

    Args:
        settings: of the cluster.
        kind: the client's class.
        net: the client's own event loop, for those who want to wait in it.
        config: what the class takes besides.

    Raises:
        Unreachable: no broker answered in time.
        BadSetting: the sign-in, a certificate or a file is wrong.
    """
    listen()
    began = time.monotonic()
    made: list[KafkaNetClient] = []

    def client(**options: Any) -> Any:
        made.append(KafkaNetClient(net=net, **options))
        return made[-1]

    try:
        return kind(**settings.client() | config, kafka_client=client)
    except Exception as error:
        for one in made:
            with contextlib.suppress(Exception):  # half made: whatever it says, it is given up
                one.close()
        raise not_opened(error, settings, EAR.since(began)) from error


@contextlib.contextmanager
def admin(settings: KafkaSettings) -> Iterator[Any]:
    """An administrator's client, for a while. Blocks.

    Raises:
        Unreachable: no broker answered in time.
        BadSetting: the sign-in, a certificate or a file is wrong.
    """
    client = make(settings, KafkaAdminClient)
    try:
        yield client
    except KafkaError as error:
        raise unreachable(", ".join(settings.brokers), str(error)) from error
    finally:
        client.close()


def partitions(settings: KafkaSettings, topics: Iterable[str]) -> Mapping[str, int | SangdamError]:
    """How many partitions each topic has, or why it cannot be used. Blocks.

    Raises:
        Unreachable: no broker answered in time.
        BadSetting: the sign-in, a certificate or a file is wrong.
    """
    with admin(settings) as client:
        return {topic["name"]: _count(topic) for topic in client.describe_topics(list(topics))}


def _count(topic: Mapping[str, Any]) -> int | SangdamError:
    name, code = topic["name"], topic["error_code"]
    if code == _UNKNOWN_TOPIC:
        return no_topic(name)
    if code == _NOT_ALLOWED:
        return not_allowed(name)
    if code:
        return unreachable(name, for_code(code).__name__)
    return len(topic["partitions"])

"""Choose the engine by URL."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from bus.base import Bus
from bus.embedded import EmbeddedBus
from bus.failures import no_extra
from bus.kafka_settings import parse
from bus.log import Synchronous
from contracts.errors import BadSetting
from contracts.topics import TOPICS, Topic

_KNOWN = frozenset({"synchronous", "session_s"})


async def open_bus(
    url: str, topics: Iterable[Topic] = TOPICS.values(), *, password: str | None = None
) -> Bus:
    """Open a bus by its URL.

    `kafka://host:9092,host2:9092?option=value&…`, for many machines: see `bus.kafka_settings.parse`.

    `embedded:///absolute/path/bus.db`, with these options after a `?`:

    - `synchronous=normal` (default): what was published survives a crash of the process; loss of power may
      take the last moments. `synchronous=full`: survives loss of power too, each commit waits for the disk.
    - `session_s=10`: seconds after which a silent member of a group is taken for dead.

    Args:
        url: of the bus.
        topics: what may be published and read.
        password: of the account that a `kafka` URL names.

    Raises:
        Unreachable: no broker answered in time.
        BadSetting: an unknown scheme or option, a file that cannot be used, a sign-in that was refused.
    """
    parts = urlsplit(url)
    if parts.scheme == "kafka":
        return await _open_kafka(url, topics, password)
    path = Path(unquote(parts.path))
    options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if parts.scheme != "embedded" or parts.netloc or not path.is_absolute() or not path.name:
        raise _bad(
            url,
            "embedded:///절대/경로/bus.db 또는 kafka://호스트:포트",
            "embedded:///absolute/path/bus.db or kafka://host:port",
        )
    if unknown := options.keys() - _KNOWN:
        raise _bad(
            url, f"옵션 {', '.join(_KNOWN)} (모르는 옵션: {unknown})", f"options {_KNOWN}, not {unknown}"
        )
    return await EmbeddedBus.open(
        path, topics, session_s=_session_s(url, options), synchronous=_synchronous(url, options)
    )


async def _open_kafka(url: str, topics: Iterable[Topic], password: str | None) -> Bus:
    try:
        from bus.kafka import KafkaBus  # noqa: PLC0415  an extra, not always there
    except ModuleNotFoundError as error:
        raise no_extra(error) from error
    return await KafkaBus.open(parse(url, password), topics)


def _session_s(url: str, options: dict[str, str]) -> float:
    try:
        session_s = float(options.get("session_s", "10"))
    except ValueError:
        session_s = 0.0
    if not 0.1 <= session_s <= 3600:
        raise _bad(url, "session_s는 0.1~3600초", "session_s of 0.1 to 3600 seconds")
    return session_s


def _synchronous(url: str, options: dict[str, str]) -> Synchronous:
    match options.get("synchronous", "normal"):
        case "normal":
            return "normal"
        case "full":
            return "full"
        case _:
            raise _bad(url, "synchronous=normal 또는 full", "synchronous=normal or full")


def _bad(url: str, ko: str, en: str) -> BadSetting:
    return BadSetting(
        f"버스 주소 {url}을(를) 쓸 수 없습니다. 필요한 것: {ko}.", f"Bus URL {url}: needs {en}."
    )

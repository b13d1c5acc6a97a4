"""A broker's URL: who to ask, how to be let in, how long a silent member lives. Pure but for a look at files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from contracts.errors import BadSetting

UNREACHABLE_S: Final = 10.0
"""How long opening waits for a broker."""

_SECURITY: Final = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
_MECHANISMS: Final = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
_COMPRESSIONS: Final = ("lz4", "gzip", "zstd", "none")
_OPTIONS: Final = ("security", "mechanism", "username", "ca", "cert", "key", "session_s", "compression")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Read `parse` for what they mean."""

    brokers: tuple[str, ...]
    """host:port"""
    security: str = "plaintext"
    mechanism: str = _MECHANISMS[0]
    username: str | None = None
    password: str | None = None
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    session_s: float = 10.0
    compression: str = _COMPRESSIONS[0]

    def __repr__(self) -> str:
        return f"<KafkaSettings {','.join(self.brokers)} {self.security}>"  # never the password

    def client(self) -> dict[str, Any]:
        """What every client of kafka-python takes."""
        found: dict[str, Any] = {
            "bootstrap_servers": list(self.brokers),
            "client_id": "sangdam",
            "security_protocol": self.security.upper(),
            "bootstrap_timeout_ms": int(UNREACHABLE_S * 1000),
            "request_timeout_ms": 15_000,
            # A broker that restarts is found again within a second or two.
            "reconnect_backoff_ms": 100,
            "reconnect_backoff_max_ms": 1_000,
        }
        if self.security.endswith("ssl"):
            files = {"ssl_cafile": self.ca, "ssl_certfile": self.cert, "ssl_keyfile": self.key}
            found |= {name: str(path) for name, path in files.items() if path}
        if self.security.startswith("sasl"):
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return found


def parse(url: str, password: str | None = None) -> KafkaSettings:
    """Read `kafka://host:9092,host2:9092?option=value&…`.

    - `security`: `plaintext` (default), `ssl`, `sasl_plaintext`, `sasl_ssl`.
    - `mechanism` of SASL: `SCRAM-SHA-512` (default), `SCRAM-SHA-256`, `PLAIN`; `username`, and the password apart.
    - `ca`: file of the authority that signed the brokers' certificates (the system's unless given); `cert` and
      `key`: our own certificate, where brokers ask for one.
    - `session_s=10`: seconds after which a silent member of a group is taken for dead.
    - `compression`: `lz4` (default), `gzip`, `zstd`, `none`.

    Raises:
        BadSetting: what is missing, unknown or contradictory.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise BadSetting(
            "버스 주소에 계정을 넣지 마십시오. 사용자는 ?username=으로, 비밀번호는 SANGDAM_BUS_PASSWORD로 줍니다.",
            "Do not put an account into the bus URL: the user goes into ?username=, the password into "
            "SANGDAM_BUS_PASSWORD.",
        )
    options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if unknown := options.keys() - set(_OPTIONS):
        raise _bad(
            url,
            f"옵션 {', '.join(_OPTIONS)} (모르는 옵션: {', '.join(sorted(unknown))})",
            f"options {', '.join(_OPTIONS)}, not {', '.join(sorted(unknown))}",
        )
    settings = KafkaSettings(
        brokers=_brokers(url, parts.netloc, parts.path),
        security=_one_of(url, options, "security", _SECURITY),
        mechanism=_one_of(url, options, "mechanism", _MECHANISMS),
        username=options.get("username") or None,
        password=password or None,
        ca=_file(url, options, "ca"),
        cert=_file(url, options, "cert"),
        key=_file(url, options, "key"),
        session_s=_session_s(url, options),
        compression=_one_of(url, options, "compression", _COMPRESSIONS),
    )
    _check(url, settings, options)
    return settings


def _brokers(url: str, netloc: str, path: str) -> tuple[str, ...]:
    brokers = tuple(one.strip() for one in netloc.split(","))
    for broker in brokers:
        host, _, port = broker.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65_536 or path not in ("", "/"):
            raise _bad(url, "kafka://호스트:포트,호스트:포트", "kafka://host:port,host:port")
    return brokers


def _check(url: str, settings: KafkaSettings, options: dict[str, str]) -> None:
    """What contradicts itself."""
    if settings.security.startswith("sasl"):
        if not settings.username:
            raise _bad(url, f"security={settings.security}에는 username", "username with SASL")
        if not settings.password:
            raise _bad(url, "비밀번호(SANGDAM_BUS_PASSWORD)", "the password (SANGDAM_BUS_PASSWORD)")
    elif unused := options.keys() & {"mechanism", "username"}:
        raise _bad(
            url,
            f"{', '.join(sorted(unused))}에는 security=sasl_ssl 또는 sasl_plaintext",
            f"security=sasl_ssl or sasl_plaintext with {', '.join(sorted(unused))}",
        )
    if not settings.security.endswith("ssl") and (unused := options.keys() & {"ca", "cert", "key"}):
        raise _bad(
            url,
            f"{', '.join(sorted(unused))}에는 security=ssl 또는 sasl_ssl",
            f"security=ssl or sasl_ssl with {', '.join(sorted(unused))}",
        )
    if bool(settings.cert) != bool(settings.key):
        raise _bad(url, "cert와 key 둘 다", "both cert and key")


def _one_of(url: str, options: dict[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = options.get(name, allowed[0])
    if value not in allowed:
        raise _bad(url, f"{name}={' 또는 '.join(allowed)}", f"{name}={' or '.join(allowed)}")
    return value


def _file(url: str, options: dict[str, str], name: str) -> Path | None:
    if name not in options:
        return None
    path = Path(options[name])
    if not path.is_file():
        raise _bad(url, f"{name}에 있는 파일(없는 파일: {path})", f"a file for {name}; there is no {path}")
    return path


def _session_s(url: str, options: dict[str, str]) -> float:
    try:
        session_s = float(options.get("session_s", "10"))
    except ValueError:
        session_s = 0.0
    if not 0.1 <= session_s <= 1800:
        raise _bad(url, "session_s는 0.1~1800초", "session_s of 0.1 to 1800 seconds")
    return session_s


def _bad(url: str, ko: str, en: str) -> BadSetting:
    return BadSetting(
        f"버스 주소 {url}을(를) 쓸 수 없습니다. 필요한 것: {ko}.", f"Bus URL {url}: needs {en}."
    )

"""What kafka-python says, in plain words."""

import logging
import ssl
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from kafka import errors

from bus.kafka_settings import KafkaSettings
from contracts.errors import BadEvent, BadSetting, SangdamError, Unreachable

log = logging.getLogger(__name__)

_TELL_AGAIN_S: Final = 60.0
_LIBRARY: Final = logging.getLogger("kafka")
_REFUSED: Final = (
    errors.SaslAuthenticationFailedError,
    errors.UnsupportedSaslMechanismError,
    errors.IllegalSaslStateError,
)


class Ear(logging.Handler):
    """Hears what goes wrong on connections: kafka-python tells it its log alone, and tries on until time is over.

    Its log stays ours: an outage is told once, in our words, and not by a line for each try. At the level DEBUG
    its own lines come too.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._heard: deque[tuple[float, BaseException]] = deque(maxlen=64)
        self._told_at = -_TELL_AGAIN_S

    def emit(self, record: logging.LogRecord) -> None:
        parts = record.args if isinstance(record.args, tuple) else ()
        if record.name == "kafka.net.manager" and "Connection failed" in str(record.msg):
            self._tell(parts)
        self._heard.extend((time.monotonic(), part) for part in parts if isinstance(part, BaseException))

    def _tell(self, parts: tuple[object, ...]) -> None:
        """Once in a while."""
        now = time.monotonic()
        if now - self._told_at > _TELL_AGAIN_S:
            self._told_at = now
            log.warning(
                "Kafka에 연결하지 못해 다시 시도합니다(%s) / no connection to Kafka, trying on (%s)",
                *parts * 2,
            )

    def since(self, moment: float) -> Sequence[BaseException]:
        """Errors heard since a moment of the monotonic clock."""
        return [error for heard_at, error in tuple(self._heard) if heard_at >= moment]


EAR: Final = Ear()


def listen() -> None:
    """Take over the library's log. Doing so twice is fine."""
    if EAR not in _LIBRARY.handlers:
        _LIBRARY.addHandler(EAR)
        _LIBRARY.propagate = logging.getLogger().getEffectiveLevel() <= logging.DEBUG


def _refused(cause: BaseException, heard: Sequence[BaseException]) -> bool:
    """Whether this is a sign-in that was refused.

    Over TLS kafka-python 3.0 sees the broker hang up before it reads why; a broker that is not there yet refuses the
    connection itself.
    """
    if isinstance(cause, _REFUSED) or "SaslAuthenticationFailed" in str(cause):
        return True
    hung_up = [one for one in heard if "socket disconnected" in str(one)]
    return len(hung_up) > 1 and cause is hung_up[0] and not any("REFUSED" in str(one) for one in heard)


def not_opened(error: Exception, settings: KafkaSettings, heard: Sequence[BaseException]) -> SangdamError:
    """Why no broker could be opened; `heard` are the errors of its connections."""
    where = ", ".join(settings.brokers)
    for cause in (error, *heard) if settings.security.startswith("sasl") else ():
        if _refused(cause, heard):
            return BadSetting(
                f"Kafka({where})가 로그인을 거절했습니다({cause}). username, mechanism과 SANGDAM_BUS_PASSWORD를 "
                "확인하십시오.",
                f"Kafka at {where} refused the sign-in ({cause}). Check username, mechanism and "
                "SANGDAM_BUS_PASSWORD.",
            )
    for cause in heard:
        if isinstance(cause, ssl.SSLError) or "SSL" in str(cause) or "certificate" in str(cause):
            return BadSetting(
                f"Kafka({where})와 TLS 연결을 맺지 못했습니다({cause}). ca 파일과 인증서의 호스트 이름, security를 "
                "확인하십시오.",
                f"No TLS connection to Kafka at {where}: {cause}. Check the file of ca, the host name in the "
                "certificate, and security.",
            )
    if isinstance(error, ssl.SSLError | OSError | RuntimeError) and not isinstance(error, ConnectionError):
        return BadSetting(
            f"Kafka 설정을 쓸 수 없습니다({error}). ca, cert, key 파일과 compression을 확인하십시오.",
            f"The settings for Kafka cannot be used: {error}. Check ca, cert, key and compression.",
        )
    said = [cause for cause in heard if not isinstance(cause, errors.KafkaTimeoutError)]
    return unreachable(where, str(said[-1] if said else error))


def unreachable(where: str, said: str) -> Unreachable:
    return Unreachable(
        f"Kafka({where})가 대답하지 않습니다({said}). 브로커가 떠 있는지, 주소와 방화벽이 맞는지 확인하십시오.",
        f"Kafka at {where} does not answer ({said}). Check that the broker runs, the address and the firewall.",
    )


def no_topic(topic: str) -> BadSetting:
    return BadSetting(
        f"Kafka에 토픽 {topic}이(가) 없습니다. `sangdam topics apply`로 만드십시오.",
        f"Kafka has no topic {topic}. Create it by `sangdam topics apply`.",
    )


def not_allowed(what: str) -> BadSetting:
    return BadSetting(
        f"이 Kafka 계정에는 {what}을(를) 쓸 권한이 없습니다. 브로커의 ACL을 확인하십시오.",
        f"This Kafka account may not use {what}. Check the broker's ACLs.",
    )


def too_large(topic: str, size: int | None = None) -> BadEvent:
    if size is None:
        return BadEvent(
            f"{topic} 토픽이 이만한 기록을 받지 않습니다. `sangdam topics apply`로 max.message.bytes를 맞추십시오.",
            f"The topic {topic} takes no record of this size. Set max.message.bytes by `sangdam topics apply`.",
        )
    return BadEvent(
        f"기록이 1 MiB보다 커서 {topic}에 싣지 못합니다({size}바이트). 나누어 보내십시오.",
        f"A record of {size} bytes is over the limit of 1 MiB on {topic}. Send it in parts.",
    )


def not_published(error: BaseException, topic: str) -> Exception:
    """Why a record was not taken."""
    if isinstance(error, errors.MessageSizeTooLargeError | errors.RecordListTooLargeError):
        return too_large(topic)
    if isinstance(error, errors.AuthorizationError):
        return not_allowed(topic)
    if isinstance(error, errors.InvalidTopicError | errors.UnknownTopicOrPartitionError):
        return no_topic(topic)
    return Unreachable(
        f"Kafka가 {topic}의 기록을 제때 받지 않았습니다({error}). 다시 보내면 됩니다.",
        f"Kafka did not take a record of {topic} in time ({error}). It may be sent again.",
    )


def not_joined(error: BaseException, group: str, topics: Sequence[str]) -> SangdamError | None:
    """Why a member can never read, None where waiting may help."""
    if isinstance(error, errors.GroupAuthorizationFailedError):
        return not_allowed(f"그룹(group) {group}")
    if isinstance(error, errors.AuthorizationError):
        return not_allowed(", ".join(topics))
    if isinstance(error, errors.InvalidSessionTimeoutError):
        return BadSetting(
            "브로커가 이 session_s를 받지 않습니다. 브로커의 group.min.session.timeout.ms와 "
            "group.max.session.timeout.ms 사이여야 합니다.",
            "The broker takes no such session_s: it must lie between its group.min.session.timeout.ms and "
            "group.max.session.timeout.ms.",
        )
    if isinstance(error, errors.InconsistentGroupProtocolError):
        return BadSetting(
            f"그룹 {group}을(를) 다른 프로그램이 쓰고 있습니다. 그 프로그램을 멈추거나 다른 Kafka를 쓰십시오.",
            f"Another program uses the group {group}. Stop it, or use another Kafka.",
        )
    return None

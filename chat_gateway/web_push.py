"""One message to one browser through its maker's push service: RFC 8030, 8188, 8291, 8292. Pure but for the keys.

The service sees that there is news, and nothing of what it is: not even the browser's own page is told more.
"""

import base64
import binascii
import json
import os
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02, VapidException

from contracts.chat_http import PushAsked
from contracts.errors import BadRequest, BadSetting

PAYLOAD: Final = json.dumps({"type": "message"}).encode()
"""All that is said: there is a new message."""

TTL_S: Final = 24 * 3600
"""A telephone that is off is told when it is on again, within a day."""

_SERVICES: Final = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
"""Chrome and Samsung Internet, Firefox, Safari, Edge."""

_SIGNED_S: Final = 12 * 3600
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16

Allowed = Callable[[str], bool]


def new_push_key() -> str:
    """A VAPID private key for SANGDAM_PUSH_KEY: 32 bytes in URL-safe base64."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(32, "big"))


def public_push_key(private_key: str) -> str:
    """The public one beside it, as browsers take it.

    Raises:
        BadSetting: it is no such key.
    """
    point = _vapid(private_key).public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return _text(point)


def is_push_service(endpoint: str) -> bool:
    """Whether it is an address of a known push service. Anything else would make us call whom a citizen names."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
        return False
    return any(host == service or host.endswith(f".{service}") for service in _SERVICES)


def checked(asked: PushAsked, is_allowed: Allowed = is_push_service) -> PushAsked:
    """What a browser gave, if a message can be sent by it.

    Raises:
        BadRequest: the service is not a known one, or the keys are none.
    """
    try:
        usable = is_allowed(asked.endpoint) and len(_bytes(asked.auth)) == _AUTH_BYTES
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(asked.p256dh))
        usable = usable and len(_bytes(asked.p256dh)) == _POINT_BYTES
    except (ValueError, binascii.Error):
        usable = False
    if not usable:
        raise BadRequest(
            "이 브라우저의 알림은 쓸 수 없습니다. 화면을 열어 두면 새 글이 바로 보입니다.",
            "notifications of this browser cannot be used. Keep the page open to see new messages.",
        )
    return asked


class Signer:
    """Encrypts and signs.

    Args:
        private_key: as `new_push_key` makes it.
        contact: `mailto:` or `https:` of the site, for the push services.

    Raises:
        BadSetting: one of them cannot be used.
    """

    def __init__(self, private_key: str, contact: str) -> None:
        self._vapid = _vapid(private_key)
        self._contact = contact
        try:
            self._vapid.sign({"sub": contact, "aud": "https://push.example", "exp": 1})
        except VapidException:
            raise BadSetting(
                "웹 푸시에는 SANGDAM_PUSH_CONTACT가 필요합니다. 예: mailto:admin@example.kr",
                "web push needs SANGDAM_PUSH_CONTACT, e.g. mailto:admin@example.kr",
            ) from None

    def request(self, asked: PushAsked, now_s: int) -> tuple[dict[str, str], bytes]:
        """Headers and body of the POST to the endpoint. `now_s`: wall time."""
        body = http_ece.encrypt(
            PAYLOAD,
            salt=os.urandom(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_bytes(asked.p256dh),
            auth_secret=_bytes(asked.auth),
            version="aes128gcm",
        )
        parts = urlsplit(asked.endpoint)
        claims = {"sub": self._contact, "aud": f"{parts.scheme}://{parts.netloc}", "exp": now_s + _SIGNED_S}
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": "high",
            "Topic": "message",  # a newer one takes the place of one that was not delivered yet
            **self._vapid.sign(claims),
        }
        return headers, body


def _vapid(private_key: str) -> Vapid02:
    try:
        return Vapid02.from_string(private_key.strip())
    except (ValueError, TypeError, binascii.Error, VapidException):
        raise BadSetting(
            "SANGDAM_PUSH_KEY를 읽을 수 없습니다. 'sangdam chat push-key'로 만드십시오.",
            "SANGDAM_PUSH_KEY cannot be read. Make one with 'sangdam chat push-key'.",
        ) from None


def _bytes(text: str) -> bytes:
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

"""Kakao consult talk (상담톡), through a dealer.

Kakao gives consult talk to dealers alone (허브 파트너), and each of them passes it on in almost the same form: a POST
of JSON for each message to `…/message`, `…/reference` before the first and `…/expired_session` after the last;
replies by a POST of `user_key`, `sender_key`, `serial_number`, `message_type`, `message` with at most 1,000
characters, answered by `{"code": 0}`. A session lives for 30 days after the citizen's last message. Who sent a
request is proved by HMAC-SHA256 over the body, which a site agrees on with its dealer.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import httpx
from pydantic import AliasChoices, Field, ValidationError

from chat_gateway.channels import words
from chat_gateway.channels.port import MAX_ID, Inbound, Outbound, Parsed, Terms, TryLater, Undeliverable
from chat_gateway.channels.sending import answered, posted
from chat_gateway.channels.signature import is_signed
from chat_gateway.people import Reached
from contracts.chat import Channel
from contracts.errors import BadRequest
from contracts.event import Model

_DAY_MS: Final = 24 * 3_600_000
_MAX_SERIAL: Final = 30
_SECONDS_BELOW: Final = 100_000_000_000
"""As milliseconds in 1973, as seconds in 5138."""

_HEADERS: Final = ("x-signature-256", "x-hub-signature-256")
_SAID: Final = frozenset({"", "message"})
_ENDED: Final = frozenset({"expired_session", "end"})
_PICTURES: Final = frozenset({"photo", "image"})


class _Hook(Model):
    user_key: str = Field(default="", max_length=MAX_ID)
    sender_key: str = Field(default="", max_length=MAX_ID)
    session_id: str = Field(default="", max_length=MAX_ID)
    type: str = "text"
    words: str | None = Field(
        default=None, validation_alias=AliasChoices("content", "contents", "text", "message")
    )
    attached: Any = Field(default=None, validation_alias=AliasChoices("attachment", "attachments", "image"))
    serial: str = Field(
        default="",
        max_length=MAX_ID,
        validation_alias=AliasChoices("serial_number", "message_id", "msgid"),
        coerce_numbers_to_str=True,
    )
    time: int = 0
    """Of the server, ms; of some dealers seconds."""

    @property
    def at_ms(self) -> int:
        return self.time * 1000 if self.time < _SECONDS_BELOW else self.time

    @property
    def text(self) -> str:
        return self.words or ""


class Kakao:
    """The channel.

    Args:
        secret: shared with the dealer; signs what comes in.
        token: for replies: sent as a bearer, or `Name: value; Name: value` for dealers with headers of their own.
        url: where the dealer takes replies.
        image_hosts: where pictures may be fetched.
    """

    name: ClassVar[Channel] = "kakao"
    terms: ClassVar = Terms(30 * _DAY_MS, 30 * _DAY_MS, 1000, "characters")

    def __init__(
        self,
        *,
        secret: str,
        token: str = "",
        url: str = "",
        image_hosts: frozenset[str] = frozenset({".kakao.com", ".kakaocdn.net", ".daumcdn.net"}),
    ) -> None:
        self._secret = secret
        self._headers = sending_headers(token)
        self._url = url
        self.image_hosts = image_hosts

    def challenge(self, query: Mapping[str, str]) -> str | None:  # noqa: ARG002  dealers do not ask
        return None

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = next((headers[name] for name in _HEADERS if name in headers), "")
        return is_signed(self._secret, body, given)

    def parse(self, event: str, body: bytes) -> Parsed:
        try:
            hook = _Hook.model_validate_json(body)
        except ValidationError:
            raise BadRequest("상담톡 형식의 JSON이 아닙니다.", "not JSON of consult talk's format.") from None
        parsed = Parsed()
        if not hook.user_key:
            raise BadRequest("user_key가 없습니다.", "there is no user_key.")
        details = {"sender_key": hook.sender_key}
        if event in _SAID:
            text, images = _said(hook)
            message = Inbound(
                "said", _serial(hook, body), hook.user_key, hook.at_ms, text, images, details=details
            )
            parsed.messages.append(message)
        elif event in _ENDED:
            session = hook.session_id or str(hook.time)
            ended = Inbound("closed", f"{hook.user_key}:{session}:ended", hook.user_key, hook.at_ms)
            parsed.messages.append(ended)
        else:
            parsed.skipped["reference" if event == "reference" else "unknown"] += 1
        return parsed

    async def send(self, client: httpx.AsyncClient, to: Reached, message: Outbound) -> None:
        body = {
            "user_key": to.external_id,
            "sender_key": to.details.get("sender_key", ""),
            "serial_number": message.serial[:_MAX_SERIAL],
            "message_type": "TX",
            "message": message.text,
        }
        response = await posted(client, self._url, body, self._headers)
        found = answered(response)
        code = found.get("code", found.get("result"))
        if response.is_success and str(code) in ("0", "200", "success"):
            return
        told = f"{code or response.status_code}: {str(found.get('message', ''))[:200]}"
        if response.is_success and not found:
            raise TryLater(
                f"상담톡 대행사의 답을 읽을 수 없습니다({told}).",
                f"cannot read the dealer's answer ({told}).",
            )
        raise Undeliverable(f"상담톡 대행사가 받지 않았습니다({told}).", f"the dealer refused it ({told}).")


def sending_headers(token: str) -> dict[str, str]:
    """Of a request to the dealer. `HT-Client-Id: a; HT-Client-Secret: b` are two headers, anything else a bearer."""
    if not token:
        return {}
    if ": " not in token:
        return {"Authorization": f"Bearer {token}"}
    pairs = (one.partition(":") for one in token.split(";") if ":" in one)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _said(hook: _Hook) -> tuple[str, tuple[str, ...]]:
    """Text and pictures; what is neither, in words."""
    if hook.type in _PICTURES:
        images = tuple(_urls(hook.attached)) or ((hook.text,) if hook.text.startswith("http") else ())
        text = "" if hook.text.startswith("http") else hook.text
        return (text, images) if images else (text or words.attached(""), ())
    if hook.type == "text" and hook.text.strip():
        return hook.text, ()
    return words.attached(hook.type if hook.type != "text" else ""), ()


def _urls(attached: object) -> list[str]:
    """Addresses in an attachment: dealers name it `url`, `img_url`, `image_url`, some in a list or a level deeper."""
    match attached:
        case str() if attached.startswith("http"):
            return [attached]
        case dict():
            named = [value for key, value in attached.items() if str(key).endswith("url")]
            found = [value for value in named if isinstance(value, str)]
            return found[:1] or [url for value in attached.values() for url in _urls(value)]
        case list():
            return [url for value in attached[:10] for url in _urls(value)]
        case _:
            return []


def _serial(hook: _Hook, body: bytes) -> str:
    """The message's own number; of a dealer that gives none, what it says and when: delivered again it is the same."""
    if hook.serial:
        return f"{hook.sender_key}:{hook.serial}"
    what = json.dumps([hook.user_key, hook.session_id, hook.time, hook.type, hook.text], ensure_ascii=False)
    return hashlib.sha256(what.encode() if hook.time else body).hexdigest()

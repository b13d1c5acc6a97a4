"""Instagram Messaging: Meta's webhooks and its Send API.

Formats: developers.facebook.com, "Instagram Messaging" / webhooks, send-message, and "Instagram API with Instagram
Login" / messaging-api. Text is at most 1,000 bytes of UTF-8. Replies within 24 hours of the citizen's message;
with the HUMAN_AGENT tag, which the app must be approved for, a person may answer within 7 days.
"""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar, Final

import httpx
from pydantic import Field, ValidationError

from chat_gateway.channels import words
from chat_gateway.channels.port import MAX_ID, Inbound, Outbound, Parsed, Terms, TryLater, Undeliverable
from chat_gateway.channels.sending import answered, posted
from chat_gateway.channels.signature import is_signed
from chat_gateway.people import Reached
from contracts.chat import Channel
from contracts.errors import BadRequest
from contracts.event import Model

_DAY_MS: Final = 24 * 3_600_000
_MAX_REPLIES: Final = 13
_MAX_REPLY: Final = 20
"""Quick replies and the characters of one, by Meta's reference."""

_BUSY: Final = frozenset({4, 17, 32, 613, 80006})
"""Error codes of rate limits."""
_SHUT: Final = frozenset({2018278, 2534022})
"""Subcodes: outside of the window in which replies are taken."""


class _Id(Model):
    id: str = Field(default="", max_length=MAX_ID)


class _Payload(Model):
    url: str = ""


class _Attachment(Model):
    type: str = ""
    payload: _Payload = _Payload()


class _Reply(Model):
    mid: str = ""
    story: dict[str, object] | None = None


class _Message(Model):
    mid: str = Field(default="", max_length=MAX_ID)
    text: str = ""
    attachments: tuple[_Attachment, ...] = ()
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False
    reply_to: _Reply = _Reply()


class _Postback(Model):
    mid: str = Field(default="", max_length=MAX_ID)
    title: str = ""


class _Reaction(Model):
    mid: str = Field(default="", max_length=MAX_ID)
    action: str = "react"
    emoji: str = ""
    reaction: str = ""


class _Read(Model):
    mid: str = Field(default="", max_length=MAX_ID)


class _Messaging(Model):
    sender: _Id = _Id()
    recipient: _Id = _Id()
    timestamp: int = 0
    message: _Message | None = None
    postback: _Postback | None = None
    reaction: _Reaction | None = None
    read: _Read | None = None


class _Change(Model):
    field: str = ""
    value: _Messaging = _Messaging()


class _Entry(Model):
    id: str = ""
    messaging: tuple[_Messaging, ...] = ()
    changes: tuple[_Change, ...] = ()
    """The same by the newer login; only fields of messages have this form."""
    standby: tuple[dict[str, object], ...] = ()
    """Somebody else's app has the conversation."""


class _Hook(Model):
    object: str = ""
    entry: tuple[_Entry, ...] = ()


class Instagram:
    """The channel.

    Args:
        secret: of the app; signs what comes in.
        token: of the account; sends.
        verify: the word that was entered where the webhook is registered.
        url: of the Graph API with its version.
        image_hosts: where pictures may be fetched.
    """

    name: ClassVar[Channel] = "instagram"
    terms: ClassVar = Terms(7 * _DAY_MS, _DAY_MS, 1000, "bytes")
    URL: ClassVar = "https://graph.instagram.com/v23.0"

    def __init__(
        self,
        *,
        secret: str,
        token: str,
        verify: str = "",
        url: str = URL,
        image_hosts: frozenset[str] = frozenset({".fbsbx.com", ".fbcdn.net", ".cdninstagram.com"}),
    ) -> None:
        self._secret = secret
        self._token = token
        self._verify = verify
        self._url = url.rstrip("/")
        self.image_hosts = image_hosts

    def challenge(self, query: Mapping[str, str]) -> str | None:
        word = query.get("hub.verify_token", "").encode("utf-8", "replace")
        right = bool(self._verify) and hmac.compare_digest(word, self._verify.encode())
        return query.get("hub.challenge", "") if right and query.get("hub.mode") == "subscribe" else None

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        return is_signed(self._secret, body, headers.get("x-hub-signature-256", ""))

    def parse(self, event: str, body: bytes) -> Parsed:  # noqa: ARG002  all events come to one path
        parsed = Parsed()
        try:
            hook = _Hook.model_validate_json(body)
        except ValidationError as error:
            if not _is_json(error):
                raise BadRequest(
                    "Instagram 형식의 JSON이 아닙니다.", "not JSON of Instagram's format."
                ) from None
            # Signed and readable, but of a form that we do not know: sent again it would be no better.
            parsed.skipped["unknown"] += 1
            return parsed
        if hook.object != "instagram":
            parsed.skipped["object"] += 1
            return parsed
        for entry in hook.entry:
            if entry.standby:
                parsed.skipped["standby"] += len(entry.standby)
            for one in (*entry.messaging, *(change.value for change in entry.changes)):
                for message in _inbound(entry.id, one, parsed):
                    parsed.messages.append(message)
        return parsed

    async def send(self, client: httpx.AsyncClient, to: Reached, message: Outbound) -> None:
        body: dict[str, object] = {"recipient": {"id": to.external_id}, "message": _content(message)}
        if message.by_person and message.late:
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        else:
            body["messaging_type"] = "RESPONSE"
        account = to.details.get("account") or "me"
        response = await posted(
            client, f"{self._url}/{account}/messages", body, {"Authorization": f"Bearer {self._token}"}
        )
        _judge(response)


def _content(message: Outbound) -> dict[str, object]:
    content: dict[str, object] = {"text": message.text}
    if message.replies:
        content["quick_replies"] = [
            {"content_type": "text", "title": reply[:_MAX_REPLY], "payload": reply}
            for reply in message.replies[:_MAX_REPLIES]
        ]
    return content


def _judge(response: httpx.Response) -> None:
    """Raises: TryLater, Undeliverable."""
    fault = answered(response).get("error")
    if response.is_success and fault is None:
        return
    known = fault if isinstance(fault, dict) else {}
    code, subcode = known.get("code"), known.get("error_subcode")
    told = f"{code}/{subcode}: {str(known.get('message', ''))[:200]}" if known else str(response.status_code)
    if subcode in _SHUT:
        raise Undeliverable(
            f"Instagram의 답장 기한이 지났습니다({told}).", f"outside of Instagram's reply window ({told})."
        )
    if code in _BUSY or known.get("is_transient") is True:
        raise TryLater(f"Instagram이 바쁩니다({told}).", f"Instagram is busy ({told}).")
    raise Undeliverable(f"Instagram이 받지 않았습니다({told}).", f"Instagram refused it ({told}).")


def _inbound(account: str, one: _Messaging, parsed: Parsed) -> Iterator[Inbound]:
    sender = one.sender.id
    message = one.message
    if (message and message.is_echo) or (sender and sender == account):
        parsed.skipped["echo"] += 1
        return
    details = {"account": one.recipient.id or account}
    made = _made(one, Inbound("said", "", sender, one.timestamp, details=details))
    if made is None or not made.provider_id or not sender or one.timestamp <= 0:
        parsed.skipped["unknown"] += 1
        return
    yield made


def _made(one: _Messaging, base: Inbound) -> Inbound | None:
    """What was done, of which `base` has who and when."""
    if message := one.message:
        if message.is_deleted:
            return replace(base, kind="deleted", provider_id=f"{message.mid}:deleted", of=message.mid)
        text, images = _said(message)
        return replace(base, provider_id=message.mid, text=text, images=images)
    if postback := one.postback:
        return replace(base, provider_id=postback.mid, text=postback.title)
    if reaction := one.reaction:
        if reaction.action != "react":
            return None
        sign = reaction.emoji or reaction.reaction
        provider_id = f"{reaction.mid}:{sign}:{one.timestamp}"
        return replace(base, kind="reacted", provider_id=provider_id, text=words.reacted(sign))
    if one.read:
        return replace(base, kind="read", provider_id=f"{one.read.mid}:read")
    return None


def _said(message: _Message) -> tuple[str, tuple[str, ...]]:
    """Text, and in words what is not text nor picture."""
    lines = [message.text] if message.text else []
    if message.reply_to.story is not None:
        lines.insert(0, words.attached("story_reply"))
    images = tuple(one.payload.url for one in message.attachments if one.type == "image" and one.payload.url)
    lines += [words.attached(one.type) for one in message.attachments if one.type != "image"]
    if message.is_unsupported or not (lines or images):
        lines.append(words.attached(""))
    return "\n".join(lines), images


def _is_json(error: ValidationError) -> bool:
    return all(one["type"] != "json_invalid" for one in error.errors(include_url=False))

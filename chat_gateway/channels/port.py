"""What a channel of a provider is: read what comes in, tell how long and how much may be answered, send.

A further channel is one file with a class that does this, and one line in `hooks.py`'s list of ports: see
`docs/channels.md`. Parsing, checking and windows are pure; only `send` talks to the provider.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, Protocol, get_args

import httpx

from chat_gateway.channels.split import Unit
from chat_gateway.people import Reached
from contracts.chat import Channel
from contracts.errors import SangdamError, Unavailable

MAX_ID: Final = 512
"""Characters of any id of a provider's that is taken."""

Kind = Literal["said", "deleted", "reacted", "read", "closed"]


class Undeliverable(SangdamError):
    """The provider will not take this, however often it is tried."""

    code = "undeliverable"
    http_status = 422


class TryLater(Unavailable):
    """The provider does not take it now."""

    code = "try-later"

    def __init__(self, ko: str, en: str, wait_s: float | None = None) -> None:
        super().__init__(ko, en)
        self.wait_s = wait_s
        """Before any message is tried there again, as the provider asked; None: it named no time."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that a citizen did on a channel."""

    kind: Kind
    provider_id: str
    """Unique on the channel; the same when it is delivered again."""
    external_id: str
    """Whose."""
    at_ms: int
    """When, by the provider's clock."""
    text: str = ""
    images: tuple[str, ...] = ()
    """Addresses of pictures, to be fetched now: they live shortly."""
    of: str = ""
    """What it is about: the `provider_id` of something said before."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What replies need, e.g. to which of our accounts it was sent."""
    nickname: str = ""


@dataclass(slots=True)
class Parsed:
    """What one request of a provider brought."""

    messages: list[Inbound] = field(default_factory=list)
    """In order."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Why something else was passed over: echoes of our own, kinds that we do not know."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How replies are taken."""

    window_ms: int
    """After the citizen's last message; by a person."""
    automatic_ms: int
    """By the system itself."""
    limit: int
    unit: Unit

    @property
    def max_chars(self) -> int:
        """Of Korean text in one message; longer ones are split."""
        return self.limit if self.unit == "characters" else self.limit // 3


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to be sent: text that fits."""

    text: str
    serial: str
    """The same whenever the same part is sent again, for providers that know what they have had."""
    by_person: bool
    """Written by an agent, not by the system."""
    late: bool = False
    """Beyond the time in which the system may write."""
    replies: tuple[str, ...] = ()


class ChannelPort(Protocol):
    """A provider. Everything but `send` is pure."""

    name: ClassVar[Channel]
    terms: ClassVar[Terms]
    image_hosts: frozenset[str]
    """Where its pictures are: `.example.com` for https hosts that end so, or a whole origin."""

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """The answer that registers the webhook; None: not rightly asked, or not done so here."""
        ...

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the provider itself sent these very bytes."""
        ...

    def parse(self, event: str, body: bytes) -> Parsed:
        """What the request says.

        Args:
            event: what follows the hook's path, for providers that tell events apart by it.
            body: as it came.

        Raises:
            BadRequest: not the provider's format.
        """
        ...

    async def send(self, client: httpx.AsyncClient, to: Reached, message: Outbound) -> None:
        """Hand one message to the provider.

        Raises:
            TryLater: it does not answer, is at fault, or is busy; what was sent may have arrived all the same.
            Undeliverable: it will not take it.
        """
        ...


def client_id(channel: Channel, provider_id: str, part: int = 0) -> str:
    """The client id of an entry that came from a provider: the log knows by it what it has, and from where."""
    digest = hashlib.sha256(provider_id.encode("utf-8", "replace")).hexdigest()[:40]
    return f"{channel}-{digest}-{part}"


_CLIENT_ID: Final = re.compile(r"^([a-z]+)-[0-9a-f]{40}-\d+$")
_PROVIDERS: Final[dict[str, Channel]] = {
    name: name for name in get_args(Channel) if name not in ("web", "widget", "ars")
}
"""The others are pages of our own."""


def channel_of(client_id: str) -> Channel | None:
    """The channel that an entry came from, None when it was one of our own pages."""
    found = _CLIENT_ID.match(client_id)
    return _PROVIDERS.get(found.group(1)) if found else None

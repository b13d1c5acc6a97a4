"""How much one conversation and one address may take: sockets, openings, messages, bytes, photos.

Token buckets of a bounded number; a deployment of several gateways allows as much at each of them. Mobile carriers
put many citizens behind one address, so an address may do far more than a conversation. An address of this very
machine says nothing of who is there (a proxy that does not tell), so that it counts in all only.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from contracts.clock import Clock, monotonic_ms
from contracts.errors import Overloaded, TooManyAttempts

MAX_KEYS: Final = 20_000
"""Buckets of a kind; the longest unused one goes first. Whoever floods keeps its own in use."""

_IPV6_HOST: Final = 64
"""An IPv6 customer has at least so many bits to choose addresses from: the network in front of them counts."""


class TooFast(TooManyAttempts):
    """A limit was met; `wait_ms` until it may be tried again."""

    def __init__(self, ko: str, en: str, wait_ms: int) -> None:
        super().__init__(ko, en)
        self.wait_ms = wait_ms


@dataclass(frozen=True, slots=True)
class Amount:
    """So much at once, and so much more each second."""

    burst: float
    per_s: float


@dataclass(frozen=True, slots=True)
class Amounts:
    """A site may set each of them in `site.yaml` under `limits`."""

    sockets: int = 8_000
    """Open at this gateway at once."""
    sockets_per_address: int = 300
    connects: Amount = Amount(300, 20)
    """New sockets of an address."""
    openings: Amount = Amount(60, 0.5)
    """New conversations of an address."""
    frames: Amount = Amount(120, 15)
    """WebSocket messages of a conversation, live typing and receipts among them."""
    messages: Amount = Amount(30, 2)
    """Of a conversation: what is kept."""
    messages_of_address: Amount = Amount(1_000, 100)
    bytes: Amount = Amount(256 * 1024, 16 * 1024)
    """Of the messages of a conversation."""
    photos: Amount = Amount(10, 1 / 20)
    photos_of_address: Amount = Amount(200, 2)
    photo_bytes: Amount = Amount(100 * 1024 * 1024, 1024 * 1024)


class Buckets:
    """One token bucket a key, all of one size. Pure: time is data."""

    def __init__(self, amount: Amount, *, max_keys: int = MAX_KEYS) -> None:
        self._amount = amount
        self._max_keys = max_keys
        self._levels: OrderedDict[str, tuple[float, int]] = OrderedDict()
        """Key → tokens left, as of when (ms)."""

    def wait_ms(self, key: str, cost: float, now_ms: int) -> int:
        """How long until `cost` can be taken; 0: now. What costs more than a full bucket waits for a full one."""
        missing = min(cost, self._amount.burst) - self._level(key, now_ms)
        return 0 if missing <= 1e-9 else max(1, -int(-missing * 1000 // self._amount.per_s))

    def take(self, key: str, cost: float, now_ms: int) -> None:
        """Take it, whatever `wait_ms` says; the level may fall below nothing."""
        self._levels[key] = (self._level(key, now_ms) - cost, now_ms)
        self._levels.move_to_end(key)
        if len(self._levels) > self._max_keys:
            self._levels.popitem(last=False)

    def _level(self, key: str, now_ms: int) -> float:
        level, since_ms = self._levels.get(key, (self._amount.burst, now_ms))
        return min(self._amount.burst, level + max(0, now_ms - since_ms) / 1000 * self._amount.per_s)

    def __len__(self) -> int:
        return len(self._levels)


class Limits:
    """The limits of one gateway. Every method raises `TooFast` (a `TooManyAttempts`) and then took nothing."""

    def __init__(self, amounts: Amounts | None = None, *, clock: Clock = monotonic_ms) -> None:
        self._amounts = amounts or Amounts()
        self._clock = clock
        self._open: dict[str, int] = {}
        self._sockets = 0
        own = self._amounts
        self._connects = Buckets(own.connects)
        self._openings = Buckets(own.openings)
        self._frames = Buckets(own.frames)
        self._messages = Buckets(own.messages)
        self._address_messages = Buckets(own.messages_of_address)
        self._bytes = Buckets(own.bytes)
        self._photos = Buckets(own.photos)
        self._address_photos = Buckets(own.photos_of_address)
        self._photo_bytes = Buckets(own.photo_bytes)

    @property
    def sockets(self) -> int:
        """Open now."""
        return self._sockets

    @contextmanager
    def connection(self, address: str) -> Iterator[None]:
        """Hold it as long as the socket is open.

        Raises:
            TooFast: too many sockets of this address.
            Overloaded: too many in all.
        """
        if self._sockets >= self._amounts.sockets:
            raise Overloaded(
                "지금 연결이 가득 찼습니다. 1분 뒤 다시 시도해 주십시오.",
                "no connection is free. Try again in a minute.",
            )
        network = network_of(address)
        if network:
            self._need(network, (self._connects, 1), what=_CONNECTS)
            if self._open.get(network, 0) >= self._amounts.sockets_per_address:
                raise TooFast(
                    "이 주소에서 열린 연결이 너무 많습니다. 쓰지 않는 창을 닫고 1분 뒤 다시 시도해 주십시오.",
                    "too many connections from this address. Close windows that are not used, and try again in a "
                    "minute.",
                    60_000,
                )
            self._open[network] = self._open.get(network, 0) + 1
        self._sockets += 1
        try:
            yield
        finally:
            self._sockets -= 1
            if network:
                self._open[network] -= 1
                if not self._open[network]:
                    del self._open[network]

    def opening(self, address: str) -> None:
        """A new conversation."""
        if network := network_of(address):
            self._need(network, (self._openings, 1), what=_OPENINGS)

    def frame(self, who: str) -> None:
        """Any WebSocket message of a conversation's citizen: typing comes every 300 ms, receipts with each entry."""
        self._need(who, (self._frames, 1), what=_MESSAGES)

    def message(self, who: str, size_bytes: int, address: str = "") -> None:
        """Something that will be kept. `who`: the conversation, or the staff member."""
        self._both(
            who,
            address,
            ((self._messages, 1), (self._bytes, size_bytes)),
            (self._address_messages, 1),
            _MESSAGES,
        )

    def photo(self, who: str, size_bytes: int, address: str = "") -> None:
        """A photo, before it is read: its declared or greatest size."""
        self._both(
            who,
            address,
            ((self._photos, 1), (self._photo_bytes, size_bytes)),
            (self._address_photos, 1),
            _PHOTOS,
        )

    def _both(
        self,
        who: str,
        address: str,
        own: tuple[tuple[Buckets, float], ...],
        shared: tuple[Buckets, float],
        what: tuple[str, str],
    ) -> None:
        network = network_of(address)
        if network:
            _check(shared[0].wait_ms(network, shared[1], self._clock()), what)
        self._need(who, *own, what=what)
        if network:
            shared[0].take(network, shared[1], self._clock())

    def _need(self, key: str, *costs: tuple[Buckets, float], what: tuple[str, str]) -> None:
        now_ms = self._clock()
        _check(max(buckets.wait_ms(key, cost, now_ms) for buckets, cost in costs), what)
        for buckets, cost in costs:
            buckets.take(key, cost, now_ms)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, an IPv6 network of 64 bits. Empty: nobody can be told apart."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return "" if ip.is_loopback else str(ipaddress.ip_network((ip, _IPV6_HOST), strict=False))
        ip = ip.ipv4_mapped
    return "" if ip.is_loopback else str(ip)


def seconds_ko(wait_ms: int) -> str:
    """`3초`, `2분`: rounded up."""
    seconds = max(1, -(-wait_ms // 1000))
    return f"{seconds}초" if seconds < 90 else f"{-(-seconds // 60)}분"


def seconds_en(wait_ms: int) -> str:
    seconds = max(1, -(-wait_ms // 1000))
    return f"{seconds} s" if seconds < 90 else f"{-(-seconds // 60)} min"


_CONNECTS: Final = ("연결이 너무 잦습니다", "too many connections")
_OPENINGS: Final = ("이 주소에서 상담을 너무 많이 열었습니다", "too many chats were opened from this address")
_MESSAGES: Final = ("메시지가 너무 빠릅니다", "too many messages")
_PHOTOS: Final = ("사진이 너무 많습니다", "too many photos")


def _check(wait_ms: int, what: tuple[str, str]) -> None:
    if wait_ms:
        raise TooFast(
            f"{what[0]}. {seconds_ko(wait_ms)} 뒤 다시 보내 주십시오.",
            f"{what[1]}. Try again in {seconds_en(wait_ms)}.",
            wait_ms,
        )

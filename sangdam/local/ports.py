"""Ports for servers that come back on the same one."""

import random
import socket
from typing import Final

from contracts.errors import BadSetting

_RANGE: Final = range(20_000, 32_000)
"""Below what systems give to outgoing connections (Linux: 32,768 and up): nobody takes the port while its
server is away for a moment."""
_TRIES: Final = 100


def free_port() -> int:
    """A loopback TCP port that nothing listens on."""
    for port in random.SystemRandom().sample(_RANGE, _TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise BadSetting(
        f"{_RANGE.start}번에서 {_RANGE.stop}번 사이에 빈 포트가 없습니다.",
        f"no free port between {_RANGE.start} and {_RANGE.stop}.",
    )

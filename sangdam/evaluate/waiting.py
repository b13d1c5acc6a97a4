"""Waiting for something to become true, with a limit."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from contracts.errors import Unreachable

_LOOK_S: Final = 0.05

T = TypeVar("T")


async def until(look: Callable[[], T], what: str, limit_s: float) -> T:
    """What `look` gives, as soon as that is something; looked for twenty times a second.

    Raises:
        Unreachable: it gave nothing within `limit_s`.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit_s
    while not (found := look()):
        if loop.time() > deadline:
            raise Unreachable(
                f"{limit_s:.0f}초 안에 되지 않음: {what}.", f"not within {limit_s:.0f} s: {what}."
            )
        await asyncio.sleep(_LOOK_S)
    return found

"""Tell the courier of a conversation, wherever it runs, to look at it."""

from typing import Final

from bus.base import Bus
from bus.events import publish_events
from contracts.chat_bus import ChatAttended

COURIER: Final = "courier"
"""In place of a gateway: nobody is ever connected there, so that to the others the event says nothing."""


async def wake(bus: Bus, contact_id: str, now_ms: int) -> None:
    """Raises: Unavailable."""
    event = ChatAttended(contact_id=contact_id, at_ms=now_ms, origin=COURIER, attending=False, is_answer=True)
    await publish_events(bus, [event])

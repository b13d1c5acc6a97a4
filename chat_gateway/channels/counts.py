"""What operators want to know of the channels in this process."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class ChannelCounts:
    """All of it only rises, but for the gauge."""

    received: Counter[str] = field(default_factory=Counter)
    """Channel and what happened: `instagram.said`, `.reacted`, …; `.duplicate`, `.stale`, `.echo`, `.unknown`: passed
    over; `.unsigned`, `.unreadable`: refused; `.put_off`: to be delivered again."""
    sent: Counter[str] = field(default_factory=Counter)
    """Parts that the provider took."""
    retried: Counter[str] = field(default_factory=Counter)
    undelivered: Counter[str] = field(default_factory=Counter)
    """Entries that could not be sent; the agent was told."""
    failures: int = 0
    """Conversations at which the courier met an error of its own, see the log."""
    waiting: int = 0
    """Gauge: conversations that the courier is sending in."""

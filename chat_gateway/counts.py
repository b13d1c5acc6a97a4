"""What operators want to know of a gateway. Plain attributes, read when somebody asks."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class ChatCounts:
    """All of it only rises."""

    opened: Counter[str] = field(default_factory=Counter)
    """New conversations, by channel."""
    entries: Counter[str] = field(default_factory=Counter)
    """Committed, by kind."""
    duplicates: int = 0
    """Sent again with a client id that was known: answered with the same entry."""
    batches: int = 0
    """Transactions that wrote entries; `entries` by them is how many went together."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that were refused, by the error's code."""
    overflowed: int = 0
    """Connections closed because too much waited for them."""
    closed: Counter[str] = field(default_factory=Counter)
    """Connections by why they ended."""
    typing_relayed: int = 0
    """Messages of live typing that were passed on."""
    typing_shed: int = 0
    """Those that were left out: too fast, for nobody, or for a reader that is slow."""
    gaps: int = 0
    """Times that a reader's gap was filled from the database."""
    swept: int = 0
    """Entries of others that were found unpublished."""
    publish_failures: int = 0
    """Entries whose events could not be made, see the log."""

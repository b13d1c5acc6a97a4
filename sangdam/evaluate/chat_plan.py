"""What the conductor of the chat bench and its loaders tell each other; JSON files and lines."""

from typing import Literal

from contracts.event import Model


class Agent(Model):
    """One page of staff and its conversations."""

    key: str
    """A cookie, or what the dialect asks for."""
    conversations: tuple[int, ...]
    """Numbers, of this loader's own."""


class Loader(Model):
    """What one loader does."""

    dialect: Literal["sangdam", "socketio"] = "sangdam"
    port: int
    first: int
    """Number of its first conversation."""
    contacts: tuple[str, ...]
    """Ids; the citizens' sockets."""
    keys: tuple[str, ...]
    """Of the citizens."""
    agents: tuple[Agent, ...]
    sources: int = 1
    """Loopback addresses to come from."""
    at_once: int = 64
    """Connections that are opened at a time."""


class Phase(Model):
    """One time of load."""

    name: str
    rate: float
    """Messages a second of this loader."""
    seconds: float
    typists: int = 0
    """Conversations in which a citizen types all the time, seen live."""
    stalled_key: str = ""
    """A supervisor who attends the first conversations of this loader, and whose page stops reading."""
    watched: int = 0
    """How many of them."""
    patience_s: float = 30.0
    """For what is still on its way in the end."""

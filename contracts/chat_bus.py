"""What gateways tell each other of chats. What is said in them is sealed: it is nobody else's to read.

Everybody else gets a chat's lines as masked utterances on `transcript`, as those of a call.
"""

from typing import Literal

from contracts.chat import Receipts
from contracts.event import Event


class ChatLogged(Event):
    """An entry is in the log. Topic `chat`. It may come again, and late: its number tells."""

    type: Literal["chat.logged"] = "chat.logged"
    seq: int
    origin: str
    """Gateway that committed it; empty: that one is gone, and another found it unpublished."""
    sealed: str
    """The `ChatEntry` as JSON, sealed by `privacy/vault.py`, base64."""


class ChatReceipted(Event):
    """What a side has got and read. Topic `chat`."""

    type: Literal["chat.receipted"] = "chat.receipted"
    origin: str
    receipts: Receipts


class ChatAttended(Event):
    """Somebody is connected to this conversation at that gateway, or no more: live typing is passed on only to
    where it is seen. Topic `chat`.
    """

    type: Literal["chat.attended"] = "chat.attended"
    origin: str
    attending: bool
    is_answer: bool = False
    """Said because another gateway said it: not to be answered again."""


class ChatTyped(Event):
    """Live typing. Topic `chat.typing`; not kept."""

    type: Literal["chat.typed"] = "chat.typed"
    origin: str
    sealed: str
    """The `Typing` as JSON, sealed, base64."""

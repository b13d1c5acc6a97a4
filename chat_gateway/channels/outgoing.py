"""Which entries of a log go out on a channel: what staff and system say while the citizen speaks there. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from chat_gateway.channels import words
from chat_gateway.channels.port import channel_of
from contracts.chat import (
    Channel,
    ChatEntry,
    ChatHead,
    Edited,
    Opened,
    Photo,
    Place,
    Said,
    Taken,
    Withdrawn,
)

_SPOKEN: Final = (Said, Photo, Place)


def spoken_in(entry: ChatEntry, before: str) -> str:
    """The channel that replies go to after this entry: `web`, or a provider's.

    Args:
        entry: the next of the log.
        before: the same before it.
    """
    if entry.author.side != "citizen":
        return before
    if isinstance(entry.body, Opened):
        return entry.body.channel
    return (channel_of(entry.client_id) or "web") if isinstance(entry.body, _SPOKEN) else before


def due(entries: Iterable[ChatEntry], channel: Channel, before: str) -> Iterator[tuple[ChatEntry, bool]]:
    """Each entry, and whether it is to be sent on this channel.

    Args:
        entries: in order.
        channel: of the delivery.
        before: where the citizen spoke last, before the first of them.
    """
    at, previous = before, None
    for entry in entries:
        at = spoken_in(entry, at)
        yield entry, at == channel and words.goes_out(entry) and not _is_plain(entry, previous)
        previous = entry


def _is_plain(entry: ChatEntry, previous: ChatEntry | None) -> bool:
    """That who goes on talking has the conversation again."""
    return (
        isinstance(entry.body, Taken)
        and previous is not None
        and isinstance(previous.body, _SPOKEN)
        and previous.author.staff_id == entry.author.staff_id
    )


def spoken_at_first(head: ChatHead, wrote_by: str | None) -> str:
    """Where the citizen spoke last, by the client id of their last words; None: they only opened it."""
    return head.channel if wrote_by is None else (channel_of(wrote_by) or "web")


def by_person(entry: ChatEntry) -> bool:
    """Written by an agent: providers allow people more than programs."""
    return entry.author.side == "staff" and isinstance(entry.body, (*_SPOKEN, Edited, Withdrawn))


def excerpt(entry: ChatEntry) -> str:
    """The beginning of what was said, for a note to staff."""
    text = getattr(entry.body, "text", "") or getattr(entry.body, "ko", "") or f"({entry.body.kind})"
    line = " ".join(str(text).split())
    return line if len(line) <= 30 else line[:29] + "…"

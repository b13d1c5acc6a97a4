"""What is shown of a conversation: its entries with edits and withdrawals applied. Pure; twin of `web/src/chat/view.ts`."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.chat import Body, ChatEntry, Edited, Hidden, Party, Said, Withdrawn


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A line of the conversation."""

    seq: int
    at_ms: int
    author: Party
    client_id: str
    body: Body
    """As it reads now; `Hidden` when it was withdrawn."""
    edited_ms: int | None = None
    """Of the entry that edited it last."""
    is_withdrawn: bool = False


def lines(entries: Iterable[ChatEntry]) -> tuple[ChatLine, ...]:
    """One line for each entry that says something itself, in their order.

    Whether what was withdrawn is still known or was emptied in the log makes no difference. An edit of an entry that
    is not among them (older than what is shown) has no line.
    """
    entries = tuple(entries)
    edits: dict[int, ChatEntry] = {}
    withdrawn: set[int] = set()
    for entry in entries:
        if isinstance(entry.body, Edited):
            edits[entry.body.of_seq] = entry
        elif isinstance(entry.body, Withdrawn):
            withdrawn.add(entry.body.of_seq)
    made = (_line(entry, edits.get(entry.seq), is_gone=entry.seq in withdrawn) for entry in entries)
    return tuple(line for line in made if line is not None)


def _line(entry: ChatEntry, edit: ChatEntry | None, *, is_gone: bool) -> ChatLine | None:
    body, edited_ms = entry.body, None
    if is_gone:
        body = Hidden()
    elif isinstance(body, Hidden | Edited | Withdrawn):
        return None
    elif edit is not None and isinstance(edit.body, Edited) and isinstance(body, Said):
        body = body.model_copy(update={"text": edit.body.text, "profane": ()})
        edited_ms = edit.at_ms
    return ChatLine(
        seq=entry.seq,
        at_ms=entry.at_ms,
        author=entry.author,
        client_id=entry.client_id,
        body=body,
        edited_ms=edited_ms,
        is_withdrawn=is_gone,
    )

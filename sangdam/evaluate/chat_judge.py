"""Whether a chat lost, doubled or mixed up anything: what was sent, what the log has, what each screen shows. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.chat import ChatEntry, Hidden, Said, Side


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that somebody said, as their page knows it."""

    side: Side
    client_id: str
    text: str
    seq: int | None = None
    """From the acknowledgement, None: none came."""


def log_faults(log: Sequence[ChatEntry], sent: Sequence[Sent]) -> list[str]:
    """Of the database's log against what was sent: gaps, losses, doubles, another order, acknowledgements that lie.

    Args:
        log: all entries, in the order of the database.
        sent: of both sides, each side's in the order in which it was said.
    """
    numbers = [entry.seq for entry in log]
    found = [] if numbers == list(range(1, len(log) + 1)) else [f"log: numbers {_short(numbers)}"]
    kept: dict[str, list[ChatEntry]] = {}
    for entry in log:
        if entry.client_id:
            kept.setdefault(entry.client_id, []).append(entry)
    for one in sent:
        entries = kept.get(one.client_id, [])
        if not entries:
            found.append(f"lost: {one.side} '{one.text}'" + (" (acknowledged)" if one.seq else ""))
        elif len(entries) > 1:
            found.append(f"doubled in the log: '{one.text}' at {[entry.seq for entry in entries]}")
        elif one.seq not in (None, entries[0].seq):
            found.append(f"acknowledged as {one.seq}, kept as {entries[0].seq}: '{one.text}'")
        elif said(entries[0]) != one.text:
            found.append(f"changed: '{one.text}' to '{said(entries[0])}'")
    found += _twice("log", log, {one.text for one in sent})
    for side in ("citizen", "staff"):
        mine = [one.client_id for one in sent if one.side == side and one.client_id in kept]
        order = [entry.client_id for entry in log if entry.client_id in set(mine)]
        if order != mine and Counter(order) == Counter(mine):
            found.append(f"another order: {side}")
    return found


def screen_faults(who: str, shown: Sequence[ChatEntry], log: Sequence[ChatEntry]) -> list[str]:
    """Of a screen against the log: every entry once, in order, with its words.

    Args:
        who: for the sentences.
        shown: the entries that the page holds, in its order.
        log: all entries of the database.
    """
    numbers, kept = [entry.seq for entry in shown], {entry.seq: entry for entry in log}
    found = [f"{who}: number {seq} {count} times" for seq, count in Counter(numbers).items() if count > 1]
    if numbers != sorted(numbers):
        found.append(f"{who}: order {_short(numbers)}")
    if missing := sorted(kept.keys() - set(numbers)):
        found.append(f"{who}: without {_short(missing)}")
    if invented := sorted(set(numbers) - kept.keys()):
        found.append(f"{who}: {_short(invented)} are not in the log")
    found += [
        f"{who}: {entry.seq} says '{said(entry)}' instead of '{said(kept[entry.seq])}'"
        for entry in shown
        if entry.seq in kept and not isinstance(entry.body, Hidden) and said(entry) != said(kept[entry.seq])
    ]
    return found


def faults(
    log: Sequence[ChatEntry], sent: Sequence[Sent], screens: Mapping[str, Sequence[ChatEntry]]
) -> list[str]:
    """Everything that is wrong with one conversation, in words; empty when all is well."""
    found = log_faults(log, sent)
    for who, shown in screens.items():
        found += screen_faults(who, shown, log)
    return found


def said(entry: ChatEntry) -> str:
    """Its words, empty where it has none."""
    return entry.body.text if isinstance(entry.body, Said) else ""


def _twice(who: str, entries: Sequence[ChatEntry], texts: set[str]) -> list[str]:
    """The same words under two ids: whoever sends gives each message words of its own."""
    counted = Counter(said(entry) for entry in entries)
    return [f"{who}: '{text}' {counted[text]} times" for text in sorted(texts) if counted[text] > 1]


def _short(numbers: Sequence[int]) -> str:
    return f"{list(numbers[:8])}{' …' if len(numbers) > 8 else ''}"

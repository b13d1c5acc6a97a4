"""The list of contacts: what the store tells, brought up to date with what was followed. Pure."""

from collections.abc import Iterable

from console import access
from console.recent import RecentContact
from contracts.panel import ContactEntry, Staff


def merged(
    stored: Iterable[ContactEntry],
    recent: Iterable[RecentContact],
    staff: Staff,
    *,
    since_ms: int,
    limit: int,
) -> list[ContactEntry]:
    """Newest first: an agent's own contacts, a supervisor's all, each at its newest state.

    A contact that was handed to somebody else a moment ago is left out, whatever the store still says.
    """
    entries = {entry.contact.contact_id: entry for entry in stored}
    for one in recent:
        if one.state is None or one.state.started_at_ms < since_ms:
            continue
        known = entries.get(one.state.contact_id)
        if known is None or known.contact.revision < one.state.revision:
            entries[one.state.contact_id] = _entry(one, known)
    shown = [
        entry for entry in entries.values() if access.sees_all(staff) or access.is_own(staff, entry.contact)
    ]
    shown.sort(key=lambda entry: (-entry.contact.started_at_ms, entry.contact.contact_id))
    return shown[:limit]


def _entry(one: RecentContact, known: ContactEntry | None) -> ContactEntry:
    assert one.state is not None
    ended_at_ms = None
    if one.state.state == "ended":
        ended_at_ms = (known.ended_at_ms if known else None) or one.ended_at_ms
    saved = known.summary_saved if known else one.summary is not None and one.summary.saved
    return ContactEntry(contact=one.state, ended_at_ms=ended_at_ms, summary_saved=saved)

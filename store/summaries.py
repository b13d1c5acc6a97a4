"""Summaries: our newest draft and the agent's own text, side by side."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.summary import SummaryDrafted, SummaryEdited
from store.tables import DraftRow, EditRow
from store.upsert import put_all_newer, put_newer


async def upsert_draft(session: AsyncSession, draft: SummaryDrafted) -> bool:
    """Keep a draft, unless its revision is known already. The agent's text is never touched.

    Returns:
        Whether the draft changed.
    """
    return await put_newer(session, DraftRow, _draft(draft), key="contact_id")


async def upsert_drafts(session: AsyncSession, drafts: Sequence[SummaryDrafted]) -> None:
    """As `upsert_draft` of one after the other; at least one."""
    await put_all_newer(session, DraftRow, [_draft(draft) for draft in drafts], key="contact_id")


async def save_edit(session: AsyncSession, edit: SummaryEdited) -> bool:
    """Keep the agent's text.

    Returns:
        False when somebody else's edit of this or a newer revision is there, which stays. The same edit
        sent twice is True both times.
    """
    if await put_newer(session, EditRow, _edit(edit), key="contact_id"):
        return True
    there = await session.scalar(select(EditRow.event).where(EditRow.contact_id == edit.contact_id))
    return there is not None and there.model_copy(update={"at_ms": edit.at_ms}) == edit


async def keep_edits(session: AsyncSession, edits: Sequence[SummaryEdited]) -> None:
    """Keep edits that were made elsewhere, each unless the same or a newer revision is there; at least one."""
    await put_all_newer(session, EditRow, [_edit(edit) for edit in edits], key="contact_id")


async def of_contact(
    session: AsyncSession, contact_id: str
) -> tuple[SummaryDrafted | None, SummaryEdited | None]:
    """Our newest draft and the agent's newest text."""
    draft = await session.scalar(select(DraftRow.event).where(DraftRow.contact_id == contact_id))
    edit = await session.scalar(select(EditRow.event).where(EditRow.contact_id == contact_id))
    return draft, edit


def _draft(draft: SummaryDrafted) -> dict[str, object]:
    return {"contact_id": draft.contact_id, "revision": draft.revision, "event": draft}


def _edit(edit: SummaryEdited) -> dict[str, object]:
    return {"contact_id": edit.contact_id, "revision": edit.revision, "saved": edit.saved, "event": edit}

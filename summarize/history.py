"""What the store knows of a contact: for whoever did not hear all of it."""

from contracts.summary import SummaryDrafted
from store import contacts, summaries, transcripts
from store.database import Database
from summarize.conversation import Conversation


async def restore(database: Database, conversation: Conversation) -> tuple[bool, SummaryDrafted | None]:
    """Add to `conversation` what the store knows.

    Returns:
        Whether that is news, and the draft that stands in the store.

    Raises:
        Unavailable: the database is away.
    """
    async with database.session() as session:
        stored = await contacts.get(session, conversation.contact_id)
        finals = await transcripts.of_contact(session, conversation.contact_id)
        draft, _ = await summaries.of_contact(session, conversation.contact_id)
    if stored is None:
        return conversation.restore(finals, None, {}, None, draft), draft
    metadata = stored.contact.roles
    said = {channel: role for channel, role in stored.roles.items() if metadata.get(channel) != role}
    return conversation.restore(finals, stored.contact, said, stored.ended_at_ms, draft), draft

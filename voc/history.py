"""What the store knows of contacts: for whoever did not hear all of them."""

from collections.abc import Sequence

from store import contacts, transcripts, voc_contacts
from store.database import Database
from voc.conversations import Conversation


async def restore(database: Database, conversations: Sequence[Conversation]) -> dict[str, int]:
    """Add to each of them what the store knows, and what was told of it.

    Returns:
        Contact → revision of its state in the store; unknown ones are left out.

    Raises:
        Unavailable: the database is away.
    """
    revisions: dict[str, int] = {}
    async with database.session() as session:
        told = await voc_contacts.of(session, [each.contact_id for each in conversations])
        abouts = {about.contact_id: about for about in told}
        for each in conversations:
            stored = await contacts.get(session, each.contact_id)
            finals = await transcripts.of_contact(session, each.contact_id, withdrawn=True)
            each.told = abouts.get(each.contact_id)
            if stored is None:
                each.restore(None, {}, finals, ended=False)
                continue
            revisions[each.contact_id] = stored.contact.revision
            each.restore(stored.contact, stored.said, finals, ended=stored.ended_at_ms is not None)
    return revisions

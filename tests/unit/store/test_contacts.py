from sqlalchemy import select

from contracts.contact import ContactStateChanged
from contracts.summary import SummaryEdited, SummaryText
from store import contacts, summaries
from store.tables import AccessRow


def contact_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def changed(number: int = 1, revision: int = 1, **fields) -> ContactStateChanged:
    given = {"at_ms": 1000 + revision, "state": "talking", "agent_id": "kim", "started_at_ms": 1000} | fields
    return ContactStateChanged(contact_id=contact_id(number), revision=revision, **given)


async def test_unknown_contact(session):
    assert await contacts.get(session, contact_id(9)) is None


async def test_same_and_older_revisions_change_nothing(session):
    newest = changed(revision=3, title="셋째")
    assert await contacts.upsert(session, newest)
    assert not await contacts.upsert(session, changed(revision=3, title="다시"))
    assert not await contacts.upsert(session, changed(revision=2, state="ended"))
    stored = await contacts.get(session, contact_id(1))
    assert stored is not None
    assert stored.contact == newest
    assert stored.ended_at_ms is None


async def test_hold_counts_from_its_first_record_and_ends_with_it(session):
    for revision, state, since in [
        (1, "held", 1001),
        (2, "held", 1001),
        (3, "talking", None),
        (4, "held", 1004),
    ]:
        await contacts.upsert(session, changed(revision=revision, state=state))
        stored = await contacts.get(session, contact_id(1))
        assert stored.held_since_ms == since, revision


async def test_end_counts_from_its_first_record(session):
    await contacts.upsert(session, changed(revision=1, state="ended"))
    await contacts.upsert(session, changed(revision=2, state="ended", reason="끊김"))
    stored = await contacts.get(session, contact_id(1))
    assert (stored.ended_at_ms, stored.contact.reason) == (1001, "끊김")


async def test_roles_said_by_a_person_hold_against_metadata(session):
    await contacts.upsert(session, changed(revision=1, roles={0: "caller", 1: "unknown"}))
    assert (await contacts.get(session, contact_id(1))).roles == {0: "caller", 1: "unknown"}
    await contacts.set_roles(session, contact_id(1), {0: "agent"})
    await contacts.upsert(session, changed(revision=2, roles={0: "caller", 1: "caller"}))
    assert (await contacts.get(session, contact_id(1))).roles == {0: "agent", 1: "caller"}


async def test_what_is_said_of_one_channel_leaves_the_others(session):
    await contacts.say_roles(session, contact_id(1), {0: "agent"})
    await contacts.upsert(session, changed(revision=1, roles={0: "agent", 1: "unknown"}))
    await contacts.say_roles(session, contact_id(1), {0: "agent"})
    await contacts.say_roles(session, contact_id(1), {1: "caller"})
    await contacts.upsert(session, changed(revision=2, roles={0: "caller", 1: "unknown"}))
    stored = await contacts.get(session, contact_id(1))
    assert stored.said == {0: "agent", 1: "caller"}
    assert stored.roles == {0: "agent", 1: "caller"}


async def test_agent_sees_own_contacts_newest_first(session):
    for number, started, agent in [
        (1, 100, "kim"),
        (2, 300, "kim"),
        (3, 200, "kim"),
        (4, 250, "lee"),
        (5, 50, "kim"),
    ]:
        await contacts.upsert(session, changed(number, started_at_ms=started, agent_id=agent))
    mine = await contacts.of_agent(session, "kim", since_ms=100)
    assert [entry.contact.started_at_ms for entry in mine] == [300, 200, 100]
    assert len(await contacts.of_agent(session, "kim", since_ms=0, limit=2)) == 2
    everybody = await contacts.recent(session, since_ms=100, limit=3)
    assert [entry.contact.started_at_ms for entry in everybody] == [300, 250, 200]


async def test_pages_are_stable_while_contacts_come_and_change(session):
    """None twice, none left out: of what was there when the first page was read."""
    for number in range(1, 8):
        # Four begin in the same millisecond.
        await contacts.upsert(session, changed(number, started_at_ms=100 if number <= 4 else 100 + number))
    read: list[str] = []
    before = None
    while page := await contacts.of_agent(session, "kim", since_ms=0, limit=2, before=before):
        read += [entry.contact.contact_id for entry in page]
        before = (page[-1].contact.started_at_ms, page[-1].contact.contact_id)
        newcomer = 10 + len(read)
        await contacts.upsert(session, changed(newcomer, started_at_ms=1000 + newcomer))
        await contacts.upsert(
            session, changed(4, revision=len(read) + 1, started_at_ms=100, title="달라졌다")
        )
    assert read == [contact_id(number) for number in (7, 6, 5, 1, 2, 3, 4)]
    first = await contacts.recent(session, since_ms=0, limit=100)
    assert len(first) == 7 + 4
    place = (first[4].contact.started_at_ms, first[4].contact.contact_id)
    assert await contacts.recent(session, since_ms=0, limit=100, before=place) == first[5:]
    assert await contacts.recent(session, since_ms=101, limit=100, before=place) == first[5:7]


async def test_contact_moves_to_the_other_agent(session):
    await contacts.upsert(session, changed(revision=1, agent_id="kim"))
    await contacts.upsert(session, changed(revision=2, agent_id="lee"))
    assert await contacts.of_agent(session, "kim", since_ms=0) == []
    assert len(await contacts.of_agent(session, "lee", since_ms=0)) == 1


async def test_entry_tells_end_and_saved_summary(session):
    await contacts.upsert(session, changed(1, state="ended"))
    await contacts.upsert(session, changed(2))
    for number, saved in [(1, True), (2, False)]:
        edit = SummaryEdited(
            contact_id=contact_id(number),
            at_ms=5,
            revision=1,
            text=SummaryText(),
            saved=saved,
            staff_id="kim",
        )
        await summaries.save_edit(session, edit)
    entries = {entry.contact.contact_id: entry for entry in await contacts.recent(session, 0, 10)}
    assert (entries[contact_id(1)].ended_at_ms, entries[contact_id(1)].summary_saved) == (1001, True)
    assert (entries[contact_id(2)].ended_at_ms, entries[contact_id(2)].summary_saved) == (None, False)


async def test_unended_contacts_the_longest_running_first(session):
    for number, started, state in [
        (1, 300, "talking"),
        (2, 100, "held"),
        (3, 200, "ended"),
        (4, 50, "ringing"),
    ]:
        await contacts.upsert(session, changed(number, started_at_ms=started, state=state))
    assert [contact.started_at_ms for contact in await contacts.unended(session, 60, 10)] == [100, 300]
    assert [contact.started_at_ms for contact in await contacts.unended(session, 0, 1)] == [50]
    await contacts.upsert(session, changed(4, revision=2, state="ended"))
    assert [contact.started_at_ms for contact in await contacts.unended(session, 0, 1)] == [100]


async def test_every_access_is_recorded(session):
    for at_ms in (10, 20):
        await contacts.record_access(session, "park", contact_id(1), at_ms)
    rows = (await session.scalars(select(AccessRow).order_by(AccessRow.id))).all()
    assert [(row.staff_id, row.contact_id, row.at_ms) for row in rows] == [
        ("park", contact_id(1), 10),
        ("park", contact_id(1), 20),
    ]

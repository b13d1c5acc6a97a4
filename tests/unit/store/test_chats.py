"""Heads and logs of chats: locked, numbered, found again, emptied, on both engines."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from contracts.chat import ChatHead, Party, Receipts
from store import chats
from store.chat_tables import ChatPhotoRow
from store.chats import SealedEntry, StoredChat
from store.database import Database

A, B, C = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
KIM = Party(side="staff", staff_id="kim", name="김상담")


def chat(contact_id: str, **of_head: object) -> StoredChat:
    head = ChatHead.model_validate({"contact_id": contact_id, "epoch": "e", "last_seq": 1, **of_head})
    return StoredChat(head, Receipts(), f"person-{contact_id[-1]}", touched_at_ms=1_000)


def entry(contact_id: str, seq: int, client_id: str = "", kind: str = "said", at_ms: int = 0) -> SealedEntry:
    return SealedEntry(contact_id, seq, client_id, at_ms or seq * 1_000, "citizen", kind, f"{seq}".encode())


async def test_a_chat_as_it_was_put(database: Database) -> None:
    stored = replace(chat(A, agent=KIM, state="serving", offered=("a1",), topic="청소"), answered_at_ms=2_000)
    async with database.session() as session:
        await chats.add(session, [chat(A), chat(B)])
    async with database.session() as session:
        await chats.put(session, [replace(stored, receipts=Receipts(staff_read=1))])
    async with database.session() as session:
        assert await chats.get(session, A) == replace(stored, receipts=Receipts(staff_read=1))
        assert await chats.get(session, B) == chat(B)
        assert await chats.get(session, C) is None
        assert [one.head.contact_id for one in await chats.of_agent(session, "kim", ["serving"])] == [A]
        assert await chats.of_agent(session, "kim", ["resting"]) == []


async def test_only_what_changed_is_written(database: Database) -> None:
    quiet, said, taken = chat(A), chat(B), chat(C)
    changes = [
        (quiet, replace(quiet, receipts=Receipts(citizen_read=1))),
        (said, replace(said, head=said.head.model_copy(update={"last_seq": 2}), touched_at_ms=2_000)),
        (taken, replace(taken, head=taken.head.model_copy(update={"state": "serving", "agent": KIM}))),
    ]
    async with database.session() as session:
        await chats.add(session, [quiet, said, taken])
        await chats.put_changed(session, changes)
    async with database.session() as session:
        for _, now in changes:
            assert await chats.get(session, now.head.contact_id) == now
        assert [one.head.contact_id for one in await chats.of_agent(session, "kim", ["serving"])] == [C]
        assert [one.head.contact_id for one in await chats.waiting(session)] == [A, B]


async def test_who_waits_and_in_what_order(database: Database) -> None:
    async with database.session() as session:
        await chats.add(
            session,
            [
                chat(A, queued_at_ms=2_000),
                chat(B, queued_at_ms=1_000),
                chat(C, queued_at_ms=3_000, front=True),
                chat("00000000-0000-4000-8000-000000000004", queued_at_ms=4_000, urgent=True),
                chat("00000000-0000-4000-8000-000000000005", state="serving"),
            ],
        )
    async with database.session() as session:
        found = [one.head.contact_id[-1] for one in await chats.waiting(session)]
        assert found == ["4", "3", "2", "1"]
        assert len(await chats.waiting(session, 2)) == 2


async def test_pages_of_a_log(database: Database) -> None:
    async with database.session() as session:
        await chats.append(session, [entry(A, seq) for seq in range(1, 8)] + [entry(B, 1)])
    async with database.session() as session:

        async def seqs(**page: int) -> list[int]:
            return [one.seq for one in await chats.entries(session, A, **page)]

        assert await seqs() == [1, 2, 3, 4, 5, 6, 7]
        assert await seqs(after=5) == [6, 7]
        assert await seqs(after=1, limit=2) == [2, 3]
        assert await seqs(before=6, limit=2) == [4, 5]
        assert await seqs(after=4, before=7, limit=9) == [5, 6]
        assert await chats.entry(session, A, 3) == entry(A, 3)
        assert await chats.entry(session, A, 9) is None


async def test_what_is_known_by_its_client_id(database: Database) -> None:
    async with database.session() as session:
        await chats.append(session, [entry(A, 1, "one-of-them"), entry(B, 1, "one-of-them"), entry(A, 2)])
    async with database.session() as session:
        asked = [(A, "one-of-them"), (A, "another-one"), (C, "one-of-them")]
        assert await chats.by_client_ids(session, asked) == {(A, "one-of-them"): entry(A, 1, "one-of-them")}
        assert await chats.by_client_ids(session, []) == {}


@pytest.mark.parametrize("second", [entry(A, 2, "the-same-one"), entry(A, 1, "another-one")])
async def test_neither_a_number_nor_a_client_id_twice(database: Database, second: SealedEntry) -> None:
    async with database.session() as session:
        await chats.append(session, [entry(A, 1, "the-same-one")])
    with pytest.raises(IntegrityError):
        async with database.session() as session:
            await chats.append(session, [entry(A, 3), second])
    async with database.session() as session:
        assert [one.seq for one in await chats.entries(session, A)] == [1]


async def test_what_is_not_known_to_be_on_the_bus(database: Database) -> None:
    async with database.session() as session:
        await chats.append(session, [entry(A, 1), entry(A, 2), entry(B, 1, at_ms=1_500)])
    async with database.session() as session:
        found = await chats.unpublished(session, before_ms=2_000)
        assert [(one.contact_id, one.seq) for one in found] == [(A, 1), (B, 1)]
        await chats.mark_published(session, [(A, 1), (A, 2)])
    async with database.session() as session:
        assert [one.contact_id for one in await chats.unpublished(session, before_ms=9_000)] == [B]


async def test_what_was_withdrawn_is_gone(database: Database) -> None:
    async with database.session() as session:
        await chats.append(session, [entry(A, 1), entry(A, 2, kind="edited"), entry(A, 3), entry(B, 1)])
        await chats.replace(session, A, {1: b"-", 2: b"-"})
    async with database.session() as session:
        assert [one.sealed for one in await chats.entries(session, A)] == [b"-", b"-", b"3"]
        assert [one.seq for one in await chats.of_kind(session, A, "edited")] == [2]
        assert (await chats.entries(session, B))[0].sealed == b"1"


async def test_photos_are_of_one_chat(database: Database) -> None:
    row = {
        "photo_id": "p",
        "contact_id": A,
        "width": 3,
        "height": 2,
        "size_bytes": 9,
        "at_ms": 1,
        "sealed": b"",
    }
    async with database.session() as session:
        await session.execute(insert(ChatPhotoRow).values(row))
    async with database.session() as session:
        assert await chats.photo(session, A, "p") == chats.PhotoFacts(3, 2, 9)
        assert await chats.photo(session, B, "p") is None
        await chats.remove_photo(session, B, "p")
        assert await chats.photo(session, A, "p") is not None
        await chats.remove_photo(session, A, "p")
        assert await chats.photo(session, A, "p") is None


async def test_chats_that_are_quiet(database: Database) -> None:
    async with database.session() as session:
        resting = [replace(chat(one, state="resting"), touched_at_ms=at) for one, at in ((A, 200), (B, 100))]
        await chats.add(session, [*resting, replace(chat(C), touched_at_ms=0)])
    async with database.session() as session:
        found = await chats.quiet(session, ["resting"], before_ms=250)
        assert [one.head.contact_id for one in found] == [B, A]
        assert [one.head.contact_id for one in await chats.quiet(session, ["resting"], 150)] == [B]


async def test_who_has_locked_a_chat_is_alone_with_it(database: Database) -> None:
    """Twenty at once count one up: with a read that is not locked some would be lost."""
    async with database.session() as session:
        await chats.add(session, [chat(A), chat(B)])

    async def one_more(number: int) -> None:
        async with database.session() as session:
            await chats.begin_writing(session)
            both = [A, B] if number % 2 else [B, A]
            for found in (await chats.lock(session, both)).values():
                await asyncio.sleep(0)
                more = found.head.model_copy(update={"last_seq": found.head.last_seq + 1})
                await chats.put(session, [replace(found, head=more)])

    await asyncio.gather(*map(one_more, range(8)))
    async with database.session() as session:
        for contact_id in (A, B):
            found = await chats.get(session, contact_id)
            assert found is not None
            assert found.head.last_seq == 9

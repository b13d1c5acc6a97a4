from contracts.chat import ChatHead, Receipts
from store import chat_deliveries, chat_people, chats
from store.chat_people import Address
from store.chats import SealedEntry, StoredChat

FIRST = "00000000-0000-4000-8000-000000000001"
SECOND = "00000000-0000-4000-8000-000000000002"


def address(person: str, channel: str = "kakao", name: str = "hash", wrote_ms: int = 0) -> Address:
    return Address(channel, name, person, wrote_ms, b"sealed")


def chat(
    contact_id: str, person: str, *, state: str = "serving", touched: int = 10, last: int = 0
) -> StoredChat:
    head = ChatHead(contact_id=contact_id, epoch="e", state=state, last_seq=last)
    return StoredChat(head, Receipts(), person, touched)


def entry(
    contact_id: str, seq: int, client_id: str, side: str = "citizen", kind: str = "said"
) -> SealedEntry:
    return SealedEntry(contact_id, seq, client_id, seq, side, kind, b"sealed")


async def test_an_address_stays_with_whom_it_was_given_first(session):
    assert await chat_people.add(session, address("ann")) == "ann"
    assert await chat_people.add(session, address("bob")) == "ann"
    assert await chat_people.address(session, "kakao", "hash") == address("ann")
    assert await chat_people.address(session, "instagram", "hash") is None


async def test_when_somebody_wrote_is_never_set_back(session):
    await chat_people.add(session, address("ann"))
    await chat_people.wrote(session, "kakao", "hash", 70, b"anew")
    await chat_people.wrote(session, "kakao", "hash", 50)
    assert await chat_people.address(session, "kakao", "hash") == Address("kakao", "hash", "ann", 70, b"anew")
    await chat_people.close_window(session, "kakao", "hash")
    (known,) = await chat_people.addresses(session, "ann")
    assert known.wrote_ms == 0


async def test_where_somebody_wrote_last_stands_first(session):
    for channel, wrote_ms in (("kakao", 5), ("instagram", 9), ("ars", 0)):
        await chat_people.add(session, address("ann", channel, wrote_ms=wrote_ms))
    assert [one.channel for one in await chat_people.addresses(session, "ann")] == [
        "instagram",
        "kakao",
        "ars",
    ]


async def test_two_become_one(session):
    await chat_people.add(session, address("ann", "kakao"))
    await chat_people.add(session, address("bob", "instagram"))
    await chats.add(session, [chat(FIRST, "bob")])
    await chat_people.merge(session, "bob", "ann")
    assert len(await chat_people.addresses(session, "ann")) == 2
    assert await chat_people.open_chat(session, "ann") == FIRST
    assert await chat_people.person_of_chat(session, FIRST) == "ann"


async def test_the_open_conversation(session):
    assert await chat_people.open_chat(session, "ann") is None
    await chats.add(session, [chat(FIRST, "ann", touched=5), chat(SECOND, "ann", state="ended", touched=9)])
    assert await chat_people.open_chat(session, "ann") == FIRST


async def test_what_was_said_is_found_by_its_client_id(session):
    await chats.add(session, [chat(FIRST, "ann"), chat(SECOND, "bob")])
    await chats.append(session, [entry(FIRST, 1, "a"), entry(SECOND, 1, "b")])
    assert await chat_people.said_in(session, "ann", ["x", "a"]) == (FIRST, 1)
    assert await chat_people.said_in(session, "ann", ["b"]) is None


async def test_what_was_taken(session):
    await chat_people.take_all(session, "kakao", ["1", "2", "1"], 100)
    await chat_people.take_all(session, "kakao", ["2", "3"], 200)
    assert await chat_people.taken(session, "kakao", {"1", "3", "4"}) == {"1", "3"}
    assert await chat_people.taken(session, "instagram", {"1"}) == set()
    assert not await chat_people.take(session, "kakao", "1", 300)
    assert not await chat_people.take_over(session, "kakao", "1", at_ms=300, before_ms=100)
    assert await chat_people.take_over(session, "kakao", "1", at_ms=300, before_ms=101)
    await chat_people.give_back(session, "kakao", "1")
    assert await chat_people.take(session, "kakao", "1", 300)
    assert await chat_people.forget(session, 250) == 2
    assert await chat_people.taken(session, "kakao", {"1", "2", "3"}) == {"1"}


async def test_a_delivery_never_goes_back(session):
    await chats.add(session, [chat(FIRST, "ann"), chat(SECOND, "bob", state="ended")])
    assert await chat_deliveries.begin(session, FIRST, "kakao")
    assert not await chat_deliveries.begin(session, FIRST, "kakao")
    assert not await chat_deliveries.begin(session, SECOND, "kakao")
    assert await chat_deliveries.of(session, SECOND) == []
    assert await chat_deliveries.sent(session, FIRST, "kakao", seq=3, part=2)
    assert not await chat_deliveries.sent(session, FIRST, "kakao", seq=3, part=1)
    assert not await chat_deliveries.sent(session, FIRST, "kakao", seq=2, part=9)
    assert await chat_deliveries.sent(session, FIRST, "kakao", seq=4, part=0, failed="why")
    (row,) = await chat_deliveries.of(session, FIRST)
    assert (row.sent_seq, row.sent_part, row.failed) == (4, 0, "why")
    await chat_deliveries.end(session, FIRST)
    assert await chat_deliveries.of(session, FIRST) == []


async def test_what_is_behind(session):
    await chats.add(
        session, [chat(FIRST, "ann", touched=10, last=5), chat(SECOND, "bob", touched=90, last=5)]
    )
    for contact_id in (FIRST, SECOND):
        await chat_deliveries.begin(session, contact_id, "kakao")
        await chat_deliveries.begin(session, contact_id, "instagram")
    both = ("kakao", "instagram")
    assert await chat_deliveries.behind(session, both, 50) == [FIRST]
    assert await chat_deliveries.behind(session, both, 100) == [FIRST, SECOND]
    await chat_deliveries.sent(session, FIRST, "kakao", seq=5, part=0)
    assert await chat_deliveries.behind(session, ("kakao",), 100) == [SECOND]
    assert await chat_deliveries.behind(session, both, 100) == [FIRST, SECOND]
    await chat_deliveries.sent(session, FIRST, "instagram", seq=5, part=0)
    assert await chat_deliveries.behind(session, both, 100) == [SECOND]
    assert await chat_deliveries.behind(session, (), 100) == []


async def test_where_the_citizen_spoke_last(session):
    await chats.append(
        session,
        [
            entry(FIRST, 1, "", kind="opened"),
            entry(FIRST, 2, "a"),
            entry(FIRST, 3, "agent", side="staff"),
            entry(FIRST, 4, "b", kind="photo"),
            entry(FIRST, 5, "c", kind="rated"),
        ],
    )
    assert await chat_deliveries.wrote_by(session, FIRST) == "b"
    assert await chat_deliveries.wrote_by(session, FIRST, 3) == "a"
    assert await chat_deliveries.wrote_by(session, FIRST, 1) is None

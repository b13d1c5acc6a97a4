"""How chats were served: sums over the chats, for supervisors."""

import uuid

from contracts.chat import ChatHead, Receipts
from contracts.chat_http import ServedFigures
from contracts.clock import wall_ms
from store import chat_figures, chats
from store.chats import StoredChat
from store.database import Database

DAY_MS = 86_400_000


def chat(opened_at_ms: int, *, waited_s: int | None = None, **head) -> StoredChat:
    offered = ("a",) if head.get("solved_by") == "self" else ()
    made = ChatHead(
        **{"contact_id": str(uuid.uuid4()), "epoch": "e", "last_seq": 1, "offered": offered}
        | {"state": "ended", "opened_at_ms": opened_at_ms}
        | head
    )
    answered_at_ms = None if waited_s is None else opened_at_ms + waited_s * 1000 + 400
    return StoredChat(made, Receipts(), "person", opened_at_ms, answered_at_ms)


def month(now_ms: int) -> list[StoredChat]:
    return [
        chat(now_ms, topic="여권", solved_by="self"),
        chat(now_ms, topic="여권", solved_by="self", rating=5),
        chat(now_ms, topic="여권", offered=("b",), solved_by="staff", waited_s=10, rating=2),
        chat(now_ms, topic="세금", offered=("b",), waited_s=20, state="serving"),
        chat(now_ms, waited_s=200_000, rating=5),
        chat(now_ms - 10 * DAY_MS, topic="세금", solved_by="self"),
        chat(now_ms - 100 * DAY_MS, topic="옛것", solved_by="self", rating=1),
    ]


async def test_supervisors_see_who_was_served_by_a_guide_alone(server) -> None:
    async with server.database.session() as session:
        await chats.add(session, month(wall_ms()))
    async with server.signed_in("kim") as kim, server.signed_in("boss") as boss:
        refused = await kim.get("/api/quality/chats")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
        told = ServedFigures.model_validate((await boss.get("/api/quality/chats?days=7")).json())
        longer = ServedFigures.model_validate((await boss.get("/api/quality/chats")).json())
        for days in (0, 367, "viele"):
            assert (await boss.get(f"/api/quality/chats?days={days}")).status_code == 400
    async with server.visitor() as nobody:
        assert (await nobody.get("/api/quality/chats")).status_code == 401
    assert [(row.topic, row.chats, row.offered, row.self_served) for row in told.rows] == [
        ("여권", 3, 3, 2),
        ("", 1, 0, 0),
        ("세금", 1, 1, 0),
    ]
    assert (told.waited_p50_s, told.waited_p90_s) == (20, chat_figures.MAX_WAIT_S)
    assert (told.rating_mean, told.rated) == (4.0, 3)
    assert 6 * DAY_MS <= wall_ms() - told.since_ms <= 7 * DAY_MS + 60_000
    assert {row.topic: row.self_served for row in longer.rows} == {"여권": 2, "세금": 1, "": 0}


async def test_nothing_yet(server) -> None:
    async with server.signed_in("boss") as boss:
        told = ServedFigures.model_validate((await boss.get("/api/quality/chats")).json())
    assert (told.rows, told.waited_p50_s, told.rating_mean, told.rated) == ((), None, None, 0)


async def test_the_sums_on_postgresql(database_url) -> None:
    database = await Database.open(database_url)
    now_ms = wall_ms()
    try:
        async with database.session() as session:
            await chats.add(session, month(now_ms))
        async with database.session() as session:
            found = await chat_figures.served(session, now_ms - DAY_MS, now_ms + 1)
    finally:
        await database.close()
    assert [(one.topic, one.chats, one.self_served) for one in found.topics] == [
        ("여권", 3, 2),
        ("", 1, 0),
        ("세금", 1, 0),
    ]
    assert found.waits == {10: 1, 20: 1, chat_figures.MAX_WAIT_S: 1}
    assert found.ratings == {5: 2, 2: 1}

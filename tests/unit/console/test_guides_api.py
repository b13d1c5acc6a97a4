"""The guide editor's routes, in the real application over SQLite."""

import pytest

from store import articles
from contracts.guides import GuideText


async def test_an_article_is_written_reviewed_and_published(server):
    text = {"title": "반려견 등록", "body": "동물병원에서 등록합니다.", "category": "생활"}
    async with server.signed_in("pen") as pen, server.signed_in("ink") as ink, server.signed_in("kim") as kim:
        made = (await pen.post("/api/guides", json={"text": text})).json()
        address = f"/api/guides/{made['article_id']}"
        assert (made["status"], made["version"], made["author"]) == ("draft", 1, "pen")
        assert (await kim.get(f"/api/articles/{made['article_id']}")).status_code == 404
        sent = (await pen.post(f"{address}/move", json={"to": "review", "edit": made["edit"]})).json()
        own = await pen.post(f"{address}/move", json={"to": "published", "edit": sent["edit"]})
        assert own.status_code == 403
        done = await ink.post(f"{address}/move", json={"to": "published", "edit": sent["edit"]})
        assert done.json()["status"] == "published"
        seen = (await kim.get(f"/api/articles/{made['article_id']}")).json()
        assert (seen["title"], seen["version"], seen["stale"]) == ("반려견 등록", 1, False)
        print((await ink.get("/api/guides")).json())
        print((await ink.get("/api/guides/figures?days=2")).json())
        print((await ink.get("/api/gaps")).json())

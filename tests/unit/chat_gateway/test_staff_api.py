"""What staff ask for beside the conversations, over HTTP; only for who is signed in."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from chat_gateway.rules_file import load_rules
from chat_gateway.staff_api import routes
from contracts.chat_http import CannedAnswers
from contracts.errors import NotSignedIn, SangdamError
from contracts.panel import Staff
from tests.unit.chat_gateway.chats import KIM, LEE
from tests.unit.chat_gateway.offices import database, offices  # noqa: F401


@pytest.fixture
async def client(database, tmp_path):  # noqa: F811
    rules = load_rules()
    async with offices(database, tmp_path, rules, "a") as (office,):

        async def authenticate(connection):
            if connection.headers.get("cookie") != "who=kim":
                raise NotSignedIn("로그인이 필요합니다.", "not signed in.")
            return Staff(staff_id="kim", name="김상담", role="agent")

        app = FastAPI()
        app.include_router(routes(office.queue, rules, authenticate))

        @app.exception_handler(SangdamError)
        async def refused(_request, error):
            return JSONResponse({"code": error.code}, error.http_status)

        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://chat") as client:
            client.office = office  # type: ignore[attr-defined]
            yield client


async def test_canned_answers_queues_and_colleagues_who_take_chats(client):
    await client.office.signs_in(KIM)
    await client.office.signs_in(LEE)
    await client.office.opens()
    await client.office.queue.round()
    answer = await client.get("/api/chat/canned", headers={"cookie": "who=kim"})
    assert answer.status_code == 200
    known = CannedAnswers.model_validate_json(answer.text)
    assert known.answers
    assert {topic.skill for topic in known.skills} >= {"general"}
    assert [colleague.staff_id for colleague in known.colleagues] == ["lee"], "not oneself"
    assert known.colleagues[0].load in {0.0, 0.333}


async def test_only_for_staff(client):
    assert (await client.get("/api/chat/canned")).status_code == 401

"""The client against a real server that stalls, breaks, lies and comes back."""

import asyncio
import json
import logging
from contextlib import aclosing
from dataclasses import replace

import pytest

from contracts.errors import BadSetting, ModelAway, ModelUnusable
from models.breaker import Breaker
from models.language_model import Prompt
from models.openai_server import Limits, OpenAIServer
from tests.openai_server import Reply, ScriptedModel, in_turn

PROMPT = Prompt(system="답하라", user="여권 재발급", max_tokens=50)
ASKED = Prompt(system="답하라", user="여권", schema={"type": "object"}, max_tokens=50)
PATIENT = Limits(connect_s=10, first_s=30, between_s=30, whole_s=60, backoff_s=0.02, retry_after_s=1.5)
TEXT = "여권은 구청에서 다시 만듭니다. 사진 1장을 가져오십시오."


@pytest.fixture
def server():
    with ScriptedModel(TEXT) as scripted:
        yield scripted


@pytest.fixture
async def model(server):
    made = OpenAIServer(server.base_url, "test-model", key="secret-key-1", limits=PATIENT)
    yield made
    await made.close()


@pytest.fixture
async def hasty(server):
    """Waits long for the first word where a test says so, and hardly between words."""
    made = []

    def make(**limits):
        made.append(OpenAIServer(server.base_url, "test-model", key=None, limits=replace(PATIENT, **limits)))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def collect(model, prompt, pieces):
    async for piece in model.stream(prompt):
        pieces.append(piece)


async def answer(model, prompt=PROMPT):
    pieces = []
    await collect(model, prompt, pieces)
    return "".join(pieces)


async def test_the_answer_comes_piece_by_piece(server, model):
    pieces = [piece async for piece in model.stream(PROMPT)]
    assert "".join(pieces) == TEXT
    assert len(pieces) > 3
    (request,) = server.requests
    assert (request.system, request.user) == ("답하라", "여권 재발급")
    assert request.headers["authorization"] == "Bearer secret-key-1"
    sent = {name: request.json[name] for name in ("model", "stream", "temperature", "seed", "max_tokens")}
    assert sent == {"model": "test-model", "stream": True, "temperature": 0, "seed": 0, "max_tokens": 50}
    assert "response_format" not in request.json
    assert model.counts.answered == 1


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_letters_and_lines_that_arrive_in_halves(server, model, size):
    server.reply = lambda _: Reply(TEXT + "\u2028\x85둘째 줄", split_bytes=size, piece_chars=9)
    assert await answer(model) == TEXT + "\u2028\x85둘째 줄"


async def test_a_schema_is_asked_for(server, model):
    await answer(model, ASKED)
    wanted = server.requests[0].json["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"] == {"type": "object"}


async def test_a_server_that_knows_no_schema_is_asked_without_one_from_then_on(server, model):
    server.reply = lambda request: Reply(status=400) if "response_format" in request else TEXT
    assert [await answer(model, ASKED), await answer(model, ASKED)] == [TEXT, TEXT]
    assert ["response_format" in request.json for request in server.requests] == [True, False, False]
    assert ['"type": "object"' in request.system for request in server.requests] == [False, True, True]


async def test_a_refused_question_says_nothing_about_schemas(server, model):
    server.reply = lambda request: Reply(status=400) if len(server.requests) <= 2 else TEXT
    with pytest.raises(ModelUnusable, match="400"):
        await answer(model, ASKED)
    await answer(model, ASKED)
    assert ["response_format" in request.json for request in server.requests] == [True, False, True]
    assert model.breaker_state == "closed"


@pytest.mark.parametrize("comments", [False, True])
async def test_silence_before_the_first_word(server, hasty, comments):
    """Keep-alive comments are no words; and a server that is slow is not asked twice."""
    server.reply = lambda _: Reply(TEXT, stall_after=0, comments=comments)
    with pytest.raises(ModelAway, match="제때"):
        await answer(hasty(first_s=0.5))
    server.wait(lambda: server.left == 1)
    assert len(server.requests) == 1


async def test_silence_in_the_middle(server, hasty):
    server.reply = lambda _: Reply(TEXT, stall_after=2, comments=True)
    pieces = []
    with pytest.raises(ModelAway, match="제때"):
        await collect(hasty(between_s=1.0), PROMPT, pieces)
    assert "".join(pieces) == TEXT[:8]
    server.wait(lambda: server.left == 1)


async def test_a_break_in_the_middle_is_not_tried_again(server, model):
    """What was said would be said twice."""
    server.reply = lambda _: Reply(TEXT, break_after=2)
    with pytest.raises(ModelAway, match="broke"):
        await answer(model)
    assert len(server.requests) == 1
    assert model.counts.away == 1


async def test_what_may_pass_is_tried_again(server, model):
    server.reply = in_turn(Reply(status=500), Reply(TEXT, break_after=0), TEXT)
    assert await answer(model) == TEXT
    assert model.counts.tried_again == 2
    assert model.counts.away == 0


async def test_it_gives_up_after_three_tries(server, model):
    server.reply = lambda _: Reply(status=503)
    with pytest.raises(ModelAway, match="503"):
        await answer(model)
    assert len(server.requests) == 3


async def test_a_busy_server_says_when(server, model):
    server.reply = in_turn(Reply(status=429, headers={"Retry-After": "1"}), TEXT)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await answer(model) == TEXT
    assert loop.time() - began >= 1


@pytest.mark.parametrize("when", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_a_server_that_is_busy_for_long_is_away(server, model, when):
    server.reply = lambda _: Reply(status=429, headers={"Retry-After": when})
    with pytest.raises(ModelAway, match="429"):
        await answer(model)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 302])
async def test_what_will_not_pass_is_asked_once(server, model, status):
    server.reply = lambda _: Reply(status=status, headers={"Location": f"{server.base_url}/chat/completions"})
    with pytest.raises(ModelAway, match=str(status)):
        await answer(model)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>sign in</html>", "text/html"),
        (b"data: <html>\n\n", "text/event-stream"),
        (b'data: {"choices": "none"}\n\n', "text/event-stream"),
        (b'data: {"choices": [{"delta": {"content": 7}}]}\n\n', "text/event-stream"),
        (b"data: [1]\n\n", "text/event-stream"),
        (b"data: " + b"[" * 100_000 + b"\n\n", "text/event-stream"),
        (b"data: \xff\xfe\n\n", "text/event-stream"),
        (b"x" * 300_000, "text/event-stream"),
        (b"", "text/event-stream"),
        (b'{"object": "list"}', "application/json"),
        (b"{", "application/json"),
    ],
)
async def test_garbage(server, model, body, kind):
    server.reply = lambda _: Reply(body=body, content_type=kind)
    with pytest.raises(ModelUnusable):
        await answer(model)
    assert model.counts.unusable == 1


@pytest.mark.parametrize("finish", ["stop", None])
async def test_the_end_of_the_stream(server, model, finish):
    """Some servers leave [DONE] out; without a reason to stop as well, the answer may have been cut."""
    server.reply = lambda _: Reply(TEXT, done=False, finish=finish)
    if finish:
        assert await answer(model) == TEXT
    else:
        with pytest.raises(ModelAway, match="closed"):
            await answer(model)


async def test_an_answer_cut_off_by_its_length(server, model):
    server.reply = lambda _: Reply(TEXT, finish="length")
    with pytest.raises(ModelUnusable, match="cut off"):
        await answer(model)
    assert model.breaker_state == "closed"


@pytest.mark.parametrize(("pieces", "requests"), [(0, 3), (2, 1)])
async def test_an_error_within_the_stream(server, model, pieces, requests):
    server.reply = lambda _: Reply(TEXT, error_after=pieces)
    with pytest.raises(ModelAway, match="told an error"):
        await answer(model)
    assert len(server.requests) == requests


async def test_an_answer_without_end(server, model):
    server.reply = lambda _: Reply("네. " * 100, endless=True, piece_chars=100)
    with pytest.raises(ModelUnusable, match="no end"):
        await answer(model)
    server.wait(lambda: server.left == 1)


async def test_a_slow_answer_without_end(server, hasty):
    server.reply = lambda _: Reply("네", endless=True, gap_s=0.05)
    with pytest.raises(ModelAway, match="제때"):
        await answer(hasty(whole_s=0.5))


async def test_nothing_at_all(server, model):
    server.reply = lambda _: Reply("")
    with pytest.raises(ModelUnusable, match="empty"):
        await answer(model)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(TEXT, reasoning="생각해 보면…"),
        Reply(f"<think>\n생각해 보면…\n</think>\n\n{TEXT}", piece_chars=3),
        Reply(f"<think>생각</think>{TEXT}", piece_chars=500),
    ],
)
async def test_thoughts_are_no_answer(server, model, reply):
    server.reply = lambda _: reply
    assert (await answer(model)).strip() == TEXT


async def test_a_server_that_does_not_stream(server, model):
    server.reply = lambda _: Reply(TEXT, as_json=True)
    assert await answer(model) == TEXT


async def test_leaving_early_stops_the_server(server, model):
    server.reply = lambda _: Reply("네. ", endless=True, gap_s=0.02)
    async with aclosing(model.stream(PROMPT)) as pieces:
        async for _ in pieces:
            break
    server.wait(lambda: server.left == 1)
    assert model.counts.left == 1


async def test_cancelling_stops_the_server(server, model):
    server.reply = lambda _: Reply(TEXT, stall_after=1)
    asking = asyncio.create_task(answer(model))
    await asyncio.to_thread(server.wait, lambda: server.requests)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    server.wait(lambda: server.left == 1)
    assert model.breaker_state == "closed"


async def test_streams_side_by_side_are_bounded(server, hasty):
    model = hasty(streams=2)
    server.reply = lambda _: Reply(TEXT, gap_s=0.02)
    assert await asyncio.gather(*(answer(model) for _ in range(5))) == [TEXT] * 5
    assert server.most_at_once == 2


async def test_who_waits_too_long_for_a_turn_is_told(server, hasty):
    model = hasty(streams=1, whole_s=1.5)
    async with aclosing(model.stream(PROMPT)) as held:
        await anext(held)
        with pytest.raises(ModelAway, match="turn"):
            await answer(model)
    assert len(server.requests) == 1
    assert model.breaker_state == "closed"


async def test_down_it_costs_nothing_and_back_it_is_found(server):
    breaker = Breaker(failures=2, pause_s=3)
    limits = replace(PATIENT, tries=1)
    model = OpenAIServer(server.base_url, "m", key=None, limits=limits, breaker=breaker)
    server.down()
    for _ in range(2):
        with pytest.raises(ModelAway, match="reached"):
            await answer(model)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(100):
        with pytest.raises(ModelAway, match="left alone"):
            await answer(model)
    assert loop.time() - began < 2
    assert model.counts.refused == 100
    server.up()
    async with asyncio.timeout(10):
        while breaker.refuses(loop.time()):
            await asyncio.sleep(0.02)
    assert await answer(model) == TEXT
    assert model.breaker_state == "closed"
    await model.close()


async def test_a_word_is_enough_to_be_back(server):
    """Also when nobody listens to the end."""
    limits = replace(PATIENT, tries=1)
    breaker = Breaker(failures=1, pause_s=0.0)
    model = OpenAIServer(server.base_url, "m", key=None, limits=limits, breaker=breaker)
    server.reply = in_turn(Reply(status=500), TEXT)
    with pytest.raises(ModelAway):
        await answer(model)
    assert model.breaker_state == "open"
    async with aclosing(model.stream(PROMPT)) as pieces:
        await anext(pieces)
        assert model.breaker_state == "half-open"
    assert model.breaker_state == "closed"
    await model.close()


async def test_the_key_is_told_to_nobody(server, model, caplog):
    caplog.set_level(logging.DEBUG)
    server.reply = lambda request: Reply(
        status=401, body=json.dumps({"error": "wrong key: secret-key-1"}).encode()
    )
    with pytest.raises(ModelAway) as caught:
        await answer(model)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(vars(model))
    assert "secret" not in caplog.text


@pytest.mark.parametrize("url", ["", "server:8000/v1", "ftp://server/v1", "http://", "http://a:b@server/v1"])
def test_addresses_that_are_none(url):
    with pytest.raises(BadSetting, match="8000/v1"):
        OpenAIServer(url, "m", key=None)

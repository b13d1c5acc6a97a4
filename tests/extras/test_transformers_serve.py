"""Our client against a server that others wrote: `transformers serve`, on tiny models."""

import os
import subprocess
import sys
import time
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from contracts.errors import ModelAway, ModelUnusable
from models.language_model import Prompt
from models.openai_server import Limits, OpenAIServer
from sangdam.local.ports import free_port
from tests.extras.test_local_language_model import TEMPLATE

pytest.importorskip("openai", reason="needs what serves models: deploy/extras -m pytest tests/extras")

START_S = 90
PROMPT = Prompt(system="답하라", user="여권", schema={"type": "object"}, max_tokens=20)


@pytest.fixture(scope="module")
def url(libraries, tmp_path_factory):
    port = free_port()
    log = tmp_path_factory.mktemp("serve") / "log"
    program = Path(sys.executable).with_name("transformers")
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, program, "serve", "--port", str(port), "--host", "127.0.0.1", "--device", "cpu"],
            stdout=file,
            stderr=file,
            env=os.environ,
        )
    try:
        deadline = time.monotonic() + START_S
        while not _answers(f"http://127.0.0.1:{port}/health"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _answers(url):
    try:
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
async def client(url):
    made = []

    def make(folder):
        limits = Limits(first_s=60, between_s=20, tries=1)
        made.append(OpenAIServer(url, str(folder), key="any", limits=limits))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture(scope="module")
def speaker(make_llm):
    return make_llm("speaker", TEMPLATE, says="abcde")


async def words(model, prompt=PROMPT):
    return "".join([piece async for piece in model.stream(prompt)])


async def test_it_streams(client, speaker):
    """It ends without [DONE], and passes over schemas."""
    model = client(speaker)
    assert await words(model) == "abcde"
    assert model.counts.answered == 1


async def test_the_longest_length(client, speaker):
    with pytest.raises(ModelUnusable, match="cut off"):
        await words(client(speaker), Prompt("답하라", "여권", max_tokens=3))


async def test_leaving_early(client, make_llm, speaker):
    endless = client(make_llm("endless", TEMPLATE, places=100_000, says="a\u0120", endless=True))
    async with aclosing(endless.stream(Prompt("답하라", "여권", max_tokens=90_000))) as pieces:
        assert await anext(pieces)
    assert await words(client(speaker)) == "abcde"


async def test_a_model_that_it_has_not(client, tmp_path):
    with pytest.raises((ModelAway, ModelUnusable)):
        await words(client(tmp_path / "nothing"))

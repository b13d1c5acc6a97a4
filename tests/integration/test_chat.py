"""The thin line of a chat: from a citizen's letters to guide card and summary draft, through real processes; a
restart that nobody loses anything by; the bench.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from contracts.chat import Available, ChatMessage, Ended, Said, Typing
from contracts.transcript import Utterance
from sangdam.citizen import SCRIPTS
from sangdam.evaluate.chat_screen import Screen
from sangdam.evaluate.failover_process import ServedProcess
from sangdam.evaluate.failover_site import ROOT, FailoverSite
from sangdam.evaluate.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = """
title: 냉장고
nickname: 이사하는 사람
skill: general
steps:
  - {say: "대형폐기물 냉장고를 버리려면 어디에 신고하나요?", think: 0, answer: 30}
  - {first: "제 번호는 공일공", say: "제 번호는 010-1234-5678 입니다", think: 0, answer: 30}
  - {say: "고맙습니다", think: 0}
"""
SPEED = 8


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FailoverSite]:
    """One process with all that a chat passes."""
    services = ("assist", "summarize", "chat_gateway", "console")
    with FailoverSite(tmp_path_factory.mktemp("chat"), processes={"all": services}) as made:
        yield made


class Agent:
    """Takes part in the queue, and answers whatever is said."""

    def __init__(self, site: FailoverSite) -> None:
        self._site = site
        self.contact_id = ""
        self.typed: list[Typing] = []
        self.page = Screen(
            lambda: f"{site.console_url.replace('http', 'ws')}/ws/chat",
            (),
            "staff",
            cookie=site.cookie,
            told=self._hear,
        )

    def _hear(self, message: ChatMessage) -> None:
        if isinstance(message, Typing):
            self.typed.append(message)

    async def serve(self) -> None:
        """Wait for a chat, and answer until the citizen has said everything."""
        self.page.start()
        await until(lambda: self.page.is_open, "connected", 20)
        await asyncio.sleep(0.1)
        await self.page.tell(Available(on=True, capacity=2))
        self.contact_id = await until(self._given, "a chat", 30)
        chat = await self.page.follow(self.contact_id)
        for answer in ("네, 주민센터나 인터넷으로 신고하시면 됩니다.", "네, 확인했습니다."):
            await until(self._waits, "the citizen's turn", 30)
            await self.page.say(self.contact_id, Said(text=answer))
            await until(lambda: not self.page.unacked, "kept", 10)
        await until(self._waits, "the last word", 30)
        assert chat.head is not None
        await self.page.say(self.contact_id, Ended())
        await until(lambda: not self.page.unacked, "ended", 10)

    def _given(self) -> str:
        """The first contact in the rail that is mine now."""
        entries = self._site.client.get(f"{self._site.console_url}/api/contacts").json()
        return next((one["contact"]["contact_id"] for one in entries if one["contact"]["kind"] == "chat"), "")

    def _waits(self) -> bool:
        """The citizen has said something that nobody answered."""
        said = [entry for entry in self.page.entries(self.contact_id) if isinstance(entry.body, Said)]
        return bool(said) and said[-1].author.side == "citizen"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(site: FailoverSite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    """After a whole chat with `sangdam chat citizen`, as the agent saw it."""
    script = tmp_path_factory.mktemp("script") / "fridge.yaml"
    script.write_text(SCRIPT)
    agent = Agent(site)
    citizen = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sangdam", "chat", "citizen", "--url", site.console_url),
        *("--script", str(script), "--speed", str(SPEED)),
        cwd=ROOT,
        env=site.variables,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(90):
            await agent.serve()
            assert citizen.stdout is not None
            said = (await citizen.stdout.read()).decode()
            assert await citizen.wait() == 0
    finally:
        if citizen.returncode is None:
            citizen.kill()
            await citizen.wait()
    assert "시민 대형폐기물 냉장고를" in said
    assert "상담사 네, 확인했습니다." in said
    yield agent
    await agent.page.stop()


async def test_typing_is_seen_as_it_happens(told: Agent) -> None:
    """Letter by letter, Hangul in the making too, before the message itself."""
    texts = ["".join(action[2] for action in one.actions if action[0] == "t") for one in told.typed]
    assert len(told.typed) > 5
    assert any(texts) or any(one.text for one in told.typed)
    assert {one.side for one in told.typed} == {"citizen"}


async def test_everybody_else_gets_masked_words(told: Agent, site: FailoverSite) -> None:
    heard = [one for one in site.truth() if isinstance(one, Utterance) and one.contact_id == told.contact_id]
    words = {one.channel: " ".join(e.text for e in heard if e.channel == one.channel) for one in heard}
    assert "대형폐기물 냉장고" in words[0]
    assert "신고하시면 됩니다" in words[1]
    assert "1234" not in words[0]
    assert "5678" not in words[0]
    assert all(one.status == "final" for one in heard)
    for path in site.folder.rglob("*.db*"):
        assert not path.is_file() or b"010-1234-5678" not in path.read_bytes()


async def test_card_and_summary_come_as_for_a_call(told: Agent, site: FailoverSite) -> None:
    view = site.wait_for_summary(told.contact_id, 30)
    assert view["contact"]["kind"] == "chat"
    assert view["contact"]["state"] == "ended"
    assert any("대형폐기물" in card["offer"]["snippet"]["title"] for card in view["cards"])
    assert view["draft"]["lines"]
    assert "010-1234-5678" not in json.dumps(view, ensure_ascii=False)


# -- a restart ---------------------------------------------------------------------------------------------


async def test_a_restart_asks_pages_to_come_back(told: Agent, site: FailoverSite) -> None:
    """SIGTERM: every page is told when to come back, then closed; afterwards it goes on where it was."""
    process: ServedProcess = site["all"]
    page = told.page
    before, entries = page.connections, list(page.entries(told.contact_id))
    assert await asyncio.to_thread(process.stop) < 10
    assert process.process.returncode == 0, process.said()[-3000:]
    (wait_ms,) = page.reconnects
    assert 500 <= wait_ms <= 5000
    process.start()
    await asyncio.to_thread(process.ready)
    await until(lambda: page.connections > before and page.is_open, "back", 15)
    assert page.entries(told.contact_id) == entries
    assert page.chats[told.contact_id].repeats == 0


# -- the bench ---------------------------------------------------------------------------------------------


async def test_a_small_bench() -> None:
    """At its own size it is for `sangdam bench chat` itself."""
    command = [sys.executable, "-m", "sangdam", "bench", "chat", "--alone", "--json"]
    sizes = ["--connections", "60", "--rate", "40", "--seconds", "3", "--stall", "3", "--typists", "5"]
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, *sizes],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    assert figures["sent"] == 120
    assert figures["lost"] == figures["doubled"] == figures["out_of_order"] == 0
    latency = figures["latency_ms"]
    assert 0 < latency["message_p50"] <= latency["message_p99"]
    assert latency["typing_p95"] > 0
    assert figures["typing"]["flushes"] > 10
    assert figures["kib_per_connection"] > 0
    assert figures["cpu_s_per_1000"] > 0
    assert 0.9 <= figures["bus_records_per_message"]["chat"] <= 2  # the last may still be on their way
    assert figures["bus_records_per_message"]["transcript"] == pytest.approx(1, abs=0.1)
    stalled = figures["stalled_reader"]
    assert stalled["lost"] == stalled["doubled"] == stalled["gaps"] == 0
    assert stalled["watched"] == 60


async def test_a_citizen_without_a_site(sangdam: Any) -> None:
    sangdam(
        "chat", "citizen", "--url", "http://127.0.0.1:9", "--script", SCRIPTS / "fridge-moving.yaml"
    ).refused("unreachable")


async def test_push_keys_differ(sangdam: Any) -> None:
    first, second = (sangdam("chat", "push-key").stdout.strip() for _ in range(2))
    assert first != second
    assert len(first) == 43

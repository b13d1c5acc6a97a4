"""A chat on the bus is a contact like a call: when it ends, summarize drafts its summary from masked lines."""

import asyncio
from contextlib import suppress
from pathlib import Path

from bus.open import open_bus
from chat_gateway.bus_events import Told
from chat_gateway.log import ChatLog
from contracts.chat import CITIZEN, SYSTEM, Assigned, Ended, Opened, Party, Said
from contracts.codec import decode
from contracts.summary import SummaryDrafted
from contracts.topics import SUMMARIES
from privacy.vault import Vault
from store.database import Database
from summarize.service import SummarizeService
from tests.unit.chat_gateway.chats import rules

KIM = Party(side="staff", staff_id="kim", name="김상담")
TALK = [
    (CITIZEN, "여권을 잃어버려서 재발급을 받고 싶어요"),
    (KIM, "네, 구청 여권 창구에 신분증을 가지고 가시면 됩니다"),
    (CITIZEN, "제 전화번호는 010-1234-5678이에요. 수수료는 얼마인가요?"),
    (KIM, "수수료는 5만 원입니다. 내일 구청에서 전화드리겠습니다"),
]


async def test_a_chat_that_ended_has_its_summary(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/store.db")
    bus = await open_bus(f"embedded://{tmp_path}/bus.db")
    log = ChatLog(database, bus, Vault("v" * 32), rules(), instance="one", events=Told())
    summarize = SummarizeService(bus, database)
    subscription = await bus.subscribe("test", [SUMMARIES.name])
    tasks = [asyncio.create_task(log.run()), asyncio.create_task(summarize.run())]
    try:
        async with asyncio.timeout(30):
            await summarize.ready.wait()
            head = await log.begin(Opened(channel="web"), person_id="person")
            await log.submit(head.contact_id, SYSTEM, Assigned(agent=KIM))
            for who, text in TALK:
                await log.submit(head.contact_id, who, Said(text=text))
            await log.submit(head.contact_id, KIM, Ended())
            drafts: list[SummaryDrafted] = []
            while not any(draft.complete for draft in drafts):
                batch = await subscription.fetch(timeout_s=0.2)
                events = [decode(record.value) for record in batch.records]
                drafts += [event for event in events if isinstance(event, SummaryDrafted)]
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await subscription.close()
        await bus.close()
        await database.close()
    draft = drafts[-1]
    assert draft.contact_id == head.contact_id
    text = "\n".join(line.text for line in draft.lines)
    assert "여권" in text
    assert "1234" not in text
    evidence = {name for line in draft.lines for name in line.evidence}
    assert evidence
    assert all(name.startswith(f"{head.contact_id}/") for name in evidence)

"""`sangdam voc recount`: tells what differs, puts it right, and says which date it cannot read."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.contact import ContactStateChanged
from contracts.errors import BadSetting
from contracts.transcript import Utterance, utterance_id
from sangdam.commands.voc import DIFFERS, app
from store import batch, voc_contacts
from store.database import Database

CONTACT = "00000000-0000-0000-0000-000000000001"
BEGAN_MS = 1_700_017_200_000


async def seed(url: str) -> None:
    fields = {"contact_id": CONTACT, "at_ms": BEGAN_MS}
    ended = ContactStateChanged.model_validate(
        fields | {"revision": 2, "state": "ended", "roles": {0: "caller"}, "started_at_ms": BEGAN_MS}
    )
    line = {"status": "final", "channel": 0, "role": "caller", "start_ms": 0, "end_ms": 1, "heard_ms": 0}
    said = Utterance.model_validate(
        fields
        | line
        | {
            "revision": 1,
            "utterance_id": utterance_id(CONTACT, 0, 0),
            "text": "마포구 망원동인데 수돗물이 안 나와요. 단수예요?",
        }
    )
    database = await Database.open(url)
    async with database.session() as session:
        await batch.keep(session, [ended, said])
    await database.close()


async def districts(url: str) -> list[str]:
    database = await Database.open(url)
    async with database.session() as session:
        found = [about.district for about in await voc_contacts.since(session, 0)]
    await database.close()
    return found


def test_a_fresh_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAM_DATA_DIR", str(tmp_path))
    url = f"sqlite+aiosqlite:///{tmp_path}/sangdam.db"
    asyncio.run(seed(url))
    recount = CliRunner()
    assert recount.invoke(app, ["recount", "--check"]).exit_code == DIFFERS
    assert asyncio.run(districts(url)) == []
    assert recount.invoke(app, ["recount", "--since", "2023-11-15", "--until", "2023-11-15"]).exit_code == 0
    assert asyncio.run(districts(url)) == ["마포구"]


@pytest.mark.parametrize("day", ["11/15", "2023-02-30", "9999-12-31"])
def test_no_date(day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAM_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(app, ["recount", "--until", day]).exception
    assert isinstance(refused, BadSetting)
    assert day in refused.ko
    assert day in refused.en

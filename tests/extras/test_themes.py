"""Themes by meaning, with a real encoder."""

from zoneinfo import ZoneInfo

import pytest

from contracts.voc import About
from store import voc_contacts, voc_themes
from store.database import Database
from voc.reading.theming import Theming

NOW_MS = 1_700_000_000_000
ZONE = ZoneInfo("Asia/Seoul")


def about(number: int, *phrases: str) -> About:
    contact_id = f"00000000-0000-4000-8000-{number:012d}"
    return About(contact_id=contact_id, at_ms=NOW_MS - 60_000 + number, phrases=phrases)


@pytest.fixture
async def database(tmp_path):
    made = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/voc.db")
    yield made
    await made.close()


async def test_a_theme_found_by_meaning_is_taken_up_by_the_next_process(database, encoder):
    same = ("수도 요금", "두 달", "고지서")
    async with database.session() as session:
        others = [
            about(10 + n, phrase) for n, phrase in enumerate(("여권 사진", "대형 폐기물", "주차 과태료"))
        ]
        await voc_contacts.put(session, [*(about(n, *same) for n in range(4)), *others], zone=ZONE)
    await Theming(database, encoder).look(NOW_MS)
    async with database.session() as session:
        (theme,) = [one for one in await voc_themes.since(session, 0, 10) if one.contacts >= 4]
        await voc_contacts.put(session, [about(20, *same)], zone=ZONE)
    assert len(theme.centroid) == 4 * encoder.dimensions
    await Theming(database, encoder).look(NOW_MS + 3_600_000)
    async with database.session() as session:
        (told,) = await voc_contacts.of(session, [about(20).contact_id])
    assert told.theme_id == theme.theme_id

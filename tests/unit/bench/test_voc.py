"""The bench of a year of contacts, as two small days: both ways in count alike."""

import asyncio
from zoneinfo import ZoneInfo

from bench.voc import measure, queries
from store.database import Database
from store.voc_recount import recount

SEOUL = ZoneInfo("Asia/Seoul")


def test_two_days(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/voc.db"
    figures = asyncio.run(measure(url, 2, 1, 300, 1))
    assert figures["contacts_filled"] > 100
    assert figures["contacts_put"] > 100
    assert figures["contacts_per_s"] > 0
    assert figures["size_mb"] > 0
    assert figures["page"].keys() == queries(2, 10**12).keys()
    assert figures["worst_p95_ms"] == max(each["p95_ms"] for each in figures["page"].values())

    async def differences():
        database = await Database.open(url)
        found = await recount(database, SEOUL, mend=False)
        await database.close()
        return found

    found = asyncio.run(differences())
    assert (found.hours, found.days) == (0, 0)

"""The demonstration's application with its city: water goes out, and the alert stands in the store."""

import asyncio
from pathlib import Path

from contracts.contact import ContactStateChanged
from contracts.voc import Finding
from sangdam import settings
from sangdam.application import Application, open_foundation, running
from sangdam.services import build
from sangdam.simulation.demo_city import settle, with_city
from store import contacts, voc_alerts

NAMES = ("summarize", "voc", "console")
"""Speech has tests of its own."""
WITHIN_S = 90.0
SPEED = 8.0


async def test_an_outage_that_begins_becomes_an_alert_with_evidence(tmp_path: Path, monkeypatch) -> None:
    rules = tmp_path / "voc.yaml"
    rules.write_text("step_s: 2\nsafety_step_s: 1\n", encoding="utf-8")
    monkeypatch.setenv("SANGDAM_DATA_DIR", str(tmp_path / "var"))
    options = with_city(settings.load()).model_copy(update={"voc": rules, "bus": "", "database": ""})
    async with open_foundation(options, NAMES) as foundation:
        application = Application(foundation, build(NAMES, foundation))
        city = await settle(application, options, per_day=150, speed=SPEED)
        district = city.scripts.outage.at.district
        async with running(application):
            calling = asyncio.create_task(city.run())
            try:
                async with asyncio.timeout(WITHIN_S):
                    while not (found := await _quoted(application, district)):
                        assert not calling.done(), calling
                        await asyncio.sleep(0.5)
            finally:
                calling.cancel()
                await asyncio.wait([calling], timeout=10)
            assert found.simulated
            assert found.districts[0].district == district
            speakers = [quote.contact_id for quote in found.quotes]
            assert len(set(speakers)) == len(speakers)
            async with asyncio.timeout(20):
                while await _unended(application):
                    await asyncio.sleep(0.2)


async def _quoted(application: Application, district: str) -> Finding | None:
    """The alert of now, once citizens' words stand in it."""
    async with application.database.session() as session:
        for line in await voc_alerts.open_lines(session):
            if district in {place.district for place in line.finding.districts} and line.finding.quotes:
                return line.finding
    return None


async def _unended(application: Application) -> list[ContactStateChanged]:
    async with application.database.session() as session:
        return await contacts.unended(session, 0)

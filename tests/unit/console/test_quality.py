"""Saving measures, and the figures that come of it."""

import asyncio

import pytest
from sqlalchemy import select

from contracts.clock import wall_ms
from contracts.quality import DraftQuality
from contracts.summary import FormRow, SummaryDrafted, SummaryForm, SummaryLine
from store import contacts, summaries
from store.tables import MeasureRow


def draft(call, revision: int = 1, text: str = "여권 재발급 문의") -> SummaryDrafted:
    return SummaryDrafted(
        contact_id=call.contact_id,
        at_ms=wall_ms(),
        revision=revision,
        engine="extractive",
        label="핵심 발화",
        lines=(SummaryLine(field="inquiry", text=text, evidence=("a",)),),
        complete=True,
    )


async def kept(server) -> list[MeasureRow]:
    async with server.database.session() as session:
        return list(await session.scalars(select(MeasureRow)))


async def begin(server, story, *drafts):
    """A call that ended, and its drafts."""
    call = story()
    told = [draft(call, *one) for one in drafts or [()]]
    await server.tell(call.state(), call.state("ended"), *told)
    async with asyncio.timeout(10):
        while not await _is_stored(server, call.contact_id, told[-1].revision):
            await asyncio.sleep(0.02)
    return call


async def _is_stored(server, contact_id, revision) -> bool:
    async with server.database.session() as session:
        contact = await contacts.get(session, contact_id)
        newest, _ = await summaries.of_contact(session, contact_id)
    is_over = contact is not None and contact.ended_at_ms is not None
    return is_over and newest is not None and newest.revision == revision


async def put(client, call, revision, inquiry, *, saved=True, drafted=1):
    body = {"revision": revision, "text": {"inquiry": inquiry}, "saved": saved, "drafted": drafted}
    answer = await client.put(f"/api/contacts/{call.contact_id}/summary", json=body)
    assert answer.status_code in (200, 409), answer.text
    return answer.status_code


async def test_a_saved_summary_is_measured_and_typing_is_not(server, story):
    call = await begin(server, story)
    async with server.signed_in("kim") as kim:
        await put(kim, call, 1, "여권", saved=False)
        assert await kept(server) == []
        await put(kim, call, 2, "여권 재발급 문의")
        await put(kim, call, 2, "여권 재발급 문의")
    (row,) = await kept(server)
    assert (row.engine, row.drafted, row.unedited, row.distance) == ("extractive", 1, True, 0)
    assert row.after_call_ms is not None
    assert 0 <= row.after_call_ms < 30_000


async def test_saved_again_counts_once_with_the_first_times(server, story):
    call = await begin(server, story)
    async with server.signed_in("kim") as kim:
        await put(kim, call, 1, "여권 재발급 문의")
        (first,) = await kept(server)
        await put(kim, call, 2, "여권 재발급 신청 문의")
        assert await put(kim, call, 1, "옛 글") == 409
    (row,) = await kept(server)
    assert (row.saved_at_ms, row.after_call_ms) == (first.saved_at_ms, first.after_call_ms)
    assert (row.unedited, row.distance, row.edited_fields) == (False, 3, ("inquiry",))


async def test_it_is_measured_against_the_newest_draft_when_its_own_is_gone(server, story):
    call = await begin(server, story, (1, "여권 재발급 문의"), (2, "여권 분실 문의"))
    async with server.signed_in("kim") as kim:
        await put(kim, call, 1, "여권 재발급 문의", drafted=1)
    (row,) = await kept(server)
    assert (row.drafted, row.unedited) == (2, False)


async def test_a_summary_without_a_draft_is_one_too(server, story):
    call = await begin(server, story)
    async with server.signed_in("kim") as kim:
        await put(kim, call, 1, "내가 쓴 글", drafted=None)
    (row,) = await kept(server)
    assert (row.engine, row.drafted, row.saved_chars, row.distance) == ("", None, 6, 6)


async def test_supervisors_see_the_figures_and_agents_do_not(server, story):
    first, second = await begin(server, story), await begin(server, story)
    async with server.signed_in("kim") as kim, server.signed_in("boss") as boss:
        await put(kim, first, 1, "여권 재발급 문의")
        await put(kim, second, 1, "여권 재발급 및 수수료 문의")
        refused = await kim.get("/api/quality/summaries")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
        told = DraftQuality.model_validate((await boss.get("/api/quality/summaries?days=7")).json())
        for days in (0, 367, "viele"):
            assert (await boss.get(f"/api/quality/summaries?days={days}")).status_code == 400
    assert (told.total.saved, told.total.drafted, told.total.unedited) == (2, 2, 1)
    assert told.total.kept_chars == 9 + 9
    assert told.total.seconds_saved == pytest.approx(18 / told.typing_chars_per_s, abs=0.1)
    assert told.total.after_call_s_p50 is not None
    assert len(told.days) in (1, 2)  # midnight may lie between the two
    assert [(each.field, each.drafted, each.unedited) for each in told.fields] == [("inquiry", 2, 1)]


async def test_the_form_is_the_sites_or_four_fields(start):
    server = await start()
    async with server.visitor() as nobody:
        assert (await nobody.get("/api/summary-form")).status_code == 401
    async with server.signed_in("kim") as kim:
        found = SummaryForm.model_validate((await kim.get("/api/summary-form")).json())
    assert [row.name for row in found.rows] == ["inquiry", "handling", "followup", "category"]
    own = SummaryForm(rows=(FormRow(name="result", ko="결과", en="Result", options=("완결", "이관")),))
    server = await start(form=own)
    async with server.signed_in("kim") as kim:
        assert SummaryForm.model_validate((await kim.get("/api/summary-form")).json()) == own

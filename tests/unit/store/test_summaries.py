from contracts.summary import SummaryDrafted, SummaryEdited, SummaryLine, SummaryText
from store import summaries

CONTACT = "00000000-0000-0000-0000-000000000001"


def drafted(revision: int, text: str = "여권 재발급 문의") -> SummaryDrafted:
    line = SummaryLine(field="inquiry", text=text, evidence=("u",))
    return SummaryDrafted(
        contact_id=CONTACT,
        at_ms=1,
        revision=revision,
        engine="extractive",
        label="핵심 발화",
        lines=(line,),
        complete=True,
    )


def edited(revision: int, inquiry: str, at_ms: int = 1, *, saved: bool = False) -> SummaryEdited:
    text = SummaryText(inquiry=inquiry)
    return SummaryEdited(
        contact_id=CONTACT, at_ms=at_ms, revision=revision, text=text, saved=saved, staff_id="kim"
    )


async def test_nothing_yet(session):
    assert await summaries.of_contact(session, CONTACT) == (None, None)


async def test_draft_and_text_are_both_kept(session):
    assert await summaries.save_edit(session, edited(1, "제가 쓴 것", saved=True))
    assert await summaries.upsert_draft(session, drafted(5))
    assert not await summaries.upsert_draft(session, drafted(4, "옛 초안"))
    assert await summaries.of_contact(session, CONTACT) == (drafted(5), edited(1, "제가 쓴 것", saved=True))


async def test_older_edit_is_refused(session):
    assert await summaries.save_edit(session, edited(2, "둘째"))
    assert not await summaries.save_edit(session, edited(1, "첫째"))
    assert (await summaries.of_contact(session, CONTACT))[1] == edited(2, "둘째")


async def test_same_edit_again_is_fine_another_of_its_number_is_not(session):
    assert await summaries.save_edit(session, edited(1, "가"))
    assert await summaries.save_edit(session, edited(1, "가", at_ms=2))
    assert not await summaries.save_edit(session, edited(1, "나"))
    assert (await summaries.of_contact(session, CONTACT))[1] == edited(1, "가")

import itertools

import pytest

from contracts.transcript import Utterance, Word, utterance_id
from store import transcripts

CONTACT = "00000000-0000-0000-0000-000000000001"


def said(start_ms: int, text: str, revision: int = 1, channel: int = 0, **fields) -> Utterance:
    return Utterance(
        contact_id=CONTACT,
        at_ms=1,
        utterance_id=utterance_id(CONTACT, channel, start_ms * 8),
        revision=revision,
        channel=channel,
        role="caller",
        start_ms=start_ms,
        end_ms=start_ms + 500,
        text=text,
        heard_ms=1,
        **({"status": "final"} | fields),
    )


async def test_whole_event_comes_back(session):
    word = Word(text="여권", start_ms=0, end_ms=300, probability=0.5)
    final = said(0, "여권 재발급", words=(word,), masked=("phone",), confidence=0.25)
    await transcripts.upsert(session, final)
    assert await transcripts.of_contact(session, CONTACT) == [final]


async def test_partials_are_not_kept(session):
    assert not await transcripts.upsert(session, said(0, "여권", status="partial"))
    assert await transcripts.of_contact(session, CONTACT) == []


async def test_ordered_by_start_then_channel(session):
    for start_ms, channel in [(900, 0), (100, 1), (100, 0)]:
        await transcripts.upsert(session, said(start_ms, "네", channel=channel))
    found = await transcripts.of_contact(session, CONTACT)
    assert [(final.start_ms, final.channel) for final in found] == [(100, 0), (100, 1), (900, 0)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_highest_revision_wins_whatever_the_order(session, order):
    finals = [said(0, "여권", 1), said(0, "여권 재발급", 2), said(0, "여권 재발급이요", 3)]
    for index in (*order, *order):
        await transcripts.upsert(session, finals[index])
    assert [final.text for final in await transcripts.of_contact(session, CONTACT)] == ["여권 재발급이요"]


async def test_withdrawn_utterance_stays_away(session):
    await transcripts.upsert(session, said(0, "잡음", 2))
    await transcripts.upsert(session, said(0, "", 3))
    await transcripts.upsert(session, said(0, "잡음", 1))
    assert await transcripts.of_contact(session, CONTACT) == []

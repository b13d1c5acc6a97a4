"""Many events at once leave the same tables as one after the other, and do not lock each other out."""

import asyncio
import datetime as dt
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged, SummaryRequested
from contracts.suggestion import NothingFound, Snippet, SuggestionOffered, SuggestionOutcome
from contracts.summary import SummaryDrafted, SummaryEdited, SummaryText
from contracts.transcript import (
    LanguageDetected,
    RecognitionChanged,
    SoundHeard,
    TranscriptEnded,
    Utterance,
)
from store import batch, contacts, hearing, suggestions, summaries, transcripts
from store.database import Database
from store.tables import Base

A, B = (f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2))
SNIPPET = Snippet(article_id="여권", title="여권", text="신분증", revised=dt.date(2026, 1, 1), score=0.5)

few = st.integers(1, 3)
both = st.sampled_from([A, B])
roles = st.dictionaries(st.integers(0, 1), st.sampled_from(["caller", "agent"]), min_size=1)


def said(contact_id: str, number: int, revision: int, text: str, status: str) -> Utterance:
    return Utterance(
        contact_id=contact_id,
        at_ms=revision,
        utterance_id=f"{contact_id}/0/{number}",
        revision=revision,
        status=status,
        channel=0,
        role="caller",
        start_ms=number,
        end_ms=number + 1,
        text=text,
        heard_ms=1,
    )


def offered(contact_id: str, article: int, revision: int) -> SuggestionOffered:
    return SuggestionOffered(
        contact_id=contact_id,
        at_ms=revision,
        suggestion_id=f"{contact_id}/{article}",
        revision=revision,
        utterance_id="u",
        query="여권",
        reason="",
        snippet=SNIPPET,
        final_at_ms=0,
    )


a_word = st.builds(
    said,
    both,
    few,
    few,
    st.sampled_from(["여권", "", "재발급"]),
    st.sampled_from(["final"] * 3 + ["partial"]),
)
events = st.one_of(
    st.builds(
        ContactStateChanged,
        contact_id=both,
        at_ms=few,
        revision=st.integers(1, 6),
        state=st.sampled_from(["talking", "held", "ended"]),
        agent_id=st.sampled_from(["kim", "lee", None]),
        started_at_ms=few,
        roles=roles,
    ),
    st.builds(RolesChanged, contact_id=both, at_ms=few, roles=roles, staff_id=st.just("kim")),
    a_word,
    a_word,
    st.builds(
        lambda contact_id, number, end_ms: SoundHeard(
            contact_id=contact_id,
            at_ms=1,
            sound_id=f"{contact_id}/0/{number}/music",
            sound="music",
            channel=0,
            start_ms=number,
            end_ms=end_ms,
        ),
        both,
        few,
        st.none() | st.integers(4, 6),
    ),
    st.builds(
        RecognitionChanged,
        contact_id=both,
        at_ms=few,
        mode=st.sampled_from(["full", "finals", "refused"]),
        revision=few,
    ),
    st.builds(
        LanguageDetected,
        contact_id=both,
        at_ms=few,
        language=st.sampled_from(["ko", "en"]),
        probability=st.just(0.5),
    ),
    st.builds(
        LanguageChosen,
        contact_id=both,
        at_ms=few,
        language=st.sampled_from(["ko", "en"]),
        staff_id=st.just("kim"),
    ),
    st.builds(offered, both, few, few),
    st.builds(
        NothingFound,
        contact_id=both,
        at_ms=few,
        utterance_id=st.sampled_from(["u", "v"]),
        query=st.just("?"),
        best_score=st.just(0.1),
    ),
    st.builds(
        SuggestionOutcome,
        contact_id=both,
        at_ms=few,
        suggestion_id=st.just("s"),
        outcome=st.sampled_from(["shown", "opened"]),
        staff_id=st.just("kim"),
    ),
    st.builds(
        SummaryDrafted,
        contact_id=both,
        at_ms=few,
        revision=few,
        engine=st.just("extractive"),
        label=st.just("핵심 발화"),
        lines=st.just(()),
        complete=st.booleans(),
    ),
    st.builds(
        SummaryEdited,
        contact_id=both,
        at_ms=few,
        revision=few,
        text=st.just(SummaryText()),
        saved=st.booleans(),
        staff_id=st.just("kim"),
    ),
    st.builds(TranscriptEnded, contact_id=both, at_ms=few, channel=st.just(0), end_ms=few),
    st.builds(SummaryRequested, contact_id=both, at_ms=few, staff_id=st.just("kim")),
)


async def one_by_one(session, given) -> None:
    for event in given:
        match event:
            case ContactStateChanged():
                await contacts.upsert(session, event)
            case RolesChanged():
                await contacts.say_roles(session, event.contact_id, event.roles)
            case Utterance():
                await transcripts.upsert(session, event)
            case SoundHeard() | RecognitionChanged() | LanguageDetected() | LanguageChosen():
                await hearing.upsert(session, event)
            case SuggestionOffered():
                await suggestions.upsert(session, event)
            case NothingFound():
                await suggestions.set_nothing(session, event)
            case SuggestionOutcome():
                await suggestions.add_outcome(session, event)
            case SummaryDrafted():
                await summaries.upsert_draft(session, event)
            case SummaryEdited():
                await summaries.save_edit(session, event)


async def tables(session) -> dict[str, list[tuple]]:
    """All rows; those that count up in the order of a contact's rows, without their numbers."""
    found = {}
    for name, table in Base.metadata.tables.items():
        counted = "id" in table.columns
        columns = [column for column in table.columns if column.name != "id"]
        order = [table.columns["contact_id"], table.columns["id"]] if counted else list(table.primary_key)
        found[name] = [tuple(row) for row in await session.execute(select(*columns).order_by(*order))]
    return found


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(known=st.lists(events, max_size=8), come=st.lists(events, max_size=25))
async def test_many_at_once_as_one_after_the_other(database, known, come):
    left = []
    for write in (one_by_one, batch.keep):
        async with database.session() as session:
            await one_by_one(session, known)
            await write(session, come)
            left.append(await tables(session))
            await session.rollback()
    assert left[0] == left[1]


async def test_a_batch_again_changes_nothing(database):
    come = [said(A, 1, 2, "여권", "final"), said(A, 1, 1, "여", "final"), offered(A, 2, 1), offered(A, 1, 1)]
    async with database.session() as session:
        await batch.keep(session, come)
        before = await tables(session)
        await batch.keep(session, come)
        assert await tables(session) == before
        assert len(before["suggestions"]) == 2


async def test_processes_that_write_the_same_contacts_do_not_lock_each_other_out(postgresql, shared_url):
    """As after a hand-over of partitions: the same events, in other batches, in any order of contacts."""
    others = [postgresql, await Database.open(shared_url)]
    ids = [f"00000000-0000-0000-0000-{number:012}" for number in range(30)]

    def shuffled(seed: int) -> list:
        order = random.Random(seed)
        come = []
        for contact_id in order.sample(ids, len(ids)):
            state = ContactStateChanged(
                contact_id=contact_id, at_ms=1, revision=seed, state="talking", started_at_ms=1
            )
            own = [state, *(said(contact_id, number, seed, "여권", "final") for number in range(3))]
            come += [*own, offered(contact_id, 1, seed)]
        return come

    async def write(seed: int) -> None:
        async with others[seed % 2].session() as session:
            await batch.keep(session, shuffled(seed))

    async with asyncio.timeout(60):
        await asyncio.gather(*(write(seed) for seed in range(1, 17)))
    async with postgresql.session() as session:
        for contact_id in ids:
            assert (await contacts.get(session, contact_id)).contact.revision == 16
            assert {one.revision for one in await transcripts.of_contact(session, contact_id)} == {16}
    await others[1].close()

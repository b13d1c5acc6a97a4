"""What the panel asks of a PostgreSQL database with a month of contacts is found by an index."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import event, text

from contracts.contact import ContactStateChanged
from contracts.transcript import Utterance
from store import contacts, hearing, suggestions, summaries, transcripts

CONTACTS = 20_000
"""Ten a minute, half of a day long; every fiftieth has not ended."""
NOW_MS = 1_800_000_000_000
FIRST_MS = NOW_MS - CONTACTS * 6_000
SHIFT_MS = NOW_MS - 2 * 3_600_000
CONTACT = "00000000-0000-0000-0000-000000019000"
ID = "'00000000-0000-0000-0000-' || lpad(i::text, 12, '0')"
BEGAN = f"{FIRST_MS} + i * 6000::bigint"

CHANGED = ContactStateChanged(contact_id=CONTACT, at_ms=1, revision=1, state="talking", started_at_ms=1)
SAID = Utterance(
    contact_id=CONTACT,
    at_ms=1,
    utterance_id="u",
    revision=1,
    status="final",
    channel=0,
    role="caller",
    start_ms=0,
    end_ms=1,
    text="여권",
    heard_ms=1,
)
ROWS = {
    "contacts": (
        "contact_id, revision, state, agent_id, started_at_ms, ended_at_ms, event",
        f"{ID}, 1, 'ended', 'agent-' || i % 40, {BEGAN}, CASE WHEN i % 50 > 0 THEN {BEGAN} + 60000 END, :changed",
    ),
    "utterances": (
        "utterance_id, contact_id, revision, start_ms, channel, withdrawn, event",
        f"{ID} || '/0/' || i, {ID}, 1, i, 0, false, :said",
    ),
    "sounds": (
        "sound_id, contact_id, start_ms, end_ms, channel, event",
        f"{ID} || '/0/' || i || '/music', {ID}, i, i, 0, ''",
    ),
    "suggestions": ("suggestion_id, contact_id, revision, event", f"{ID} || '/여권', {ID}, 1, ''"),
    "suggestion_outcomes": (
        "suggestion_id, contact_id, outcome, staff_id, at_ms",
        f"{ID} || '/여권', {ID}, 'shown', 'kim', i",
    ),
    "nothing_found": (
        "contact_id, utterance_id, at_ms, answered, event",
        f"{ID}, 'u', i, i % 2 = 0, ''",
    ),
    "summary_drafts": ("contact_id, revision, event", f"{ID}, 1, ''"),
    "summary_edits": ("contact_id, revision, saved, event", f"{ID}, 1, true, ''"),
    "recognitions": ("contact_id, revision, event", f"{ID}, 1, ''"),
    "detected_languages": ("contact_id, at_ms, event", f"{ID}, 1, ''"),
    "chosen_languages": ("contact_id, at_ms, event", f"{ID}, 1, ''"),
}

ASKED = {
    "an agent's contacts": lambda session: contacts.of_agent(session, "agent-7", SHIFT_MS, 200),
    "an agent's next page": lambda session: contacts.of_agent(
        session, "agent-7", FIRST_MS, 50, before=(SHIFT_MS, CONTACT)
    ),
    "everybody's contacts": lambda session: contacts.recent(session, SHIFT_MS, 200),
    "everybody's next page": lambda session: contacts.recent(
        session, FIRST_MS, 50, before=(SHIFT_MS, CONTACT)
    ),
    "contacts without an end": lambda session: contacts.unended(session, SHIFT_MS, 500),
    "a contact": lambda session: contacts.get(session, CONTACT),
    "its transcript": lambda session: transcripts.of_contact(session, CONTACT),
    "its sounds and languages": lambda session: hearing.of_contact(session, "none"),
    "its cards": lambda session: suggestions.of_contact(session, "none"),
    "its summaries": lambda session: summaries.of_contact(session, "none"),
}


@pytest.fixture
async def filled(postgresql):
    async with postgresql.session() as session:
        given = {"changed": CHANGED.model_dump_json(), "said": SAID.model_dump_json()}
        for table, (columns, values) in ROWS.items():
            some = {name: value for name, value in given.items() if f":{name}" in values}
            await session.execute(
                text(
                    f"INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, {CONTACTS}) AS i"
                ),
                some,
            )
            await session.execute(text(f"ANALYZE {table}"))
    return postgresql


def nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def test_what_the_panel_asks_is_found_by_an_index(filled):
    async with filled.session() as session:
        sent: list[tuple[str, tuple]] = []
        sync = (await session.connection()).sync_connection
        event.listen(
            sync,
            "before_cursor_execute",
            lambda _c, _u, statement, values, *_: sent.append((statement, values)),
        )
        for what, ask in ASKED.items():
            sent.clear()
            await ask(session)
            assert sent
            for statement, values in tuple(sent):
                connection = await session.connection()
                found = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
                told = found.scalar_one()
                plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
                kinds = [node["Node Type"] for node in nodes(plan)]
                assert "Seq Scan" not in kinds, (what, statement, plan)
                assert any("Index" in kind for kind in kinds), (what, plan)

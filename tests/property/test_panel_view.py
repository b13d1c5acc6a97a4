"""The panel's promise for every reconnect: a snapshot and the events since equal a fresh snapshot."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.panels import Panels
from console.projection import Projection, is_partial, stored_view
from console.view import apply, build_view
from contracts.codec import AnyEvent, decode, encode, topic_of
from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged
from contracts.errors import Overloaded
from contracts.panel import Card, ContactView
from contracts.suggestion import (
    NothingFound,
    Snippet,
    SuggestionOffered,
    SuggestionOutcome,
    suggestion_id,
)
from contracts.summary import SummaryDrafted, SummaryEdited, SummaryText
from contracts.transcript import (
    LanguageDetected,
    RecognitionChanged,
    SoundHeard,
    Utterance,
    utterance_id,
)
from store.database import Database
from store.tables import Base

CONTACT = str(uuid.UUID(int=120))
ROLES = st.sampled_from(["caller", "agent", "unknown"])
CHANNEL_ROLES = st.dictionaries(st.integers(0, 1), ROLES, max_size=2)


@dataclass(frozen=True)
class Story:
    """What was published about one contact, topic by topic in the order of publication."""

    topics: dict[str, list[AnyEvent]]

    @property
    def events(self) -> list[AnyEvent]:
        """One honest delivery: everything once, the contact first and outcomes last."""
        return [event for name in sorted(self.topics, key=_by_cause) for event in self.topics[name]]


def _by_cause(topic: str) -> tuple[bool, bool, str]:
    return topic != "contact.events", topic == "suggestion.outcomes", topic


@st.composite
def stories(draw: st.DrawFn) -> Story:
    events = [*draw(contacts()), *draw(speech()), *draw(hearing()), *draw(guides()), *draw(summaries())]
    topics: dict[str, list[AnyEvent]] = {}
    for event in events:
        topics.setdefault(topic_of(event).name, []).append(event)
    return Story(topics)


@st.composite
def contacts(draw: st.DrawFn) -> list[AnyEvent]:
    states = draw(st.lists(st.sampled_from(["talking", "held", "ended"]), max_size=4))
    events: list[AnyEvent] = []
    for revision, state in enumerate(["ringing", *states]):
        at_ms = 1000 * revision
        events.append(
            ContactStateChanged(
                contact_id=CONTACT,
                at_ms=at_ms,
                revision=revision,
                state=state,
                agent_id="kim",
                started_at_ms=0,
                roles=draw(CHANNEL_ROLES),
            )
        )
        if draw(st.booleans()):
            events.append(
                RolesChanged(contact_id=CONTACT, at_ms=at_ms + 1, roles=draw(CHANNEL_ROLES), staff_id="kim")
            )
    return events


@st.composite
def speech(draw: st.DrawFn) -> list[AnyEvent]:
    """Utterances of both channels: some unfinished, some withdrawn, some heard again after a crash."""
    events: list[AnyEvent] = []
    for start in range(draw(st.integers(0, 5))):
        channel = draw(st.integers(0, 1))
        lives = [(2 * n, *word) for n, word in enumerate(draw(hearings()))]
        lives += [(2 * n + 1, *word) for n, word in enumerate(draw(hearings()))]
        for revision, text, status in lives:
            events.append(
                Utterance(
                    contact_id=CONTACT,
                    at_ms=start * 100 + revision,
                    utterance_id=utterance_id(CONTACT, channel, start * 8000),
                    revision=revision,
                    status=status,
                    channel=channel,
                    role="unknown",
                    start_ms=start // 2 * 1000,
                    end_ms=start // 2 * 1000 + 900,
                    text=text,
                    heard_ms=start * 100,
                )
            )
    return events


@st.composite
def hearings(draw: st.DrawFn) -> list[tuple[str, str]]:
    """What one worker makes of an utterance, (text, status): partials, and perhaps a final, perhaps empty."""
    partials = draw(st.lists(st.sampled_from(["여권", "여권을", "여권을 잃어버렸어요"]), max_size=3))
    final = draw(st.lists(st.sampled_from(["", "여권을 잃어버렸습니다"]), max_size=1))
    return [(text, "partial") for text in partials] + [(text, "final") for text in final]


@st.composite
def hearing(draw: st.DrawFn) -> list[AnyEvent]:
    """Sounds, some of them without an end or heard again with a later one, recognition and languages."""
    events: list[AnyEvent] = []
    for start in range(draw(st.integers(0, 3))):
        what = draw(st.sampled_from(["music", "ringing", "busy", "dtmf"]))
        channel = draw(st.integers(0, 1))
        ends = [None, *draw(st.lists(st.integers(1, 3), max_size=2))]
        events += [
            SoundHeard(
                contact_id=CONTACT,
                at_ms=end_ms or 0,
                sound_id=f"{CONTACT}/{channel}/{start}/{what}",
                sound=what,
                channel=channel,
                start_ms=start // 2,
                end_ms=end_ms,
            )
            for end_ms in ends
        ]
    languages = st.sampled_from(["ko", "en", "vi"])
    for at_ms, mode in enumerate(draw(st.lists(st.sampled_from(["full", "finals", "refused"]), max_size=3))):
        events.append(RecognitionChanged(contact_id=CONTACT, at_ms=at_ms, mode=mode, revision=at_ms))
    for at_ms, language in enumerate(draw(st.lists(languages, max_size=3))):
        events.append(LanguageDetected(contact_id=CONTACT, at_ms=at_ms, language=language, probability=0.9))
    for at_ms, language in enumerate(draw(st.lists(languages, max_size=3))):
        events.append(LanguageChosen(contact_id=CONTACT, at_ms=at_ms, language=language, staff_id="kim"))
    return events


@st.composite
def guides(draw: st.DrawFn) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    revisions: dict[str, int] = {}
    for step, what in enumerate(
        draw(st.lists(st.sampled_from(["여권", "수도", "주차", "없음"]), max_size=6))
    ):
        if what == "없음":
            events.append(
                NothingFound(
                    contact_id=CONTACT, at_ms=step // 2, utterance_id=f"u{step}", query="", best_score=0.1
                )
            )
            continue
        card = suggestion_id(CONTACT, what)
        revisions[card] = revisions.get(card, 0) + 1
        events.append(
            SuggestionOffered(
                contact_id=CONTACT,
                at_ms=step // 2,
                suggestion_id=card,
                revision=revisions[card],
                utterance_id=f"u{step}",
                query=what,
                reason="",
                snippet=Snippet(
                    article_id=what, title=what, text=f"{step}", revised=dt.date(2025, 1, 2), score=0.8
                ),
                final_at_ms=0,
            )
        )
    if revisions:
        acts = st.tuples(st.sampled_from(sorted(revisions)), st.sampled_from(["shown", "pinned", "unpinned"]))
        for at_ms, (card, outcome) in enumerate(draw(st.lists(acts, max_size=6))):
            events.append(
                SuggestionOutcome(
                    contact_id=CONTACT, at_ms=at_ms, suggestion_id=card, outcome=outcome, staff_id="kim"
                )
            )
    return events


@st.composite
def summaries(draw: st.DrawFn) -> list[AnyEvent]:
    drafts = [
        SummaryDrafted(
            contact_id=CONTACT,
            at_ms=revision,
            revision=revision,
            engine="extractive",
            label="핵심 발화",
            lines=(),
            complete=False,
        )
        for revision in range(draw(st.integers(0, 3)))
    ]
    edits = [
        SummaryEdited(
            contact_id=CONTACT,
            at_ms=revision,
            revision=revision,
            text=SummaryText(inquiry=f"{revision}"),
            saved=draw(st.booleans()),
            staff_id="kim",
        )
        for revision in range(draw(st.integers(0, 3)))
    ]
    return [*drafts, *edits]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Story, list[AnyEvent]]:
    """A story as a consumer meets it, the contact's first record first."""
    story = draw(stories())
    first = story.topics["contact.events"][0]
    return story, [first, *draw(orders(story))]


@st.composite
def orders(draw: st.DrawFn, story: Story) -> list[AnyEvent]:
    """Topics interleaved in any way, any of them starting again from further back."""
    topics = story.topics
    positions = dict.fromkeys(topics, 0)
    delivered: list[AnyEvent] = []
    rewinds = draw(st.integers(0, 3))
    while ready := [name for name in sorted(topics) if positions[name] < len(topics[name])]:
        name = draw(st.sampled_from(ready))
        delivered.append(topics[name][positions[name]])
        positions[name] += 1
        if rewinds and draw(st.booleans()):
            rewinds -= 1
            positions[name] -= draw(st.integers(0, positions[name]))
    return delivered


def reduced(events: Sequence[AnyEvent], view: ContactView | None = None) -> ContactView | None:
    for event in events:
        view = apply(view, event)
    return view


@given(deliveries(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_snapshot_and_the_events_since_equal_the_view_of_all(
    told: tuple[Story, list[AnyEvent]], data: st.DataObject
) -> None:
    _, events = told
    at = data.draw(st.integers(1, len(events)), label="snapshot at")
    overlap = data.draw(st.integers(0, at), label="records that come again")
    snapshot = reduced(events[:at])
    assert snapshot is not None
    over_the_wire = ContactView.model_validate_json(snapshot.model_dump_json())
    assert reduced(events[at - overlap :], over_the_wire) == reduced(events)


@given(deliveries())
@settings(max_examples=300, deadline=None)
def test_interleaving_and_repetition_change_nothing(told: tuple[Story, list[AnyEvent]]) -> None:
    story, events = told
    assert reduced(events) == reduced(story.events)


@given(speech(), hearing(), guides(), summaries(), st.data())
@settings(max_examples=200, deadline=None)
def test_what_has_a_revision_may_come_in_any_order(
    said: list[AnyEvent],
    heard: list[AnyEvent],
    offered: list[AnyEvent],
    notes: list[AnyEvent],
    data: st.DataObject,
) -> None:
    contact = ContactStateChanged(contact_id=CONTACT, at_ms=0, revision=0, state="talking", started_at_ms=0)
    cards = [event for event in offered if not isinstance(event, SuggestionOutcome)]
    events = [*said, *heard, *cards, *notes]
    shuffled = data.draw(st.permutations(events + events[::2]))
    view, expected = reduced([contact, *shuffled]), reduced([contact, *events])
    assert view is not None
    assert expected is not None
    # The cards' places are those of their first offers: only their contents may not depend on the order.
    assert sorted(view.cards, key=_card_id) == sorted(expected.cards, key=_card_id)
    assert view.model_copy(update={"cards": ()}) == expected.model_copy(update={"cards": ()})


def _card_id(card: Card) -> str:
    return card.offer.suggestion_id


@given(deliveries())
@settings(max_examples=100, deadline=None)
def test_utterances_stay_sorted_and_unique(told: tuple[Story, list[AnyEvent]]) -> None:
    view = reduced(told[1])
    assert view is not None
    places = [(one.start_ms, one.channel, one.utterance_id) for one in view.utterances]
    assert places == sorted(places)
    assert len({one.utterance_id for one in view.utterances}) == len(view.utterances)
    assert not view.withdrawn.keys() & {one.utterance_id for one in view.utterances}
    assert [event for event in told[1] if decode(encode(event)) != event] == []


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def database(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("store") / "console.db"
    database = runner.run(Database.open(f"sqlite+aiosqlite:///{path}"))
    yield database
    runner.run(database.close())


@given(told=deliveries())
@settings(max_examples=60, deadline=None)
def test_the_stored_view_equals_the_reduced_one(
    runner: asyncio.Runner, database: Database, told: tuple[Story, list[AnyEvent]]
) -> None:
    """What the console stores of a delivery, read back, is what the panel made of it, but for partials."""
    _, events = told
    finals = [event for event in events if not is_partial(event)]
    expected = reduced(finals)
    assert expected is not None
    stored = runner.run(_through_the_store(database, finals))
    assert stored == expected.model_copy(update={"withdrawn": {}})


@given(speech(), hearing(), guides(), summaries(), st.data())
@settings(max_examples=40, deadline=None)
def test_what_has_a_revision_may_be_stored_in_any_order(
    runner: asyncio.Runner,
    database: Database,
    said: list[AnyEvent],
    heard: list[AnyEvent],
    offered: list[AnyEvent],
    notes: list[AnyEvent],
    data: st.DataObject,
) -> None:
    """Records that were doubled or overtook each other, in whatever way: the store ends where the view does."""
    contact = ContactStateChanged(contact_id=CONTACT, at_ms=0, revision=0, state="talking", started_at_ms=0)
    cards = [event for event in offered if isinstance(event, SuggestionOffered)]
    events = [event for event in (*said, *heard, *cards, *notes) if not is_partial(event)]
    shuffled = data.draw(st.permutations(events + events[::2]))
    view = reduced([contact, *shuffled])
    assert view is not None
    stored = runner.run(_through_the_store(database, [contact, *shuffled]))
    assert stored == view.model_copy(update={"withdrawn": {}})


async def _through_the_store(database: Database, events: list[AnyEvent]) -> ContactView:
    await _emptied(database)
    await Projection(database, Panels()).store(events)
    async with database.session() as session:
        view = await stored_view(session, CONTACT)
    assert view is not None
    return view


async def _emptied(database: Database) -> None:
    async with database.session() as session:
        for table in Base.metadata.sorted_tables:
            await session.execute(table.delete())


@st.composite
def lives(draw: st.DrawFn) -> tuple[Story, list[AnyEvent], list[AnyEvent], list[str]]:
    """A story, the orders in which one console shows it and another stores it, and what happens when."""
    story = draw(stories())
    shown, stored = draw(orders(story)), draw(orders(story))
    steps = ["show"] * len(shown) + ["store"] * len(stored)
    steps += draw(st.lists(st.sampled_from(["open", "evict"]), min_size=1, max_size=8))
    return story, shown, stored, draw(st.permutations(steps))


@given(life=lives())
@settings(max_examples=60, deadline=None)
def test_showing_storing_and_loading_may_interleave(
    runner: asyncio.Runner, database: Database, life: tuple[Story, list[AnyEvent], list[AnyEvent], list[str]]
) -> None:
    """Whenever a panel opened the contact, and however far the store was: in the end all see the same."""
    story, shown, stored, steps = life
    expected = reduced(story.events)
    assert expected is not None
    views = runner.run(_lived(database, shown, stored, steps))
    for view in views:
        assert view == expected


async def _lived(
    database: Database, shown: list[AnyEvent], stored: list[AnyEvent], steps: list[str]
) -> list[ContactView]:
    """The views of all panels in the end, that of one opened only now among them."""
    await _emptied(database)
    shows, stores = Projection(database, Panels()), Projection(database, Panels())
    coming, waiting = iter(shown), iter(stored)
    panels: list[ContactView | None] = []
    for step in steps:
        if step == "show":
            event = next(coming)
            shows.show(event)
            panels = [apply(view, event) for view in panels]
        elif step == "store":
            await stores.store([next(waiting)])
        elif step == "evict":
            shows._live.clear()
        else:
            with suppress(Overloaded):
                view = await shows.view(CONTACT)
                panels += [] if view is None else [view]
    panels.append(await shows.view(CONTACT))
    shows._live.clear()
    panels.append(await shows.view(CONTACT))
    return [view for view in panels if view is not None]


@given(stories())
@settings(max_examples=200, deadline=None)
def test_a_view_built_from_its_parts_equals_the_reduced_one(story: Story) -> None:
    """Partials and withdrawals are no part of what is stored; all the rest is."""
    events = [e for e in story.events if not (isinstance(e, Utterance) and e.status == "partial")]
    view = reduced(events)
    assert view is not None
    outcomes: dict[str, list[SuggestionOutcome]] = {}
    for event in events:
        if isinstance(event, SuggestionOutcome):
            outcomes.setdefault(event.suggestion_id, []).append(event)
    built = build_view(
        view.contact,
        ended_at_ms=view.ended_at_ms,
        held_since_ms=view.held_since_ms,
        corrected=view.corrected,
        utterances=reversed(view.utterances),
        sounds=reversed(view.sounds),
        recognition=view.recognition,
        detected=view.detected,
        chosen=view.chosen,
        cards=[
            Card(
                offer=card.offer,
                outcomes=tuple(one.outcome for one in outcomes.get(card.offer.suggestion_id, ())),
            )
            for card in view.cards
        ],
        nothing=max(
            (e for e in events if isinstance(e, NothingFound)),
            key=lambda e: (e.at_ms, e.utterance_id),
            default=None,
        ),
        draft=view.draft,
        edited=view.edited,
    )
    assert built == view.model_copy(update={"withdrawn": {}})

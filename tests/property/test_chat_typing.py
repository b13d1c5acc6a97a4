"""Real-time text: whatever is written and whatever is lost, both sides end with the same field."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from chat_gateway.realtime_text import FLUSH_MS, RESET_MS, Reader, Writer, applied, changes
from contracts.chat import MAX_FRAME_BYTES, MAX_TEXT, Typing
from tests.property.chat_cases import FILE, as_json

CHAT = "00000000-0000-0000-0000-000000000001"
TEXTS = st.text(max_size=40)
"""Any Unicode but halves of surrogate pairs, which are taken out before."""


@given(old=TEXTS, new=TEXTS)
@settings(max_examples=200, deadline=None)
def test_any_change_makes_the_one_field_the_other(old: str, new: str) -> None:
    actions = changes(old, new)
    assert applied(old, actions) == new
    assert len(actions) <= 2
    read = Typing.model_validate_json(
        Typing(contact_id=CHAT, draft="d", seq=0, event="edit", actions=actions).model_dump_json()
    )
    assert applied(old, read.actions) == new, "the wire changes nothing"


@given(
    text=TEXTS,
    actions=st.lists(
        st.one_of(
            st.tuples(st.just("t"), st.integers(-9, 99), TEXTS),
            st.tuples(st.just("e"), st.integers(-9, 99), st.integers(-9, 99)),
        ),
        max_size=6,
    ),
)
@settings(max_examples=100, deadline=None)
def test_no_action_breaks_a_reader(text: str, actions: list[tuple[str, int, str | int]]) -> None:
    assert len(applied(text, actions)) <= MAX_TEXT


STEPS = st.tuples(
    st.sampled_from(["write", "write", "write", "send"]), TEXTS, st.integers(0, 4000), st.booleans()
)


@given(steps=st.lists(STEPS, min_size=1, max_size=30), last=TEXTS)
@settings(max_examples=150, deadline=None)
def test_whatever_is_lost_both_end_equal_after_a_reset(
    steps: list[tuple[str, str, int, bool]], last: str
) -> None:
    writer, reader = Writer(CHAT, "draft-0", is_live=True), Reader()
    now_ms: float = 0
    for number, (what, text, wait_ms, is_lost) in enumerate(steps, 1):
        if what == "send":
            reader.sent(writer.draft)
            writer.sent(f"draft-{number}")
        else:
            writer.wrote(text, now_ms)
        now_ms += wait_ms
        typing = writer.flush(now_ms)
        if typing and not is_lost:
            reader.hear(typing, now_ms)
            assert reader.text in (None, text, *(step[1] for step in steps)), "never anything nobody wrote"
    writer.wrote(last, now_ms)
    until_ms = now_ms + FLUSH_MS + RESET_MS
    while (due_ms := writer.due_ms) is not None and due_ms <= until_ms:
        now_ms = max(now_ms, due_ms)
        if typing := writer.flush(now_ms):
            assert len(typing.model_dump_json().encode()) <= MAX_FRAME_BYTES
            reader.hear(typing, now_ms)
    if last:
        assert reader.text == last
        assert reader.shown(now_ms)
    else:
        assert not reader.is_writing or reader.text != "", "an emptied field is gone, or forgotten soon"


def test_the_cases_of_both_languages_are_up_to_date() -> None:
    """`python -m tests.property.chat_cases` writes them."""
    assert FILE.read_text(encoding="utf-8") == as_json()
    assert json.loads(FILE.read_text(encoding="utf-8")).keys() == {
        "changes",
        "applied",
        "typing",
        "conversations",
    }

"""The head is the fold of the entries, on every side, from wherever one begins."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat_gateway.conversation import emptied, for_reader, head_after, head_for_reader, seqs_about
from chat_gateway.view import lines
from contracts.chat import ChatEntry, ChatHead, Edited, Photo, Place, Said, Side, Withdrawn
from tests.property.chat_cases import CONTACT, conversation, folded

SEEDS = st.integers(0, 2**32)


def talk(seed: int) -> list[ChatEntry]:
    return conversation(random.Random(seed), 40)


@pytest.mark.parametrize("side", ["citizen", "staff", "system"])
@given(seed=SEEDS, cut=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_snapshot_and_the_entries_since_are_a_fresh_snapshot(side: Side, seed: int, cut: int) -> None:
    entries = talk(seed)
    head = head_for_reader(folded(entries[:cut]), side)
    for entry in entries[cut:]:
        head = head_after(head, for_reader(entry, side))
    assert head == head_for_reader(folded(entries), side)


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_citizen_is_told_nothing_of_staff_but_their_names(seed: int) -> None:
    entries = [for_reader(entry, "citizen") for entry in talk(seed)]
    told = "".join(entry.model_dump_json() for entry in entries) + folded(entries).model_dump_json()
    for secret in ("kim", "boss", "메모", "부탁", '"profane":[['):
        assert secret not in told


@given(seed=SEEDS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_withdrawing_changes_neither_head_nor_lines_for_who_comes_later(
    seed: int, data: st.DataObject
) -> None:
    """Who was there folded the words; who comes later gets them emptied. Both see the same."""
    entries = [entry for entry in talk(seed) if not isinstance(entry.body, Withdrawn | Edited)]
    entries = [entry.model_copy(update={"seq": seq}) for seq, entry in enumerate(entries, 1)]
    spoken = [entry for entry in entries if isinstance(entry.body, Said | Photo | Place)]
    if not spoken:
        return
    gone = data.draw(st.sampled_from(spoken))
    for body in (Edited(of_seq=gone.seq, text="고침"), Withdrawn(of_seq=gone.seq)):
        entries.append(entries[-1].model_copy(update={"seq": len(entries) + 1, "body": body}))
    empty = seqs_about({entry.seq: entry for entry in entries[:-1]}, gone.seq)
    later = [emptied(entry) if entry.seq in empty else entry for entry in entries]
    assert "고침" not in "".join(entry.model_dump_json() for entry in later)
    assert folded(later) == folded(entries)
    assert lines(later) == lines(entries)


def test_the_fold_begins_with_names_alone() -> None:
    assert folded([]) == ChatHead(contact_id=CONTACT, epoch="e1")

"""A model's thoughts are taken off the front of its answer, however the pieces are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.thoughts import Thoughts


def fed(text, cuts=()):
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    thoughts = Thoughts()
    pieces = [thoughts.feed(text[start:end]) for start, end in pairwise(edges)]
    return "".join(pieces) + thoughts.end()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("네, 여권입니다.", "네, 여권입니다."),
        ("<think>음</think>네", "네"),
        ("\n<think>\n음\n</think>\n\n네", "네"),
        ("<think></think>{}", "{}"),
        ("<thin", "<thin"),
        ("<thing>", "<thing>"),
        ("네 <think>음</think>", "네 <think>음</think>"),
        ("<think>끝이 없다", ""),
        ("", ""),
    ],
)
@given(cuts=st.lists(st.integers(0, 30)))
def test_cuts_do_not_matter(text, answer, cuts):
    assert fed(text, cuts).strip() == answer

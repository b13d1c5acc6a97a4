"""Server-sent events: however the bytes are cut, the events are the same."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import ModelUnusable
from models.event_stream import LINE_BYTES, EventStream

WHOLE = (
    ": hello\r\ndata: 여권\n\nevent: x\ndata:둘\ndata: 줄\r\rretry: 3\n\ndata\n\ndata: \u2028\x0b\r\n\r\ndata: 끝"
).encode()
EVENTS = ["여권", "둘\n줄", "", "\u2028\x0b", "끝"]


@given(st.lists(st.integers(0, len(WHOLE))))
def test_cuts_do_not_matter(cuts):
    stream, events = EventStream(), []
    edges = [0, *sorted(cuts), len(WHOLE)]
    for start, end in pairwise(edges):
        events += stream.feed(WHOLE[start:end])
    assert events + stream.end() == EVENTS


def test_a_line_without_end():
    stream = EventStream()
    stream.feed(b"x" * LINE_BYTES)
    with pytest.raises(ModelUnusable, match="KiB"):
        stream.feed(b"x")

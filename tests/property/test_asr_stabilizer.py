from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from asr.stabilizer import Partial, Stabilizer


@dataclass(frozen=True)
class Word:
    text: str
    end_s: float
    probability: float


words = st.builds(
    Word,
    st.sampled_from(["네", "네,", "소파를", "쇼파를", "버리려고", "버리려", "하는데.", "요", "?", "\ufffd"]),
    st.floats(0, 5),
    st.floats(0, 1),
)
heard = st.lists(st.tuples(st.lists(words, max_size=6), st.floats(0, 1), st.booleans()), max_size=20)


def update(target, said, confidence, timed):
    text = " ".join(word.text for word in said)
    return target.update(text, confidence=confidence, words=said if timed else (), window_s=3.0)


@given(heard)
def test_the_stable_prefix_never_shrinks_or_changes(hypotheses):
    target, shown = Stabilizer(), Partial("", 0)
    for said, confidence, timed in hypotheses:
        partial = update(target, said, confidence, timed)
        if partial is None:
            continue
        assert partial != shown
        assert partial.text == partial.text.strip()
        assert partial.text[: shown.stable_chars] == shown.text[: shown.stable_chars]
        assert shown.stable_chars <= partial.stable_chars <= len(partial.text)
        shown = partial


@given(heard)
def test_a_hypothesis_that_comes_twice_is_shown_and_stable(hypotheses):
    target, shown = Stabilizer(), []
    for said, confidence, timed in hypotheses:
        shown.append(update(target, said, confidence, timed))
    shown += [target.update("아주 새로운 말"), target.update("아주 새로운 말")]
    last = [partial for partial in shown if partial][-1]
    assert last.stable_chars == len(last.text)


@given(heard)
def test_a_text_that_goes_on_from_the_stable_part_is_shown_as_it_is(hypotheses):
    target, shown = Stabilizer(), Partial("", 0)
    for said, confidence, timed in hypotheses:
        shown = update(target, said, confidence, timed) or shown
    onward = f"{shown.text[: shown.stable_chars]} 아주 새로운 말".strip()
    partial = target.update(onward)
    assert partial
    assert partial.text == onward

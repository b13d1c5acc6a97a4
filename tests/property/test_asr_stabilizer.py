from hypothesis import given
from hypothesis import strategies as st

from asr.stabilizer import Partial, Stabilizer

hypotheses = st.lists(
    st.lists(st.sampled_from(["네", "소파를", "쇼파를", "버리려고", "하는데", "요"]), max_size=6).map(
        " ".join
    ),
    max_size=20,
)


@given(hypotheses)
def test_the_stable_prefix_never_shrinks_or_changes(texts):
    target, shown = Stabilizer(), Partial("", 0)
    for text in texts:
        partial = target.update(text)
        if partial is None:
            continue
        assert partial != shown
        assert partial.text[: shown.stable_chars] == shown.text[: shown.stable_chars]
        assert shown.stable_chars <= partial.stable_chars <= len(partial.text)
        shown = partial


@given(hypotheses)
def test_a_hypothesis_that_comes_twice_is_shown_and_stable(texts):
    target = Stabilizer()
    shown = [
        partial for text in [*texts, "아주 새로운 말", "아주 새로운 말"] if (partial := target.update(text))
    ]
    assert shown[-1].stable_chars == len(shown[-1].text)

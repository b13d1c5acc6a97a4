import pytest

from assist.topics import Topic, stems


def test_stems_leave_grammar_out():
    assert stems("여권을", ["여권"]) == ["=여권", "^여", "여권"]
    assert "=재발급" not in stems("재발급", ["재", "발급", "재발급"])


def test_a_topic_is_said_by_what_it_shares():
    topic = Topic.of([["=여권", "=발급"], ["=수수료"]], lambda _: 0.5)
    assert topic.said({"=여권": 0.5, "=소파": 0.5}) == pytest.approx(0.5)
    assert topic.whole({"=여권": 0.5}) == pytest.approx(0.5)
    assert topic.whole({"=수수료": 0.5, "=여권": 0.5}) == 1.0
    assert topic.whole({}) == 0.0


def test_no_title_and_no_keywords_are_no_topic():
    topic = Topic.of([[], []], lambda _: 1.0)
    assert (topic.said({"=여권": 1.0}), topic.whole({"=여권": 1.0})) == (0.0, 0.0)

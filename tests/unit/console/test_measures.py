from collections import Counter

import pytest

from console.measures import measure, percentile, quality, text_of
from contracts.summary import Doubt, SummaryCategory, SummaryDrafted, SummaryEdited, SummaryLine, SummaryText
from store.measures import Figures, Sum

CONTACT = "00000000-0000-0000-0000-000000000001"
DRAFT = SummaryDrafted(
    contact_id=CONTACT,
    at_ms=1,
    revision=3,
    engine="korean-7b",
    label="요약 초안",
    lines=(
        SummaryLine(field="inquiry", text="여권 재발급 문의", evidence=("a",)),
        SummaryLine(field="inquiry", text="수수료 문의", evidence=("b",)),
        SummaryLine(
            field="handling",
            text="5만 원이라고 안내",
            evidence=("b",),
            doubts=(Doubt(start=0, end=4, kind="amount"),),
        ),
        SummaryLine(field="agency", text="종로구청", evidence=("b",)),
    ),
    category=SummaryCategory(label="여권", confidence=0.8),
    withheld=2,
    fallback="late",
    complete=True,
)
TEXT = text_of(DRAFT)


def saved(text=TEXT, *, drafted=3, at_ms=100_000):
    return SummaryEdited(
        contact_id=CONTACT, at_ms=at_ms, revision=9, text=text, saved=True, staff_id="kim", drafted=drafted
    )


def test_the_drafts_text_is_its_lines_by_field():
    assert (
        SummaryText(
            inquiry="여권 재발급 문의\n수수료 문의",
            handling="5만 원이라고 안내",
            agency="종로구청",
            category="여권",
        )
        == TEXT
    )


def test_saved_as_drafted():
    found = measure(saved(), DRAFT, 40_000)
    assert found.unedited
    assert (found.distance, found.edited_fields) == (0, ())
    assert found.drafted_fields == ("inquiry", "handling", "agency", "category")
    assert (found.engine, found.fallback, found.drafted) == ("korean-7b", "late", 3)
    assert (found.withheld, found.doubts, found.after_call_ms) == (2, 1, 60_000)
    assert found.draft_chars == found.saved_chars == 16 + 10 + 4 + 2


def test_spaces_at_the_ends_of_lines_are_no_edit():
    text = TEXT.model_copy(update={"inquiry": "여권 재발급 문의 \n수수료 문의\n"})
    assert measure(saved(text), DRAFT, None).unedited


def test_changes_are_counted_by_character_over_all_fields():
    text = TEXT.model_copy(update={"handling": "3만 원이라고 안내", "followup": "회신"})
    found = measure(saved(text), DRAFT, None)
    assert not found.unedited
    assert (found.distance, found.edited_fields) == (3, ("handling", "followup"))
    assert (found.draft_chars, found.saved_chars) == (32, 34)
    assert found.after_call_ms is None


def test_a_text_begun_from_no_draft():
    found = measure(saved(drafted=None), DRAFT, 40_000)
    assert (found.engine, found.drafted, found.unedited, found.withheld) == ("", None, False, 0)
    assert (found.draft_chars, found.distance) == (0, found.saved_chars)


def test_a_text_of_a_draft_that_is_kept_no_more_is_measured_against_the_newest_and_says_so():
    assert measure(saved(drafted=2), DRAFT, None).drafted == 3
    assert measure(saved(drafted=2), None, None).drafted is None


def test_fields_that_the_form_does_not_show_are_no_edit():
    text = TEXT.model_copy(update={"agency": ""})
    assert not measure(saved(text), DRAFT, None).unedited
    found = measure(saved(text), DRAFT, None, fields=("inquiry", "handling", "category"))
    assert found.unedited
    assert found.drafted_fields == ("inquiry", "handling", "category")
    assert measure(saved(text), DRAFT, None, fields=("inquiry",)).doubts == 0


def test_a_save_during_the_call_is_no_after_call_work():
    assert measure(saved(at_ms=100), DRAFT, 40_000).after_call_ms is None


@pytest.mark.parametrize(
    ("values", "part", "found"),
    [
        ([], 0.5, None),
        ([7], 0.5, 7),
        ([1, 2, 3, 4], 0.5, 2),
        ([*range(1, 11)], 0.9, 9),
        ([0, 0, 0, 80], 0.9, 80),
    ],
)
def test_percentiles_by_nearest_rank(values, part, found):
    assert percentile(Counter(values), part) == found


def test_figures_of_days_engines_fields_and_all():
    figures = Figures(
        parts={
            (20_000, "korean-7b"): Sum(4, 4, 3, 350, 1, 2, 1, Counter({0: 3, 40: 1}), Counter({20: 4})),
            (20_001, "korean-7b"): Sum(1, 1, 0, 70, 0, 0, 0, Counter({10: 1}), Counter({90: 1})),
            (20_001, ""): Sum(2, 0, 0, 0, 0, 0, 0, Counter(), Counter({200: 2})),
        },
        fields=Counter({(("inquiry", "handling"), ("handling",)): 2, (("inquiry",), ()): 3}),
    )
    told = quality(figures)
    assert [day.date for day in told.days] == ["2024-10-04", "2024-10-05"]
    assert [(each.engine, each.figures.saved) for each in told.engines] == [("", 2), ("korean-7b", 5)]
    assert (told.total.saved, told.total.drafted, told.total.unedited) == (7, 5, 3)
    assert (told.total.edit_share_p50, told.total.edit_share_p90) == (0.0, 0.4)
    assert (told.total.after_call_s_p50, told.total.after_call_s_p90) == (20, 200)
    assert (told.total.kept_chars, told.total.seconds_saved) == (420, 120.0)
    assert told.days[1].figures.edit_share_p50 == 0.1
    assert told.engines[0].figures.edit_share_p50 is None
    assert [(each.field, each.drafted, each.unedited) for each in told.fields] == [
        ("inquiry", 5, 5),
        ("handling", 2, 0),
    ]
    assert quality(Figures()).total.saved == 0

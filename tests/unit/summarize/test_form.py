import pytest

from contracts.errors import BadSetting
from summarize.form import load_form, load_template


def test_the_form_that_comes_along():
    form = load_form()
    assert [row.name for row in form.rows][:3] == ["category", "inquiry", "handling"]
    result = next(row for row in form.rows if row.name == "result")
    assert "재통화 약속" in result.options
    assert result.rows == 1
    assert all(row.ko and row.en for row in form.rows)


def test_a_site_brings_its_own(tmp_path):
    path = tmp_path / "form.yaml"
    path.write_text(
        """rows:
  - {name: inquiry, ko: 민원 요지, en: Matter, rows: 5, required: true}
  - {name: result, ko: 처리, en: Outcome, options: [종결, {text: 이첩, words: [이첩해 드리]}]}
""",
        encoding="utf-8",
    )
    template = load_template(path)
    assert [row.ko for row in template.form.rows] == ["민원 요지", "처리"]
    assert template.results == {"종결": (), "이첩": ("이첩해 드리",)}
    assert template.shows("inquiry")
    assert not template.shows("due")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "[",
        "rows: []",
        "말 그대로",
        "rows: [{name: nothing, ko: 가, en: a}]",
        "rows: [{name: due, ko: 기한}]",
        "rows: [{name: due, ko: 기한, en: Due, lines: 3}]",
        "rows: [{name: due, ko: 기한, en: Due}, {name: due, ko: 기한, en: Due}]",
    ],
)
def test_a_form_that_cannot_be_used_is_told(tmp_path, text):
    path = tmp_path / "form.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=r"form\.yaml"):
        load_form(path)

from pathlib import Path

import pytest

from contracts.errors import BadSetting
from voc.alerting.departments import suggested
from voc.rules import MAX_BYTES, Rules, load_rules


def test_the_file_that_comes_along_says_what_the_defaults_say():
    rules = load_rules()
    assert rules == Rules(departments=rules.departments)
    assert suggested(rules.departments, "3020", None, "마포구") == "상수도사업본부"
    assert suggested(rules.departments, "2020", None, "마포구") == "마포구청 청소행정과"
    assert suggested(rules.departments, "", "fire", "마포구") == "소방재난본부"
    assert rules.zone.key == "Asia/Seoul"
    assert (rules.budget_of("usual"), rules.budget_of("safety")) == (5, 2)


def test_a_sites_own_file_changes_what_it_names(tmp_path: Path):
    path = tmp_path / "site.yaml"
    path.write_text("step_s: 60\ndepartments: [{name: 물과, topics: ['30']}]\n")
    rules = load_rules(path)
    assert (rules.step_s, rules.cool_down_h) == (60, 12)
    assert [one.name for one in rules.departments] == ["물과"]
    path.write_text("")
    assert load_rules(path) == load_rules()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stepp_s: 60", "stepp_s"),
        ("step_s: 0", "step_s"),
        ("windows_h: []", "windows_h"),
        ("windows_h: [48]", "windows_h"),
        ("quotes_from: 1", "quotes_from"),
        ("time_zone: Asia/Soul", "time_zone"),
        ("departments: [{name: ''}]", "departments.0.name"),
        ("departments: [{name: a, danger: gas}]", "departments.0.danger"),
        ("departments: [{name: a, dangers: [ghost]}]", "departments.0.dangers"),
        ("[1, 2]", "이름"),
        ("1: 2", "이름"),
        ("a: [", "flow node"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(tmp_path: Path, text: str, said: str):
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(BadSetting) as told:
        load_rules(path)
    assert said in told.value.ko
    assert str(path) in told.value.en


def test_files_that_are_none(tmp_path: Path):
    with pytest.raises(BadSetting):
        load_rules(tmp_path / "none.yaml")
    with pytest.raises(BadSetting):
        load_rules(tmp_path)
    large = tmp_path / "large.yaml"
    large.write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(BadSetting):
        load_rules(large)

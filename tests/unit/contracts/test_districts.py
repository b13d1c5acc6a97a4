"""The districts of a site: Seoul's own file, and what a wrong one is told."""

from pathlib import Path

import pytest

from contracts.districts import load_districts
from contracts.errors import BadSetting


def test_seoul() -> None:
    districts = {district.name: district for district in load_districts()}
    assert len(districts) == 25
    assert "합정동" in districts["마포구"].places
    assert "종로구" in districts["중구"].neighbours
    assert len({(each.row, each.column) for each in districts.values()}) == 25


def test_from_each_district_every_other_is_reached() -> None:
    districts = {district.name: district for district in load_districts()}
    reached, waiting = {"강서구"}, ["강서구"]
    while waiting:
        new = set(districts[waiting.pop()].neighbours) - reached
        reached |= new
        waiting += new
    assert reached == districts.keys()


def test_another_city(tmp_path: Path) -> None:
    path = tmp_path / "districts.yaml"
    path.write_text(
        "동구: {row: 0, column: 1, places: [판암동]}\n서구: {row: 0, column: 0}\n", encoding="utf-8"
    )
    assert [district.name for district in load_districts(path)] == ["동구", "서구"]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "{}",
        "- 동구",
        "동구: 3",
        "동구: {row: 0}",
        "동구: {row: 0, column: 0}\n서구: {row: 0, column: 0}",
        "동구: {row: 0, column: 0, neighbours: [서구]}\n서구: {row: 0, column: 1}",
        "동구: {row: 0, column: 0, neighbours: [동구]}",
    ],
)
def test_bad_districts(tmp_path: Path, text: str) -> None:
    path = tmp_path / "districts.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match="districts"):
        load_districts(path)


def test_no_districts(tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        load_districts(tmp_path / "districts.yaml")

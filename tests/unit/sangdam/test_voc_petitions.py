"""`sangdam eval voc --design petitions` on files: read, told, or said what is missing."""

import datetime as dt
import json
from pathlib import Path

import pytest

from contracts.errors import BadInput
from sangdam.evaluate.petition_events import Petition
from sangdam.evaluate.voc_petitions import VARIABLE, evaluate, figures, read
from sangdam.terminal import bar
from tests.unit.sangdam.test_petition_events import board, planted


def test_without_data_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with bar("") as progress, pytest.raises(BadInput, match=VARIABLE):
        evaluate(progress)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with bar("") as progress, pytest.raises(BadInput, match="petitions"):
        evaluate(progress)


def test_files_are_read_by_date(tmp_path: Path) -> None:
    lines = [
        {"category": "안전", "begin": "2019-04-02", "end": "2019-05-02", "content": "둘\u2028째"},
        {"category": "교통", "begin": "2019-04-01", "end": "2019-05-01", "content": "첫째"},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (tmp_path / "petitions.jsonl").write_text(text, encoding="utf-8")
    assert [each.content for each in read(tmp_path)] == ["첫째", "둘\u2028째"]


@pytest.mark.parametrize(
    "line", ["{", '{"begin": "2019-04-01"}', '{"begin": "x", "category": "", "content": "a"}']
)
def test_a_bad_line_is_told_by_number(tmp_path: Path, line: str) -> None:
    good = '{"begin": "2019-04-01", "category": "교통", "content": "글"}'
    (tmp_path / "a.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="line 2"):
        read(tmp_path)


def test_what_is_told_of_an_alert() -> None:
    first = dt.date(2019, 4, 1).toordinal()
    petitions = [
        Petition(first + each.day, each.category, each.phrases)
        for each in [*board(1), *planted(45, 6, "산불")]
    ]
    result = figures(petitions)
    alerts = [alert for alert in result["alerts"] if "산불" in alert["phrases"]]  # type: ignore[attr-defined]  # a list
    assert [alert["raised"] for alert in alerts] == ["2019-05-16"]
    assert alerts[0]["categories"]["안전"] >= 6
    assert result["petitions"] == len(petitions)
    json.dumps(result)

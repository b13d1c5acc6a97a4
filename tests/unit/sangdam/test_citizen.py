"""The scripted citizen types as a hand does, and its scripts can be read."""

from pathlib import Path

import pytest

from contracts.errors import BadInput
from sangdam.citizen import SCRIPTS, Step, read_script, strokes


def test_hangul_is_put_together() -> None:
    assert list(strokes(Step(say="안녕 A"))) == ["ㅇ", "아", "안", "안ㄴ", "안녀", "안녕", "안녕 ", "안녕 A"]
    assert list(strokes(Step(say="의"))) == ["ㅇ", "의"]


def test_a_correction_goes_back_to_what_is_shared() -> None:
    assert list(strokes(Step(first="은평동", say="은평구"))) == [
        *("ㅇ", "으", "은", "은ㅍ", "은펴", "은평", "은평ㄷ", "은평도", "은평동"),
        *("은평", "은평ㄱ", "은평구"),
    ]


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_scripts_end_with_what_is_sent(path: Path) -> None:
    script = read_script(path)
    assert 3 <= len(script.steps) <= 20
    assert any(step.first for step in script.steps)
    for step in script.steps:
        assert list(strokes(step))[-1] == step.say


def test_there_are_scripts() -> None:
    assert len(list(SCRIPTS.glob("*.yaml"))) >= 3


@pytest.mark.parametrize("text", [None, "title: x", "title: x\nsteps: []", "steps: [{say: ''}]", ": :"])
def test_a_script_that_cannot_be_used(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "script.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadInput, match=r"script\.yaml"):
        read_script(path)

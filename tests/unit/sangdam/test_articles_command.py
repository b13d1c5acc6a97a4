"""`sangdam articles`: what it does to a site, and what it says."""

import json

import pytest
from typer.testing import CliRunner

from contracts.errors import BadArticle, BadSetting, NotFound
from sangdam.commands.articles import app

ROWS = [
    {"id": "passport", "title": "여권 재발급", "body": "구청에 갑니다.", "revised": "2026-01-01", "checked": "2020-01-01"},
    {"id": "sofa", "title": "소파", "body": "신고합니다.", "revised": "2026-01-01", "valid_until": "2026-02-01"},
    {"id": "bus", "title": "버스", "body": "기다립니다.", "revised": "2099-01-01"},
]  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("SANGDAM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def guides(tmp_path):
    path = tmp_path / "guides.jsonl"

    def write(*rows):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    write(*ROWS)
    return write


def listed(result):
    return {line.split()[0]: line for line in result.stdout.splitlines()[1:]}


def test_bad_rows_are_told_and_the_rest_goes_in(run, guides):
    path = guides(ROWS[0], {"id": "x", "title": "제목"}, ROWS[1])
    result = run("import", path)
    assert result.exit_code == 0
    assert "거절 guides.jsonl:2: 내용이 없습니다" in result.stderr
    assert "2건 중 2건이 새롭거나 바뀌었고, 1건을 거절했습니다" in result.stderr
    assert set(listed(run("list"))) == {"passport", "sofa"}
    assert run("import", guides({"id": "x"})).exit_code == 2


def test_what_is_there_and_in_what_state(run, guides):
    run("import", guides(*ROWS))
    all_ = listed(run("list"))
    assert set(all_) == {"bus", "passport", "sofa"}
    assert "게시" in all_["bus"]
    assert "~2026-02-01" in all_["sofa"]
    assert set(listed(run("list", "--stale"))) == {"passport"}
    assert set(listed(run("list", "--expired"))) == {"sofa"}
    assert listed(run("list", "--unpublished")) == {}
    assert "'bus'을(를) 거두었습니다" in run("retire", "bus", "--note", "노선 폐지").stderr
    assert set(listed(run("list", "--unpublished", "--expired"))) == {"bus", "sofa"}
    assert "거둠" in listed(run("list"))["bus"]


def test_a_guides_history(run, guides):
    run("import", guides(*ROWS))
    run("import", guides(ROWS[0], ROWS[1], {**ROWS[2], "title": "밤 버스"}))
    run("retire", "bus", "--note", "노선 폐지")
    second, first = run("history", "bus").stdout.splitlines()[1:]
    assert second.split()[:3] == ["2", "거둠", "/"]
    assert "밤 버스" in second
    assert "노선 폐지" in second
    assert "sangdam" in second
    assert first.split()[:3] == ["1", "게시됨", "/"]
    for command in ("history", "retire"):
        with pytest.raises(NotFound):
            run(command, "nothing")


def test_exported_and_imported_again(run, guides, tmp_path):
    run("import", guides(*ROWS))
    run("retire", "sofa")
    assert "안내문 2건" in run("export", tmp_path / "out").stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bus.md", "passport.md"]
    assert "2건 중 0건이 새롭거나" in run("import", tmp_path / "out").stderr
    run("export", tmp_path / "out.jsonl")
    assert "2건 중 0건이 새롭거나" in run("import", tmp_path / "out.jsonl").stderr
    with pytest.raises(BadSetting):
        run("export", tmp_path / "out")


def test_what_is_missing_is_retired_only_when_asked(run, guides):
    run("import", guides(*ROWS))
    run("import", guides(*ROWS[:2]))
    assert listed(run("list", "--unpublished")) == {}
    with pytest.raises(BadArticle, match="거절한 행이 1건"):
        run("import", guides(*ROWS[:2], {"id": "x"}), "--retire-missing")
    assert "없어진 글 1건을 거두었습니다" in run("import", guides(*ROWS[:2]), "--retire-missing").stderr
    assert set(listed(run("list", "--unpublished"))) == {"bus"}
    assert "3건 중 1건이" in run("import", guides(*ROWS)).stderr
    assert listed(run("list", "--unpublished")) == {}


def test_most_are_retired_only_with_yes(run, guides):
    run("import", guides(*ROWS))
    with pytest.raises(BadArticle, match="--yes"):
        run("import", guides(ROWS[0]), "--retire-missing")
    assert listed(run("list", "--unpublished")) == {}
    run("import", guides(ROWS[0]), "--retire-missing", "--yes")
    assert set(listed(run("list", "--unpublished"))) == {"bus", "sofa"}


def test_errors_are_sentences(sangdam):
    sangdam("articles", "history", "nothing").refused("not-found")

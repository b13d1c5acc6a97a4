"""`sangdam eval summary`: the promised figures hold on the conversations that no rule was tuned on."""

import asyncio
import json
import random
import time
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from contracts.errors import BadSetting
from sangdam.commands.evaluate_summary import summary
from sangdam.evaluate.summary import evaluate_summary
from sangdam.evaluate.summary_cases import Line, made_false, read_cases
from store import measures
from store.database import Database
from tests.openai_server import ScriptedModel

SAMPLES = Path(__file__).parents[3] / "samples"
SUMMARIES = SAMPLES / "summaries"


async def test_the_promised_figures():
    found = await evaluate_summary(SUMMARIES, SAMPLES)
    assert found["conversations"] >= 40
    for name, part in found["parts"].items():
        assert part["false_numbers_caught"] >= 0.95, name
        assert part["false_alarms"] <= 0.05, name
        assert part["withheld_wrongly"] <= 0.06, name
        assert part["unsupported_caught"] >= 0.93, name
        assert part["evidence_exact"] >= 0.95, name
        assert part["evidence_repaired"] >= 0.95, name
        assert part["false_lines"] >= 100
    assert found["injections_harmless"] == found["injections"] >= 12
    assert found["extractive"]["good_lines_covered"] >= 0.85


def test_a_false_line_is_false_in_one_piece():
    line = Line(field="handling", text="마포구청 02-3153-1234, 내일 3시, 5,000원, 화요일")
    made = list(made_false(line, random.Random(1)))
    assert len(made) >= 6
    assert all(one.text != line.text and one.piece in one.text for one in made)
    assert made == list(made_false(line, random.Random(1)))
    assert any(one.text == "마포구청 02-3153-1234, 내일 3시, 50,000원, 화요일" for one in made)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1",
        "- {title: a, turns: ['a: 네.'], lines: [{field: inquiry, text: 가, from: [2]}]}",
        "- {title: a}",
        "[",
    ],
)
def test_data_that_cannot_be_used_is_told(tmp_path, text):
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=r"one\.yaml"):
        read_cases(tmp_path, SAMPLES)


def test_the_command_with_a_model_and_saved_summaries(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/sangdam.db"
    asyncio.run(_save(url))
    app = Typer()
    app.command()(summary)
    answer = json.dumps(
        {"inquiry": [{"text": "문의함", "evidence": [1]}], "handling": []}, ensure_ascii=False
    )
    with ScriptedModel(answer) as server:
        ran = CliRunner().invoke(
            app, ["--llm-url", server.base_url, "--llm-model", "m", "--database", url, "--json"]
        )
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["model"]["drafts"] == 0
    assert told["model"]["failed"] > 10
    assert told["saved"]["saved"] == 2
    assert told["saved"]["unedited_share"] == 0.5


async def _save(url):
    database = await Database.open(url)
    now_ms = round(time.time() * 1000)
    async with database.session() as session:
        for number in range(2):
            measure = measures.Measure(
                contact_id=f"00000000-0000-0000-0000-{number:012d}",
                saved_at_ms=now_ms,
                staff_id="kim",
                engine="extractive",
                fallback="",
                drafted=1,
                draft_chars=10,
                saved_chars=10,
                distance=number,
                unedited=number == 0,
                edited_fields=("inquiry",) * number,
                drafted_fields=("inquiry",),
                withheld=0,
                doubts=0,
                after_call_ms=1_000,
            )
            await measures.record(session, measure)
    await database.close()

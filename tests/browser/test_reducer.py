"""The panel's reducer and the console's are twins: the same events in any order give the same view."""

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from console.view import apply
from contracts.codec import decode
from contracts.contact import LanguageChosen, RolesChanged
from contracts.event import Event
from contracts.panel import ContactView
from contracts.suggestion import SuggestionOutcome
from contracts.summary import SummaryEdited, SummaryText
from tests.browser.scripted import LOGIN, Call

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[2] / "web"
BUNDLER = WEB / "node_modules" / ".bin" / "rolldown"
STORIES = 60

RUNNER = """
import { readFileSync } from "node:fs";
import { apply } from "./view.mjs";
const stories = JSON.parse(readFileSync(0, "utf8"));
const views = stories.map(({ view, events }) => events.reduce(apply, view));
process.stdout.write(JSON.stringify(views));
"""


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not BUNDLER.exists() or shutil.which("node") is None:
        pytest.skip("no node or no web/node_modules: run `npm ci` in web/")
    folder = tmp_path_factory.mktemp("reducer")
    command = [str(BUNDLER), "src/view.ts", "--format", "esm", "--file", str(folder / "view.mjs")]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True)
    (folder / "run.mjs").write_text(RUNNER)
    return folder / "run.mjs"


def test_the_same_events_give_the_same_view(runner: Path) -> None:
    stories = [story(random.Random(seed)) for seed in range(STORIES)]
    expected = []
    for first, events in stories:
        view: ContactView | None = first
        for event in events:
            view = apply(view, decode(event.model_dump_json().encode()))
        assert view is not None
        expected.append(view.model_dump(mode="json"))
    asked = [
        {
            "view": view.model_dump(mode="json"),
            "events": [event.model_dump(mode="json") for event in events],
        }
        for view, events in stories
    ]
    done = subprocess.run(
        ["node", str(runner)], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60
    )
    views: list[dict[str, Any]] = json.loads(done.stdout)
    for seed, (mine, theirs) in enumerate(zip(views, expected, strict=True)):
        assert mine == theirs, f"story {seed}"


def story(chance: random.Random) -> tuple[ContactView, list[Event]]:
    """A call whose records come in a wild order, some of them twice."""
    call = Call()
    view = apply(None, call.state())
    assert view is not None
    events: list[Event] = [
        *(call.state(state) for state in ("held", "held", "talking", "ended", "ended")),
        *(_heard(call, chance) for _ in range(30)),
        *(call.guide(chance.randint(1, 5), revision=chance.randint(1, 3)) for _ in range(8)),
        *(call.nothing() for _ in range(3)),
        *(_sounded(call, chance) for _ in range(10)),
        *(
            call.recognition(chance.choice(["full", "finals", "refused"]), chance.randint(0, 3))
            for _ in range(4)
        ),
        *(call.detected(chance.choice(["ko", "en", "vi"])) for _ in range(3)),
        *(_chosen(call, chance) for _ in range(3)),
        *(call.draft("초안", revision=chance.randint(1, 3)) for _ in range(3)),
        *(_did(call, chance) for _ in range(12)),
        *(_labelled(call, chance) for _ in range(3)),
        *(_wrote(call, chance) for _ in range(4)),
    ]
    events += chance.choices(events, k=20)
    chance.shuffle(events)
    return view, [_at(event, chance.randint(0, 9)) for event in events]


def _at(event: Event, at_ms: int) -> Event:
    return event.model_copy(update={"at_ms": at_ms})


def _heard(call: Call, chance: random.Random) -> Event:
    return call.said(
        chance.randint(0, 5),
        chance.choice(["", "네", "여권이요"]),
        channel=chance.randint(0, 1),
        revision=chance.randint(1, 4),
        final=chance.random() < 0.5,
    )


def _sounded(call: Call, chance: random.Random) -> Event:
    start_ms = chance.randint(0, 2)
    end_ms = chance.choice([None, 5, 6])
    return call.sound(chance.choice(["music", "dtmf"]), start_ms, end_ms, channel=chance.randint(0, 1))


def _chosen(call: Call, chance: random.Random) -> Event:
    return LanguageChosen(
        contact_id=call.contact_id, at_ms=0, language=chance.choice(["ko", "en", "vi"]), staff_id=LOGIN
    )


def _did(call: Call, chance: random.Random) -> Event:
    return SuggestionOutcome(
        contact_id=call.contact_id,
        at_ms=0,
        suggestion_id=f"{call.contact_id}/guide-{chance.randint(1, 5)}",
        outcome=chance.choice(["shown", "pinned", "unpinned", "dismissed", "helpful"]),
        staff_id=LOGIN,
    )


def _labelled(call: Call, chance: random.Random) -> Event:
    roles = {chance.randint(0, 1): chance.choice(["caller", "agent", "unknown"])}
    return RolesChanged(contact_id=call.contact_id, at_ms=0, roles=roles, staff_id=LOGIN)


def _wrote(call: Call, chance: random.Random) -> Event:
    return SummaryEdited(
        contact_id=call.contact_id,
        at_ms=0,
        revision=chance.randint(0, 4),
        text=SummaryText(inquiry=str(chance.random())),
        saved=chance.random() < 0.3,
        staff_id=LOGIN,
    )

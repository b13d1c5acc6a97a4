"""`sangdam topics apply`: the broker's topics as they should be."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from bus.kafka_topics import Change, plan
from bus.kafka_topics import apply as apply_changes
from sangdam import settings
from sangdam.settings import Settings, revealed
from sangdam.terminal import out, say

DIFFERS: Final = 2
"""Exit status when something still differs: after a dry run, or because it is not ours to change."""
_KINDS: Final = {
    "create": "새로 만듦 / create",
    "config": "설정 / setting",
    "partitions": "파티션 / partitions",
    "replication": "복제 / replication",
}

app = typer.Typer(help="Kafka의 토픽 / topics of a Kafka cluster", no_args_is_help=True)


@app.callback()
def topics() -> None:
    """Kafka의 토픽 / topics of a Kafka cluster."""


@app.command()
def apply(
    yes: Annotated[bool, typer.Option("--yes", help="보여 준 대로 바꾼다 / make the changes")] = False,
    partitions: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="모든 토픽의 파티션 수 / partitions of every topic"),
    ] = None,
    replication: Annotated[
        int | None, typer.Option(min=1, max=7, help="새 토픽의 복제 수 / replicas of new topics")
    ] = None,
) -> None:
    """토픽이 있어야 할 모습과 어떻게 다른지 보여 주고, --yes가 있으면 맞춘다 / show what differs, and with --yes make it so.

    끝 상태: 다른 것이 없거나 다 맞추었으면 0, 다른 것이 남으면 2. 아무것도 지우지 않습니다.

    Exit status: 0 when nothing differs or all was done, 2 when something still differs. Nothing is ever deleted.
    """
    options = settings.load()
    if options.bus_engine == "embedded":
        say("내장 버스는 토픽을 스스로 만듭니다. 할 일이 없습니다", "the embedded bus makes its own topics")
        return
    changes = asyncio.run(differences(options, partitions, replication))
    if not changes:
        say("토픽이 모두 제대로 되어 있습니다", "all topics are as they should be")
        return
    out.print(table(changes))
    doable = [change for change in changes if change.applies]
    if not yes:
        if doable:
            say("아무것도 바꾸지 않았습니다. 바꾸려면 --yes", "nothing was changed; --yes makes the changes")
        sys.exit(DIFFERS)
    asyncio.run(apply_changes(options.bus_url, doable, password=revealed(options.bus_password)))
    say(f"{len(doable)}가지를 바꾸었습니다", "done")
    if len(doable) < len(changes):
        sys.exit(DIFFERS)


async def differences(
    options: Settings, partitions: int | None = None, replication: int | None = None
) -> list[Change]:
    """What the cluster has otherwise than it should. Raises as `bus.kafka_topics.plan`."""
    return await plan(
        options.bus_url,
        partitions=partitions,
        replication=replication,
        password=revealed(options.bus_password),
    )


def table(changes: Sequence[Change]) -> Table:
    """One line a difference, Korean first."""
    made = Table(
        "토픽 / topic",
        "무엇 / what",
        "지금 / now",
        "바뀔 값 / then",
        "참고 / note",
        box=None,
        pad_edge=False,
    )
    for change in changes:
        what = _KINDS[change.kind] if change.what in (change.kind, "topic") else change.what
        note = f"{change.note_ko} / {change.note_en}" if change.note_ko else ""
        made.add_row(*map(escape, (change.topic, what, change.found or "–", change.wanted, note)))
    return made

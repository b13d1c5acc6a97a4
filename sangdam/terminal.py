"""What the command line shows: progress on stderr, results on stdout."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from models.download import Progress as PullProgress
from sangdam import logs

err = Console(stderr=True, highlight=False, soft_wrap=True)
out = Console(highlight=False, soft_wrap=True)


_PIPED_WIDTH = 240
"""Of a table that no terminal shows: its rows stay lines, for grep and the like."""


def print_table(table: Table) -> None:
    """A table, as wide as the terminal."""
    if not out.is_terminal:
        out.width = _PIPED_WIDTH
    out.print(table)


def say(ko: str, en: str) -> None:
    """One line on what is being done now."""
    if not logs.tell("%s / %s", ko, en):
        err.print(f"[bold]›[/] {escape(ko)} [dim]/ {escape(en)}[/]")


def print_json(value: object) -> None:
    """The result, one JSON object, Korean as it is."""
    print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201  stdout is the result


@contextmanager
def bar(label: str, *, unit: str = "") -> Iterator["Bar"]:
    """A progress bar on stderr; where stderr is no terminal, a line at every tenth."""
    columns = [
        TextColumn("  {task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
    ]
    with Progress(
        *columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal
    ) as progress:
        yield Bar(progress, progress.add_task(label, total=None), label, unit)


class Bar:
    """Moves a progress bar."""

    def __init__(self, progress: Progress, task: TaskID, label: str, unit: str) -> None:
        self._progress, self._task, self._label, self._unit = progress, task, label, unit
        self._tenth = 0

    def move(self, done: float, total: float) -> None:
        """`done` of `total`, in the bar's unit."""
        self._progress.update(self._task, completed=done, total=total)
        tenth = int(done * 10 / total) if total else 0
        if self._progress.disable and tenth > self._tenth:
            err.print(f"  {self._label} {tenth * 10} % ({done:.0f}/{total:.0f}{self._unit})", markup=False)
        self._tenth = max(tenth, self._tenth)


@contextmanager
def pull_progress() -> Iterator[PullProgress]:
    """A progress bar for each model that is being fetched."""
    columns = [
        TextColumn("  {task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        tasks: dict[str, tuple[TaskID, Bar]] = {}

        def move(name: str, done: int, total: int) -> None:
            if name not in tasks:
                say(f"모델 {name}을(를) 가져옵니다", f"fetching model {name}")
                task = progress.add_task(name, total=total)
                tasks[name] = (task, Bar(progress, task, name, " B"))
            tasks[name][1].move(done, total)

        yield move

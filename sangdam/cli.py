"""The `sangdam` command: one module a subcommand, one place for errors."""

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Final

import typer
from rich.markup import escape

from contracts.errors import SangdamError
from sangdam import logs
from sangdam.commands import (
    articles,
    assist,
    bench,
    chat,
    demo,
    doctor,
    evaluate,
    models,
    serve,
    topics,
    users,
    voc,
)
from sangdam.terminal import err

app = typer.Typer(
    help="상담 Sangdam: 공공 콜센터의 실시간 상담도우미 / live agent assist for public contact centres",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(serve.serve)
app.command()(doctor.doctor)
app.add_typer(models.app, name="models")
app.add_typer(articles.app, name="articles")
app.add_typer(assist.app, name="assist")
app.add_typer(chat.app, name="chat")
app.add_typer(users.app, name="users")
app.add_typer(topics.app, name="topics")
app.add_typer(voc.app, name="voc")
app.add_typer(evaluate.app, name="eval")
app.add_typer(bench.app, name="bench")

_PACKAGES: Final = (
    "contracts",
    "bus",
    "store",
    "models",
    "privacy",
    "ingest",
    "asr",
    "assist",
    "summarize",
    "voc",
    "chat_gateway",
    "console",
)
_INTERRUPTED: Final = 130


def main() -> None:
    """Run a command. Errors are told in a sentence with what to do; SANGDAM_DEBUG=1 adds the stack."""
    debug = bool(os.environ.get("SANGDAM_DEBUG"))
    # What is written holds what citizens said: for its owner alone.
    os.umask(0o077)
    try:
        logs.start(os.environ.get("SANGDAM_LOG") or "WARNING", os.environ.get("SANGDAM_LOG_FORMAT") or "text")
        _one_home()
        app()
    except SangdamError as error:
        _tell(error, debug=debug)
    except BaseExceptionGroup as group:
        known = group.subgroup(SangdamError)
        first = _first(known or group)
        if isinstance(first, SangdamError):
            _tell(first, debug=debug)
        _unexpected(first, debug=debug)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001  the user gets a sentence, not a stack
        _unexpected(error, debug=debug)


def _tell(error: SangdamError, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    if not logs.tell("%s", error, level=logging.CRITICAL):
        err.print(
            f"[bold red]오류 {error.code}[/]: {escape(error.ko)}\n"
            f"[dim]error {error.code}: {escape(error.en)}[/]"
        )
    sys.exit(1)


def _unexpected(error: BaseException, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    if not logs.tell("unexpected error: %s", logs.told(error), level=logging.CRITICAL):
        err.print(
            f"[bold red]예상하지 못한 오류[/]: {type(error).__name__}: {escape(str(error))}\n"
            "SANGDAM_DEBUG=1로 다시 실행하면 자세한 내용이 나옵니다.\n"
            "[dim]unexpected error; run again with SANGDAM_DEBUG=1 for the details.[/]"
        )
    sys.exit(70)


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _one_home() -> None:
    """All packages must come from one place: their plain names may be taken by something else."""
    homes = {}
    for name in _PACKAGES:
        module = __import__(name)
        homes[name] = Path(str(module.__file__)).resolve().parent.parent
    strays = {name: home for name, home in homes.items() if home != homes["contracts"]}
    if strays:
        name, home = next(iter(strays.items()))
        err.print(
            f"[bold red]오류[/]: 패키지 '{name}'이(가) 다른 곳({home})에서 불려 왔습니다. 별도의 가상 환경에서 실행하십시오.\n"
            f"[dim]package '{name}' comes from {home}, not from {homes['contracts']}; use a separate environment.[/]"
        )
        sys.exit(1)


if __name__ == "__main__":
    main()

"""`sangdam articles import PATH`."""

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from assist.importer import ImportReport, import_articles
from sangdam import settings
from sangdam.settings import Settings
from sangdam.site import site_database
from sangdam.terminal import err, say
from store import articles

app = typer.Typer(help="안내문을 들여온다 / guide articles", no_args_is_help=True)


@app.callback()
def articles_group() -> None:
    """Keeps `import` a subcommand: more will follow."""


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="CSV, JSON Lines, Markdown 파일이나 폴더 / file or folder")],
) -> None:
    """안내문을 들여온다. 나쁜 행은 이유와 함께 거절하고 나머지는 들어간다 / import guides; bad rows are refused."""
    report = import_articles(path, dt.datetime.now(tz=dt.UTC).date())
    changed = asyncio.run(_store(settings.load(), report))
    for refusal in report.refused:
        ko, en = escape(refusal.ko), escape(refusal.en)
        err.print(f"[yellow]거절[/] {escape(refusal.where)}: {ko} [dim]/ {en}[/]")
    say(
        f"안내문 {len(report.accepted)}건 중 {changed}건이 새롭거나 바뀌었고, {len(report.refused)}건을 거절했습니다",
        f"{len(report.accepted)} guides, {changed} new or changed, {len(report.refused)} refused",
    )
    sys.exit(2 if report.refused and not report.accepted else 0)


async def _store(options: Settings, report: ImportReport) -> int:
    async with site_database(options) as database, database.session() as session:
        return await articles.upsert_many(session, report.accepted)

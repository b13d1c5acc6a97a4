"""`sangdam voc report`: the report of a week as files."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from contracts.clock import wall_ms
from contracts.errors import BadSetting
from contracts.weeks import monday_of, week_of
from sangdam import settings
from sangdam.site import site_database
from sangdam.terminal import err, print_json, say
from sangdam.voc_site import site_place
from voc.report.maker import Made, make


def report(
    week: Annotated[
        str, typer.Option(help="ISO 주, 예: 2026-W47. 없으면 지난주 / ISO week; last week by default")
    ] = "",
    out: Annotated[Path, typer.Option(help="파일을 둘 폴더 / folder for the files")] = Path(),
) -> None:
    """한 주의 정책 보고서를 HTML, PDF, CSV, Parquet로 만든다 / a week's policy report as files."""
    options = settings.load()
    place = site_place(options)
    today = dt.datetime.now(place.zone).date()
    week = week or week_of(today - dt.timedelta(days=7))
    monday_of(week)

    async def made() -> Made:
        async with site_database(options) as database:
            return await make(database, week, place, wall_ms())

    say(f"{week} 보고서를 만듭니다", f"making the report of {week}")
    done = asyncio.run(made())
    paths = []
    for name, content in done.files.items():
        path = out / f"sangdam-{week}.{name}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise BadSetting(
                f"{path}에 쓸 수 없습니다({error.strerror}). --out으로 다른 폴더를 정하십시오.",
                f"cannot write {path} ({error.strerror}); choose another folder with --out.",
            ) from None
        paths.append(str(path))
    print_json({"week": week, "files": paths})
    for missing in done.errors:
        err.print(f"[yellow]{escape(missing.ko)}[/]\n[dim]{escape(missing.en)}[/]")

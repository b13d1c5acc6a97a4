"""`sangdam voc recount | report`."""

import asyncio
import datetime as dt
import sys
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from contracts.clock import wall_ms
from contracts.errors import BadSetting
from models.morphemes import Morphemes
from sangdam import settings
from sangdam.commands import voc_report
from sangdam.settings import Settings
from sangdam.site import site_database
from sangdam.terminal import bar, say
from sangdam.voc_site import site_reader, site_zone
from voc.recount import Recounted
from voc.recount import recount as count_again

DIFFERS: Final = 2
"""Exit status of a check that found something."""

app = typer.Typer(help="민원 동향과 경보 / trends and alerts", no_args_is_help=True)
app.command()(voc_report.report)


@app.callback()
def voc() -> None:
    """민원 동향과 경보 / trends and alerts."""


@app.command()
def recount(
    since: Annotated[
        str, typer.Option(help="이 날부터, 예: 2026-11-01 / from this day on", show_default=False)
    ] = "",
    until: Annotated[str, typer.Option(help="이 날까지 / to this day", show_default=False)] = "",
    check: Annotated[
        bool, typer.Option("--check", help="다른 것을 말하기만 한다 / only tell what differs")
    ] = False,
) -> None:
    """저장된 상담을 다시 읽어 집계를 새로 한다 / read stored contacts again and count them anew.

    상담유형이나 자치구 표를 바꾼 뒤에 씁니다. 서비스를 멈추지 않아도 됩니다. 끝 상태: --check가 다른 것을 찾았으면 2.

    For use after the code table or the districts changed. Services may go on running. Exit status: 2 when --check
    found something that differs.
    """
    options = settings.load()
    zone = site_zone(options)
    since_ms, until_ms = _starts(since, zone), _starts(until, zone, days=1)
    found = asyncio.run(_recount(options, zone, since_ms, until_ms, check=check))
    sums = found.sums
    ko = f"상담 {found.contacts}건 중 {found.differing}건, 시간 {sums.hours}칸, 날짜 {sums.days}칸, 낱말 {sums.phrases}개"
    en = f"{found.differing} of {found.contacts} contacts, {sums.hours} + {sums.days} sums, {sums.phrases} phrases"
    if not found:
        say(f"상담 {found.contacts}건, 모두 맞습니다", "all is as it should be")
    elif check:
        say(f"다릅니다: {ko}", f"differing: {en}")
        sys.exit(DIFFERS)
    else:
        say(f"다시 셌습니다: {ko}", f"counted anew: {en}")


async def _recount(
    options: Settings, zone: ZoneInfo, since_ms: int | None, until_ms: int | None, *, check: bool
) -> Recounted:
    reader = site_reader(options, Morphemes())
    async with site_database(options) as database:
        with bar("세기 / counting", unit=" %") as moves:
            return await count_again(
                database,
                reader,
                zone=zone,
                now_ms=wall_ms(),
                since_ms=since_ms,
                until_ms=until_ms,
                check=check,
                told=lambda done, total: moves.move(80 * done / total, 100),
                told_days=lambda done, total: moves.move(80 + 20 * done / total, 100),
            )


def _starts(day: str, zone: ZoneInfo, *, days: int = 0) -> int | None:
    """Wall time at which the day, or one so many days later, begins; None for none."""
    if not day:
        return None
    try:
        date = dt.date.fromisoformat(day) + dt.timedelta(days=days)
    except (ValueError, OverflowError):
        raise BadSetting(
            f"날짜 '{day}'을(를) 읽을 수 없습니다. 2026-11-01처럼 쓰십시오.",
            f"not a date: '{day}'. Write it like 2026-11-01.",
        ) from None
    return int(dt.datetime.combine(date, dt.time(), zone).timestamp()) * 1000

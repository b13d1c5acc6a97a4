"""`sangdam articles import | list | export | retire | history`."""

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from assist.exporter import export_articles
from assist.importer import ImportReport, TooManyMissing, import_articles, missing, place_of
from contracts.clock import wall_ms
from contracts.errors import BadArticle, NotFound
from contracts.guides import GuideVersion
from sangdam import settings
from sangdam.settings import Settings
from sangdam.site import site_database
from sangdam.terminal import bar, err, print_table, say
from store import articles, bulk, imports, versions
from store.articles import StoredArticle

app = typer.Typer(help="안내문 / guide articles", no_args_is_help=True)

BY: str = "sangdam"
"""Who does what the command line does."""

Id = Annotated[str, typer.Argument(help="안내문의 id / its id", metavar="ID")]


@app.command("import")
def import_(
    path: Annotated[
        Path, typer.Argument(help="CSV, JSON Lines, Markdown, HTML 파일이나 폴더 / file or folder of them")
    ],
    retire_missing: Annotated[
        bool,
        typer.Option("--retire-missing", help="그곳에서 없어진 글을 거둔다 / retire what is there no more"),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="절반 넘게 없어졌어도 거둔다 / even if that is more than half")
    ] = False,
) -> None:
    """안내문을 들여온다. 나쁜 행은 이유와 함께 거절하고 나머지는 들어간다 / import guides; bad rows are refused."""
    say(f"{path}을(를) 읽습니다", f"reading {path}")
    with bar("읽기 / reading", unit="") as reading:
        report = import_articles(path, _today(), on_file=reading.move)
    for refusal in report.refused:
        ko, en = escape(refusal.ko), escape(refusal.en)
        err.print(f"[yellow]거절[/] {escape(refusal.where)}: {ko} [dim]/ {en}[/]")
    changed, retired, problem = asyncio.run(
        _import(settings.load(), path, report, retire_missing=retire_missing, anyway=yes)
    )
    say(
        f"안내문 {len(report.accepted)}건 중 {changed}건이 새롭거나 바뀌었고, {len(report.refused)}건을 거절했습니다",
        f"{len(report.accepted)} guides, {changed} new or changed, {len(report.refused)} refused",
    )
    if retired:
        say(f"없어진 글 {retired}건을 거두었습니다", f"{retired} missing guides are retired")
    if problem:
        raise problem
    sys.exit(2 if report.refused and not report.accepted else 0)


@app.command("list")
def list_articles(
    stale: Annotated[
        bool, typer.Option("--stale", help="오래 확인하지 않은 글 / unchecked for long")
    ] = False,
    expired: Annotated[bool, typer.Option("--expired", help="유효 기간이 지난 글 / out of date")] = False,
    unpublished: Annotated[
        bool, typer.Option("--unpublished", help="초안, 검토 대기, 거둔 글 / drafts, under review, retired")
    ] = False,
) -> None:
    """안내문 목록. 조건을 여럿 주면 그중 하나라도 맞는 글 / guides; of several options any may hold."""
    options = settings.load()
    shown, open_ = asyncio.run(_all(options))
    today = _today()
    table = _table(["id"], ["제목 / title"], ["상태 / state", "판", "확인 / checked", "기간 / valid"])
    everything = not (stale or expired or unpublished)
    count = 0
    for article in shown:
        notes = _states(article, today, options.stale_days)
        draft = open_.pop(article.article_id, None)
        wanted = (
            everything
            or (stale and "오래됨" in notes)
            or (expired and "기간 끝남" in notes)
            or (unpublished and (article.retired or draft is not None))
        )
        if wanted:
            notes += [_OPEN[draft.status]] if draft else []
            count += 1
            table.add_row(
                escape(article.article_id),
                escape(article.title),
                ", ".join(notes) or "게시됨",
                str(article.version),
                str(article.checked or article.revised),
                _period(article),
            )
    for draft in open_.values() if everything or unpublished else ():
        count += 1
        table.add_row(
            escape(draft.article_id), escape(draft.text.title), _OPEN[draft.status], str(draft.version)
        )
    if count:
        print_table(table)
    say(f"안내문 {count}건", f"{count} guides")


@app.command("export")
def export(
    path: Annotated[Path, typer.Argument(help=".jsonl 파일이나 새 폴더 / a .jsonl file or a new folder")],
) -> None:
    """게시한 안내문을 내보낸다. 다시 들여오면 그대로다 / what agents see, as files that import again unchanged."""
    shown, _ = asyncio.run(_all(settings.load()))
    count = export_articles((article for article in shown if not article.retired), path)
    say(f"안내문 {count}건을 {path}에 썼습니다", f"{count} guides are in {path}")


@app.command("retire")
def retire(article_id: Id, note: Annotated[str, typer.Option(help="이유 / reason")] = "") -> None:
    """안내문을 상담사에게 보이지 않게 거둔다 / take a guide from the agents."""
    asyncio.run(_retire(settings.load(), article_id, note))
    say(f"'{article_id}'을(를) 거두었습니다", f"'{article_id}' is retired")


@app.command("history")
def history(article_id: Id) -> None:
    """안내문의 모든 판, 새것부터 / all versions of a guide, newest first."""
    table = _table(
        ["판", "상태 / state", "때 / when", "쓴 이 / author", "게시한 이 / reviewer"],
        ["제목 / title", "적은 말 / note"],
    )
    for version in asyncio.run(_history(settings.load(), article_id)):
        at = dt.datetime.fromtimestamp(version.at_ms / 1000, versions.SEOUL)
        table.add_row(
            str(version.version),
            _STATUS[version.status],
            f"{at:%Y-%m-%d %H:%M}",
            escape(version.author),
            escape(version.reviewer),
            escape(version.text.title),
            escape(version.note.replace("\n", " · ")),
        )
    print_table(table)


_OPEN = {"draft": "초안", "review": "검토 대기", "published": "게시됨", "retired": "거둠"}
_STATUS = {
    "draft": "초안 / draft",
    "review": "검토 대기 / review",
    "published": "게시됨 / published",
    "retired": "거둠 / retired",
}


def _table(whole: list[str], wrapped: list[str], more: list[str] | None = None) -> Table:
    """Columns that are never cut, some that go over several lines, and again some that are never cut."""
    table = Table(box=None, pad_edge=False)
    for name in whole:
        table.add_column(name, no_wrap=True)
    for name in wrapped:
        table.add_column(name)
    for name in more or ():
        table.add_column(name, no_wrap=True)
    return table


def _today() -> dt.date:
    return dt.datetime.now(versions.SEOUL).date()


def _states(article: StoredArticle, today: dt.date, stale_days: int) -> list[str]:
    states = {
        "거둠": article.retired,
        "오래됨": article.is_stale(today, stale_days) and not article.retired,
        "기간 끝남": article.valid_until is not None and article.valid_until < today,
        "아직 시작 전": article.valid_from is not None and article.valid_from > today,
    }
    return [name for name, holds in states.items() if holds]


def _period(article: StoredArticle) -> str:
    if not (article.valid_from or article.valid_until):
        return ""
    return f"{article.valid_from or ''}~{article.valid_until or ''}"


async def _import(
    options: Settings, path: Path, report: ImportReport, *, retire_missing: bool, anyway: bool
) -> tuple[int, int, BadArticle | None]:
    """Written, retired, and why nothing was retired; what is good is in before that is looked at."""
    place = place_of(path)
    async with site_database(options) as database:
        with bar("저장 / storing", unit="") as storing:
            changed = await bulk.import_all(
                database,
                report.accepted,
                wall_ms(),
                place=place,
                undated=report.undated,
                told=storing.move,
            )
        if not retire_missing:
            return changed, 0, None
        async with database.session() as session:
            before = await imports.imported_from(session, place)
        there = {article.article_id for article in report.accepted}
        try:
            gone = missing(before, there, len(report.refused))
        except TooManyMissing as error:
            if not anyway:
                return changed, 0, _with_yes(error)
            gone = sorted(before - there)
        except BadArticle as error:
            return changed, 0, error
        return changed, await bulk.retire_all(database, gone, wall_ms()), None


def _with_yes(error: TooManyMissing) -> BadArticle:
    return BadArticle(
        f"{error.ko} 아무것도 거두지 않았습니다. 맞으면 --yes를 붙여 다시 하십시오.",
        f"{error.en} Nothing was retired. If it is, add --yes.",
    )


async def _all(options: Settings) -> tuple[list[StoredArticle], dict[str, GuideVersion]]:
    async with site_database(options) as database, database.session() as session:
        return await articles.all(session), await versions.open_all(session)


async def _retire(options: Settings, article_id: str, note: str) -> None:
    async with site_database(options) as database, database.session() as session:
        shown = await versions.shown_of(session, article_id)
        if shown is None:
            raise _no_such(article_id)
        await versions.move(
            session,
            article_id,
            "retired",
            edit=shown.edit,
            staff_id=BY,
            may_publish_own=True,
            at_ms=wall_ms(),
            note=note,
        )


async def _history(options: Settings, article_id: str) -> list[GuideVersion]:
    async with site_database(options) as database, database.session() as session:
        found = await versions.of_article(session, article_id)
    if not found:
        raise _no_such(article_id)
    return found


def _no_such(article_id: str) -> NotFound:
    return NotFound(
        f"안내문 '{article_id[:80]}'이(가) 없습니다. 'sangdam articles list'로 찾으십시오.",
        f"no guide '{article_id[:80]}'. Find it with 'sangdam articles list'.",
    )

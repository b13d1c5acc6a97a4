"""`sangdam users add | list`."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from contracts.panel import Staff, StaffRole
from sangdam import settings
from sangdam.settings import Settings
from sangdam.site import site_database
from sangdam.staff import add_staff
from sangdam.terminal import out, say
from store import staff

app = typer.Typer(help="상담사와 관리자 계정 / staff accounts", no_args_is_help=True)


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="아이디 / login")],
    name: Annotated[str, typer.Option(help="화면에 보일 이름 / name shown")] = "",
    role: Annotated[StaffRole, typer.Option(help="권한 / role")] = "agent",
) -> None:
    """계정을 만든다. 비밀번호는 물어보거나 표준 입력에서 읽는다 / create an account; asks for the password."""
    if sys.stdin.isatty():
        password = typer.prompt("비밀번호 / password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    asyncio.run(_add(settings.load(), Staff(staff_id=login, name=name or login, role=role), password))
    say(f"계정 '{login}'({role})을 만들었습니다", "account created")


@app.command("list")
def list_users() -> None:
    """계정 목록 / all accounts."""
    table = Table("아이디 / login", "이름 / name", "권한 / role", "상태 / state", box=None, pad_edge=False)
    for person in asyncio.run(_all(settings.load())):
        state = "정지 / disabled" if person.disabled else "사용 / active"
        table.add_row(escape(person.staff_id), escape(person.name), person.role, state)
    out.print(table)


async def _add(options: Settings, person: Staff, password: str) -> None:
    async with site_database(options) as database:
        await add_staff(database, person, password)


async def _all(options: Settings) -> list[staff.StoredStaff]:
    async with site_database(options) as database, database.session() as session:
        return await staff.all(session)

"""Staff accounts from the command line and for the demonstration."""

import asyncio
import re
import secrets
from typing import Final

from console.passwords import Passwords
from contracts.errors import BadSetting
from contracts.panel import Staff
from store import staff
from store.database import Database
from store.staff import StoredStaff

MIN_PASSWORD: Final = 10
"""NIST SP 800-63B asks for length, not for symbols."""

_MAX_PASSWORD: Final = 256
_LOGIN: Final = re.compile(r"[\w.@+-]{1,64}")
"""What fits the sign-in form."""

DEMO_AGENT: Final = Staff(staff_id="demo-agent", name="데모 상담사", role="agent")
"""Sees what an agent sees: their own calls and chats."""

DEMO_LEAD: Final = Staff(staff_id="demo", name="데모 팀장", role="admin")
"""May see every page: a visitor looks at what editors, supervisors and admins see."""


async def add_staff(database: Database, person: Staff, password: str) -> None:
    """Create an account.

    Raises:
        Conflict: the login is taken.
        BadSetting: a login or password that could not be used to sign in, or is too short.
    """
    if not _LOGIN.fullmatch(person.staff_id):
        raise BadSetting(
            f"아이디 '{person.staff_id}'을(를) 쓸 수 없습니다. 글자, 숫자, . @ + - _ 로 64자까지 적으십시오.",
            f"login '{person.staff_id}' cannot be used: letters, digits and . @ + - _, up to 64.",
        )
    if not MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
        raise BadSetting(
            f"비밀번호는 {MIN_PASSWORD}자 이상 {_MAX_PASSWORD}자 이하여야 합니다.",
            f"the password needs {MIN_PASSWORD} to {_MAX_PASSWORD} characters.",
        )
    hashed = await asyncio.to_thread(Passwords().hash, password)
    async with database.session() as session:
        await staff.add(session, StoredStaff(person.staff_id, person.name, person.role, hashed))


async def ensure_demo_staff(database: Database) -> None:
    """The demonstration's people; nobody knows their passwords, pages on loopback sign in by themselves."""
    for person in (DEMO_AGENT, DEMO_LEAD):
        async with database.session() as session:
            known = await staff.get(session, person.staff_id)
        if known is None:
            await add_staff(database, person, secrets.token_urlsafe(32))

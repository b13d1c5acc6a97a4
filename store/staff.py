"""Staff accounts. Passwords are hashed by whoever hands them in; this file never sees one."""

from dataclasses import asdict, dataclass, fields

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import Conflict, NotFound
from contracts.panel import StaffRole
from store.tables import StaffRow
from store.upsert import insert_into, rows_written


@dataclass(frozen=True, slots=True)
class StoredStaff:
    staff_id: str
    """The login."""
    name: str
    role: StaffRole
    password_hash: str
    disabled: bool = False


_COLUMNS = tuple(getattr(StaffRow, field.name) for field in fields(StoredStaff))


async def add(session: AsyncSession, staff: StoredStaff) -> None:
    """Create an account.

    Raises:
        Conflict: the login is taken; that account stays as it is.
    """
    insert = insert_into(session, StaffRow).values(asdict(staff))
    if await rows_written(session, insert.on_conflict_do_nothing()) == 0:
        raise Conflict(
            f"'{staff.staff_id}' 계정이 이미 있습니다. 다른 아이디를 쓰십시오.",
            f"account '{staff.staff_id}' exists already. Choose another login.",
        )


async def get(session: AsyncSession, staff_id: str) -> StoredStaff | None:
    row = (await session.execute(select(*_COLUMNS).where(StaffRow.staff_id == staff_id))).one_or_none()
    return None if row is None else StoredStaff(*row)


async def set_password(session: AsyncSession, staff_id: str, password_hash: str) -> None:
    """Replace the password's hash.

    Raises:
        NotFound: no such account.
    """
    change = update(StaffRow).where(StaffRow.staff_id == staff_id).values(password_hash=password_hash)
    if await rows_written(session, change) == 0:
        raise NotFound(
            f"'{staff_id}' 계정이 없습니다. 아이디를 확인하십시오.",
            f"no account '{staff_id}'. Check the login.",
        )


async def all(session: AsyncSession) -> list[StoredStaff]:  # noqa: A001  read as `staff.all(session)`
    """Every account, by login."""
    return [StoredStaff(*row) for row in await session.execute(select(*_COLUMNS).order_by(StaffRow.staff_id))]

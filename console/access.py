"""Who may see what. Pure; every route and socket asks here and nowhere else."""

from contracts.contact import ContactStateChanged
from contracts.errors import NotFound
from contracts.panel import Staff


def sees_all(staff: Staff) -> bool:
    return staff.role in ("supervisor", "admin")


def may_open(staff: Staff, contact: ContactStateChanged) -> bool:
    """Own contacts; supervisors and admins every one."""
    return sees_all(staff) or is_own(staff, contact)


def is_own(staff: Staff, contact: ContactStateChanged) -> bool:
    """Opening what is not one's own is allowed to some, and written down."""
    return contact.agent_id == staff.staff_id


def no_such_contact(contact_id: str) -> NotFound:
    """Said of a contact that does not exist and of one that is not theirs alike, so that nobody can probe."""
    return NotFound(
        f"상담 '{contact_id[:36]}'이(가) 없거나 담당 상담이 아닙니다.",
        f"contact '{contact_id[:36]}' does not exist or is not yours.",
    )

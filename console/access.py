"""Who may see what. Pure; every route and socket asks here and nowhere else."""

from contracts.contact import ContactStateChanged
from contracts.errors import NotAllowed, NotFound
from contracts.panel import Staff


def sees_all(staff: Staff) -> bool:
    return staff.role in ("supervisor", "admin")


def may_open(staff: Staff, contact: ContactStateChanged) -> bool:
    """Own contacts; supervisors and admins every one."""
    return may_open_of(staff, contact.agent_id)


def may_open_of(staff: Staff, agent_id: str | None) -> bool:
    """As `may_open`, of a contact of that agent."""
    return sees_all(staff) or agent_id == staff.staff_id


def is_own(staff: Staff, contact: ContactStateChanged) -> bool:
    """Opening what is not one's own is allowed to some, and written down."""
    return contact.agent_id == staff.staff_id


def check_writes_guides(staff: Staff) -> None:
    """The editor's list, versions and gaps, and every change of them.

    Raises:
        NotAllowed: agents read articles, and nothing of how they come about.
    """
    if staff.role not in ("editor", "supervisor", "admin"):
        raise NotAllowed(
            "안내 편집은 편집자, 팀장, 관리자만 할 수 있습니다. 고칠 곳이 보이면 편집자에게 알려 주십시오.",
            "only editors, supervisors and admins work on guides. Tell an editor what should change.",
        )


def publishes_own(staff: Staff) -> bool:
    """Everybody else has what they wrote read by another person first."""
    return staff.role == "admin"


def check_sees_figures(staff: Staff) -> None:
    """Figures over everybody's work.

    Raises:
        NotAllowed: they are for supervisors and admins.
    """
    if not sees_all(staff):
        raise NotAllowed(
            "이 화면은 팀장과 관리자만 볼 수 있습니다.",
            "this page is for supervisors and admins.",
        )


def no_such_contact(contact_id: str) -> NotFound:
    """Said of a contact that does not exist and of one that is not theirs alike, so that nobody can probe."""
    return NotFound(
        f"상담 '{contact_id[:36]}'이(가) 없거나 담당 상담이 아닙니다.",
        f"contact '{contact_id[:36]}' does not exist or is not yours.",
    )

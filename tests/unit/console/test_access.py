import pytest

from console.access import may_open
from contracts.panel import Staff


@pytest.mark.parametrize(
    ("staff_id", "role", "agent_id", "may"),
    [
        ("kim", "agent", "kim", True),
        ("kim", "agent", "lee", False),
        ("kim", "agent", None, False),
        ("boss", "supervisor", "kim", True),
        ("boss", "supervisor", None, True),
        ("root", "admin", "kim", True),
    ],
)
def test_agents_open_their_own_and_supervisors_all(story, staff_id, role, agent_id, may):
    contact = story(agent_id=agent_id).state()
    assert may_open(Staff(staff_id=staff_id, name="", role=role), contact) is may

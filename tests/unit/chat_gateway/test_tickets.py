import uuid

import pytest

from chat_gateway.tickets import LIVES_S, Tickets
from contracts.errors import NotSignedIn

SECRET = "s" * 40
CONTACT = str(uuid.uuid4())


def test_a_ticket_is_read_by_any_process_with_the_secret() -> None:
    made = Tickets(SECRET).make(CONTACT)
    assert made.lives_s == 300
    assert Tickets(SECRET).read(made.ticket) == CONTACT
    assert CONTACT not in Tickets("t" * 40).make(str(uuid.uuid4())).ticket


def test_a_ticket_runs_out() -> None:
    now_ms = 1_000_000
    tickets = Tickets(SECRET, lambda: now_ms)
    ticket = tickets.make(CONTACT).ticket
    now_ms += LIVES_S * 1000 - 1
    assert tickets.read(ticket) == CONTACT
    now_ms += 1
    with pytest.raises(NotSignedIn):
        tickets.read(ticket)


def test_a_ticket_of_a_clock_far_ahead_is_none() -> None:
    ticket = Tickets(SECRET, lambda: 10_000_000_000_000).make(CONTACT).ticket
    with pytest.raises(NotSignedIn):
        Tickets(SECRET, lambda: 1_000_000).read(ticket)


@pytest.mark.parametrize("change", ["", "x", "한글", "a.b", "\x00", "W10.c2ln"])
def test_what_is_no_ticket_is_refused(change: str) -> None:
    with pytest.raises(NotSignedIn):
        Tickets(SECRET).read(change)


def test_a_foreign_or_changed_ticket_is_refused() -> None:
    ticket = Tickets(SECRET).make(CONTACT).ticket
    foreign = Tickets("t" * 40).make(CONTACT).ticket
    for wrong in (foreign, ticket[:-1], ticket + "A", ticket.swapcase()):
        with pytest.raises(NotSignedIn):
            Tickets(SECRET).read(wrong)

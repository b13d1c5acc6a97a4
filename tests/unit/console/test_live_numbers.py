"""Who waits and who talks."""

import uuid

from console.live_numbers import live_numbers
from contracts.contact import ContactStateChanged

NOW = 1_800_000_000_000


def contact(kind: str, state: str, ago_s: int = 30) -> ContactStateChanged:
    return ContactStateChanged(
        contact_id=str(uuid.uuid4()),
        at_ms=NOW,
        revision=1,
        kind=kind,
        state=state,
        started_at_ms=NOW - ago_s * 1000,
    )


def test_calls_and_chats_are_told_apart() -> None:
    live = [
        *(contact("call", "ringing", ago_s) for ago_s in (5, 42)),
        *(contact("call", state) for state in ("talking", "talking", "held")),
        contact("chat", "ringing", 300),
        contact("chat", "talking"),
    ]
    told = live_numbers(live, NOW, queued_since_ms=NOW - 90_000, today=12, usual_today=10.5, last_hour=(8, 2))
    assert (told.calls_waiting, told.calls_talking, told.chats_waiting, told.chats_talking) == (2, 3, 1, 1)
    assert told.longest_wait_s == 90, "a chat that was put back waits since then"
    assert (told.contacts_today, told.usual_today, told.complaints_share) == (12, 10.5, 0.25)
    assert live_numbers(live, NOW).longest_wait_s == 300
    assert live_numbers(live, NOW, delays_ms=(400, 900)).final_p95_ms == 900


def test_nobody_waits_and_nothing_was_said() -> None:
    told = live_numbers([contact("call", "talking")], NOW, queued_since_ms=NOW - 5)
    assert (told.longest_wait_s, told.complaints_share, told.final_p50_ms, told.final_p95_ms) == (None,) * 4
    ahead = contact("call", "ringing", -3)
    assert live_numbers([ahead], NOW).longest_wait_s == 0

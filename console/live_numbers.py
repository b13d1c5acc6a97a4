"""The centre now, in a row of figures. Pure."""

from collections.abc import Sequence

from contracts.contact import ContactStateChanged
from contracts.voc_http import LiveNumbers


def live_numbers(
    live: Sequence[ContactStateChanged],
    now_ms: int,
    *,
    queued_since_ms: int | None = None,
    today: int = 0,
    usual_today: float | None = None,
    last_hour: tuple[int, int] = (0, 0),
    delays_ms: tuple[int, int] | None = None,
) -> LiveNumbers:
    """Count who waits and who talks.

    Args:
        live: contacts that have not ended and are with somebody, or wait.
        now_ms: wall time.
        queued_since_ms: of the chat that waits longest; one that was put back waits since then, not since it began.
        today: contacts of the day.
        usual_today: usual until now.
        last_hour: contacts of the last hour, and those with 불만 표현.
        delays_ms: p50 and p95 of finals.
    """
    waiting = [one for one in live if one.state == "ringing"]
    calls = [one for one in waiting if one.kind == "call"]
    chats = len(waiting) - len(calls)
    since = [one.started_at_ms for one in calls]
    if chats:
        opened = min(one.started_at_ms for one in waiting if one.kind == "chat")
        since.append(opened if queued_since_ms is None else queued_since_ms)
    contacts, complaints = last_hour
    return LiveNumbers(
        calls_waiting=len(calls),
        calls_talking=sum(one.kind == "call" and one.state != "ringing" for one in live),
        chats_waiting=chats,
        chats_talking=sum(one.kind == "chat" and one.state == "talking" for one in live),
        longest_wait_s=max(0.0, (now_ms - min(since)) / 1000) if since else None,
        contacts_today=today,
        usual_today=usual_today,
        final_p50_ms=delays_ms[0] if delays_ms else None,
        final_p95_ms=delays_ms[1] if delays_ms else None,
        complaints_share=complaints / contacts if contacts else None,
    )

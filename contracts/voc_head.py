"""What people did about an alert, folded into its head: pure, so that store and page agree."""

from contracts.errors import BadRequest, Conflict
from contracts.voc import (
    AlertAcknowledged,
    AlertActed,
    AlertAction,
    AlertAssigned,
    AlertClosed,
    AlertDeed,
    AlertHead,
    AlertMuted,
    AlertReopened,
)

_AHEAD_MS = 5 * 60_000
"""Clocks of two machines differ by less."""
_MUTE_MS = 90 * 24 * 3_600_000


def head_after(head: AlertHead, action: AlertAction) -> AlertHead:
    """The head after one more action. Every action has a meaning in every state: what is refused was refused before."""
    deed, at_ms = action.deed, action.at_ms
    seen = {} if head.state == "closed" else _seen(head, at_ms)
    match deed:
        case AlertAcknowledged():
            return head.model_copy(update=seen)
        case AlertAssigned():
            known = head.acknowledged_at_ms if head.acknowledged_at_ms is not None else at_ms
            first = head.assigned_at_ms if head.assigned_at_ms is not None else at_ms
            change = {
                "department": deed.department,
                "person": deed.person,
                "acknowledged_at_ms": known,
                "assigned_at_ms": first,
            }
            return head.model_copy(
                update=change if head.state == "closed" else change | {"state": "assigned"}
            )
        case AlertActed():
            first = deed.done_at_ms if head.acted_at_ms is None else min(head.acted_at_ms, deed.done_at_ms)
            return head.model_copy(update=seen | {"acted_at_ms": first})
        case AlertMuted():
            return head.model_copy(update={"muted_until_ms": deed.until_ms})
        case AlertClosed():
            return head.model_copy(update={"state": "closed", "closed_at_ms": at_ms, "reason": deed.reason})
        case AlertReopened():
            state = "assigned" if head.department else "acknowledged"
            return head.model_copy(update={"state": state, "closed_at_ms": None, "reason": None})
        case _:
            return head


def _seen(head: AlertHead, at_ms: int) -> dict[str, object]:
    """Whoever does something about a new alert has seen it."""
    if head.state != "new":
        return {}
    return {"state": "acknowledged", "acknowledged_at_ms": at_ms}


def check(head: AlertHead, deed: AlertDeed, now_ms: int) -> None:
    """Whether this may be done now.

    Raises:
        Conflict: somebody else closed, reopened or acknowledged it first.
        BadRequest: a time that cannot be.
    """
    is_closed = head.state == "closed"
    if isinstance(deed, AlertReopened) and not is_closed:
        raise Conflict(
            "이 경보는 이미 열려 있습니다. 화면을 새로 고치십시오.", "the alert is open. Load the page again."
        )
    if isinstance(deed, AlertAcknowledged) and head.state != "new":
        raise Conflict(
            "다른 사람이 이 경보를 먼저 확인했습니다. 화면을 새로 고치십시오.",
            "somebody else acknowledged the alert first. Load the page again.",
        )
    if isinstance(deed, AlertAssigned | AlertClosed) and is_closed:
        raise Conflict(
            "이 경보는 닫혀 있습니다. 먼저 다시 여십시오.", "the alert is closed. Reopen it first."
        )
    if isinstance(deed, AlertActed) and not 0 < deed.done_at_ms <= now_ms + _AHEAD_MS:
        raise BadRequest(
            "조치한 시각은 지금보다 뒤일 수 없습니다.",
            "what was done cannot lie in the future: check its time.",
        )
    if isinstance(deed, AlertMuted) and not 0 <= deed.until_ms <= now_ms + _MUTE_MS:
        raise BadRequest(
            "알림은 90일까지만 꺼 둘 수 있습니다.",
            "an alert can be muted for 90 days at most: choose an earlier day.",
        )

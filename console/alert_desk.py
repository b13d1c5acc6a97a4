"""What supervisors do about alerts, each act with its right: the one way to alerts for HTTP."""

import asyncio
import logging
import re
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import publish_events
from console import access
from console.reach import answering
from contracts.clock import Clock
from contracts.errors import BusClosed, NotFound, Unavailable
from contracts.panel import Staff
from contracts.voc import AlertChanged, AlertCommand, AlertList, AlertView
from contracts.voc_http import VocRules, VocRulesView
from store import staff as accounts
from store import voc_alerts
from store.database import Database

log = logging.getLogger(__name__)

State = Literal["open", "closed", "all"]

MAX_LINES: Final = 200
"""Of a list; more open alerts than that nobody can look at."""

PUBLISH_S: Final = 2.0
"""How long a person waits for the bus: pages and mails that it does not reach look into the store anyway."""

_ALERT_ID: Final = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_DAY_MS: Final = 86_400_000


class AlertDesk:
    """Every act says who acts, and raises NotAllowed for those who are no supervisors or admins; NotFound for an alert
    that is not there; Unavailable when the database is away and nothing was kept.

    Args:
        bus: hears of every deed.
        database: that has the alerts.
        clock: when something is done.
    """

    def __init__(self, bus: Bus, database: Database, *, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._clock = clock

    async def alerts(self, staff: Staff, state: State, days: int) -> AlertList:
        """Open ones however old they are; others that were raised within the last `days`."""
        access.check_sees_figures(staff)
        since_ms = self._clock() - days * _DAY_MS
        async with answering(self._database) as session:
            if state == "open":
                found = await voc_alerts.open_lines(session, MAX_LINES)
            else:
                found = await voc_alerts.lines(session, state=state, since_ms=since_ms, limit=MAX_LINES)
        return AlertList(alerts=tuple(found))

    async def view(self, staff: Staff, alert_id: str) -> AlertView:
        """All that is known of an alert and was done about it. Its quotes are those of its finding, no others."""
        access.check_sees_figures(staff)
        async with answering(self._database) as session:
            return await _view(session, alert_id)

    async def act(self, staff: Staff, alert_id: str, command: AlertCommand) -> AlertView:
        """Do something about an alert; the same `client_id` again changes nothing.

        Raises:
            Conflict: it does not fit what somebody else did first.
            BadRequest: a time that cannot be.
        """
        access.check_sees_figures(staff)
        now_ms = self._clock()
        async with answering(self._database) as session:
            is_new = await voc_alerts.act(session, _known(alert_id), command, staff.staff_id, now_ms)
            view = await _view(session, alert_id)
        if is_new:
            await self._tell(view, now_ms)
        return view

    async def rules(self, staff: Staff) -> VocRulesView:
        """The budgets, and how many alerts there were."""
        access.check_sees_figures(staff)
        async with answering(self._database) as session:
            return await voc_alerts.rates(session, self._clock())

    async def set_rules(self, staff: Staff, rules: VocRules) -> VocRulesView:
        """Set the budgets: the detector takes them up with its next step."""
        access.check_sees_figures(staff)
        async with answering(self._database) as session:
            await voc_alerts.set_rules(session, rules, self._clock())
            view = await voc_alerts.rates(session, self._clock())
        log.info(
            "console: %s allows %g and %g false alarms a week",
            staff.staff_id,
            rules.budget,
            rules.safety_budget,
        )
        return view

    async def _tell(self, view: AlertView, now_ms: int) -> None:
        """The deed is kept: a bus that does not answer takes nothing of it back."""
        finding = view.finding
        changed = AlertChanged(
            contact_id=finding.alert_id,
            at_ms=now_ms,
            lane=finding.lane,
            severity=finding.severity,
            state=view.head.state,
        )
        try:
            async with asyncio.timeout(PUBLISH_S):
                await publish_events(self._bus, [changed])
        except (Unavailable, BusClosed, TimeoutError) as error:
            log.warning("console: alert %s: %s", finding.alert_id, str(error) or f"{PUBLISH_S:g} s")


async def _view(session: AsyncSession, alert_id: str) -> AlertView:
    view = await voc_alerts.view(session, _known(alert_id))
    if view is None:
        raise _no_such_alert(alert_id)
    names = {}
    for staff_id in {action.staff_id for action in view.actions}:
        if account := await accounts.get(session, staff_id):
            names[staff_id] = account.name
    departments = await voc_alerts.departments(session)
    return view.model_copy(update={"departments": departments, "names": names})


def _known(alert_id: str) -> str:
    """What is no id is not looked for."""
    if not _ALERT_ID.fullmatch(alert_id):
        raise _no_such_alert(alert_id)
    return alert_id


def _no_such_alert(alert_id: str) -> NotFound:
    return NotFound(
        f"경보 '{alert_id[:36]}'이(가) 없습니다. 주소가 맞는지 보고, 목록에서 다시 여십시오.",
        f"there is no alert '{alert_id[:36]}'. Check the address, or open it from the list.",
    )

"""What a mail or webhook says of an alert: topic, district, numbers and the page's link, never what anybody said. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from contracts.voc import AlertHead, Finding, Severity
from store.voc_deliveries import Delivery
from voc.alerting.severity import is_higher

Way = Literal["mail", "webhook"]
Reason = Literal["new", "safety", "warning", "severe"]
"""It is new; it has come into the safety lane; it has become that severe."""

SEVERITIES: Final[dict[Severity, str]] = {"watch": "관심", "warning": "주의", "severe": "심각"}
_REASONS: Final[dict[Reason, str]] = {
    "new": "새 경보",
    "safety": "공공안전 경보로 바뀜",
    "warning": "주의로 높아짐",
    "severe": "심각으로 높아짐",
}
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Notices:
    """Where alerts are told, and what of them."""

    public_url: str = ""
    """Where staff reach the pages; empty: the notices have no link."""
    ways: tuple[Way, ...] = ()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Seoul"))

    def due(self, finding: Finding, before: Finding | None, head: AlertHead, now_ms: int) -> list[Delivery]:
        """What is to be sent of a new revision; nothing when it says nothing new, or the alert is muted or closed.

        A mute does not hold back that an alert has come into the safety lane: nobody could know when muting it.
        """
        reason = _reason(finding, before)
        is_muted = head.muted_until_ms > now_ms and reason != "safety"
        if reason is None or is_muted or head.state == "closed":
            return []
        return [
            Delivery(
                delivery_id=f"{finding.alert_id}/{reason}/{way}",
                alert_id=finding.alert_id,
                way=way,
                attempts=0,
                made_at_ms=now_ms,
                body=self.mail(finding, reason) if way == "mail" else self.call(finding, reason, now_ms),
            )
            for way in self.ways
        ]

    def link(self, finding: Finding) -> str:
        return f"{self.public_url.rstrip('/')}/#/board/{finding.alert_id}" if self.public_url else ""

    def mail(self, finding: Finding, reason: Reason) -> str:
        """Subject, an empty line, text."""
        lane = "안전 · " if finding.lane == "safety" else ""
        marked = "[모의] " if finding.simulated else ""
        subject = f"{marked}[{lane}{SEVERITIES[finding.severity]}] {finding.title}"
        return f"{subject}\n\n{self._text(finding, reason)}"

    def _text(self, finding: Finding, reason: Reason) -> str:
        def at(at_ms: int) -> str:
            return datetime.fromtimestamp(at_ms / 1000, self.zone).strftime("%m-%d %H:%M")

        rows = [
            (_REASONS[reason], finding.title),
            ("심각도", SEVERITIES[finding.severity]),
            (
                f"최근 {_length(finding.window_ms)}",
                f"문의 {finding.seen}건 (평소 {finding.expected:.1f}건)",
            ),
            ("전체", f"문의 {finding.contacts}건"),
            ("처음 나타난 때", at(finding.first_ms)),
            ("상담유형", _counts((one.label.rsplit(" > ", 1)[-1], one.contacts) for one in finding.topics)),
            ("지역", _counts((one.district, one.contacts) for one in finding.districts)),
            ("추천 부서", finding.department),
            ("자세히 보기", self.link(finding)),
        ]
        lines = [f"{name}: {value}" for name, value in rows if value]
        if finding.simulated:
            lines.insert(0, "모의로 만든 문의가 대부분입니다. / Most of these contacts are simulated.")
        return "\n".join([*lines, "", "상담이 자동으로 보낸 메일입니다. / Sent by Sangdam.", ""])

    def call(self, finding: Finding, reason: Reason, now_ms: int) -> str:
        """JSON for other systems."""
        told = finding.model_dump(
            mode="json",
            include={
                "alert_id",
                "revision",
                "kind",
                "lane",
                "severity",
                "title",
                "raised_at_ms",
                "first_ms",
                "last_ms",
                "window_ms",
                "seen",
                "expected",
                "contacts",
                "topics",
                "districts",
                "danger",
                "department",
                "simulated",
            },
        )
        body = {"type": "sangdam.alert", "reason": reason, "at_ms": now_ms, "link": self.link(finding)}
        return json.dumps(body | {"alert": told}, ensure_ascii=False)


def _reason(finding: Finding, before: Finding | None) -> Reason | None:
    if before is None:
        return "new"
    if finding.lane == "safety" and before.lane != "safety":
        return "safety"
    if is_higher(finding.severity, before.severity):
        return "severe" if finding.severity == "severe" else "warning"
    return None


def _counts(counted: Iterable[tuple[str, int]], most: int = 3) -> str:
    return ", ".join(f"{name} {contacts}건" for name, contacts in list(counted)[:most])


def _length(window_ms: int) -> str:
    if window_ms >= 48 * _HOUR_MS:
        return f"{round(window_ms / (24 * _HOUR_MS))}일"
    if window_ms % _HOUR_MS == 0:
        return f"{window_ms // _HOUR_MS}시간"
    return f"{round(window_ms / 60_000)}분"

"""Until when a channel takes replies. Pure: time is data."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from chat_gateway.channels.port import Terms
from contracts.chat import Channel, ReplyWindow
from contracts.errors import Conflict

SEOUL: Final = timezone(timedelta(hours=9))
NAMES: Final[dict[Channel, str]] = {"instagram": "Instagram", "kakao": "카카오톡"}


@dataclass(frozen=True, slots=True)
class Window:
    """Of one conversation on one channel."""

    until_ms: int
    """Agents may answer until then."""
    automatic_until_ms: int
    """So long may the system."""

    def is_open(self, now_ms: int, *, by_person: bool = True) -> bool:
        return now_ms < (self.until_ms if by_person else self.automatic_until_ms)

    def is_late(self, now_ms: int) -> bool:
        """Beyond what the system may do: some providers want to be told that a person writes."""
        return now_ms >= self.automatic_until_ms


def window(terms: Terms, wrote_ms: int) -> Window:
    """Counted from the citizen's last message there; 0 is a window that is shut."""
    if wrote_ms <= 0:
        return Window(0, 0)
    return Window(wrote_ms + terms.window_ms, wrote_ms + terms.automatic_ms)


def told(contact_id: str, channel: Channel, terms: Terms, wrote_ms: int) -> ReplyWindow:
    """As the agent's panel shows it."""
    until_ms = window(terms, wrote_ms).until_ms
    return ReplyWindow(contact_id=contact_id, channel=channel, until_ms=until_ms, max_chars=terms.max_chars)


def shut(channel: Channel, until_ms: int) -> Conflict:
    """Why a reply is not taken, before it is."""
    name = NAMES.get(channel, channel)
    when, when_en = "", ""
    if until_ms > 0:
        at = datetime.fromtimestamp(until_ms / 1000, UTC).astimezone(SEOUL)
        when, when_en = f"({at:%m월 %d일 %H:%M}에 끝남)", f" (until {at:%d %b %H:%M} KST)"
    return Conflict(
        f"{name}의 답장 기한이 지나 보낼 수 없습니다{when}. 시민이 다시 글을 보내면 이어서 답할 수 있습니다.",
        f"{name} takes no reply any more{when_en}. You can answer as soon as the citizen writes again.",
    )

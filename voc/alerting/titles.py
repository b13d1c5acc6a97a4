"""What an alert is called: where and what, e.g. `마포구 · 단수`. Pure."""

from collections.abc import Sequence
from typing import Final

from contracts.voc import Danger
from contracts.voc_track import Strand

DANGERS: Final[dict[Danger, str]] = {
    "gas": "가스",
    "fire": "화재",
    "flood": "침수",
    "crowd": "인파",
    "outage": "정전·단수",
    "collapse": "붕괴·싱크홀",
}
CITY: Final = "전역"
_SEPARATOR: Final = " · "
_NAMED: Final = 2


def title(strands: Sequence[Strand], districts: Sequence[str], label: str, phrases: Sequence[str]) -> str:
    """The alert's title.

    Args:
        strands: the event's, the most telling first.
        districts: where it is, most contacts first; empty: the whole city.
        label: of the leading topic, e.g. `상하수도 > 누수·단수·수질`; empty: none leads.
        phrases: the most telling first.
    """
    return f"{_where(districts)}{_SEPARATOR}{_what(strands, label, phrases)}"


def _where(districts: Sequence[str]) -> str:
    if not districts:
        return CITY
    named = "·".join(districts[:_NAMED])
    rest = len(districts) - _NAMED
    return f"{named} 외 {rest}곳" if rest > 0 else named


def _what(strands: Sequence[Strand], label: str, phrases: Sequence[str]) -> str:
    new = next((strand.phrase for strand in strands if strand.phrase), "")
    danger = next((strand.danger for strand in strands if strand.danger), None)
    if danger:
        return _narrowed(DANGERS[danger], phrases)
    # A new phrase may say where or how; a topic that rises says what.
    if label and any(strand.topic and not strand.phrase for strand in strands):
        return _narrowed(label.rsplit(" > ", 1)[-1], phrases)
    if new:
        return f"'{new}'"
    return phrases[0] if phrases else "문의 증가"


def _narrowed(name: str, phrases: Sequence[str]) -> str:
    """Of a name of several words the one that is said, where one is: 누수·단수·수질 → 단수."""
    parts = name.split("·")
    if len(parts) == 1:
        return name
    said = [next((part for part in parts if part in phrase), "") for phrase in phrases[:3]]
    told = [part for part in said if part]
    return told[0] if told and len(set(told)) == 1 else name

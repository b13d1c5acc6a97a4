"""The report's pictures as SVG, drawn for paper and screen alike: no script, no outside file. Pure.

Each has a title that readers aloud and tagged PDF take for it, and stands beside a table with the same figures.
What a colour says is said in figures too. Colours and sizes are attributes: WeasyPrint gives a picture none of the
page's styles.
"""

from collections.abc import Sequence
from math import ceil, log10
from typing import Final

from markupsafe import Markup

from voc.report.compare import Compared
from voc.report.figures import Day, Tile

WEEKDAYS: Final = "월화수목금토일"

_W, _H = 640, 210
_LEFT, _BOTTOM, _TOP = 46, 34, 14
_SIDE, _GAP = 84, 6
"""Of a tile, and between tiles."""

FONTS: Final = (
    "Pretendard GOV, Pretendard, Noto Sans KR, Noto Sans CJK KR, NanumGothic, Nanum Gothic, "
    "Apple SD Gothic Neo, Malgun Gothic, sans-serif"
)
_INK, _NOW, _BEFORE, _USUAL = "#1b2733", "#0b5394", "#9aa7b2", "#b45309"
SHADES: Final = {
    "unknown": "#ffffff",
    "as-usual": "#eef2f5",
    "less": "#cfe3f5",
    "more": "#fbd38d",
    "much-more": "#b4341f",
}
_EDGES: Final = {"much-more": "#5f140a", "more": "#8a5a00"}

RISE: Final = 2.0
"""Standard deviations from which a tile is drawn as more, or less, than before."""


def day_chart(days: Sequence[Day]) -> Markup:
    """Contacts by day as bars, what is usual as a line across each."""
    most = max([day.contacts or 0 for day in days] + [day.usual or 0 for day in days] + [1])
    top = _round_up(most)
    slot = (_W - _LEFT) / max(1, len(days))
    parts = [_grid(top)]
    for index, day in enumerate(days):
        x = _LEFT + index * slot
        if day.contacts is not None:
            y = _y(day.contacts, top)
            parts.append(_rect(x + slot * 0.22, y, slot * 0.56, _H - _BOTTOM - y, _NOW))
        if day.usual is not None:
            y = _y(day.usual, top)
            parts.append(_line(x + slot * 0.12, x + slot * 0.88, y, _USUAL, 3))
        if day.contacts is not None:
            # Above the line too, where that is higher.
            y = _y(max(day.contacts, day.usual or 0), top)
            parts.append(_text(x + slot / 2, y - 6, f"{day.contacts:,}", 13, bold=True))
        label = f"{WEEKDAYS[day.date.weekday()]} {day.date.month}.{day.date.day}."
        parts.append(_text(x + slot / 2, _H - 12, label, 13))
    return _svg(_W, _H, "요일별 상담 건수와 평소 / contacts by day and the usual", parts)


def change_bar(figures: Compared, most: float) -> Markup:
    """Now above before, for a row of a table, which says the same in figures: decoration."""
    width = 110
    scale = width / max(most, 1)
    parts = (
        _rect(0, 2, figures.contacts * scale, 8, _NOW),
        _rect(0, 12, (figures.before or 0) * scale, 4, _BEFORE),
    )
    return Markup('<svg aria-hidden="true" width="{}" height="18" viewBox="0 0 {} 18">{}</svg>').format(
        width, width, Markup("").join(parts)
    )


def district_map(tiles: Sequence[Tile]) -> Markup:
    """Districts as tiles that stand as the districts lie."""
    columns = max((tile.column for tile in tiles), default=0) + 1
    rows = max((tile.row for tile in tiles), default=0) + 1
    parts = [_tile(tile) for tile in tiles]
    side = _SIDE + _GAP
    title = "구별 상담 건수 지도. 수는 아래 표와 같습니다 / map of contacts by district; the table below has the figures"
    return _svg(columns * side, rows * side, title, parts, "map")


def shade(figures: Compared) -> str:
    """Class of a district's tile."""
    if figures.before is None:
        return "unknown"
    if figures.score >= RISE * 2:
        return "much-more"
    if figures.score >= RISE:
        return "more"
    return "less" if figures.score <= -RISE else "as-usual"


def percent(change: float | None) -> str:
    """`+34 %`; of what cannot be compared, or was next to nothing before, a dash."""
    if change is None:
        return "–"
    whole = round(change * 100)
    return f"{'+' if whole > 0 else '−' if whole < 0 else '±'}{abs(whole):,} %"


def _tile(tile: Tile) -> Markup:
    side = _SIDE + _GAP
    x, y = tile.column * side + _GAP / 2, tile.row * side + _GAP / 2
    middle = x + _SIDE / 2
    kind = shade(tile.figures)
    ink = "#ffffff" if kind == "much-more" else _INK
    return Markup("").join(
        (
            _rect(x, y, _SIDE, _SIDE, SHADES[kind], edge=_EDGES.get(kind, "#7b8b98")),
            _text(middle, y + 24, tile.name, 15, ink=ink),
            _text(middle, y + 50, f"{tile.figures.contacts:,}", 20, bold=True, ink=ink),
            _text(middle, y + 71, percent(tile.figures.change), 13, ink=ink),
        )
    )


def _grid(top: float) -> Markup:
    lines = []
    for step in range(5):
        value = top * step / 4
        y = _y(value, top)
        lines.append(_line(_LEFT, _W, y, "#d5dde3", 1))
        lines.append(_text(_LEFT - 8, y + 4, f"{value:,.0f}", 11, anchor="end", ink="#55636f"))
    return Markup("").join(lines)


def _y(value: float, top: float) -> float:
    return _TOP + (_H - _BOTTOM - _TOP) * (1 - value / top)


def _round_up(value: float) -> float:
    """1, 1.2, 1.6, 2, 2.4, … times a power of ten, so that quarters of it are round."""
    power = 10.0 ** int(log10(max(value, 4)))
    steps = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12)
    return next(step * power for step in steps if step * power >= value * 1.08)


def _rect(x: float, y: float, width: float, height: float, fill: str, *, edge: str = "") -> Markup:
    drawn = Markup(' stroke="{}" stroke-width="1.5" rx="6"').format(edge) if edge else Markup("")
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"{}/>').format(
        _n(x), _n(y), _n(width), _n(height), fill, drawn
    )


def _line(x1: float, x2: float, y: float, stroke: str, width: int) -> Markup:
    return Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="{}"/>').format(
        _n(x1), _n(x2), _n(y), _n(y), stroke, width
    )


def _text(
    x: float,
    y: float,
    text: str,
    size: int,
    *,
    bold: bool = False,
    anchor: str = "middle",
    ink: str = _INK,
) -> Markup:
    weight = Markup(' font-weight="bold"') if bold else Markup("")
    return Markup('<text x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}"{}>{}</text>').format(
        _n(x), _n(y), size, anchor, ink, weight, text
    )


def _svg(width: float, height: float, title: str, parts: Sequence[Markup], kind: str = "chart") -> Markup:
    return Markup(
        '<svg class="{}" role="img" viewBox="0 0 {} {}" font-family="{}"><title>{}</title>{}</svg>'
    ).format(kind, ceil(width), ceil(height), FONTS, title, Markup("").join(parts))


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

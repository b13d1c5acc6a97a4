"""The weekly report as an HTML page that stands alone: styles and pictures within, no script. Pure."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from voc.report import charts as report_charts
from voc.report.charts import WEEKDAYS
from voc.report.figures import Weekly

SEVERITIES: Final = {
    "severe": ("심각", "severe"),
    "warning": ("주의", "warning"),
    "watch": ("관심", "watch"),
}
KINDS: Final = {
    "rise": ("급증", "rise"),
    "slow_rise": ("꾸준한 증가", "slow rise"),
    "new_phrase": ("새 표현", "new words"),
    "cluster": ("이웃한 구에 집중", "cluster"),
}
STATES: Final = {
    "new": ("확인 전", "new"),
    "acknowledged": ("확인함", "acknowledged"),
    "assigned": ("담당 지정", "assigned"),
    "closed": ("종결", "closed"),
}
REASONS: Final = {
    "real": ("실제 사건", "a real event"),
    "false_alarm": ("우연(오경보)", "false alarm"),
    "expected": ("예정된 일", "known before"),
    "duplicate": ("중복", "duplicate"),
}
VERDICTS: Final = {
    "fell": ("줄었음", "contacts fell"),
    "fell_partly": ("일부 줄었음", "fell in part"),
    "not_fallen": ("줄지 않음", "did not fall"),
    "too_early": ("아직 이름", "too early to tell"),
}


def page(weekly: Weekly) -> str:
    """The report as HTML."""
    return (
        _environment()
        .get_template("week.html.j2")
        .render(
            report=weekly,
            charts=report_charts,
            most_rise=max((row.figures.contacts for row in weekly.rises), default=1),
            css=Markup(_css()),  # noqa: S704  our own file
            severities=SEVERITIES,
            kinds=KINDS,
            states=STATES,
            reasons=REASONS,
            verdicts=VERDICTS,
        )
    )


@lru_cache(1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("voc.report", "template"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "number": number,
        "share": share,
        "percent": report_charts.percent,
        "minutes": minutes,
        "seconds": lambda value: minutes(None if value is None else value / 60),
        "day": day,
    }
    environment.filters.update(filters)
    environment.globals["local"] = local
    return environment


@lru_cache(1)
def _css() -> str:
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, "week.css")[0]


def number(value: float | None) -> str:
    """With thousands apart; small means with one decimal place; None a dash."""
    if value is None:
        return "–"
    if isinstance(value, int) or abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}"


def share(value: float | None) -> str:
    """0.123 → `12.3 %`."""
    return "–" if value is None else f"{value * 100:.1f} %"


def minutes(value: float | None) -> str:
    """A duration in the coarsest unit that still tells: `40초`, `12분`, `3시간 5분`, `2일 4시간`."""
    if value is None:
        return "–"
    seconds = round(value * 60)
    if seconds < 60:
        return f"{seconds}초"
    whole = round(value)
    if whole < 60:
        return f"{whole}분"
    hours, rest = divmod(whole, 60)
    if hours < 24:
        return f"{hours}시간 {rest}분" if rest else f"{hours}시간"
    days, hours = divmod(hours, 24)
    return f"{days}일 {hours}시간" if hours else f"{days}일"


def day(value: dt.date) -> str:
    """`2026. 11. 16.(월)`."""
    return f"{value.year}. {value.month}. {value.day}.({WEEKDAYS[value.weekday()]})"


def local(ms: int, report: Weekly) -> str:
    """Wall time of the site: `11. 17.(화) 14:05`."""
    at = dt.datetime.fromtimestamp(ms / 1000, report.made_at.tzinfo)
    return f"{at.month}. {at.day}.({WEEKDAYS[at.weekday()]}) {at:%H:%M}"

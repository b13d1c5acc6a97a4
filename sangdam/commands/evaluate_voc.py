"""`sangdam eval voc`: are rises seen, how soon, and how often is there nothing behind an alert?"""

from enum import StrEnum
from importlib import import_module
from typing import Annotated, Protocol, cast

import typer

from contracts.errors import Unavailable
from sangdam.terminal import Bar, bar, print_json

Figures = dict[str, object]


class Design(StrEnum):
    """What is measured. Each design is a module `sangdam.evaluate.voc_<design>`."""

    NOUFAILY = "noufaily"
    """Weekly counts in 28 situations, against the method of public health."""
    HOURLY = "hourly"
    """200 topics by hour, with surges and planted outbreaks, at a budget of false alarms."""
    PETITIONS = "petitions"
    """Three months of petitions: what was raised, and when."""
    ALERTS = "alerts"
    """The whole detector on a simulated city: false alarms a week, and how soon planted incidents are told."""
    ABOUT = "about"
    """Is each contact put where people put it?"""


class _Evaluation(Protocol):
    """What each design's module has."""

    def evaluate(self, progress: Bar, *, quick: bool = False) -> Figures:
        """All figures, as JSON can hold them. `progress` is moved as the work goes on."""

    def show(self, result: Figures) -> None:
        """The figures as a table, for people."""


def voc(
    *,
    design: Annotated[Design, typer.Option(help="무엇을 재나 / what is measured")],
    json: Annotated[bool, typer.Option("--json", help="JSON으로 / as JSON")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="적은 양으로 빨리 / on little data, in seconds")
    ] = False,
) -> None:
    """급증 감지를 잰다 / are rises seen, how soon, and how often is there nothing behind an alert."""
    evaluation = _module(design)
    with bar(f"VOC 평가 / VOC, {design}") as progress:
        result = evaluation.evaluate(progress, quick=quick)
    if json:
        print_json(result)
    else:
        evaluation.show(result)


def _module(design: Design) -> _Evaluation:
    """Only the design that is asked for is imported: they bring numpy, scipy and Kiwi with them."""
    name = f"sangdam.evaluate.voc_{design}"
    try:
        return cast("_Evaluation", import_module(name))
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise Unavailable(
            f"'{design}' 평가는 이 설치본에 없습니다. 다시 설치하십시오.",
            f"this installation has no evaluation '{design}'; install it again.",
        ) from None
